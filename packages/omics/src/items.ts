import type { View } from '@linnaea/catalog';
import { CatalogueError, type Principal } from '@linnaea/model';
import { openVariants } from '@linnaea/signals';
import type { OmicsDeps } from './deps.ts';
import { buildRows, type ExpressionRow } from './expression-rows.ts';
import { type OmicsKind, type SelectedSignal, selectRuns } from './select-runs.ts';
import type { VariantRow } from './variant-data.ts';

/** Which row: a run, and the place of the feature or variant in its file, from 0. */
export interface ItemPlace {
  run: string;
  position: number;
}

/** One row of expression. Throws `not-found` for what is not there and what may not be seen alike. */
export async function expressionItem(
  deps: OmicsDeps,
  principal: Principal,
  { run, position }: ItemPlace,
  view: View,
): Promise<ExpressionRow> {
  const signal = await signalOf(deps, principal, 'expression', run, view);
  const [row] = position < signal.featureCount ? await buildRows(deps, [{ signal, feature: position, run: 0 }]) : [];
  return row ?? notFound(run);
}

/** One row of variants; errors as above. */
export async function variantItem(
  deps: OmicsDeps,
  principal: Principal,
  { run, position }: ItemPlace,
  view: View,
): Promise<VariantRow> {
  const signal = await signalOf(deps, principal, 'variant', run, view);
  const selected = signal.runs[0]!;
  if (position >= signal.featureCount) return notFound(run);
  const reader = await openVariants({ store: deps.objects, prefix: signal.prefix });
  const { rows } = await reader.query({}, { samples: [selected.position], after: position, limit: 1 });
  const [row] = rows;
  if (row === undefined) return notFound(run);
  const { genotypes, ...variant } = row;
  return { signal, run: selected, variant, genotype: genotypes[0] ?? {} };
}

async function signalOf(
  deps: OmicsDeps,
  principal: Principal,
  kind: OmicsKind,
  run: string,
  view: View,
): Promise<SelectedSignal> {
  const versions = [{ kind: 'all', at: { start: 0, end: 1 } }] as const;
  const [signal] = await selectRuns(deps.database, principal, { kind, view, runAccessions: [run], versions });
  return signal ?? notFound(run);
}

function notFound(run: string): never {
  throw new CatalogueError('not-found', 'item-not-found', 'No object exists with the given ID.', { details: { run } });
}
