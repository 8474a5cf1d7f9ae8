import { readList } from './condition.ts';
import type { Token } from './tokens.ts';
import { defineSyntax, TokenCursor } from './tokens.ts';

/** A stretch of a chromosome: 1-based positions, both inclusive; `end` null = to the end. `chrom` is as written. */
export interface Region {
  readonly chrom: string;
  readonly start: number;
  readonly end: number | null;
}

const syntax = defineSyntax([',']);

/** Parse `chr1:4567-98765,chr3,x:5-*`. `*` is an open side; one position is a region of one. Throws `query-syntax`. */
export function parseRegions(text: string): Region[] {
  const cursor = new TokenCursor(text, syntax);
  const regions = readList(cursor, () => readRegion(cursor));
  if (cursor.peek().kind !== 'end') cursor.fail('a comma or the end');
  return regions;
}

/** Read one region, bare or quoted. A name that holds a colon itself needs its range: `HLA-A*01:01:1-*`. */
export function readRegion(cursor: TokenCursor): Region {
  const token = cursor.peek();
  if (token.kind !== 'word' && token.kind !== 'string') cursor.fail('a region such as chr1:4567-98765');
  const colon = token.text.lastIndexOf(':');
  const chrom = colon < 0 ? token.text : token.text.slice(0, colon);
  if (chrom === '') cursor.fail('a chromosome');
  const region = colon < 0 ? { chrom, start: 1, end: null } : readInterval(cursor, token, chrom, colon + 1);
  cursor.next();
  return region;
}

function readInterval(cursor: TokenCursor, token: Token, chrom: string, from: number): Region {
  const interval = /^(\d{1,15}|\*)(?:-(\d{1,15}|\*))?$/.exec(token.text.slice(from));
  if (!interval?.[1]) cursor.fail('positions such as chr1:4567, chr1:4567-98765 or chr1:4567-*');
  const open = interval[1] === '*';
  const start = open ? 1 : Number(interval[1]);
  const last = interval[2] ?? interval[1];
  const end = last === '*' ? null : Number(last);
  if (start < 1) cursor.fail('positions from 1');
  if (end !== null && end < start) cursor.fail('a region that ends after its start');
  return { chrom, start, end };
}

/** A chromosome's name to compare by: `chrX`, `X` and `x` are one, and so are `chrM` and `MT`. */
export function chromosomeKey(name: string): string {
  const lower = name.toLowerCase();
  const bare = lower.startsWith('chr') && lower.length > 3 ? lower.slice(3) : lower;
  return bare === 'm' ? 'mt' : bare;
}
