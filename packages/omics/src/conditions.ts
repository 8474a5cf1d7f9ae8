import type { RecordCondition, View } from '@linnaea/catalog';
import { CatalogueError, type Principal } from '@linnaea/model';
import type { ExpressionQuery, VariantQuery, VersionRule } from '@linnaea/query';
import { openVariants } from '@linnaea/signals';
import { candidatesOf } from './candidates.ts';
import type { OmicsDeps } from './deps.ts';
import { featureBounds, planExpression } from './expression-plan.ts';
import { findRows } from './find-rows.ts';
import { isEmpty } from './position-set.ts';
import type { OmicsKind, RunSelection, SelectedSignal } from './select-runs.ts';
import { requireNoFeature } from './variant-data.ts';

/** Everything that one query over studies, samples and measurements can ask; all of it must hold. */
export interface OmicsConditions {
  view: View;
  study?: RecordCondition;
  sample?: RecordCondition;
  library?: RecordCondition;
  preparation?: RecordCondition;
  /** On the metadata of expression files and their runs, and on their rows. */
  expressionFile?: RecordCondition;
  expressionQuery?: ExpressionQuery;
  variantFile?: RecordCondition;
  variantQuery?: VariantQuery;
  versions?: readonly VersionRule[];
}

/** Measurements looked through to find who satisfies a condition, before the question counts as too large. */
const mostValues = 400_000_000;

/**
 * The selection of runs of one kind. What is asked of the other kind holds for the sample: it must have a run of that kind
 * that satisfies it.
 */
export async function selectionOf(
  deps: OmicsDeps,
  principal: Principal,
  kind: OmicsKind,
  conditions: OmicsConditions,
): Promise<RunSelection> {
  const own = ownSelection(kind, conditions);
  const other: OmicsKind = kind === 'expression' ? 'variant' : 'expression';
  if (!asksFor(other, conditions)) return own;
  const ids = await samplesWithRows(deps, principal, other, conditions);
  return { ...own, sample: { ...own.sample, ids: [...ids] } };
}

export function asksFor(kind: OmicsKind, conditions: OmicsConditions): boolean {
  const { expressionFile, expressionQuery, variantFile, variantQuery } = conditions;
  const asked = kind === 'expression' ? [expressionFile, expressionQuery] : [variantFile, variantQuery];
  return asked.some((condition) => condition !== undefined);
}

/** Internal ids of the samples of the runs that satisfy what is asked of one kind, everything else included. */
export async function samplesWithRows(
  deps: OmicsDeps,
  principal: Principal,
  kind: OmicsKind,
  conditions: OmicsConditions,
): Promise<Set<number>> {
  const candidates = await candidatesOf(deps.database, principal, ownSelection(kind, conditions));
  const samples = new Set<number>();
  const add = (signal: SelectedSignal, runs: Iterable<number>) => {
    for (const run of runs) for (const id of signal.runs[run]!.sampleIds) samples.add(id);
  };
  if (kind === 'variant') {
    for await (const signal of candidates.signals()) {
      if (await hasVariants(deps, signal, conditions.variantQuery)) add(signal, signal.runs.keys());
    }
    return samples;
  }
  const { expressionQuery } = conditions;
  if (expressionQuery === undefined) {
    for await (const signal of candidates.signals()) add(signal, signal.runs.keys());
    return samples;
  }
  const plan = await planExpression(deps.database, expressionQuery, candidates.ids);
  const budget = { values: mostValues };
  for await (const signal of candidates.signals((id) => !isEmpty(featureBounds(plan, id).may))) {
    const runs = new Set<number>();
    for await (const rows of findRows(deps, plan, signal, { feature: 0, run: -1 }, budget)) {
      for (const run of rows.runs) runs.add(run);
      if (runs.size === signal.runs.length) break;
      if (budget.values <= 0) {
        throw new CatalogueError(
          'too-large',
          'query-too-wide',
          'The query looks through too many measurements; name features in it, or select fewer files.',
        );
      }
    }
    add(signal, runs);
  }
  return samples;
}

/**
 * Whether a file has variants that satisfy a query. A line has a genotype, if only a missing one, for each run of the
 * file: all runs have rows or none.
 */
export async function hasVariants(
  deps: OmicsDeps,
  signal: SelectedSignal,
  query: OmicsConditions['variantQuery'],
): Promise<boolean> {
  requireNoFeature(query);
  if (query === undefined) return true;
  const reader = await openVariants({ store: deps.objects, prefix: signal.prefix });
  return (await reader.query({ query }, { limit: 1 })).rows.length > 0;
}

function ownSelection(kind: OmicsKind, conditions: OmicsConditions): RunSelection {
  const { view, study, sample, library, preparation, versions } = conditions;
  const file = kind === 'expression' ? conditions.expressionFile : conditions.variantFile;
  const given = Object.entries({ study, sample, library, preparation, versions, file }).filter(
    ([, value]) => value !== undefined,
  );
  return { kind, view, ...Object.fromEntries(given) };
}
