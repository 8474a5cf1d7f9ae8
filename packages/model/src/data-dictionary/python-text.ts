import type { AttributeValue } from '../kind.ts';

/**
 * Values as Python writes them. The clients of this API family read error texts that were made by Python's
 * jsonschema, so ours must read the same: `'Wood' is not one of ['DNA', None]`.
 */
export function pythonRepr(value: AttributeValue): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return reprText(value);
  if (typeof value === 'number') return reprNumber(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${reprText(key)}: ${pythonRepr(member)}`)
    .join(', ')}}`;
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
// What str.isprintable() calls unprintable: controls, formats, surrogates, private, unassigned, and separators but the space.
const special = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = text.replace(special, escapeCharacter);
  if (quote === "'") body = body.replaceAll("'", "\\'");
  return quote + body + quote;
}

function escapeCharacter(character: string): string {
  const name = named[character];
  if (name !== undefined) return name;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** A number without a fraction reads as an int: JSON's `1.0` and `1` are one number here. */
function reprNumber(value: number): string {
  if (Number.isInteger(value)) return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString();
  const size = Math.abs(value);
  const text = size < 1e-4 ? value.toExponential() : String(value);
  // Python pads exponents to two digits: 1e-05.
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

const typeNames: Readonly<Record<string, string>> = { string: 'str', boolean: 'bool' };

/** The name of the Python class of a JSON value: `str`, `int`, `float`, `bool`, `NoneType`, `list`, `dict`. */
export function pythonTypeName(value: AttributeValue): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeNames[typeof value] ?? 'dict';
}
