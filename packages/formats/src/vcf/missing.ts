/** A missing integer: the lowest one, which BCF (and so VCF) keeps free of meaning. */
export const MISSING_INTEGER = -2147483648;
/** Place of the missing text in every table of texts. */
export const MISSING_TEXT = 0;

const MISSING_FLOAT_HIGH = 0x7ff80000;
const MISSING_FLOAT_LOW = 1;

/** Two 32-bit words of each double, low word first: a NaN's payload does not survive a trip through a JavaScript number. */
export function floatWords(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** Marks a value of a float column as missing, which is different from a `nan` in the file. */
export function setMissingFloat(words: Uint32Array, index: number): void {
  words[index * 2] = MISSING_FLOAT_LOW;
  words[index * 2 + 1] = MISSING_FLOAT_HIGH;
}

/** Whether value `index` (whose words are given) is the missing value. */
export function isMissingFloat(words: Uint32Array, index: number): boolean {
  return words[index * 2] === MISSING_FLOAT_LOW && words[index * 2 + 1] === MISSING_FLOAT_HIGH;
}
