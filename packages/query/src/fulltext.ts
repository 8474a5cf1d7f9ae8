import type { And, Not, Or, Tree } from './boolean.ts';
import type { Span, Token } from './tokens.ts';
import { defineSyntax, isSymbol, TokenCursor } from './tokens.ts';

/** One word as written. It may hold punctuation: `CD14-positive`. */
export interface WordTerm {
  readonly kind: 'word';
  readonly text: string;
  readonly at: Span;
}

/** Words that stand side by side in this order. */
export interface PhraseTerm {
  readonly kind: 'phrase';
  readonly text: string;
  readonly at: Span;
}

/** A word with wildcards, matched over a whole word. There are never two runs in a row. */
export interface WildcardTerm {
  readonly kind: 'wildcard';
  readonly parts: readonly WildcardPart[];
  readonly at: Span;
}

/** `run` = `*`, any number of characters; `one` = `?`, exactly one. */
export type WildcardPart = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'run' | 'one' };

export type FullTextTerm = WordTerm | PhraseTerm | WildcardTerm;
export type FullTextTree = Tree<FullTextTerm>;

export interface FullTextQuery {
  readonly tree: FullTextTree;
  /**
   * The text to look up in vocabularies, which add synonyms only when the FULL query is one of their terms: the single
   * word or phrase, or all words joined by a space when only words were written. Null otherwise.
   */
  readonly whole: string | null;
}

export interface FullTextOptions {
  /** What joins terms without an operator between: `or` (the search bar), `and`, or `phrase` (words side by side). */
  readonly defaultOperator?: 'or' | 'and' | 'phrase';
}

type Join = NonNullable<FullTextOptions['defaultOperator']>;

const syntax = defineSyntax(['&&', '||', '(', ')']);

/**
 * Parse a full-text query: `brain "t cell" AND (*ale OR h?rt) -mouse`. AND, OR and NOT count in CAPITALS only, so
 * that "cats and dogs" stays three words; `-` before a term is NOT. A term so excluded is left out of the whole run of
 * terms around it: `a b -c` = `(a OR b) AND NOT c`. Throws `query-syntax`; a blank text is an error too.
 */
export function parseFullText(text: string, options: FullTextOptions = {}): FullTextQuery {
  const cursor = new TokenCursor(text, syntax);
  const tree = parseOr(cursor, options.defaultOperator ?? 'or');
  if (cursor.peek().kind !== 'end') cursor.fail('a search term or the end');
  return { tree, whole: wholeText(tree, text) };
}

function parseOr(cursor: TokenCursor, join: Join): FullTextTree {
  const start = cursor.peek().at.start;
  const runs = [parseRun(cursor, join)];
  while (isOperator(cursor.peek(), 'OR', '||')) {
    cursor.next();
    runs.push(parseRun(cursor, join));
  }
  return combine('or', runs.flat(), { start, end: cursor.position });
}

/** Terms side by side; the result is to be OR-ed with what stands around it. */
function parseRun(cursor: TokenCursor, join: Join): FullTextTree[] {
  const start = cursor.peek().at.start;
  const groups = [parseAnd(cursor, join)];
  while (!endsRun(cursor.peek())) groups.push(parseAnd(cursor, join));
  const at = { start, end: cursor.position };
  if (join !== 'or') return [combine('and', join === 'phrase' ? mergeWords(groups) : groups.flat(), at)];
  const trees = groups.map((group) => combine('and', group, spanOf(group)));
  const wanted = trees.filter((tree) => tree.kind !== 'not');
  const excluded = trees.filter((tree) => tree.kind === 'not');
  if (excluded.length === 0) return wanted;
  if (wanted.length === 0) return [combine('and', excluded, at)];
  return [combine('and', [combine('or', wanted, spanOf(wanted)), ...excluded], at)];
}

function parseAnd(cursor: TokenCursor, join: Join): FullTextTree[] {
  const terms = [parseUnary(cursor, join)];
  while (isOperator(cursor.peek(), 'AND', '&&')) {
    cursor.next();
    terms.push(parseUnary(cursor, join));
  }
  return terms;
}

