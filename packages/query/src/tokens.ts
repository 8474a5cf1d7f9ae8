import { CatalogueError } from '@linnaea/model';

/** Longest text that any query language accepts, in UTF-16 units. */
export const maxQueryLength = 100_000;
/** Deepest nesting of parentheses and NOT. Compilers of the trees may recurse safely. */
export const maxQueryDepth = 200;

/** Where a node or token stands in the text: 0-based UTF-16 offsets, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `string` is quoted text with its escapes resolved; `end` is the end of the text. */
export interface Token {
  readonly kind: 'word' | 'string' | 'symbol' | 'end';
  readonly text: string;
  readonly at: Span;
  /** Whether whitespace stands before it. */
  readonly spaced: boolean;
}

/** The symbols of a language by their first character, longest first. A bare word ends where a symbol starts. */
export type TokenSyntax = ReadonlyMap<string, readonly string[]>;

/** Build the token syntax of a language from its operators and punctuation. */
export function defineSyntax(symbols: readonly string[]): TokenSyntax {
  const syntax = new Map<string, string[]>();
  for (const symbol of [...symbols].sort((a, b) => b.length - a.length)) {
    const first = symbol.charAt(0);
    syntax.set(first, [...(syntax.get(first) ?? []), symbol]);
  }
  return syntax;
}

/** The error of every parser here. `details` = `{ position, expected }`, position a 0-based offset; the message counts from 1. */
export function querySyntaxError(position: number, expected: string, found: string, hint?: string): CatalogueError {
  const message = `Expected ${expected} at character ${position + 1}, found ${found}`;
  return new CatalogueError('invalid', 'query-syntax', hint ? `${message}: ${hint}` : message, {
    details: { position, expected },
  });
}

/** Reads a text token by token, keeps the place and the nesting depth. Throws `query-syntax` errors only. */
export class TokenCursor {
  readonly text: string;
  #syntax: TokenSyntax;
  #position = 0;
  #peeked: Token | null = null;
  #depth = 0;

  constructor(text: string, syntax: TokenSyntax) {
    if (text.length > maxQueryLength) {
      throw querySyntaxError(maxQueryLength, `at most ${maxQueryLength} characters`, `${text.length}`);
    }
    // PostgreSQL holds no NUL in text, so a query with one cannot match anything.
    const nul = text.indexOf('\0');
    if (nul >= 0) throw querySyntaxError(nul, 'text', 'a NUL character');
    this.text = text;
    this.#syntax = syntax;
  }

  /** Offset just after the last token taken. */
  get position(): number {
    return this.#position;
  }

  peek(): Token {
    this.#peeked ??= readToken(this.text, this.#position, this.#syntax);
    return this.#peeked;
  }

  next(): Token {
    const token = this.peek();
    this.#position = token.at.end;
    this.#peeked = null;
    return token;
  }

  /** Go back to an earlier `position`. */
  rewind(position: number): void {
    this.#position = position;
    this.#peeked = null;
  }

  /** Take the next token if it is one of these symbols. */
  accept(...symbols: readonly string[]): Token | null {
    return isSymbol(this.peek(), ...symbols) ? this.next() : null;
  }

  /**
   * Take one character if it stands ahead with a word, a quote or a parenthesis right behind it. Looks at the text,
   * not at tokens: reading the word anew for each sign of `-----x` would take quadratic time.
   */
  acceptPrefix(char: string): boolean {
    let start = this.#position;
    while (isSpace(this.text.charAt(start))) start += 1;
    if (this.text.charAt(start) !== char || !/[^\s)]/.test(this.text.charAt(start + 1))) return false;
    this.rewind(start + 1);
    return true;
  }

  expect(symbol: string, expected: string): Token {
    return this.accept(symbol) ?? this.fail(expected);
  }

  /** Read with another syntax, e.g. where a comma separates. */
  withSyntax<T>(syntax: TokenSyntax, read: () => T): T {
    const outer = this.#syntax;
    this.#syntax = syntax;
    this.#peeked = null;
    const result = read();
    this.#syntax = outer;
    this.#peeked = null;
    return result;
  }

  /** Read one level deeper; refuses more than `maxQueryDepth` levels. */
  nest<T>(read: () => T): T {
    if (this.#depth >= maxQueryDepth) this.fail(`at most ${maxQueryDepth} nested levels`);
    this.#depth += 1;
    const result = read();
    this.#depth -= 1;
    return result;
  }

  fail(expected: string, hint?: string, token: Token = this.peek()): never {
    throw querySyntaxError(token.at.start, expected, describeToken(token), hint);
  }
}

export function isSymbol(token: Token, ...symbols: readonly string[]): boolean {
  return token.kind === 'symbol' && symbols.includes(token.text);
}

/** Whether a token is this bare word, in any case. Quoted text is never a keyword. */
export function isKeyword(token: Token, keyword: string): boolean {
  return token.kind === 'word' && token.text.length === keyword.length && token.text.toLowerCase() === keyword;
}

const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const infinityPattern = /^([+-]?)inf(?:inity)?$/i;

/** Read a decimal number or `Inf`/`-Inf`; null when the text is neither or is beyond a double. Never NaN nor -0. */
export function readNumber(text: string): number | null {
  const infinity = infinityPattern.exec(text);
  if (infinity) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (!numberPattern.test(text)) return null;
  const number = Number(text);
  if (!Number.isFinite(number)) return null;
  return number === 0 ? 0 : number;
}

function describeToken(token: Token): string {
  if (token.kind === 'end') return 'the end';
  const shown = [...token.text.slice(0, 40)].join('');
  const quoted = JSON.stringify(token.text.length > 40 ? `${shown}…` : shown);
  return token.kind === 'string' ? `the quoted ${quoted}` : quoted;
}

function readToken(text: string, from: number, syntax: TokenSyntax): Token {
  let start = from;
  while (start < text.length && isSpace(text.charAt(start))) start += 1;
  const spaced = start > from;
  if (start >= text.length) return { kind: 'end', text: '', at: { start, end: start }, spaced };
  if (text.charAt(start) === '"') return readQuoted(text, start, spaced);
  const symbol = symbolAt(text, start, syntax);
  if (symbol !== undefined) {
    return { kind: 'symbol', text: symbol, at: { start, end: start + symbol.length }, spaced };
  }
  let end = start + 1;
  while (end < text.length && !endsWord(text, end, syntax)) end += 1;
  return { kind: 'word', text: text.slice(start, end), at: { start, end }, spaced };
}

function readQuoted(text: string, start: number, spaced: boolean): Token {
  const parts: string[] = [];
  let from = start + 1;
  for (let end = from; end < text.length; end += 1) {
    const char = text.charAt(end);
    if (char === '"') {
      parts.push(text.slice(from, end));
      return { kind: 'string', text: parts.join(''), at: { start, end: end + 1 }, spaced };
    }
    const following = text.charAt(end + 1);
    if (char === '\\' && (following === '"' || following === '\\')) {
      parts.push(text.slice(from, end));
      from = end + 1;
      end += 1;
    }
  }
  throw querySyntaxError(text.length, 'a closing double quote', 'the end', `a quote opens at character ${start + 1}`);
}

function endsWord(text: string, at: number, syntax: TokenSyntax): boolean {
  const char = text.charAt(at);
  return char === '"' || isSpace(char) || symbolAt(text, at, syntax) !== undefined;
}

function symbolAt(text: string, at: number, syntax: TokenSyntax): string | undefined {
  return syntax.get(text.charAt(at))?.find((symbol) => text.startsWith(symbol, at));
}

function isSpace(char: string): boolean {
  return /\s/.test(char);
}
