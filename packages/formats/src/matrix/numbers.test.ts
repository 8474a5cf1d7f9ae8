import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readNumber, survivesFloat32 } from './number-text.ts';
import { RowParser } from './row-parser.ts';

/** Reads one cell through the byte parser. */
function parse(text: string) {
  const heard: string[] = [];
  const parser = new RowParser(1, {
    text: (_, cell) => heard.push(`text ${cell}`),
    decimalComma: (_, cell) => heard.push(`comma ${cell}`),
  });
  const out = new Float64Array(1);
  const end = parser.read(Buffer.from(`${text}\n`), 0, out, 0);
  assert.equal(end, Buffer.byteLength(text));
  return { value: out[0], float32: parser.lossy[0] === 0, heard };
}

const numberIn = (text: string) => parse(text).value;

test('decimal texts, exponents, missing codes and infinities', () => {
  for (const text of [
    '0',
    '-0',
    '7',
    '+7',
    '.5',
    '5.',
    '-2.5E+10',
    '1e-300',
    '1e400',
    '007',
    '123456789012345678901',
    '0.1',
  ]) {
    assert.deepEqual(parse(text), { value: Number(text), float32: parse(text).float32, heard: [] }, text);
  }
  for (const text of ['', ' ', 'NaN', 'nan', 'null', 'N/A', 'NA', 'filtered', 'Filtered', '""']) {
    assert.deepEqual(parse(text), { value: Number.NaN, float32: true, heard: [] }, text);
  }
  assert.equal(numberIn('Inf'), Number.POSITIVE_INFINITY);
  assert.equal(numberIn('-Inf'), Number.NEGATIVE_INFINITY);
  assert.equal(numberIn(' 1.5 '), 1.5);
  assert.equal(numberIn('"1.5"'), 1.5);
});

test('texts that are no numbers are told, also those that JavaScript would take', () => {
  for (const text of [
    'high',
    '-',
    '.',
    '1e',
    '1e+',
    '0x10',
    '0b1',
    '1_000',
    '1.2.3',
    '1,234.5',
    '1,2,3',
    '5,',
    '--1',
    '1 2',
    'Infinit',
    'é',
  ]) {
    assert.deepEqual(parse(text), { value: Number.NaN, float32: true, heard: [`text ${text}`] }, text);
  }
});

test('decimal commas are read and told', () => {
  assert.deepEqual(parse('221,69'), { value: 221.69, float32: true, heard: ['comma 221,69'] });
  assert.equal(numberIn('-,5e1'), -5);
});

test('after the first decimal comma others are read the same way, and told no more', () => {
  const heard: string[] = [];
  const parser = new RowParser(6, {
    text: (cell, text) => heard.push(`${cell} text ${text}`),
    decimalComma: (cell, text) => heard.push(`${cell} comma ${text}`),
  });
  const out = new Float64Array(6);
  parser.read(Buffer.from('1,5\t-2,25\t5,\t,5\t1.5\t1,2,3\n'), 0, out, 0);
  assert.deepEqual([...out], [1.5, -2.25, Number.NaN, 0.5, 1.5, Number.NaN]);
  assert.deepEqual(heard, ['0 comma 1,5', '2 text 5,', '5 text 1,2,3']);
});

test('numbers are rounded as JavaScript rounds them', () => {
  const digits = fc.array(fc.nat(9), { maxLength: 25 }).map((all) => all.join(''));
  const exponent = fc.option(fc.integer({ min: -330, max: 330 }), { nil: undefined });
  const decimal = fc
    .tuple(fc.constantFrom('', '-', '+'), digits, fc.boolean(), digits, exponent)
    .filter(([, whole, , fraction]) => whole !== '' || fraction !== '')
    .map(([sign, whole, point, fraction, power]) => {
      const mantissa = point || fraction !== '' ? `${whole}.${fraction}` : whole;
      return sign + mantissa + (power === undefined ? '' : `e${power}`);
    });
  const check = (text: string) => assert.ok(Object.is(numberIn(text), Number(text)), text);
  fc.assert(fc.property(decimal, check), { numRuns: 3000 });
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), check), { numRuns: 3000 });
});

test('float32 keeps six digits, seven sometimes, and its own numbers whatever their length', () => {
  for (const text of [
    '0',
    '0.000000',
    '123456',
    '0.00123456',
    '1.5000000',
    '4.300000190734863',
    '16777217',
    '8.589973e9',
    '1e30',
  ]) {
    assert.equal(parse(text).float32, text !== '16777217' && text !== '8.589973e9', text);
  }
  for (const text of ['1e39', '1e-40', '21.9905991310986', '0.1234567891'])
    assert.equal(parse(text).float32, false, text);
  for (const text of ['Inf', 'NA', '1e400', 'high']) assert.equal(parse(text).float32, true, text);
});

test('the quick judgement of float32 agrees with printing the digits', () => {
  const decimal = fc
    .tuple(
      fc.oneof(
        fc.integer({ min: 1, max: 99_999_999 }),
        fc.nat(2 ** 50),
        fc.constantFrom(1e6, 1e7, 1e8, 999_999, 9_999_999),
      ),
      fc.nat(22),
    )
    .map(([mantissa, places]) => {
      const text = `${mantissa}`.padStart(places + 1, '0');
      return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
    });
  fc.assert(
    fc.property(decimal, (text) => {
      const digits = text.replace('.', '').replace(/^0+/, '').length;
      const value = Number(text);
      assert.equal(parse(text).float32, digits <= 6 || Number(Math.fround(value).toPrecision(digits)) === value, text);
      assert.equal(survivesFloat32(value, digits), parse(text).float32, text);
      assert.equal(readNumber(`+${text}`).float32, parse(text).float32, text);
      assert.equal(parse(`${text}e0`).float32, parse(text).float32, text);
      assert.equal(parse(`${text}e9`).float32, survivesFloat32(Number(`${text}e9`), digits), text);
    }),
    { numRuns: 5000 },
  );
});

test('a row stops at its line end or behind the cells asked for', () => {
  const ignore = { text: () => undefined, decimalComma: () => undefined };
  const parser = new RowParser(3, ignore);
  const out = new Float64Array(5).fill(-1);
  assert.equal(parser.read(Buffer.from('1\t2\r\n3\t4'), 0, out, 1), 3);
  assert.deepEqual([parser.found, ...out], [2, -1, 1, 2, -1, -1]);
  assert.equal(parser.read(Buffer.from('x\t1\t\t3\t4\n'), 2, out, 0), 6);
  assert.deepEqual([parser.found, ...out], [3, 1, Number.NaN, 3, -1, -1]);
});
