export type { And, Not, Or, Tree } from './boolean.ts';
export { isLeaf } from './boolean.ts';
export type {
  Bound,
  Compare,
  Condition,
  Contains,
  Equals,
  Literal,
  Ordering,
  Range,
  SimpleCondition,
} from './condition.ts';
export * from './evaluate.ts';
export * from './expression.ts';
export * from './flow.ts';
export * from './format.ts';
export * from './fulltext.ts';
export * from './metadata.ts';
export type { Region } from './region.ts';
export { chromosomeKey, parseRegions } from './region.ts';
export type { Span } from './tokens.ts';
export { maxQueryDepth, maxQueryLength } from './tokens.ts';
export * from './variant.ts';
export * from './versions.ts';
