import { type AttributeValue, type EntityFinding, isSchemaObject, pythonTypeName } from '@linnaea/model';
import { type DocumentItem, type EntityRow, type TextChunks, UnreadableDocument } from './entity-row.ts';
import { JsonContentError, JsonParser, JsonSyntaxError } from './json-text.ts';
import { withoutStars } from './stars.ts';

/** The text of one element of the outer list, or of the whole document when that is no list. */
interface JsonPiece {
  text: string;
  /** Characters, lines and characters of the line before the piece. */
  offset: number;
  line: number;
  column: number;
  /** What the piece is followed by: `,` and `]` in a list, null at the end of the document. */
  end: ',' | ']' | null;
  inList: boolean;
  /** Members of all its objects when `JSON.parse` reads it as `JsonParser` does, but for repeated names; else null. */
  members: number | null;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const colon = 0x3a;
const zero = 0x30;
const nine = 0x39;
// shorter integers are exact as doubles
const longNumber = 16;
const deep = 100;

/** Cuts a list into the texts of its elements while it arrives; knows strings and brackets, nothing else of JSON. */
class ListCutter {
  #parts: string[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;
  #members = 0;
  #isPlain = true;
  #digits = 0;
  #offset: number;
  #line: number;
  #column: number;
  closed = false;
  /** Text after the closing bracket. */
  rest = '';

  constructor(before: string) {
    this.#offset = before.length;
    this.#line = 1;
    this.#column = 0;
    this.#advance(before, 0);
  }

  // character by character, without regular expressions: all of every upload passes here
  *push(chunk: string): Generator<JsonPiece> {
    let start = 0;
    for (let at = 0; at < chunk.length && !this.closed; at += 1) {
      if (this.#inString) {
        at = this.#passString(chunk, at);
        continue;
      }
      const end = this.#see(chunk.charCodeAt(at));
      if (end === null) continue;
      this.#parts.push(chunk.slice(start, at));
      yield this.#cut(end);
      start = at + 1;
    }
    if (this.closed) this.rest += chunk.slice(start);
    else this.#parts.push(chunk.slice(start));
  }

  /** What is left when the document ends inside the list. */
  remainder(): JsonPiece {
    return this.#cut(null);
  }

