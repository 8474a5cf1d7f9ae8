import { type MatrixReader, openMatrix } from '@linnaea/signals';
import type { OmicsDeps } from './deps.ts';
import { type DescribedFeature, describeFeatures } from './describe-features.ts';
import { inParallel } from './in-parallel.ts';
import type { SelectedRun, SelectedSignal } from './select-runs.ts';

/** A feature measured in a run, and all that its file says of both. */
export interface ExpressionRow {
  signal: SelectedSignal;
  run: SelectedRun;
  /** Position of the feature in the file, from 0. */
  featurePosition: number;
  /** Feature columns in the file's order; the first identifies the feature. */
  feature: DescribedFeature;
  /** Measurements in the file's order; null when missing, may be infinite. */
  values: readonly (readonly [name: string, value: number | null])[];
}

/** Which row: a feature's position in a signal, and the place of a run among the selected ones. */
export interface RowKey {
  signal: SelectedSignal;
  feature: number;
  run: number;
}

/** Measurements read at once; rows may lie far apart. */
const blockValues = 1 << 18;
const parallelSignals = 8;

/** Reads rows, in the order of the keys, which must be sorted by signal and feature. */
export async function buildRows(deps: OmicsDeps, keys: readonly RowKey[]): Promise<ExpressionRow[]> {
  const bySignal = [...Map.groupBy(keys, ({ signal }) => signal)];
  const features = await describeFeatures(deps.database, wantedFeatures(bySignal));
  const parts = await inParallel(bySignal, parallelSignals, async ([signal, own]) => {
    const reader = await openMatrix({ store: deps.objects, prefix: signal.prefix });
    const described = features.get(signal.featureSetId ?? 0) ?? new Map();
    const rows: ExpressionRow[] = [];
    for (const part of parted(own)) rows.push(...(await buildPart(reader, signal, part, described)));
    return rows;
  });
  return parts.flat();
}

/** Positions by list of features: files that share a list are asked for once. */
function wantedFeatures(bySignal: readonly [SelectedSignal, RowKey[]][]): Map<number, Set<number>> {
  const wanted = new Map<number, Set<number>>();
  for (const [{ featureSetId }, keys] of bySignal) {
    if (featureSetId === null) continue;
    const positions = wanted.get(featureSetId) ?? new Set();
    wanted.set(featureSetId, positions);
    for (const { feature } of keys) positions.add(feature);
  }
  return wanted;
}

/** Cuts keys so that the block that spans a part stays small. */
function* parted(keys: readonly RowKey[]): Generator<RowKey[]> {
  const runs = new Set(keys.map(({ run }) => run)).size;
  const most = Math.max(1, Math.floor(blockValues / runs));
  let part: RowKey[] = [];
  let features = 0;
  for (const key of keys) {
    if (key.feature !== part.at(-1)?.feature) {
      if (features === most) {
        yield part;
        part = [];
        features = 0;
      }
      features += 1;
    }
    part.push(key);
  }
  if (part.length > 0) yield part;
}

async function buildPart(
  reader: MatrixReader,
  signal: SelectedSignal,
  keys: readonly RowKey[],
  described: ReadonlyMap<number, DescribedFeature>,
): Promise<ExpressionRow[]> {
  const features = [...new Set(keys.map(({ feature }) => feature))];
  const runs = [...new Set(keys.map(({ run }) => run))];
  const featurePlaces = placesOf(features);
  const runPlaces = placesOf(runs);
  const { measurements } = reader.describe();
  const positions = runs.map((run) => signal.runs[run]!.position);
  const blocks = await Promise.all(
    measurements.map(({ name }) => reader.read({ features, runs: positions, measurement: name })),
  );
  return keys.map(({ feature, run }) => {
    const at = featurePlaces.get(feature)! * runs.length + runPlaces.get(run)!;
    return {
      signal,
      run: signal.runs[run]!,
      featurePosition: feature,
      feature: described.get(feature) ?? [],
      values: measurements.map(({ name }, i) => [name, numberOf(blocks[i]!.values[at])] as const),
    };
  });
}

function placesOf(items: readonly number[]): Map<number, number> {
  return new Map(items.map((item, index) => [item, index]));
}

function numberOf(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
