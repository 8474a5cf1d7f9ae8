const powers = Array.from({ length: 20 }, (_, i) => 10 ** i);
/** Longest text that `writeNumber` makes. */
export const longestNumber = 32;

/** The four digits of 0 to 9999, and how many are left without leading zeros. */
const group = new Uint8Array(40_000);
const width = new Uint8Array(10_000);
for (let i = 0; i < 10_000; i++) {
  group.set(Buffer.from(String(i).padStart(4, '0')), 4 * i);
  width[i] = String(i).length;
}

/**
 * Writes a number as text at `at` and answers where it ends. With `digits` (0 to 15) it is rounded to so many decimal
 * places, halves away from zero; trailing zeros are left out. Missing is empty, infinities are Inf and -Inf.
 */
export function writeNumber(out: Buffer, at: number, value: number, digits: number | undefined): number {
  if (value === 0) {
    out[at] = 0x30;
    return at + 1;
  }
  if (Number.isNaN(value)) return at;
  const scale = powers[digits ?? 0]!;
  // A double that stands for a decimal half may lie just below it.
  const scaled = Math.abs(value) * scale * (1 + 2 ** -51);
  if (digits === undefined || scaled > 2 ** 51) return writeSlowly(out, at, value);
  const rounded = Math.floor(scaled + 0.5);
  if (rounded === 0) {
    out[at] = 0x30;
    return at + 1;
  }
  const start = value < 0 ? at + 1 : at;
  if (value < 0) out[at] = 0x2d;
  const whole = Math.floor(rounded / scale);
  const end = writeInteger(out, start, whole);
  const fraction = rounded - whole * scale;
  return fraction === 0 ? end : writeFraction(out, end, fraction, digits);
}

function writeSlowly(out: Buffer, at: number, value: number): number {
  const text = value === Infinity ? 'Inf' : value === -Infinity ? '-Inf' : String(value);
  return at + out.write(text, at, 'latin1');
}

function writeInteger(out: Buffer, at: number, value: number): number {
  if (value < 10_000) {
    const length = width[value]!;
    for (let i = 0, from = 4 * value + 4 - length; i < length; i++) out[at + i] = group[from + i]!;
    return at + length;
  }
  const high = Math.floor(value / 10_000);
  return writeGroup(out, writeInteger(out, at, high), value - high * 10_000);
}

function writeGroup(out: Buffer, at: number, value: number): number {
  const from = 4 * value;
  out[at] = group[from]!;
  out[at + 1] = group[from + 1]!;
  out[at + 2] = group[from + 2]!;
  out[at + 3] = group[from + 3]!;
  return at + 4;
}

function writeFraction(out: Buffer, at: number, fraction: number, digits: number): number {
  out[at] = 0x2e;
  const groups = Math.ceil(digits / 4);
  let rest = fraction * powers[groups * 4 - digits]!;
  for (let i = groups - 1; i >= 0; i--) {
    const high = Math.floor(rest / 10_000);
    writeGroup(out, at + 1 + 4 * i, rest - high * 10_000);
    rest = high;
  }
  let end = at + 1 + 4 * groups;
  while (out[end - 1] === 0x30) end -= 1;
  return end;
}
