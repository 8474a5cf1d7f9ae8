const missing = new Set(['', 'nan', 'null', 'n/a', 'na', 'filtered']);
const infinities = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const decimalComma = /^[+-]?(\d+,\d+|,\d+)(e[+-]?\d+)?$/i;

const smallestFloat32 = 2 ** -126;
const largestFloat32 = (2 - 2 ** -23) * 2 ** 127;

export interface NumberReading {
  /** NaN for missing and for what is no number. */
  value: number;
  kind: 'number' | 'decimal-comma' | 'missing' | 'text';
  /** Float32 keeps every digit of the text. */
  float32: boolean;
}

/** Reads the text of a measurement: decimal, with exponent, infinity, missing code, or a number with a decimal comma. */
export function readNumber(cell: string): NumberReading {
  if (decimal.test(cell)) return numberOf(cell, 'number');
  const text = unquoted(cell.trim()).trim();
  const token = text.toLowerCase();
  if (missing.has(token)) return { value: Number.NaN, kind: 'missing', float32: true };
  const infinity = infinities.get(token);
  if (infinity !== undefined) return { value: infinity, kind: 'number', float32: true };
  if (decimal.test(text)) return numberOf(text, 'number');
  if (decimalComma.test(text)) return numberOf(text.replace(',', '.'), 'decimal-comma');
  return { value: Number.NaN, kind: 'text', float32: true };
}

function numberOf(text: string, kind: NumberReading['kind']): NumberReading {
  const value = Number(text);
  return { value, kind, float32: survivesFloat32(value, significantDigits(text)) };
}

/** Quotes that R and spreadsheets put around cells. */
export function unquoted(text: string): string {
  const quoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
  return quoted ? text.slice(1, -1).replaceAll('""', '"') : text;
}

function significantDigits(text: string): number {
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code | 32) === 101) break;
    if (code > 48 || (code === 48 && digits > 0)) digits += 1;
  }
  return digits;
}

/** Whether `value`, given with so many significant digits, comes back from float32 with all of them. */
export function survivesFloat32(value: number, digits: number): boolean {
  if (value === 0 || Math.fround(value) === value) return true;
  const size = Math.abs(value);
  if (!(size >= smallestFloat32 && size <= largestFloat32)) return false;
  // A float32 holds 6 digits of any number; toPrecision takes at most 100.
  return digits <= 6 || Number(Math.fround(value).toPrecision(Math.min(digits, 100))) === value;
}
