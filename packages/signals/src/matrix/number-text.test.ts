import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { longestNumber, writeNumber } from './number-text.ts';

function textOf(value: number, digits?: number): string {
  const out = Buffer.alloc(longestNumber + 8, 'x');
  return out.toString('latin1', 4, writeNumber(out, 4, value, digits));
}

describe('the text of a number', () => {
  it('is rounded, halves away from zero, without trailing zeros', () => {
    const cases: [number, number, string][] = [
      [9.568, 4, '9.568'],
      [1.00005, 4, '1.0001'],
      [-1.00005, 4, '-1.0001'],
      [0.00004, 4, '0'],
      [-0.00004, 4, '0'],
      [2.5, 0, '3'],
      [123_456_789.5, 1, '123456789.5'],
      [10_000, 4, '10000'],
      [0.1, 15, '0.1'],
      [1e20, 4, '100000000000000000000'],
      [1.005, 2, '1.01'],
      [99.99999, 4, '100'],
      [1e-7, 7, '0.0000001'],
      [20_000_001.25, 2, '20000001.25'],
    ];
    for (const [value, digits, text] of cases) assert.equal(textOf(value, digits), text);
  });

  it('has all digits when none are asked for', () => {
    for (const value of [1 / 3, 1e-300, -5e-324, 1.7976931348623157e308, 42])
      assert.equal(Number(textOf(value)), value);
  });

  it('of what is no number', () => {
    for (const digits of [undefined, 4]) {
      assert.deepEqual(
        [Number.NaN, Infinity, -Infinity, 0, -0].map((value) => textOf(value, digits)),
        ['', 'Inf', '-Inf', '0', '0'],
      );
    }
  });

  it('is near the number and within its room', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 0, max: 15 }),
        (value, digits) => {
          const text = textOf(value, digits);
          assert.ok(text.length <= longestNumber, text);
          assert.ok(Math.abs(Number(text) - value) <= 0.5000001 * 10 ** -digits + Math.abs(value) * 1e-15, text);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