function parseUnary(cursor: TokenCursor, join: Join): FullTextTree {
  if (cursor.acceptPrefix('-')) return parseNot(cursor, join, cursor.position - 1);
  const token = cursor.peek();
  if (isOperator(token, 'NOT')) {
    cursor.next();
    return parseNot(cursor, join, token.at.start);
  }
  if (cursor.accept('(')) {
    const tree = cursor.nest(() => parseOr(cursor, join));
    cursor.expect(')', 'a search term or a closing parenthesis');
    return tree;
  }
  return parseTerm(cursor);
}

function parseNot(cursor: TokenCursor, join: Join, start: number): FullTextTree {
  const term = cursor.nest(() => parseUnary(cursor, join));
  return { kind: 'not', term, at: { start, end: cursor.position } };
}

function parseTerm(cursor: TokenCursor): FullTextTerm {
  const token = cursor.peek();
  if (token.kind === 'string') {
    if (token.text.trim() === '') cursor.fail('text between the quotes');
    cursor.next();
    return { kind: 'phrase', text: token.text, at: token.at };
  }
  if (token.kind !== 'word' || isOperator(token, 'AND', 'OR')) cursor.fail('a search term');
  cursor.next();
  const parts = readWildcards(token.text);
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'text') return { kind: 'word', text: only.text, at: token.at };
  return { kind: 'wildcard', parts, at: token.at };
}

/** Split at wildcards; a backslash makes the next character plain. */
function readWildcards(word: string): WildcardPart[] {
  const parts: WildcardPart[] = [];
  let text: string[] = [];
  const flush = () => {
    if (text.length > 0) parts.push({ kind: 'text', text: text.join('') });
    text = [];
  };
  for (let at = 0; at < word.length; at += 1) {
    const char = word.charAt(at);
    if (char === '*' || char === '?') {
      flush();
      // `**` means no more than `*`, and repeated runs are what makes matchers slow.
      if (char === '?') parts.push({ kind: 'one' });
      else if (parts.at(-1)?.kind !== 'run') parts.push({ kind: 'run' });
    } else if (char === '\\' && at + 1 < word.length) {
      at += 1;
      text.push(word.charAt(at));
    } else text.push(char);
  }
  flush();
  return parts;
}

/** In `phrase` mode words side by side become one phrase; AND groups and other terms stay. */
function mergeWords(groups: readonly FullTextTree[][]): FullTextTree[] {
  const merged: FullTextTree[] = [];
  let words: WordTerm[] = [];
  const flush = () => {
    const [first] = words;
    if (words.length === 1 && first) merged.push(first);
    else if (first) merged.push({ kind: 'phrase', text: words.map((word) => word.text).join(' '), at: spanOf(words) });
    words = [];
  };
  for (const group of groups) {
    const [only] = group;
    if (group.length === 1 && only?.kind === 'word') {
      words.push(only);
      continue;
    }
    flush();
    merged.push(...group);
  }
  flush();
  return merged;
}

function combine(kind: 'and' | 'or', terms: readonly FullTextTree[], at: Span): FullTextTree {
  const [only] = terms;
  if (terms.length === 1 && only) return only;
  const node: And<FullTextTerm> | Or<FullTextTerm> = { kind, terms, at };
  return node;
}

function spanOf(trees: readonly (FullTextTerm | And<FullTextTerm> | Or<FullTextTerm> | Not<FullTextTerm>)[]): Span {
  return { start: trees.at(0)?.at.start ?? 0, end: trees.at(-1)?.at.end ?? 0 };
}

function wholeText(tree: FullTextTree, text: string): string | null {
  if (tree.kind === 'word' || tree.kind === 'phrase') return tree.text.trim();
  if (tree.kind !== 'and' && tree.kind !== 'or') return null;
  const words: string[] = [];
  let previous: number | null = null;
  for (const term of tree.terms) {
    if (term.kind !== 'word') return null;
    // Anything but whitespace between two words is an operator or a parenthesis.
    if (previous !== null && text.slice(previous, term.at.start).trim() !== '') return null;
    previous = term.at.end;
    words.push(term.text);
  }
  return words.join(' ');
}

function endsRun(token: Token): boolean {
  return token.kind === 'end' || isSymbol(token, ')') || isOperator(token, 'OR', '||');
}

function isOperator(token: Token, ...names: readonly string[]): boolean {
  return (token.kind === 'word' || token.kind === 'symbol') && names.includes(token.text);
}
