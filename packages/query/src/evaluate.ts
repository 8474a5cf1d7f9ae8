import type { Tree } from './boolean.ts';
import { isLeaf } from './boolean.ts';
import type { Compare, Condition, Literal, Ordering } from './condition.ts';
import type { ExpressionCondition, ExpressionQuery } from './expression.ts';
import type { FlowCondition, FlowQuery } from './flow.ts';
import type { MetadataCondition, MetadataFilter } from './metadata.ts';
import type { Region } from './region.ts';
import { chromosomeKey } from './region.ts';
import { readNumber } from './tokens.ts';
import type { InfoCondition, InfoExists, VariantCondition, VariantQuery } from './variant.ts';
import { infoTolerance } from './variant.ts';

/** Whether a tree holds, given whether each term holds. Stops at the first term that decides. */
export function evaluateTree<Leaf extends { readonly kind: string }>(
  tree: Tree<Leaf>,
  holds: (leaf: Leaf) => boolean,
): boolean {
  if (isLeaf(tree)) return holds(tree);
  switch (tree.kind) {
    case 'and':
      return tree.terms.every((term) => evaluateTree(term, holds));
    case 'or':
      return tree.terms.some((term) => evaluateTree(term, holds));
    case 'not':
      return !evaluateTree(tree.term, holds);
  }
}

/** `attribute` gives the values of a key as text; none when the record lacks it. */
export function evaluateMetadata(filter: MetadataFilter, attribute: (key: string) => readonly string[]): boolean {
  return evaluateTree<MetadataCondition>(filter, (leaf) => {
    return holdsFor(leaf, attribute(leaf.subject), (value, text) => value === text);
  });
}

/** A row of tabular signals: one feature measured in one run. */
export interface ExpressionRow {
  /** An attribute of the feature as text; null name = its identifier. Null when missing. */
  readonly feature: (name: string | null) => string | null;
  /** A measurement; null name = the first. Null when missing. */
  readonly value: (name: string | null) => number | null;
}

export function evaluateExpression(query: ExpressionQuery, row: ExpressionRow): boolean {
  return evaluateTree<ExpressionCondition>(query, (leaf) => {
    const { kind, name } = leaf.subject;
    if (kind === 'value') return holdsFor(leaf, present(row.value(name)), equalNumbers);
    return holdsFor(leaf, present(row.feature(name)), name === null ? equalTexts : equalTextsOrNumbers);
  });
}

export interface FlowRow {
  readonly readoutType: string;
  readonly cellPopulation: string;
  readonly marker: string;
  readonly value: number | null;
}

export function evaluateFlow(query: FlowQuery, row: FlowRow): boolean {
  return evaluateTree<FlowCondition>(query, (leaf) => {
    if (leaf.kind === 'match') return leaf.values.includes(row[leaf.field]) !== leaf.negated;
    const { value } = row;
    if (value === null) return false;
    if (leaf.kind === 'compare') return compare(value, leaf.operator, leaf.number);
    return leaf.ranges.some(({ low, high }) => (low === null || value >= low) && (high === null || value <= high));
  });
}

/** A line of a variant file. */
export interface VariantRow {
  readonly chrom: string;
  /** 1-based. */
  readonly pos: number;
  readonly id: readonly string[];
  readonly filter: readonly string[];
  /** The values of an INFO key: empty for a flag, null when the key is missing. */
  readonly info: (key: string) => readonly (string | number)[] | null;
}

/** `regionsOf` gives where a feature lies; empty when it is unknown. */
export function evaluateVariant(
  query: VariantQuery,
  row: VariantRow,
  regionsOf: (feature: string) => readonly Region[],
): boolean {
  return evaluateTree<VariantCondition>(query, (leaf) => {
    switch (leaf.kind) {
      case 'region':
        return leaf.regions.some((region) => liesIn(row, region)) !== leaf.negated;
      case 'feature':
        return leaf.values.some((name) => regionsOf(name).some((region) => liesIn(row, region))) !== leaf.negated;
      case 'id':
        return leaf.values.some((id) => row.id.includes(id)) !== leaf.negated;
      case 'filter':
        return leaf.values.some((name) => row.filter.some((own) => equalInAnyCase(own, name))) !== leaf.negated;
      default:
        return holdsForInfo(leaf, row);
    }
  });
}

function holdsForInfo(leaf: InfoCondition | InfoExists, row: VariantRow): boolean {
  if (leaf.kind === 'exists') return row.info(leaf.key) !== null;
  const values = row.info(leaf.subject);
  // A flag has no value to compare, but it is there: `= null` must not hold for it.
  if (values?.length === 0) return leaf.kind === 'equals' && leaf.negated;
  return holdsFor(leaf, values ?? [], equalWithinTolerance);
}

/** Whether a variant's position lies in a region; names of chromosomes compare by `chromosomeKey`. */
function liesIn(row: VariantRow, region: Region): boolean {
  if (row.pos < region.start || (region.end !== null && row.pos > region.end)) return false;
  return chromosomeKey(row.chrom) === chromosomeKey(region.chrom);
}

type Equality<Value> = (value: Value, text: string, number: number | null) => boolean;

/** Any of `values` may satisfy a condition; `!=` is the complement of `=`. No values = missing. */
function holdsFor<Value extends string | number>(
  condition: Condition<unknown>,
  values: readonly Value[],
  equal: Equality<Value>,
): boolean {
  switch (condition.kind) {
    case 'equals': {
      const matches = (literal: Literal): boolean => {
        if (literal.kind === 'null') return values.length === 0;
        return values.some((value) => equal(value, literal.text, literal.number));
      };
      return condition.values.some(matches) !== condition.negated;
    }
    case 'contains': {
      const wanted = condition.text.toLowerCase();
      return values.some((value) => String(value).toLowerCase().includes(wanted));
    }
    case 'compare':
      return values.some((value) => inOrder(value, condition.operator, condition.number));
    case 'range': {
      const { low, high } = condition;
      const [above, below] = [low.inclusive ? '>=' : '>', high.inclusive ? '<=' : '<'] as const;
      return values.some((value) => inOrder(value, above, low.number) && inOrder(value, below, high.number));
    }
  }
}

function inOrder(value: string | number, operator: Ordering, limit: Compare<unknown>['number']): boolean {
  const number = typeof value === 'number' ? value : readNumber(value);
  return number !== null && compare(number, operator, limit);
}

function compare(value: number, operator: Ordering, limit: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
  }
}

function equalTexts(value: string, text: string): boolean {
  return value === text;
}

function equalTextsOrNumbers(value: string, text: string, number: number | null): boolean {
  return value === text || (number !== null && readNumber(value) === number);
}

function equalNumbers(value: number, _text: string, number: number | null): boolean {
  return value === number;
}

function equalWithinTolerance(value: string | number, text: string, number: number | null): boolean {
  if (String(value) === text) return true;
  const own = typeof value === 'number' ? value : readNumber(value);
  if (own === null || number === null) return false;
  return own === number || Math.abs(own - number) <= infoTolerance;
}

function equalInAnyCase(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function present<Value>(value: Value | null): Value[] {
  return value === null ? [] : [value];
}
