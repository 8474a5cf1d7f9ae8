import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decimalOf, decimalsOf, narrow } from './decimal.ts';

function fitsOf(value: number): { exact: boolean; decimal: boolean } {
  const fits = { exact: true, decimal: true };
  narrow(Float64Array.of(value), new Float32Array(1), fits);
  return fits;
}

describe('decimals of float32', () => {
  it('are what a text of few digits meant', () => {
    for (const value of [1.82, 9.568, 0.1, 1e-7, 123.456, 16_777_215, 31.4159, 1e20, 1e-30, 10.00001]) {
      assert.equal(decimalOf(Math.fround(value)), value);
      assert.equal(decimalOf(Math.fround(-value)), -value);
    }
  });

  it('keep missing, infinite and signed zero', () => {
    const special = Float32Array.of(Number.NaN, Infinity, -Infinity, -0, 0);
    assert.deepEqual(decimalsOf(special), Float64Array.from(special));
    for (const value of special) assert.deepEqual(fitsOf(value), { exact: true, decimal: true });
  });

  it('always have the float32 that they came from', () => {
    fc.assert(fc.property(fc.float(), (value) => assert.ok(Object.is(Math.fround(decimalOf(value)), value))));
  });

  it('give back any number of at most 6 digits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -999_999, max: 999_999 }),
        fc.integer({ min: -30, max: 30 }),
        (digits, exponent) => {
          const value = Number(`${digits}e${exponent}`);
          assert.ok(Object.is(decimalOf(Math.fround(value)), value) || value === 0);
          assert.equal(fitsOf(value).decimal, true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('are promised only where they come back', () => {
    const number = fc.oneof(
      fc.double(),
      fc.float(),
      fc.integer(),
      fc.integer({ min: 0, max: 99_999_999 }).map((n) => n / 1e4),
    );
    fc.assert(
      fc.property(number, (value) => {
        const fits = fitsOf(value);
        const float = Math.fround(value);
        assert.equal(fits.exact, Object.is(float, value));
        if (fits.decimal) assert.deepEqual([...decimalsOf(Float32Array.of(value))], [value]);
      }),
      { numRuns: 5000 },
    );
    assert.deepEqual(fitsOf(0.10000000149011612), { exact: true, decimal: false });
    assert.deepEqual(fitsOf(0.1), { exact: false, decimal: true });
    assert.deepEqual(fitsOf(1 / 3), { exact: false, decimal: false });
    assert.deepEqual(fitsOf(8_589_934_592), { exact: true, decimal: false });
  });
});
