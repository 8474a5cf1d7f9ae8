import type { Tree } from './boolean.ts';
import { parseBoolean } from './boolean.ts';
import type { Ordering } from './condition.ts';
import { acceptOrdering, comparisonSymbols, readNumberToken, readText } from './condition.ts';
import type { Span } from './tokens.ts';
import { defineSyntax, isKeyword, isSymbol, readNumber, TokenCursor } from './tokens.ts';

export type FlowField = 'readoutType' | 'cellPopulation' | 'marker';

/** The row's field is one of `values`, exact in case; none of them when `negated`. */
export interface FlowMatch {
  readonly kind: 'match';
  readonly field: FlowField;
  readonly negated: boolean;
  readonly values: readonly string[];
  readonly at: Span;
}

/** The row's value stands so to `number`. */
export interface FlowCompare {
  readonly kind: 'compare';
  readonly operator: Ordering;
  readonly number: number;
  readonly at: Span;
}

/** The row's value lies in one of `ranges`. Both ends are INCLUSIVE, as every minimum of these APIs; null = open. */
export interface FlowRanges {
  readonly kind: 'ranges';
  readonly ranges: readonly FlowRange[];
  readonly at: Span;
}

export interface FlowRange {
  readonly low: number | null;
  readonly high: number | null;
}

export type FlowCondition = FlowMatch | FlowCompare | FlowRanges;

/** A query over flow-cytometry rows. */
export type FlowQuery = Tree<FlowCondition>;

// A comma is part of a bare value here, since populations are named `CD45+,live`; alternatives are joined with `|`.
const syntax = defineSyntax([...comparisonSymbols, '|']);
const fields = 'ReadoutType, CellPopulation, Marker, MinValue or Value';

/**
 * Parse a flow-cytometry query: `ReadoutType=Median|Count CellPopulation="CD45+, live" MinValue=3.5 Value=(0:1)|5`.
 * Keywords in any case; whitespace means AND; `|` joins alternative values and whole conditions. Throws `query-syntax`.
 */
export function parseFlowQuery(text: string): FlowQuery {
  return parseBoolean(new TokenCursor(text, syntax), { term: parseTerm, spaceMeansAnd: true, termName: fields });
}

const matchFields: ReadonlyMap<string, FlowField> = new Map([
  ['readouttype', 'readoutType'],
  ['cellpopulation', 'cellPopulation'],
  ['population', 'cellPopulation'],
  ['marker', 'marker'],
]);

function parseTerm(cursor: TokenCursor): FlowCondition {
  const word = cursor.peek();
  const keyword = word.kind === 'word' ? word.text.toLowerCase() : '';
  const field = matchFields.get(keyword);
  if (!field && keyword !== 'value' && keyword !== 'minvalue' && keyword !== 'maxvalue') cursor.fail(fields);
  cursor.next();
  if (field) return parseMatch(cursor, field, word.at.start);
  return keyword === 'value' ? parseValue(cursor, word.at.start) : parseLimit(cursor, keyword, word.at.start);
}

function parseMatch(cursor: TokenCursor, field: FlowField, start: number): FlowMatch {
  const operator = cursor.accept('=', '!=') ?? cursor.fail('= or !=');
  const values = readAlternatives(cursor, () => readText(cursor));
  return { kind: 'match', field, negated: operator.text === '!=', values, at: { start, end: cursor.position } };
}

function parseValue(cursor: TokenCursor, start: number): FlowCompare | FlowRanges {
  const operator = acceptOrdering(cursor);
  if (operator) {
    const number = readNumberToken(cursor);
    return { kind: 'compare', operator, number, at: { start, end: cursor.position } };
  }
  cursor.expect('=', 'one of = < <= > >=');
  const ranges = readAlternatives(cursor, () => readRange(cursor));
  return { kind: 'ranges', ranges, at: { start, end: cursor.position } };
}

/** `MinValue=3.5`, `MaxValue=9`; a range in place of the number stands by itself. */
function parseLimit(cursor: TokenCursor, keyword: string, start: number): FlowCompare | FlowRanges {
  cursor.expect('=', `= after ${keyword === 'minvalue' ? 'MinValue' : 'MaxValue'}`);
  if (isSymbol(cursor.peek(), '(')) {
    const ranges = readAlternatives(cursor, () => readRange(cursor));
    return { kind: 'ranges', ranges, at: { start, end: cursor.position } };
  }
  const number = readNumberToken(cursor);
  return {
    kind: 'compare',
    operator: keyword === 'minvalue' ? '>=' : '<=',
    number,
    at: { start, end: cursor.position },
  };
}

/** Read items joined with `|`, but leave a `|` that joins two conditions, as in `Marker=A | Marker=B`. */
function readAlternatives<Item>(cursor: TokenCursor, readItem: () => Item): Item[] {
  const items = [readItem()];
  while (isSymbol(cursor.peek(), '|') && !joinsConditions(cursor)) {
    cursor.next();
    items.push(readItem());
  }
  return items;
}

function joinsConditions(cursor: TokenCursor): boolean {
  const position = cursor.position;
  cursor.next();
  while (cursor.accept('(')) {
    // A range starts with one too; what stands inside decides.
  }
  const first = cursor.next();
  const second = cursor.peek();
  cursor.rewind(position);
  if (isSymbol(first, '!')) return true;
  if (isKeyword(first, 'not') && (second.kind === 'word' || isSymbol(second, '(', '!'))) return true;
  return first.kind === 'word' && isSymbol(second, '=', '!=', '<', '<=', '>', '>=');
}

/** `(0:1)`, open as `(0:*)`, or one number. */
function readRange(cursor: TokenCursor): FlowRange {
  if (!cursor.accept('(')) {
    const number = readNumberToken(cursor);
    return { low: number, high: number };
  }
  const [low, high] = readBounds(cursor);
  cursor.expect(')', 'a closing parenthesis');
  return { low, high };
}

/** Reads up to the parenthesis, since spaces may stand around the colon: `( 0 : 1 )`. */
function readBounds(cursor: TokenCursor): [number | null, number | null] {
  const first = cursor.peek();
  const words: string[] = [];
  while (cursor.peek().kind === 'word') words.push(cursor.next().text);
  const bounds = words.join('').split(':', 3).map(readBound);
  const [low, high] = bounds;
  if (bounds.length !== 2 || low === undefined || high === undefined) {
    cursor.fail('a range such as (0:1) or (0:*)', undefined, first);
  }
  return [low, high];
}

/** Null for an open bound, undefined for what is none. */
function readBound(text: string): number | null | undefined {
  return text === '*' ? null : (readNumber(text) ?? undefined);
}
