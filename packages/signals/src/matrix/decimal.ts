/**
 * By binary exponent (biased, 11 bits), the power of ten that leaves 6 digits before the point of the smallest number
 * with this exponent, so 6 or 7 of any. Either many digits are told apart by float32: where 7 come out, the number is less
 * than twice a power of ten, and decimals of 7 digits are further apart there than float32 numbers.
 */
const scales = new Float64Array(2048).fill(1);
const smallestExponent = 1023 - 40;
const largestExponent = 1023 + 16;
/** From here on not every integer is a float32; numbers as large take the slower way. */
scales.fill(Number.NaN, 1023 + 24, 2047);
for (let exponent = smallestExponent; exponent <= largestExponent; exponent++) {
  scales[exponent] = Number(`1e${5 - Math.floor(Math.log10(2 ** (exponent - 1023)))}`);
}
const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);

/** The number of few digits next to `value`, whose upper 32 bits are `high`; NaN for large numbers, 0 for tiny ones. */
function fewDigits(value: number, high: number): number {
  const scale = scales[(high >>> 20) & 0x7ff]!;
  // Numerator and power of ten are exact, so the quotient is the double that the digits would parse to.
  return Math.round(value * scale) / scale;
}

/**
 * The number that a text meant whose float32 is `value`: 1.82, not 1.8200000524520874. It is the decimal with the fewest
 * digits (6 to 9) that has this float32. Missing and infinite values stay what they are.
 */
export function decimalOf(value: number): number {
  double[0] = value;
  const decimal = fewDigits(value, doubleWords[1]!);
  return Math.fround(decimal) === value ? decimal : slowDecimalOf(value);
}

function slowDecimalOf(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return Number(value.toPrecision(9));
}

/** `decimalOf` of every value. */
export function decimalsOf(values: Float32Array): Float64Array {
  const out = new Float64Array(values);
  const words = new Uint32Array(out.buffer);
  for (let i = 0; i < out.length; i++) {
    const value = out[i]!;
    const decimal = fewDigits(value, words[2 * i + 1]!);
    out[i] = Math.fround(decimal) === value ? decimal : slowDecimalOf(value);
  }
  return out;
}

/**
 * Stores numbers as float32, and clears in `fits` the ways by which they cannot be had back: `exact` (each is a float32
 * as it is), `decimal` (each is the `decimalOf` of its float32).
 */
export function narrow(values: Float64Array, out: Float32Array, fits: { exact: boolean; decimal: boolean }): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  let { exact, decimal } = fits;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    out[i] = value;
    // Branches here cost more than arithmetic, because zeros and numbers alternate at random.
    if (exact && Math.fround(value) !== value) exact = Number.isNaN(value);
    if (decimal && fewDigits(value, words[2 * i + 1]!) !== value) {
      decimal = Number.isNaN(value) || decimalOf(Math.fround(value)) === value;
    }
  }
  fits.exact = exact;
  fits.decimal = decimal;
}
