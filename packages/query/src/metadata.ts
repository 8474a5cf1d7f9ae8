import type { Tree } from './boolean.ts';
import { parseBoolean } from './boolean.ts';
import type { Literal, SimpleCondition } from './condition.ts';
import { comparisonSymbols, parseCondition, readList, readLiteral } from './condition.ts';
import { defineSyntax, isKeyword, TokenCursor } from './tokens.ts';

/** A test of one attribute; `subject` is its key, exact in case and spacing. */
export type MetadataCondition = SimpleCondition<string>;

/**
 * A filter over the attributes of a record (`filter`, `studyFilter`, `sampleFilter`, …).
 * `=` compares the whole text exactly, in case too; `=~` a substring in any case; `<` and the like numbers only.
 */
export type MetadataFilter = Tree<MetadataCondition>;

// A comma stays part of a bare value, as values of the field hold commas; it separates only inside `in (…)`.
const syntax = defineSyntax(comparisonSymbols);
const listSyntax = defineSyntax([...comparisonSymbols, ',']);
const hint = 'join conditions with AND or OR, and put keys and values with spaces in double quotes';

/**
 * Parse a metadata filter: `"Cell Type"="T cell" AND NOT (Age < 30 OR Organ in (blood, "lymph node"))`.
 * Throws `query-syntax`; an empty text is an error too.
 */
export function parseMetadataFilter(text: string): MetadataFilter {
  return parseBoolean(new TokenCursor(text, syntax), {
    term: parseTerm,
    spaceMeansAnd: false,
    termName: 'a condition such as key = value',
    hint,
  });
}

function parseTerm(cursor: TokenCursor): MetadataCondition {
  const key = cursor.peek();
  if (key.kind === 'word' && /^[“”„]/.test(key.text)) cursor.fail('an attribute key', 'use straight double quotes (")');
  if (key.kind === 'symbol' || key.text === '') cursor.fail('an attribute key');
  cursor.next();
  const start = key.at.start;
  const operator = cursor.peek();
  if (isKeyword(operator, 'in') || isKeyword(operator, 'not')) return parseIn(cursor, key.text, start);
  if (operator.kind === 'word' || operator.kind === 'string') cursor.fail('an operator after the key', hint);
  return parseCondition(cursor, key.text, start, { lists: false, numeric: false });
}

/** `key in (a, b)` and `key not in (a, b)`. */
function parseIn(cursor: TokenCursor, subject: string, start: number): MetadataCondition {
  const negated = isKeyword(cursor.peek(), 'not');
  if (negated) cursor.next();
  if (!isKeyword(cursor.peek(), 'in')) cursor.fail('IN after NOT', 'NOT stands before the key, or as NOT IN');
  cursor.next();
  cursor.expect('(', 'an opening parenthesis after IN');
  const values = cursor.withSyntax(listSyntax, (): Literal[] => {
    const list = readList(cursor, () => readLiteral(cursor));
    cursor.expect(')', 'a comma or a closing parenthesis');
    return list;
  });
  return { kind: 'equals', subject, negated, values, at: { start, end: cursor.position } };
}
