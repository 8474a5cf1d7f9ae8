import { type MatrixReader, openMatrix } from '@linnaea/signals';
import type { OmicsDeps } from './deps.ts';
import { inParallel } from './in-parallel.ts';
import type { SelectedRun, SelectedSignal } from './select-runs.ts';

/** A cell of a feature column; null when missing. */
export type FeatureCell = string | number | null;

/** A feature measured in a run, and all that its file says of both. */
export interface ExpressionRow {
  signal: SelectedSignal;
  run: SelectedRun;
  /** Position of the feature in the file, from 0. */
  featurePosition: number;
  /** Feature columns in the file's order; the first identifies the feature. */
  feature: readonly (readonly [name: string, cell: FeatureCell])[];
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
  const parts = await inParallel(bySignal, parallelSignals, async ([signal, own]) => {
    const reader = await openMatrix({ store: deps.objects, prefix: signal.prefix });
    const rows: ExpressionRow[] = [];
    for (const part of parted(own)) rows.push(...(await buildPart(reader, signal, part)));
    return rows;
  });
  return parts.flat();
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

async function buildPart(reader: MatrixReader, signal: SelectedSignal, keys: readonly RowKey[]): Promise<ExpressionRow[]> {
  const features = [...new Set(keys.map(({ feature }) => feature))];
  const runs = [...new Set(keys.map(({ run }) => run))];
  const featurePlaces = placesOf(features);
  const runPlaces = placesOf(runs);
  const { featureColumns, measurements } = reader.describe();
  const columns = await Promise.all(featureColumns.map(({ name }) => reader.featureColumn(name, features)));
  const described = features.map((_, i) => featureColumns.map(({ name }, column) => [name, cellOf(columns[column]![i])] as const));
  const positions = runs.map((run) => signal.runs[run]!.position);
  const blocks = await Promise.all(measurements.map(({ name }) => reader.read({ features, runs: positions, measurement: name })));
  return keys.map(({ feature, run }) => {
    const place = featurePlaces.get(feature)!;
    const at = place * runs.length + runPlaces.get(run)!;
    return {
      signal,
      run: signal.runs[run]!,
      featurePosition: feature,
      feature: described[place]!,
      values: measurements.map(({ name }, i) => [name, numberOf(blocks[i]!.values[at])] as const),
    };
  });
}

function placesOf(items: readonly number[]): Map<number, number> {
  return new Map(items.map((item, index) => [item, index]));
}

function cellOf(cell: string | number | undefined): FeatureCell {
  if (typeof cell === 'number') return numberOf(cell);
  return cell === undefined || cell === '' ? null : cell;
}

function numberOf(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
