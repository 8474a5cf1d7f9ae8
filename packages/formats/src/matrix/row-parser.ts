import { decodeBytes } from '../text/encoding.ts';
import { readNumber, survivesFloat32 } from './number-text.ts';

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const minus = 45;
const comma = 44;
const zero = 48;
const nine = 57;
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const largestExact = 2 ** 53;

/** Hears of the cells that are not plain numbers; `cell` counts the measured columns from 0. */
export interface OddCells {
  text(cell: number, text: string): void;
  /** Called for the first one only. */
  decimalComma(cell: number, text: string): void;
}

/**
 * Reads the measured cells of a row straight from its bytes. Makes no string for a plain number: digits are summed up
 * to 2^53 and scaled by a power of ten up to 10^22, both exact, so that the one rounding is the right one; all other
 * texts go through Number().
 */
export class RowParser {
  /** One for each cell: set once a number was seen that float32 cannot hold with all its digits. */
  readonly lossy: Uint8Array;
  /** Number of cells that the row just read had, up to those asked for. */
  found = 0;
  readonly #odd: OddCells;
  /** Becomes the comma with the first decimal comma, so that a file full of them is read at full speed. */
  #point = 46;
  #exponentEnd = 0;

  constructor(cells: number, odd: OddCells) {
    this.lossy = new Uint8Array(cells);
    this.#odd = odd;
  }

  /**
   * Fills `out` from `offset` with the numbers of the row whose first measured cell is at `start`, NaN where missing.
   * Gives the position of the tab or line end behind the last cell read. The row must have a line end in `bytes`.
   */
  read(bytes: Uint8Array, start: number, out: Float64Array, offset: number): number {
    const { lossy } = this;
    const cells = lossy.length;
    let at = start;
    for (let cell = 0; ; ) {
      const begin = at;
      let byte = bytes[at]!;
      const negative = byte === minus;
      if (negative) byte = bytes[++at]!;
      let mantissa = 0;
      const whole = at;
      while (byte >= zero && byte <= nine) {
        mantissa = mantissa * 10 + (byte - zero);
        byte = bytes[++at]!;
      }
      let digits = at - whole;
      let exponent = 0;
      if (byte === this.#point || byte === 46) {
        const fraction = at + 1;
        byte = bytes[++at]!;
        while (byte >= zero && byte <= nine) {
          mantissa = mantissa * 10 + (byte - zero);
          byte = bytes[++at]!;
        }
        exponent = fraction - at;
        // `5.` is a number, `5,` is not: no digit sends it to the slow judgement.
        digits = exponent === 0 && bytes[at - 1] === comma ? 0 : digits - exponent;
      }
      if (byte === 101 || byte === 69) {
        exponent += this.#readExponent(bytes, at + 1);
        at = this.#exponentEnd;
        byte = bytes[at]!;
      }
      const ended = byte === tab || byte === lineFeed || byte === carriageReturn;
      if (ended && digits > 0 && mantissa < largestExact && exponent >= -22 && exponent <= 22) {
        const size = exponent < 0 ? mantissa / powers[-exponent]! : mantissa * powers[exponent]!;
        out[offset + cell] = negative ? -size : size;
        // Six digits always survive: with such exponents no number leaves float32's range.
        if (mantissa >= 1e6 && lossy[cell] === 0 && losesDigits(size, mantissa, exponent)) lossy[cell] = 1;
      } else if (ended && at === begin) {
        out[offset + cell] = Number.NaN;
      } else {
        while (byte !== tab && byte !== lineFeed && byte !== carriageReturn) byte = bytes[++at]!;
        out[offset + cell] = this.#readOdd(bytes, begin, at, cell);
      }
      cell += 1;
      if (byte !== tab || cell === cells) {
        this.found = cell;
        return at;
      }
      at += 1;
    }
  }

  /** Reads the exponent at `from` and leaves its end in `#exponentEnd`; NaN when it has no digit. */
  #readExponent(bytes: Uint8Array, from: number): number {
    const sign = bytes[from];
    let at = sign === minus || sign === 43 ? from + 1 : from;
    const digits = at;
    let exponent = 0;
    for (; bytes[at]! >= zero && bytes[at]! <= nine; at += 1) exponent = exponent * 10 + (bytes[at]! - zero);
    this.#exponentEnd = at;
    if (at === digits) return Number.NaN;
    return sign === minus ? -exponent : exponent;
  }

  #readOdd(bytes: Uint8Array, start: number, end: number, cell: number): number {
    if (isNotAvailable(bytes, start, end)) return Number.NaN;
    const { text } = decodeBytes(bytes.subarray(start, end));
    const reading = readNumber(text);
    if (reading.kind === 'text') this.#odd.text(cell, text);
    if (reading.kind === 'decimal-comma' && this.#point !== comma) {
      this.#odd.decimalComma(cell, text);
      this.#point = comma;
    }
    if (!reading.float32) this.lossy[cell] = 1;
    return reading.value;
  }
}

/** `NA` and `NaN`, which R and Python write, without making a string. */
function isNotAvailable(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== 78) return false;
  if (end - start === 2) return bytes[start + 1] === 65;
  return end - start === 3 && bytes[start + 1] === 97 && bytes[start + 2] === 78;
}

/**
 * Same answer as `survivesFloat32`, mostly without text: the digits survive when float32 is off by less than half of
 * the last one. Too close to half, or at a power of ten (where the nearest float32 may have a digit less), text decides.
 */
function losesDigits(size: number, mantissa: number, exponent: number): boolean {
  const off = Math.abs(Math.fround(size) - size);
  if (off === 0) return false;
  const units = exponent < 0 ? off * powers[-exponent]! : off / powers[exponent]!;
  const digits = digitsOf(mantissa);
  const unclear = (units > 0.499 && units < 0.501) || mantissa === powers[digits - 1];
  return unclear ? !survivesFloat32(size, digits) : units >= 0.5;
}

function digitsOf(mantissa: number): number {
  let digits = 7;
  while (digits < 16 && mantissa >= powers[digits]!) digits += 1;
  return digits;
}
