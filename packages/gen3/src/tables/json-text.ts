import { type Attributes, type AttributeValue, type EntityFinding, entityFinding } from '@linnaea/model';
import { keepsInteger } from './cells.ts';
import { setMember } from './members.ts';

/** A syntax error at a character of the text, in the words of the peers' JSON reader. */
export class JsonSyntaxError extends Error {
  /** Offset in the parsed text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.offset = offset;
  }
}

/** A fault that lies in no one character: repeated keys. Its message stands without a place. */
export class JsonContentError extends Error {}

const maximumDepth = 200;
const whitespace = /[ \t\n\r]*/y;
const numberToken = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Parses one JSON value. Why not `JSON.parse`: repeated keys must be refused, integers that a double cannot hold and
 * text that the store cannot hold must be named by their path, and errors need the peers' words and places.
 */
export class JsonParser {
  readonly findings: EntityFinding[] = [];
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value of the whole text. `rest` words the complaint about what follows a complete value. */
  parse(rest = 'Extra data'): AttributeValue {
    this.#skip();
    const value = this.#value();
    this.#skip();
    if (this.#at < this.#text.length) throw new JsonSyntaxError(rest, this.#at);
    return value;
  }

  #value(): AttributeValue {
    const character = this.#text[this.#at];
    if (character === '{') return this.#object();
    if (character === '[') return this.#array();
    if (character === '"') return this.#checkedString();
    if (character === 't') return this.#word('true', true);
    if (character === 'f') return this.#word('false', false);
    return character === 'n' ? this.#word('null', null) : this.#number();
  }

  #word<Value>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw new JsonSyntaxError('Expecting value', this.#at);
    this.#at += word.length;
    return value;
  }

  #object(): AttributeValue {
    this.#enter();
    const object: Attributes = {};
    let repeated: Set<string> | undefined;
    this.#skip();
    if (this.#text[this.#at] === '}') return this.#leave({});
    for (;;) {
      if (this.#text[this.#at] !== '"')
        throw new JsonSyntaxError('Expecting property name enclosed in double quotes', this.#at);
      const key = this.#string();
      this.#path.push(key);
      this.#skip();
      if (this.#text[this.#at] !== ':') throw new JsonSyntaxError("Expecting ':' delimiter", this.#at);
      this.#at += 1;
      this.#skip();
      if (Object.hasOwn(object, key)) repeated = new Set(repeated).add(key);
      this.#checkText(key, 'name');
      setMember(object, key, this.#value());
      this.#path.pop();
      if (this.#ends('}')) break;
    }
    if (repeated) throw new JsonContentError(`The document contains duplicate keys: ${[...repeated].join(',')}`);
    return this.#leave(object);
  }

  #array(): AttributeValue {
    this.#enter();
    const items: AttributeValue[] = [];
    this.#skip();
    if (this.#text[this.#at] === ']') return this.#leave(items);
    if (this.#at >= this.#text.length) throw new JsonSyntaxError("Expecting value or ']'", this.#at);
    for (;;) {
      this.#path.push(items.length);
      items.push(this.#value());
      this.#path.pop();
      if (this.#ends(']')) return this.#leave(items);
    }
  }

  /** After a member: true at the closing bracket, false (and past the comma) when more follows. */
  #ends(bracket: string): boolean {
    this.#skip();
    const character = this.#text[this.#at];
    if (character === bracket) return true;
    if (character !== ',') throw new JsonSyntaxError(`Expecting ',' delimiter or '${bracket}'`, this.#at);
    this.#at += 1;
    this.#skip();
    return false;
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > maximumDepth)
      throw new JsonContentError(`The document is nested more than ${maximumDepth} levels deep`);
    this.#at += 1;
  }

  #leave<Value>(value: Value): Value {
    this.#depth -= 1;
    this.#at += 1;
    return value;
  }

  #skip(): void {
    // Most places have no blanks; anything beyond the space is none either.
    if ((this.#text.charCodeAt(this.#at) || 0x7f) > 0x20) return;
    whitespace.lastIndex = this.#at;
    this.#at += whitespace.exec(this.#text)?.[0].length ?? 0;
  }

  #number(): number {
    numberToken.lastIndex = this.#at;
    const match = numberToken.exec(this.#text);
    if (!match) throw new JsonSyntaxError('Expecting value', this.#at);
    const [token, fraction, exponent] = match;
    this.#at += token.length;
    const value = Number(token);
    const exact =
      fraction !== undefined || exponent !== undefined ? Number.isFinite(value) : keepsInteger(token, value);
    if (!exact) this.#report(`${shorten(token)} is too large a number to be stored exactly`, value);
    return value;
  }

  #checkedString(): string {
    const text = this.#string();
    this.#checkText(text, 'text');
    return text;
  }

  /** PostgreSQL's text holds neither NUL nor half of a surrogate pair. */
  #checkText(text: string, what: 'text' | 'name'): void {
    if (text.includes('\0')) this.#report(`The ${what} holds a NUL character, which cannot be stored`, null);
    else if (!text.isWellFormed())
      this.#report(`The ${what} holds half of a Unicode surrogate pair, which cannot be stored`, null);
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    let text = '';
    for (;;) {
      const run = this.#plainRun();
      const character = this.#text.charCodeAt(this.#at);
      if (character === quote) {
        this.#at += 1;
        return text === '' ? run : text + run;
      }
      if (Number.isNaN(character)) throw new JsonSyntaxError('Unterminated string starting at', start);
      if (character !== backslash) throw new JsonSyntaxError('Invalid control character at', this.#at);
      text += run + this.#escape();
    }
  }

  /** What a string holds without any work: everything up to a quote, a backslash or what sorts before the space. */
  #plainRun(): string {
    const start = this.#at;
    let at = start;
    for (;;) {
      const character = this.#text.charCodeAt(at);
      // the end of the text is no number, and so neither
      if (!(character >= space) || character === quote || character === backslash) break;
      at += 1;
    }
    this.#at = at;
    return this.#text.slice(start, at);
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const hex = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new JsonSyntaxError('Invalid \\uXXXX escape sequence', this.#at);
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const meaning = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
    if (meaning === undefined) throw new JsonSyntaxError('Invalid \\X escape sequence', this.#at);
    this.#at += 2;
    return meaning;
  }

  #report(message: string, value: AttributeValue): void {
    const keys = this.#path.length === 0 ? [] : [this.#path.join('.')];
    this.findings.push(entityFinding('value-unstorable', 'INVALID_VALUE', keys, message, { value }));
  }
}

function shorten(token: string): string {
  return token.length > 40 ? `${token.slice(0, 40)}…` : token;
}
