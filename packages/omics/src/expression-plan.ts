import type { Queryable } from '@linnaea/database';
import { CatalogueError } from '@linnaea/model';
import { type ExpressionCondition, type ExpressionQuery, isLeaf } from '@linnaea/query';
import { findFeatures } from '@linnaea/signals';
import { contains, everywhere, intersect, invert, nowhere, type PositionSet, unite } from './position-set.ts';
import { residual, type ValueTree } from './values.ts';

/** Conditions on features of one query, each of which costs a look into the index. */
const mostFeatureConditions = 200;

/** A query with the features found for each of its conditions on features, in all signals. */
export interface ExpressionPlan {
  tree: ExpressionQuery;
  /** Conditions on features, and for each the features of a signal that satisfy it. */
  leaves: ReadonlyMap<ExpressionCondition, ReadonlyMap<number, PositionSet>>;
}

/** What is known of a signal's features before any measurement is read. */
export interface FeatureBounds {
  /** Features of which a row may satisfy the query. */
  may: PositionSet;
  /** Features of which every row does. */
  must: PositionSet;
}

/** Looks up the features that a query names: one query of the index per condition, whatever the number of signals. */
export async function planExpression(
  db: Queryable,
  query: ExpressionQuery,
  signalIds: readonly number[],
): Promise<ExpressionPlan> {
  const tree = mergeNames(query);
  const conditions = featureConditions(tree);
  if (conditions.length > mostFeatureConditions) {
    throw new CatalogueError(
      'invalid',
      'query-too-large',
      `A query may hold ${mostFeatureConditions} conditions on features; put names into one list: feature = A,B,C.`,
    );
  }
  const leaves = new Map<ExpressionCondition, Map<number, PositionSet>>();
  for (const leaf of conditions) leaves.set(leaf, await lookUp(db, leaf, signalIds));
  return { tree, leaves };
}

/** `!=` is looked up as `=` and turned round: what is named is few, what is not is many. */
async function lookUp(
  db: Queryable,
  leaf: ExpressionCondition,
  signalIds: readonly number[],
): Promise<Map<number, PositionSet>> {
  const negated = leaf.kind === 'equals' && leaf.negated;
  const condition = leaf.kind === 'equals' ? { ...leaf, negated: false } : leaf;
  const found = await findFeatures(db, { condition }, signalIds);
  const sets = new Map(found.map(({ signalId, positions }) => [signalId, { inverted: negated, positions }]));
  if (negated) for (const id of signalIds) if (!sets.has(id)) sets.set(id, { ...everywhere });
  return sets;
}

export function featureBounds(plan: ExpressionPlan, signalId: number): FeatureBounds {
  const visit = (tree: ExpressionQuery): FeatureBounds => {
    if (isLeaf<ExpressionCondition>(tree)) {
      if (tree.subject.kind === 'value') return { may: everywhere, must: nowhere };
      const set = setOf(plan, tree, signalId);
      return { may: set, must: set };
    }
    if (tree.kind === 'not') {
      const { may, must } = visit(tree.term);
      return { may: invert(must), must: invert(may) };
    }
    const combine = tree.kind === 'and' ? intersect : unite;
    return tree.terms.map(visit).reduce((a, b) => ({ may: combine(a.may, b.may), must: combine(a.must, b.must) }));
  };
  return visit(plan.tree);
}

/** Answers what remains to be tested on the measurements of a feature; features of one kind share one tree. */
export function residuals(plan: ExpressionPlan, signalId: number): (feature: number) => ValueTree {
  const leaves = [...plan.leaves.keys()];
  const sets = leaves.map((leaf) => setOf(plan, leaf, signalId));
  const known = new Map<string, ValueTree>();
  return (feature) => {
    const held = sets.map((set) => contains(set, feature));
    const key = held.map(Number).join('');
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const tree = residual(plan.tree, (leaf) => held[leaves.indexOf(leaf)] === true);
    known.set(key, tree);
    return tree;
  };
}

function setOf(plan: ExpressionPlan, leaf: ExpressionCondition, signalId: number): PositionSet {
  return plan.leaves.get(leaf)?.get(signalId) ?? nowhere;
}

function featureConditions(tree: ExpressionQuery): ExpressionCondition[] {
  if (isLeaf<ExpressionCondition>(tree)) return tree.subject.kind === 'feature' ? [tree] : [];
  return tree.kind === 'not' ? featureConditions(tree.term) : tree.terms.flatMap(featureConditions);
}

/** `feature = A OR feature = B` becomes `feature = A,B`: clients write long ones. */
function mergeNames(tree: ExpressionQuery): ExpressionQuery {
  if (isLeaf<ExpressionCondition>(tree)) return tree;
  if (tree.kind === 'not') return { ...tree, term: mergeNames(tree.term) };
  const terms = tree.terms.map(mergeNames);
  if (tree.kind === 'and') return { ...tree, terms };
  const merged: ExpressionQuery[] = [];
  const lists = new Map<string | null, number>();
  for (const term of terms) {
    const isList =
      isLeaf<ExpressionCondition>(term) && term.kind === 'equals' && !term.negated && term.subject.kind === 'feature';
    const place = isList ? lists.get(term.subject.name) : undefined;
    const other = place === undefined ? undefined : merged[place];
    if (isList && place !== undefined && other?.kind === 'equals') {
      merged[place] = { ...other, values: [...other.values, ...term.values] };
      continue;
    }
    if (isList) lists.set(term.subject.name, merged.length);
    merged.push(term);
  }
  const [only] = merged;
  return merged.length === 1 && only !== undefined ? only : { ...tree, terms: merged };
}
