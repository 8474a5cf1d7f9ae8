import type { Tree } from './boolean.ts';
import { parseBoolean } from './boolean.ts';
import type { Condition } from './condition.ts';
import {
  comparisonSymbols,
  parseChain,
  parseCondition,
  readDottedName,
  readNumberToken,
  startsChain,
} from './condition.ts';
import { defineSyntax, TokenCursor } from './tokens.ts';

/**
 * What an expression condition looks at. `feature` without a name is the feature's identifier (first column, compared as
 * text); with a name, that attribute of the feature. `value` is a measurement; without a name, the first of the file.
 */
export interface ExpressionSubject {
  readonly kind: 'feature' | 'value';
  readonly name: string | null;
}

export type ExpressionCondition = Condition<ExpressionSubject>;

/**
 * A query over rows of tabular signals. Conditions on attributes compare as numbers where both sides read as numbers,
 * else as exact text. Values of conditions on `value` are numbers or null.
 */
export type ExpressionQuery = Tree<ExpressionCondition>;

const syntax = defineSyntax([...comparisonSymbols, ',']);
const subjects = 'feature, feature.NAME, value or value.NAME';

/**
 * Parse an expression query: `feature=A,B -3 < value.FC < 3`. Keywords in any case; whitespace means AND; the old
 * `MinValue=200` reads as `value >= 200`. Throws `query-syntax`; an empty text is an error too.
 */
export function parseExpressionQuery(text: string): ExpressionQuery {
  return parseBoolean(new TokenCursor(text, syntax), {
    term: parseTerm,
    spaceMeansAnd: true,
    termName: 'a condition such as feature = NAME or value > 3',
  });
}

function parseTerm(cursor: TokenCursor): ExpressionCondition {
  if (startsChain(cursor)) return parseChain(cursor, () => parseSubject(cursor));
  const start = cursor.peek().at.start;
  if (isMinValue(cursor)) return parseMinValue(cursor, start);
  const subject = parseSubject(cursor);
  return parseCondition(cursor, subject, start, { lists: true, numeric: subject.kind === 'value' });
}

function isMinValue(cursor: TokenCursor): boolean {
  const token = cursor.peek();
  return token.kind === 'word' && token.text.toLowerCase() === 'minvalue';
}

function parseMinValue(cursor: TokenCursor, start: number): ExpressionCondition {
  cursor.next();
  if (!cursor.accept('=', '>=')) cursor.fail('= after MinValue');
  const number = readNumberToken(cursor);
  const subject: ExpressionSubject = { kind: 'value', name: null };
  return { kind: 'compare', subject, operator: '>=', number, at: { start, end: cursor.position } };
}

function parseSubject(cursor: TokenCursor): ExpressionSubject {
  const word = cursor.peek();
  const head = word.kind === 'word' ? (word.text.split('.', 1)[0] ?? '') : '';
  const kind = subjectKinds.get(head.toLowerCase());
  if (!kind) cursor.fail(subjects);
  cursor.next();
  return { kind, name: readDottedName(cursor, word, head.length + 1) };
}

const subjectKinds: ReadonlyMap<string, ExpressionSubject['kind']> = new Map([
  ['feature', 'feature'],
  ['features', 'feature'],
  ['value', 'value'],
]);
