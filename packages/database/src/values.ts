import type { CopyValue } from './types.ts';

/** A value to be written as JSON although it is an array, a string or null. */
export class JsonValue {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  /** Called by the driver when the value is a parameter. */
  toPostgres(): string {
    return jsonText(this.value);
  }
}

/** Marks a value as JSON: `json(['a', 'b'])` becomes a JSON array where `['a', 'b']` would become a text[]. */
export function json(value: unknown): JsonValue {
  return new JsonValue(value);
}

// PostgreSQL stores neither U+0000 nor half of a surrogate pair. Both become U+FFFD, the character for "was not text".
const nul = /\0/g;
const unstorableEscape = /\\(?:\\|u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})/g;

/** The text as PostgreSQL can keep it: U+0000 and lone surrogates become U+FFFD. */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replace(nul, '\ufffd') : whole;
}

/** JSON that jsonb accepts, with the same replacements as `storableText` in keys and values. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  if (!text.includes('\\u')) return text;
  // JSON.stringify escapes exactly the characters that jsonb refuses; `\\` is matched so that it is not taken for their start
  return text.replace(unstorableEscape, (found) => (found === '\\\\' ? found : '\ufffd'));
}

/** A statement's value as the driver should send it. */
export function parameter(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date || value instanceof JsonValue || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(parameter);
  return jsonText(value);
}

const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeText(text: string): string {
  return special.test(text) ? text.replace(specials, (character) => escapes[character] ?? character) : text;
}

const arraySpecials = /["\\]/g;

function arrayText(values: readonly unknown[]): string {
  const items = values.map((value) => {
    if (value === null || value === undefined) return 'NULL';
    if (Array.isArray(value)) return arrayText(value);
    if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
    const text = typeof value === 'string' ? storableText(value) : plainText(value);
    return `"${text.replace(arraySpecials, '\\$&')}"`;
  });
  return `{${items.join(',')}}`;
}

function plainText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) {
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  }
  return jsonText(value instanceof JsonValue ? value.value : value);
}

/** One value in PostgreSQL's COPY text format. */
export function copyText(value: CopyValue): string {
  if (typeof value === 'string') return escapeText(storableText(value));
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'object') return escapeText(Array.isArray(value) ? arrayText(value) : plainText(value));
  return String(value);
}

/** One row in COPY text format, with its line end. */
export function copyLine(row: readonly CopyValue[]): string {
  let line = '';
  for (let column = 0; column < row.length; column += 1) {
    line += column === 0 ? copyText(row[column]) : `\t${copyText(row[column])}`;
  }
  return `${line}\n`;
}
