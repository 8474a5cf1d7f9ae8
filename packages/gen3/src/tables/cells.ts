import { type AttributeValue, type NodeProperty, type PropertyKind, sameValue } from '@linnaea/model';

/** A cell of a table. `literal`: it was quoted, so its blanks and the words '' and null mean themselves. */
export interface Cell {
  text: string;
  literal: boolean;
}

const numberText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
// Spreadsheets and data frames write the integers of a column with gaps as 1.0.
const integerText = /^[+-]?\d+(\.0*)?$/;

/** Reads the text of a cell by what the property accepts; text that fits nothing stays text, for the schema to refuse. */
export type CellReader = (cell: Cell) => AttributeValue;

/** The reader of a property's cells; an unknown property (undefined) keeps its text. */
export function cellReader(property: NodeProperty | undefined): CellReader {
  const kinds = new Set<PropertyKind>(property?.accepts ?? []);
  const allowed = new Set(property?.allowed ?? []);
  const freeText = kinds.size === 0 || kinds.has('string') || kinds.has('date');
  const items = property?.itemAccepts ?? [];
  return ({ text: raw, literal }) => {
    const text = literal ? raw : raw.trim();
    if (!literal && (text === '' || text === 'null')) return null;
    if (allowed.has(text)) return text;
    if (kinds.has('array')) {
      const list = readList(text, items, !freeText);
      if (list) return list;
    }
    if (freeText) return text;
    if (text === '') return null;
    return readPlain(text, kinds);
  };
}

function readPlain(text: string, kinds: ReadonlySet<PropertyKind>): AttributeValue {
  if (kinds.has('boolean')) {
    const word = text.trim().toLowerCase();
    if (word === 'true' || word === 'false') return word === 'true';
  }
  if (kinds.has('number') || kinds.has('integer')) {
    const value = readNumber(text.trim(), kinds.has('number'));
    if (value !== null) return value;
  }
  if (kinds.has('object') && text.startsWith('{')) return parseJson(text) ?? text;
  return text;
}

/** Whether a double keeps the integer that the digits write: exactly, or as the shortest digits of that double. */
export function keepsInteger(digits: string, value: number): boolean {
  if (Number.isSafeInteger(value)) return true;
  return (
    Number.isFinite(value) && (digits === String(value) || (digits.length < 400 && BigInt(digits) === BigInt(value)))
  );
}

/** A number, or null when the text is none or a double cannot hold the integer it writes. */
function readNumber(text: string, fractions: boolean): number | null {
  if (!(fractions ? numberText : integerText).test(text)) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  // The digits of a long integer would be rounded without a word: leave it text, so that it is refused.
  if (integerText.test(text) && !keepsInteger(text.replace(/^\+|\.0*$/g, ''), value)) return null;
  return value;
}

/** A list: split at commas, or written as a JSON array. `split` false reads the JSON form only. */
function readList(text: string, items: readonly PropertyKind[], split: boolean): AttributeValue[] | null {
  const written = text.startsWith('[') ? parseJson(text) : null;
  if (Array.isArray(written)) return written;
  return split ? text.split(',').map((item) => readItem(item.trim(), items)) : null;
}

const yes = new Set(['true', 't', 'yes', 'y']);
const no = new Set(['false', 'f', 'no', 'n']);

function readItem(text: string, kinds: readonly PropertyKind[]): AttributeValue {
  if (kinds.length === 0 || kinds.includes('string') || kinds.includes('enum') || kinds.includes('date')) return text;
  if (kinds.includes('boolean')) {
    const word = text.toLowerCase();
    if (yes.has(word)) return true;
    if (no.has(word)) return false;
  }
  if (kinds.includes('number') || kinds.includes('integer')) return readNumber(text, kinds.includes('number')) ?? text;
  return text;
}

function parseJson(text: string): AttributeValue | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The cell of a value, such that reading it gives the value again. Absent and null are the empty cell. */
export function writeCell(value: AttributeValue | undefined, read: CellReader): Cell {
  if (value === undefined || value === null) return { text: '', literal: false };
  if (typeof value === 'boolean') return { text: value ? 'True' : 'False', literal: false };
  if (typeof value === 'number') return { text: String(value), literal: false };
  if (typeof value === 'string') return { text: value, literal: needsLiteral(value) };
  if (!Array.isArray(value)) return { text: JSON.stringify(value), literal: false };
  // The plain form when it reads back the same: an item may hold a comma, be empty, or be a number among texts.
  const plain = value.map((item) => (typeof item === 'boolean' ? (item ? 'True' : 'False') : String(item))).join(',');
  const cell = { text: plain, literal: needsLiteral(plain) };
  return sameValue(read(cell), value) ? cell : { text: JSON.stringify(value), literal: false };
}

/** Whether the text would mean something else, or lose its blanks, without quotes. */
export function needsLiteral(text: string): boolean {
  return text === '' || text === 'null' || text !== text.trim();
}

/** The text of a cell in a table of this delimiter. Inner quotes are doubled. */
export function quoteCell({ text, literal }: Cell, delimiter: string): string {
  const special =
    literal || text.includes('"') || text.includes('\n') || text.includes('\r') || text.includes(delimiter);
  return special ? `"${text.replaceAll('"', '""')}"` : text;
}
