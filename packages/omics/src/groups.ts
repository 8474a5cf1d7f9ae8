import { type CatalogRecord, findRecords } from '@linnaea/catalog';
import type { Principal } from '@linnaea/model';
import { candidatesOf } from './candidates.ts';
import { hasVariants, type OmicsConditions, selectionOf } from './conditions.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { OmicsDeps } from './deps.ts';
import type { CursorPage, PageRequest } from './expression-data.ts';
import { type ExpressionPlan, featureBounds, planExpression } from './expression-plan.ts';
import { type Budget, findRows } from './find-rows.ts';
import { isEmpty } from './position-set.ts';
import type { OmicsKind, SelectedSignal } from './select-runs.ts';

/** Measurements looked at for one page of files. */
const pageValues = 40_000_000;

/** Files of expression that have a selected run with a row that satisfies the query, by their age. */
export function expressionGroups(
  deps: OmicsDeps,
  principal: Principal,
  conditions: OmicsConditions,
  page: PageRequest,
): Promise<CursorPage<CatalogRecord>> {
  return groups(deps, principal, 'expression', conditions, page);
}

/** Files of variants, likewise. */
export function variantGroups(
  deps: OmicsDeps,
  principal: Principal,
  conditions: OmicsConditions,
  page: PageRequest,
): Promise<CursorPage<CatalogRecord>> {
  return groups(deps, principal, 'variant', conditions, page);
}

async function groups(
  deps: OmicsDeps,
  principal: Principal,
  kind: OmicsKind,
  conditions: OmicsConditions,
  { cursor, limit }: PageRequest,
): Promise<CursorPage<CatalogRecord>> {
  const [seen = 0] = cursor === undefined ? [] : decodeCursor('g', cursor, 1);
  const selection = await selectionOf(deps, principal, kind, conditions);
  // files are listed by metadata alone, but a condition on measurements tells of them
  const level = conditions.expressionQuery === undefined && conditions.variantQuery === undefined ? 'read' : 'measure';
  const candidates = await candidatesOf(deps.database, principal, { ...selection, level, fromSignal: seen + 1 });
  const matches = await matcher(deps, kind, conditions, candidates.ids);
  const found: SelectedSignal[] = [];
  const budget: Budget = { values: pageValues };
  let last = seen;
  let exhausted = true;
  for await (const signal of candidates.signals(matches.may)) {
    if (found.length === limit || budget.values <= 0) {
      exhausted = false;
      break;
    }
    if (await matches.has(signal, budget)) found.push(signal);
    last = signal.id;
  }
  const items = await findRecords(
    deps.database,
    principal,
    found.map(({ group }) => group),
    { view: conditions.view },
  );
  return { items, exhausted, ...(exhausted && items.length === 0 ? {} : { cursor: encodeCursor('g', [last]) }) };
}

interface Matcher {
  /** Whether a signal can match, as far as its features tell. */
  may: (id: number) => boolean;
  has: (signal: SelectedSignal, budget: Budget) => Promise<boolean>;
}

async function matcher(
  deps: OmicsDeps,
  kind: OmicsKind,
  conditions: OmicsConditions,
  signalIds: readonly number[],
): Promise<Matcher> {
  const { expressionQuery, variantQuery } = conditions;
  const may = () => true;
  if (kind === 'variant') {
    return { may, has: (signal) => hasVariants(deps, signal, variantQuery) };
  }
  if (expressionQuery === undefined) return { may, has: async () => true };
  const plan = await planExpression(deps.database, expressionQuery, signalIds);
  return {
    may: (id) => !isEmpty(featureBounds(plan, id).may),
    has: (signal, budget) => hasRow(deps, plan, signal, budget),
  };
}

async function hasRow(deps: OmicsDeps, plan: ExpressionPlan, signal: SelectedSignal, budget: Budget): Promise<boolean> {
  for await (const rows of findRows(deps, plan, signal, { feature: 0, run: -1 }, budget)) {
    if (rows.features.length > 0) return true;
  }
  return false;
}
