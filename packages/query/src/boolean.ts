import type { Span, Token, TokenCursor } from './tokens.ts';
import { isKeyword, isSymbol } from './tokens.ts';

/** All of `terms` (two or more) hold. */
export interface And<Leaf> {
  readonly kind: 'and';
  readonly terms: readonly Tree<Leaf>[];
  readonly at: Span;
}

/** At least one of `terms` (two or more) holds. */
export interface Or<Leaf> {
  readonly kind: 'or';
  readonly terms: readonly Tree<Leaf>[];
  readonly at: Span;
}

/** `term` does not hold. There is no third truth value: a missing attribute makes a comparison false. */
export interface Not<Leaf> {
  readonly kind: 'not';
  readonly term: Tree<Leaf>;
  readonly at: Span;
}

/** A syntax tree over the terms of a language. Nodes and terms alike are told apart by `kind`. */
export type Tree<Leaf> = Leaf | And<Leaf> | Or<Leaf> | Not<Leaf>;

/** Whether a node is a term of the language. No language names a term `and`, `or` or `not`. */
export function isLeaf<Leaf extends { readonly kind: string }>(tree: Tree<Leaf>): tree is Leaf {
  return tree.kind !== 'and' && tree.kind !== 'or' && tree.kind !== 'not';
}

export interface BooleanGrammar<Leaf> {
  /** Read one term; called with anything but a keyword, a parenthesis or the end ahead. */
  readonly term: (cursor: TokenCursor) => Tree<Leaf>;
  /** Whether whitespace between two terms means AND; an error otherwise. */
  readonly spaceMeansAnd: boolean;
  /** What a term is, for messages: "a comparison". */
  readonly termName: string;
  /** Advice added when two terms stand side by side without an operator. */
  readonly hint?: string;
}

/** Parse the whole text as terms joined by NOT/`!`, AND/`&&`, OR/`||` (in this order of binding) and parentheses. */
export function parseBoolean<Leaf>(cursor: TokenCursor, grammar: BooleanGrammar<Leaf>): Tree<Leaf> {
  const tree = parseOr(cursor, grammar);
  if (cursor.peek().kind !== 'end') cursor.fail('AND, OR or the end', grammar.hint);
  return tree;
}

function parseOr<Leaf>(cursor: TokenCursor, grammar: BooleanGrammar<Leaf>): Tree<Leaf> {
  const start = cursor.peek().at.start;
  const first = parseAnd(cursor, grammar);
  const terms = [first];
  while (isOr(cursor.peek())) {
    cursor.next();
    terms.push(parseAnd(cursor, grammar));
  }
  return terms.length === 1 ? first : { kind: 'or', terms, at: { start, end: cursor.position } };
}

function parseAnd<Leaf>(cursor: TokenCursor, grammar: BooleanGrammar<Leaf>): Tree<Leaf> {
  const start = cursor.peek().at.start;
  const first = parseUnary(cursor, grammar);
  const terms = [first];
  for (;;) {
    const token = cursor.peek();
    if (isAnd(token)) cursor.next();
    else if (!grammar.spaceMeansAnd || token.kind === 'end' || isSymbol(token, ')') || isOr(token)) break;
    terms.push(parseUnary(cursor, grammar));
  }
  return terms.length === 1 ? first : { kind: 'and', terms, at: { start, end: cursor.position } };
}

function parseUnary<Leaf>(cursor: TokenCursor, grammar: BooleanGrammar<Leaf>): Tree<Leaf> {
  const token = cursor.peek();
  if (isKeyword(token, 'not') || isSymbol(token, '!')) {
    cursor.next();
    const term = cursor.nest(() => parseUnary(cursor, grammar));
    return { kind: 'not', term, at: { start: token.at.start, end: cursor.position } };
  }
  if (isSymbol(token, '(')) {
    cursor.next();
    const tree = cursor.nest(() => parseOr(cursor, grammar));
    cursor.expect(')', 'AND, OR or a closing parenthesis');
    return tree;
  }
  if (token.kind === 'end' || isSymbol(token, ')') || isAnd(token) || isOr(token)) cursor.fail(grammar.termName);
  return grammar.term(cursor);
}

function isAnd(token: Token): boolean {
  return isSymbol(token, '&&') || isKeyword(token, 'and');
}

/** A single `|` is a symbol in the flow-cytometry language only; elsewhere it is part of a word. */
function isOr(token: Token): boolean {
  return isSymbol(token, '||', '|') || isKeyword(token, 'or');
}
