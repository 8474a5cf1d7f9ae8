import { findRecords, type RecordCondition, type View } from '@linnaea/catalog';
import { requireAccess } from '@linnaea/identity';
import { CatalogueError, groupKind, type Principal } from '@linnaea/model';
import type { ExpressionQuery, VariantQuery } from '@linnaea/query';
import { openMatrix, openVariants, streamText } from '@linnaea/signals';
import { samplesWithRows } from './conditions.ts';
import type { OmicsDeps } from './deps.ts';
import { planExpression } from './expression-plan.ts';
import { findRows } from './find-rows.ts';
import { type OmicsKind, type SelectedSignal, selectRuns } from './select-runs.ts';
import { requireNoFeature } from './variant-data.ts';

/** What of a file is streamed; everything absent = the whole file. */
export interface StreamSelection {
  view: View;
  sample?: RecordCondition;
  library?: RecordCondition;
  preparation?: RecordCondition;
  expressionQuery?: ExpressionQuery;
  variantQuery?: VariantQuery;
}

/**
 * A file of expression as comma-separated text, features as lines: of the runs selected, and of the features that have a
 * row satisfying the query among these. Decimal places 0 to 15, or all digits. Throws `not-found` (`group-not-found`)
 * for a file that is not there or not to be seen. Access is checked before the first line.
 */
export async function streamExpression(
  deps: OmicsDeps,
  principal: Principal,
  group: string,
  selection: StreamSelection,
  roundDigits?: number,
): Promise<AsyncIterable<Uint8Array>> {
  const signal = await signalToStream(deps, principal, 'expression', group, selection);
  const reader = await openMatrix({ store: deps.objects, prefix: signal.prefix });
  const features = await matchingFeatures(deps, signal, selection.expressionQuery);
  return streamText(reader, {
    ...(features === undefined ? {} : { features }),
    ...(isWhole(signal) ? {} : { runs: positionsOf(signal) }),
    ...(roundDigits === undefined ? {} : { roundDigits }),
  });
}

/** A file of variants as VCF text: the runs selected, the variants that satisfy the query. Errors as above. */
export async function streamVariants(
  deps: OmicsDeps,
  principal: Principal,
  group: string,
  selection: StreamSelection,
): Promise<AsyncIterable<Uint8Array>> {
  const { variantQuery, expressionQuery } = selection;
  requireNoFeature(variantQuery);
  let { sample } = selection;
  if (expressionQuery !== undefined) {
    const ids = await samplesWithRows(deps, principal, 'expression', { ...selection, expressionQuery });
    sample = { ...sample, ids: [...ids] };
  }
  const { view, library, preparation } = selection;
  const narrowed = Object.fromEntries(
    Object.entries({ sample, library, preparation, variantQuery }).filter(([, value]) => value !== undefined),
  );
  const signal = await signalToStream(deps, principal, 'variant', group, { ...narrowed, view });
  const reader = await openVariants({ store: deps.objects, prefix: signal.prefix });
  return reader.streamVcf({
    ...(isWhole(signal) ? {} : { samples: positionsOf(signal) }),
    ...(variantQuery === undefined ? {} : { selection: { query: variantQuery } }),
  });
}

/** The file with its selected runs, perhaps none. A whole file is a download; a part of one needs less. */
async function signalToStream(
  deps: OmicsDeps,
  principal: Principal,
  kind: OmicsKind,
  accession: string,
  selection: StreamSelection,
): Promise<SelectedSignal> {
  const { view, sample, library, preparation } = selection;
  const [group] = await findRecords(deps.database, principal, [accession], { view });
  if (group === undefined || group.kind !== groupKind(kind)) {
    throw new CatalogueError('not-found', 'group-not-found', `Group '${accession}' could not be found`);
  }
  const narrowed = Object.entries({ sample, library, preparation }).filter(([, value]) => value !== undefined);
  const query = kind === 'expression' ? selection.expressionQuery : selection.variantQuery;
  const level = narrowed.length === 0 && query === undefined ? 'download' : 'measure';
  await requireAccess(deps.database, principal, level, group.scopeId);
  const select = (conditions: object) =>
    selectRuns(deps.database, principal, {
      ...conditions,
      kind,
      view,
      group: accession,
      level,
      versions: everyVersion,
    });
  const [found] = await select(Object.fromEntries(narrowed));
  if (found !== undefined) return found;
  const [whole] = narrowed.length === 0 ? [] : await select({});
  if (whole === undefined) {
    throw new CatalogueError('not-found', 'group-not-found', `Group '${accession}' could not be found`);
  }
  return { ...whole, runs: [] };
}

const everyVersion = [{ kind: 'all', at: { start: 0, end: 1 } }] as const;

function isWhole(signal: SelectedSignal): boolean {
  return signal.runs.length === signal.runCount;
}

function positionsOf(signal: SelectedSignal): number[] {
  return signal.runs.map(({ position }) => position);
}

/** Features with a row that satisfies the query; undefined = all, without looking. */
async function matchingFeatures(
  deps: OmicsDeps,
  signal: SelectedSignal,
  query: ExpressionQuery | undefined,
): Promise<Int32Array | undefined> {
  if (query === undefined) return undefined;
  const plan = await planExpression(deps.database, query, [signal.id]);
  const features: number[] = [];
  const budget = { values: Number.POSITIVE_INFINITY };
  for await (const rows of findRows(deps, plan, signal, { feature: 0, run: -1 }, budget)) {
    for (const feature of rows.features) if (feature !== features.at(-1)) features.push(feature);
  }
  return Int32Array.from(features);
}
