import { readList } from './condition.ts';
import type { Span, Token } from './tokens.ts';
import { defineSyntax, isSymbol, querySyntaxError, TokenCursor } from './tokens.ts';

/**
 * Which versions of signal files take part; the rules are alternatives, a file takes part when any admits it.
 * Without the parameter: active versions only. Version 0 = files without a chain.
 */
export type VersionRule =
  /** `*`: each version of each file, also without a chain. */
  | { readonly kind: 'all'; readonly at: Span }
  /** `v1,v0`: these versions of any chain. */
  | { readonly kind: 'versions'; readonly versions: readonly number[]; readonly at: Span }
  /** `CHAIN:v3`: these versions of one chain. */
  | { readonly kind: 'chain-versions'; readonly chain: string; readonly versions: readonly number[]; readonly at: Span }
  /** `CHAIN:GSF1,GSF2`: these files of one chain. */
  | {
      readonly kind: 'chain-accessions';
      readonly chain: string;
      readonly accessions: readonly string[];
      readonly at: Span;
    };

const syntax = defineSyntax([',', ';', ':']);

/** Parse the `useVersions` parameter: rules joined with `;`. Names may be quoted. Throws `query-syntax`. */
export function parseVersions(text: string): VersionRule[] {
  const cursor = new TokenCursor(text, syntax);
  const rules = [parseRule(cursor)];
  while (cursor.accept(';')) rules.push(parseRule(cursor));
  if (cursor.peek().kind !== 'end') cursor.fail('a comma, a semicolon or the end');
  return rules;
}

function parseRule(cursor: TokenCursor): VersionRule {
  const first = cursor.peek();
  const start = first.at.start;
  const name = readName(cursor, '*, a version such as v2, or a chain');
  if (cursor.accept(':')) return parseChainRule(cursor, name.text, start);
  if (name.kind === 'word' && name.text === '*') return { kind: 'all', at: { start, end: cursor.position } };
  cursor.rewind(start);
  const versions = readList(cursor, () => readVersion(readName(cursor, 'a version such as v2')));
  return { kind: 'versions', versions, at: { start, end: cursor.position } };
}

function parseChainRule(cursor: TokenCursor, chain: string, start: number): VersionRule {
  const isVersions = versionOf(cursor.peek()) !== null;
  const names = readList(cursor, () => readName(cursor, 'a version such as v3, or an accession'));
  const at = { start, end: cursor.position };
  if (isVersions) return { kind: 'chain-versions', chain, versions: names.map(readVersion), at };
  const stray = names.find((name) => versionOf(name) !== null);
  if (stray) cursor.fail('an accession', 'name versions or accessions of a chain, not both', stray);
  return { kind: 'chain-accessions', chain, accessions: names.map((name) => name.text), at };
}

function readName(cursor: TokenCursor, expected: string): Token {
  const token = cursor.peek();
  if (isSymbol(token, ',', ';', ':') || token.kind === 'end' || token.text === '') cursor.fail(expected);
  return cursor.next();
}

function readVersion(name: Token): number {
  const version = versionOf(name);
  if (version === null)
    throw querySyntaxError(name.at.start, 'a version such as v2', JSON.stringify(name.text.slice(0, 40)));
  return version;
}

/** Quoted text is a name even if it looks like a version. */
function versionOf(token: Token): number | null {
  const digits = token.kind === 'word' ? /^v(\d{1,9})$/i.exec(token.text)?.[1] : undefined;
  return digits === undefined ? null : Number(digits);
}
