import type { Span, Token, TokenCursor } from './tokens.ts';
import { isKeyword, isSymbol, querySyntaxError, readNumber } from './tokens.ts';

/** A value written in a query. Bare `null` is the missing value; `"null"` is the text. */
export type Literal =
  | { readonly kind: 'null' }
  /** `number` is the number the text reads as, else null. `text` is as written, without quotes and escapes. */
  | { readonly kind: 'text'; readonly text: string; readonly number: number | null };

export type Ordering = '<' | '<=' | '>' | '>=';

/**
 * The value is one of `values`; with `negated`, none of them. Of a multi-valued attribute any value may match, so
 * `negated` is the exact complement and INCLUDES what lacks the attribute. `null` among the values = the attribute
 * is missing. One value from `=`, more from a list.
 */
export interface Equals<Subject> {
  readonly kind: 'equals';
  readonly subject: Subject;
  readonly negated: boolean;
  readonly values: readonly Literal[];
  readonly at: Span;
}

/** The value reads as a number and stands so to `number`. False for a missing or a non-numeric value. */
export interface Compare<Subject> {
  readonly kind: 'compare';
  readonly subject: Subject;
  readonly operator: Ordering;
  readonly number: number;
  readonly at: Span;
}

export interface Bound {
  readonly number: number;
  readonly inclusive: boolean;
}

/** ONE value lies between the bounds (a chained comparison such as `-3 < value <= 3`). */
export interface Range<Subject> {
  readonly kind: 'range';
  readonly subject: Subject;
  readonly low: Bound;
  readonly high: Bound;
  readonly at: Span;
}

/** The value holds `text` as a substring, in any case of letters. */
export interface Contains<Subject> {
  readonly kind: 'contains';
  readonly subject: Subject;
  readonly text: string;
  readonly at: Span;
}

/** A test of one subject: an attribute, a feature's attribute, a measurement, an INFO key. */
export type Condition<Subject> = SimpleCondition<Subject> | Range<Subject>;

/** A condition that is not chained. */
export type SimpleCondition<Subject> = Equals<Subject> | Compare<Subject> | Contains<Subject>;

/** Symbols of the languages with comparisons; a language adds its own punctuation. */
export const comparisonSymbols = ['&&', '||', '=~', '<=', '>=', '!=', '=', '<', '>', '!', '(', ')'] as const;

export interface ConditionRules {
  /** `=A,B` is a list. */
  readonly lists: boolean;
  /** The subject is a measurement: each value is a number or null, and `=~` makes no sense. */
  readonly numeric: boolean;
}

/** Read operator and value(s) after `subject`, which began at offset `start`. */
export function parseCondition<Subject>(
  cursor: TokenCursor,
  subject: Subject,
  start: number,
  rules: ConditionRules,
): SimpleCondition<Subject> {
  const ordering = acceptOrdering(cursor);
  if (ordering) {
    const number = readNumberToken(cursor);
    return { kind: 'compare', subject, operator: ordering, number, at: { start, end: cursor.position } };
  }
  if (!rules.numeric && cursor.accept('=~')) {
    const text = readText(cursor);
    return { kind: 'contains', subject, text, at: { start, end: cursor.position } };
  }
  const operator = cursor.accept('=', '!=');
  if (!operator) cursor.fail(rules.numeric ? 'one of = != < <= > >=' : 'one of = != < <= > >= =~');
  const values = rules.lists ? readList(cursor, () => readLiteral(cursor, rules.numeric)) : [readLiteral(cursor)];
  return { kind: 'equals', subject, negated: operator.text === '!=', values, at: { start, end: cursor.position } };
}

/** Whether the next tokens are a number and an ordering: the start of `-3 < x` or `-3 < x < 3`. */
export function startsChain(cursor: TokenCursor): boolean {
  const token = cursor.peek();
  if (token.kind !== 'word' || readNumber(token.text) === null) return false;
  const position = cursor.position;
  cursor.next();
  const chained = isSymbol(cursor.peek(), '<', '<=', '>', '>=');
  cursor.rewind(position);
  return chained;
}

/** Read `number ordering subject [ordering number]`, both orderings in one direction. */
export function parseChain<Subject>(
  cursor: TokenCursor,
  readSubject: () => Subject,
): Compare<Subject> | Range<Subject> {
  const start = cursor.peek().at.start;
  const first = readNumberToken(cursor);
  const opening = acceptOrdering(cursor) ?? cursor.fail('one of < <= > >=');
  const subject = readSubject();
  const next = cursor.peek();
  const closing = acceptOrdering(cursor);
  if (!closing) {
    return { kind: 'compare', subject, operator: mirror(opening), number: first, at: { start, end: cursor.position } };
  }
  const ascending = opening.startsWith('<');
  if (ascending !== closing.startsWith('<')) {
    cursor.fail(ascending ? '< or <=' : '> or >=', 'both signs of a range point one way', next);
  }
  const left: Bound = { number: first, inclusive: opening.endsWith('=') };
  const right: Bound = { number: readNumberToken(cursor), inclusive: closing.endsWith('=') };
  const [low, high] = ascending ? [left, right] : [right, left];
  return { kind: 'range', subject, low, high, at: { start, end: cursor.position } };
}

/** Read one or more items separated by commas. */
export function readList<Item>(cursor: TokenCursor, readItem: () => Item): Item[] {
  const items = [readItem()];
  while (cursor.accept(',')) items.push(readItem());
  return items;
}

/** Read a bare word or quoted text. */
export function readText(cursor: TokenCursor): string {
  return readValueToken(cursor).text;
}

export function readLiteral(cursor: TokenCursor, numeric = false): Literal {
  const token = readValueToken(cursor);
  if (isKeyword(token, 'null')) return { kind: 'null' };
  const number = readNumber(token.text);
  if (numeric && number === null) cursor.fail('a number or null', undefined, token);
  return { kind: 'text', text: token.text, number };
}

export function readNumberToken(cursor: TokenCursor): number {
  const token = cursor.peek();
  const number = token.kind === 'word' || token.kind === 'string' ? readNumber(token.text) : null;
  if (number === null) cursor.fail('a number');
  cursor.next();
  return number;
}

/**
 * Read `PREFIX` or `PREFIX.NAME`, where NAME may be quoted, from a word that was just taken.
 * Returns the name, null when there is none. `prefixLength` counts the separator.
 */
export function readDottedName(cursor: TokenCursor, word: Token, prefixLength: number): string | null {
  if (word.text.length < prefixLength) return null;
  const bare = word.text.slice(prefixLength);
  if (bare !== '') return bare;
  const name = cursor.peek();
  if (name.kind !== 'string' || name.spaced || name.text === '') {
    throw querySyntaxError(word.at.end, 'a name after the dot', 'none', 'put a name with spaces in double quotes');
  }
  return cursor.next().text;
}

export function acceptOrdering(cursor: TokenCursor): Ordering | null {
  const text = cursor.accept('<', '<=', '>', '>=')?.text;
  return text === '<' || text === '<=' || text === '>' || text === '>=' ? text : null;
}

function readValueToken(cursor: TokenCursor): Token {
  const token = cursor.peek();
  if (token.kind === 'word' && /^[“”„]/.test(token.text)) {
    cursor.fail('a value', 'use straight double quotes (")');
  }
  if (token.kind !== 'word' && token.kind !== 'string') {
    cursor.fail('a value', 'put a value with special characters in double quotes');
  }
  return cursor.next();
}

const mirrored: Readonly<Record<Ordering, Ordering>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function mirror(operator: Ordering): Ordering {
  return mirrored[operator];
}
