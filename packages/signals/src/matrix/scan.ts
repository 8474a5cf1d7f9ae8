import { decimalOf } from './decimal.ts';
import type { BlockSelection, MatrixReader, StoredBlock } from './read.ts';

/** Measurements that a predicate admits, in the order of the features and then of the runs. */
export interface Hits {
  count: number;
  features: Int32Array;
  runs: Int32Array;
  values: Float64Array;
}

export interface ScanOptions extends BlockSelection {
  /** Whether a measurement is wanted; missing is NaN. */
  matches: (value: number) => boolean;
  /**
   * Bounds of what can match, where there are such: smaller or greater values, and missing ones, are then passed over
   * without a call. It makes a wide scan several times faster.
   */
  low?: number;
  high?: number;
}

/** Values looked at between two answers. */
const batchValues = 1 << 18;
/** A stored float32 may be so much off the number that it stands for. */
const slack = 2 ** -23;

/** Looks through measurements for those that `matches` admits; an answer holds the hits of some features, never none. */
export async function* scan(reader: MatrixReader, options: ScanOptions): AsyncGenerator<Hits> {
  for await (const { features, block } of featureBatches(reader, options, batchValues)) {
    const hits = findHits(block, features, options);
    if (hits.count > 0) yield hits;
  }
}

function findHits(block: StoredBlock, features: ArrayLike<number>, options: ScanOptions): Hits {
  const { values, runCount, decimal } = block;
  const { matches, runs } = options;
  const bounded = options.low !== undefined || options.high !== undefined;
  const low = widened(options.low ?? -Infinity, -slack);
  const high = widened(options.high ?? Infinity, slack);
  const places: number[] = [];
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const stored = values[i]!;
    if (bounded && !(stored >= low && stored <= high)) continue;
    const value = decimal ? decimalOf(stored) : stored;
    if (!matches(value)) continue;
    places.push(i);
    found.push(value);
  }
  return {
    count: found.length,
    features: Int32Array.from(places, (i) => features[Math.floor(i / runCount)]!),
    runs: Int32Array.from(places, (i) => runs?.[i % runCount] ?? i % runCount),
    values: Float64Array.from(found),
  };
}

function widened(bound: number, by: number): number {
  return Number.isFinite(bound) ? bound + Math.abs(bound) * by + Math.sign(by) * 2 ** -149 : bound;
}

/** Reads feature by feature in batches that end with whole stripes where all features are wanted. */
export async function* featureBatches(
  reader: MatrixReader,
  options: BlockSelection,
  mostValues: number,
): AsyncGenerator<{ features: Int32Array; block: StoredBlock }> {
  const { featureCount, runCount, measurements } = reader.describe();
  const total = options.features?.length ?? featureCount;
  const width = options.runs?.length ?? runCount;
  const measurement = measurements.find(({ name }) => name === options.measurement) ?? measurements[0];
  const chunkFeatures = measurement?.chunks.features ?? 1;
  const stripes = Math.floor(mostValues / Math.max(1, width) / chunkFeatures);
  const step = Math.max(1, stripes) * chunkFeatures;
  for (let start = 0; start < total; start += step) {
    const length = Math.min(step, total - start);
    const features = Int32Array.from({ length }, (_, i) => options.features?.[start + i] ?? start + i);
    yield { features, block: await reader.readStored({ ...options, features }) };
  }
}