  /** Where the string that is open at `from` closes, or the chunk's length when it goes on in the next. */
  #passString(chunk: string, from: number): number {
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at += 1;
    }
    for (; at < chunk.length; at += 1) {
      const character = chunk.charCodeAt(at);
      if (character === quote) {
        this.#inString = false;
        return at;
      }
      if (character !== backslash) continue;
      this.#isPlain = false;
      at += 1;
      this.#escaped = at === chunk.length;
    }
    return chunk.length;
  }

  /** The end of an element, if this character outside of strings is one. */
  #see(character: number): ',' | ']' | null {
    if (character >= zero && character <= nine) {
      this.#digits += 1;
      if (this.#digits >= longNumber) this.#isPlain = false;
      return null;
    }
    // an exponent
    if (this.#digits > 0 && (character | 0x20) === 0x65) this.#isPlain = false;
    this.#digits = 0;
    if (character === quote) this.#inString = true;
    else if (character === colon) this.#members += 1;
    else if (character === openBrace || character === openBracket) {
      this.#depth += 1;
      if (this.#depth > deep) this.#isPlain = false;
    } else if (character === closeBrace || character === closeBracket) {
      if (this.#depth === 0) return character === closeBracket ? ']' : null;
      this.#depth -= 1;
    } else if (character === comma && this.#depth === 0) return ',';
    return null;
  }

  #cut(end: JsonPiece['end']): JsonPiece {
    const text = this.#parts.join('');
    const members = this.#isPlain && text.isWellFormed() ? this.#members : null;
    const piece = { text, offset: this.#offset, line: this.#line, column: this.#column, end, inList: true, members };
    this.#parts = [];
    this.#members = 0;
    this.#isPlain = true;
    this.#offset += text.length + 1;
    this.#advance(text, 1);
    if (end === ']') this.closed = true;
    return piece;
  }

  #advance(text: string, more: number): void {
    const lastLine = text.lastIndexOf('\n');
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#line += 1;
    this.#column = (lastLine < 0 ? this.#column + text.length : text.length - lastLine - 1) + more;
  }

  place(): { offset: number; line: number; column: number } {
    return { offset: this.#offset, line: this.#line, column: this.#column };
  }
}

async function* cutDocument(chunks: TextChunks): AsyncGenerator<JsonPiece> {
  let head = '';
  let cutter: ListCutter | null = null;
  for await (const chunk of chunks) {
    if (cutter) {
      yield* cutter.push(chunk);
      continue;
    }
    head += chunk;
    // Only a list is cut; anything else is gathered whole.
    const first = head.search(/[^ \t\n\r]/);
    if (first < 0 || head[first] !== '[') continue;
    cutter = new ListCutter(head.slice(0, first + 1));
    yield* cutter.push(head.slice(first + 1));
  }
  if (!cutter) yield { text: head, offset: 0, line: 1, column: 0, end: null, inList: false, members: null };
  else if (!cutter.closed) yield cutter.remainder();
  else if (cutter.rest.trim() !== '')
    throw syntaxError(new JsonSyntaxError('Extra data', cutter.rest.search(/\S/)), {
      text: cutter.rest,
      ...cutter.place(),
    });
}

/** Where the error is in the document, in the words of the peers: `… line 1 column 19 (char 18)`. */
function syntaxError(
  error: JsonSyntaxError,
  piece: { text: string; offset: number; line: number; column: number },
): UnreadableDocument {
  const before = piece.text.slice(0, error.offset);
  const breaks = before.split('\n').length - 1;
  const line = piece.line + breaks;
  const column = breaks === 0 ? piece.column + before.length + 1 : before.length - before.lastIndexOf('\n');
  return new UnreadableDocument(
    `Unable to parse json: ${error.message}: line ${line} column ${column} (char ${piece.offset + error.offset})`,
    { line, column },
  );
}

/**
 * Most elements are plain: `JSON.parse` reads them three times as fast. Undefined when it cannot or when a name may be
 * repeated, which it would not tell.
 */
function parsePlain({ text, members }: JsonPiece): AttributeValue | undefined {
  if (members === null) return undefined;
  try {
    const value: AttributeValue = JSON.parse(text);
    return countMembers(value) === members ? value : undefined;
  } catch {
    return undefined;
  }
}

function countMembers(value: AttributeValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countMembers(item), 0);
  let count = 0;
  for (const name in value) count += 1 + countMembers(value[name] ?? null);
  return count;
}

function parsePiece(piece: JsonPiece): { value: AttributeValue; findings: readonly EntityFinding[] } {
  const plain = piece.end === null ? undefined : parsePlain(piece);
  if (plain !== undefined) return { value: plain, findings: [] };
  try {
    const parser = new JsonParser(piece.text);
    const value = parser.parse(piece.inList ? "Expecting ',' delimiter or ']'" : 'Extra data');
    if (piece.inList && piece.end === null)
      throw new JsonSyntaxError("Expecting ',' delimiter or ']'", piece.text.length);
    return { value, findings: parser.findings };
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw syntaxError(error, piece);
    if (error instanceof JsonContentError)
      throw new UnreadableDocument(`Unable to parse json: ${error.message}`, { line: piece.line });
    throw error;
  }
}

/** Reads a JSON document: one entity, or a list of them, element by element as the text arrives. */
export async function* readJson(chunks: TextChunks): AsyncGenerator<DocumentItem> {
  let index = 0;
  for await (const piece of cutDocument(chunks)) {
    const empty = piece.inList && piece.text.trim() === '';
    if (empty && piece.end === ']' && index === 0) return;
    if (empty && piece.end === null && index === 0)
      throw syntaxError(new JsonSyntaxError("Expecting value or ']'", piece.text.length), piece);
    const { value, findings } = parsePiece(piece);
    if (!piece.inList && !isSchemaObject(value))
      throw new UnreadableDocument(`JSON parsed from request is an invalid type: ${pythonTypeName(value)}`);
    yield { kind: 'entity', row: toRow(index, piece, value, findings) };
    index += 1;
  }
}

function toRow(index: number, piece: JsonPiece, value: AttributeValue, findings: readonly EntityFinding[]): EntityRow {
  const leading = piece.text.slice(0, piece.text.length - piece.text.trimStart().length);
  const line = piece.line + leading.split('\n').length - 1;
  if (!isSchemaObject(value)) return { index, line, document: value, findings };
  const { document, repeated } = withoutStars(value);
  if (repeated.length > 0)
    throw new UnreadableDocument(`Unable to parse json: The document contains duplicate keys: ${repeated.join(',')}`, {
      line,
    });
  return { index, line, document, findings };
}
