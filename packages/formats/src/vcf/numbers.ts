const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const EXACT_DIGITS = 15;
/** Digits that every float32 keeps. */
const FLOAT32_DIGITS = 6;
const SMALLEST_FLOAT32 = 1.2e-38;
const LARGEST_FLOAT32 = 3.4e38;

/** What `scanFloat` found, beside the number: kept here because the scan of millions of numbers must not allocate. */
export const scanned = {
  /** Where the scan stopped. */
  end: 0,
  /** Whether there was a number, up to `end`. */
  valid: false,
  /** Whether float32 keeps all digits of the text. */
  float32: true,
};

/** Reads the number at `buffer[start]`; `limit` is the first byte that cannot belong to it (a separator). */
export function scanFloat(buffer: Buffer, start: number): number {
  let at = start;
  let byte = buffer[at] ?? 0;
  const negative = byte === 45;
  if (negative || byte === 43) byte = buffer[++at] ?? 0;
  let mantissa = 0;
  let digits = 0;
  let decimals = 0;
  let seen = 0;
  while (byte >= 48 && byte <= 57) {
    mantissa = mantissa * 10 + byte - 48;
    if (mantissa !== 0) digits += 1;
    seen += 1;
    byte = buffer[++at] ?? 0;
  }
  if (byte === 46) {
    byte = buffer[++at] ?? 0;
    while (byte >= 48 && byte <= 57) {
      mantissa = mantissa * 10 + byte - 48;
      if (mantissa !== 0) digits += 1;
      decimals += 1;
      seen += 1;
      byte = buffer[++at] ?? 0;
    }
  }
  if (byte > 58 || seen === 0 || digits > EXACT_DIGITS || decimals > 22) return scanRare(buffer, start, digits);
  scanned.end = at;
  scanned.valid = true;
  const magnitude = decimals === 0 ? mantissa : mantissa / (POWERS[decimals] ?? 1);
  judgeFloat32(magnitude, digits);
  return negative ? -magnitude : magnitude;
}

/** Numbers with an exponent, with many digits, infinities and `nan`: left to the language. */
function scanRare(buffer: Buffer, start: number, digits: number): number {
  let end = start;
  while (isNumberByte(buffer[end] ?? 0)) end += 1;
  const text = buffer.toString('latin1', start, end);
  scanned.end = end;
  scanned.valid = true;
  scanned.float32 = true;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    judgeFloat32(Math.abs(value), digits > 0 ? digits : 17);
    return value;
  }
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  scanned.valid = false;
  return Number.NaN;
}

function isNumberByte(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) ||
    ((byte | 32) >= 97 === true && (byte | 32) <= 122) ||
    byte === 43 ||
    byte === 45 ||
    byte === 46
  );
}

function judgeFloat32(magnitude: number, digits: number): void {
  if (magnitude === 0) {
    scanned.float32 = true;
  } else if (magnitude < SMALLEST_FLOAT32 || magnitude > LARGEST_FLOAT32) {
    scanned.float32 = magnitude === Number.POSITIVE_INFINITY;
  } else if (digits <= FLOAT32_DIGITS) {
    scanned.float32 = true;
  } else {
    scanned.float32 = isShortest(magnitude, Math.min(digits, 9));
  }
}

/** Whether `value` is the decimal of fewest digits among those that share its float32: what a reader of that will print. */
function isShortest(value: number, digits: number): boolean {
  const rounded = Math.fround(value);
  for (let length = FLOAT32_DIGITS; length <= digits; length += 1) {
    const decimal = Number(rounded.toPrecision(length));
    if (Math.fround(decimal) === rounded) return decimal === value;
  }
  return false;
}
