import type { Tree } from './boolean.ts';
import { parseBoolean } from './boolean.ts';
import type { Condition } from './condition.ts';
import {
  comparisonSymbols,
  parseChain,
  parseCondition,
  readDottedName,
  readList,
  readText,
  startsChain,
} from './condition.ts';
import type { Region } from './region.ts';
import { readRegion } from './region.ts';
import type { Span, Token } from './tokens.ts';
import { defineSyntax, isSymbol, TokenCursor } from './tokens.ts';

/** A test of an INFO field; `subject` is its key, exact in case. Numbers are equal within `infoTolerance`. */
export type InfoCondition = Condition<string>;

/** Difference up to which two INFO numbers count as equal. */
export const infoTolerance = 1e-7;

/** The INFO key is there, with or without a value. */
export interface InfoExists {
  readonly kind: 'exists';
  readonly key: string;
  readonly at: Span;
}

/**
 * One of `values` is among the variant's filters (compared in any case), its ids, or its features (genes by position,
 * through a reference genome); none of them when `negated`.
 */
export interface VariantMatch {
  readonly kind: 'filter' | 'id' | 'feature';
  readonly negated: boolean;
  readonly values: readonly string[];
  readonly at: Span;
}

/** The variant's position lies in one of `regions`; in none when `negated`. */
export interface RegionMatch {
  readonly kind: 'region';
  readonly negated: boolean;
  readonly regions: readonly Region[];
  readonly at: Span;
}

export type VariantInfoQuery = Tree<InfoCondition | InfoExists>;
export type VariantCondition = InfoCondition | InfoExists | VariantMatch | RegionMatch;
export type VariantQuery = Tree<VariantCondition>;

const syntax = defineSyntax([...comparisonSymbols, ',']);

/**
 * Parse a variant query: `region = chr1:4567-98765,chr3 AND filter = PASS AND !exists(info.DB) AND info.AF < 0.1`.
 * Keywords in any case; whitespace means AND; the old `info_VT=INDEL` reads as `info.VT`. Throws `query-syntax`.
 */
export function parseVariantQuery(text: string): VariantQuery {
  return parseBoolean<VariantCondition>(new TokenCursor(text, syntax), {
    term: parseVariantTerm,
    spaceMeansAnd: true,
    termName: 'a condition such as region = chr1:1-500 or info.KEY = value',
  });
}

/** Parse the `variantInfo` parameter: conditions on INFO only, the key with or without `info.` before it. */
export function parseVariantInfo(text: string): VariantInfoQuery {
  return parseBoolean<InfoCondition | InfoExists>(new TokenCursor(text, syntax), {
    term: (cursor) => parseInfoTerm(cursor, true),
    spaceMeansAnd: true,
    termName: 'a condition such as KEY = value or exists(KEY)',
  });
}

function parseVariantTerm(cursor: TokenCursor): VariantCondition {
  const word = cursor.peek();
  const keyword = word.kind === 'word' ? word.text.toLowerCase() : '';
  const start = word.at.start;
  const field = matchFields.get(keyword);
  if (field) {
    cursor.next();
    const negated = readEquality(cursor);
    const values = readList(cursor, () => readText(cursor));
    return { kind: field, negated, values, at: { start, end: cursor.position } };
  }
  if (keyword === 'region' || keyword === 'regions') {
    cursor.next();
    const negated = readEquality(cursor);
    const regions = readList(cursor, () => readRegion(cursor));
    return { kind: 'region', negated, regions, at: { start, end: cursor.position } };
  }
  return parseInfoTerm(cursor, false);
}

const matchFields: ReadonlyMap<string, VariantMatch['kind']> = new Map([
  ['filter', 'filter'],
  ['id', 'id'],
  ['feature', 'feature'],
  ['features', 'feature'],
]);

/** True for `!=`. */
function readEquality(cursor: TokenCursor): boolean {
  const operator = cursor.accept('=', '!=') ?? cursor.fail('= or !=');
  return operator.text === '!=';
}

function parseInfoTerm(cursor: TokenCursor, bareKeys: boolean): InfoCondition | InfoExists {
  if (startsChain(cursor)) return parseChain(cursor, () => parseKey(cursor, bareKeys));
  const word = cursor.peek();
  const start = word.at.start;
  if (isExists(cursor)) {
    cursor.next();
    cursor.next();
    const key = parseKey(cursor, bareKeys);
    cursor.expect(')', 'a closing parenthesis');
    return { kind: 'exists', key, at: { start, end: cursor.position } };
  }
  return parseCondition(cursor, parseKey(cursor, bareKeys), start, { lists: true, numeric: false });
}

function isExists(cursor: TokenCursor): boolean {
  const word = cursor.peek();
  if (word.kind !== 'word' || word.text.toLowerCase() !== 'exists') return false;
  const position = cursor.position;
  cursor.next();
  const called = isSymbol(cursor.peek(), '(');
  cursor.rewind(position);
  return called;
}

function parseKey(cursor: TokenCursor, bareKeys: boolean): string {
  const word = cursor.peek();
  if (hasInfoPrefix(word)) {
    cursor.next();
    return readDottedName(cursor, word, infoPrefixLength) ?? word.text;
  }
  if (!bareKeys) cursor.fail('region, feature, id, filter, exists(info.KEY) or info.KEY');
  if (word.kind === 'symbol' || word.text === '') cursor.fail('an INFO key');
  return cursor.next().text;
}

const infoPrefixLength = 'info.'.length;

function hasInfoPrefix(word: Token): boolean {
  if (word.kind !== 'word') return false;
  const prefix = word.text.slice(0, infoPrefixLength).toLowerCase();
  return prefix === 'info.' || prefix === 'info_';
}
