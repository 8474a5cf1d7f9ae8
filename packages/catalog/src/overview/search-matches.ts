import type { AttributeValue } from '@linnaea/model';
import { type FullTextQuery, type FullTextTerm, type FullTextTree, isLeaf } from '@linnaea/query';

/** A part of a value, at most 160 characters, and where in it stands what was searched for. */
export interface SearchMatch {
  name: string;
  text: string;
  start: number;
  end: number;
}

export const mostShown = 160;
/** Longer values are not looked through to their end. */
const mostRead = 20_000;
const mostWords = 64;

/** The first values, at most three, in which something is found: two, and one for the title if it is among them. */
export function findMatches(attributes: ReadonlyMap<string, AttributeValue>, wanted: RegExp): SearchMatch[] {
  const matches: SearchMatch[] = [];
  for (const [name, value] of attributes) {
    for (const text of textsOf(value)) {
      const found = wanted.exec(text.slice(0, mostRead));
      if (!found) continue;
      matches.push({ name, ...shorten(text, { start: found.index, end: found.index + found[0].length }) });
      break;
    }
    if (matches.length === 3) break;
  }
  return matches;
}

/** The texts of a value, those of lists and objects inside it too. */
export function textsOf(value: AttributeValue): string[] {
  if (value === null || typeof value === 'boolean') return [];
  if (typeof value !== 'object') return [String(value)];
  return Object.values(value).flatMap(textsOf);
}

/** The part of a text around a stretch of it. No half of a surrogate pair is left at an end. */
export function shorten(text: string, { start, end }: { start: number; end: number }) {
  if (text.length <= mostShown) return { text, start, end };
  const from = start <= 60 ? 0 : Math.min(start - 40, text.length - (mostShown - 1));
  const before = from > 0 ? '…' : '';
  const room = mostShown - before.length - 1;
  const rest = text.slice(from);
  const part = rest.length <= room + 1 ? rest : `${rest.slice(0, room)}…`;
  const shown = `${before}${part}`.replace(/^…[\udc00-\udfff]/, '… ').replace(/[\ud800-\udbff]…$/, '…');
  const shift = before.length - from;
  return { text: shown, start: start + shift, end: Math.min(end + shift, shown.length) };
}

/** One expression for all words and labels that were asked for; linear, whatever the text. Null when there is none. */
export function searchedFor(query: FullTextQuery, labels: readonly string[]): RegExp | null {
  const terms = positiveTerms(query.tree).map(termPattern);
  const patterns = [...terms, ...labels.slice(0, mostWords).map((label) => wordsPattern(label))].filter(
    (pattern) => pattern !== null,
  );
  return patterns.length === 0 ? null : new RegExp(patterns.slice(0, mostWords).join('|'), 'iu');
}

function positiveTerms(tree: FullTextTree): FullTextTerm[] {
  if (isLeaf(tree)) return [tree];
  return tree.kind === 'not' ? [] : tree.terms.flatMap(positiveTerms);
}

function termPattern(term: FullTextTerm): string | null {
  if (term.kind !== 'wildcard') return wordsPattern(term.text);
  const [first] = term.parts;
  if (first?.kind === 'text') return wordsPattern(first.text, '');
  const texts = term.parts.map((part) => (part.kind === 'text' ? part.text : ''));
  return wordsPattern(
    texts.reduce((a, b) => (b.length > a.length ? b : a), ''),
    '',
    '',
  );
}

/** Words side by side, whatever signs stand between them, as the index sees them. */
function wordsPattern(text: string, end = '(?![\\p{L}\\p{N}])', start = '(?<![\\p{L}\\p{N}])'): string | null {
  const words = text.match(/[\p{L}\p{N}]+/gu);
  return words ? `${start}${words.join('[^\\p{L}\\p{N}]{1,8}')}${end}` : null;
}
