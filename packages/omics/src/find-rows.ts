import { type MatrixReader, openMatrix, scan } from '@linnaea/signals';
import type { OmicsDeps } from './deps.ts';
import { type ExpressionPlan, featureBounds, residuals } from './expression-plan.ts';
import { isEmpty, membersFrom } from './position-set.ts';
import type { SelectedSignal } from './select-runs.ts';
import { boundsOf, compileTest, measurementsOf, type ValueTree } from './values.ts';

/** How many measurements may still be looked at; counted down while searching. */
export interface Budget {
  values: number;
}

/** Rows that satisfy a query, in order of feature and run; all rows of the features up to `through` were looked at. */
export interface FoundRows {
  features: Int32Array;
  /** Places among the signal's selected runs. */
  runs: Int32Array;
  through: number;
}

/** Where to begin: after the run at `run` (a position in the signal) of a feature. */
export interface RowPlace {
  feature: number;
  run: number;
}

/** Measurements read at once. */
const batchValues = 1 << 18;
/** Rows answered at once where nothing needs to be read. */
const batchRows = 4096;

/**
 * Finds the rows of one signal that satisfy a query. Features that cannot are not looked at; where the features alone
 * decide, nothing is read; else only the measurements that the query names.
 */
export async function* findRows(
  deps: OmicsDeps,
  plan: ExpressionPlan,
  signal: SelectedSignal,
  after: RowPlace,
  budget: Budget,
): AsyncGenerator<FoundRows> {
  const { may } = featureBounds(plan, signal.id);
  if (isEmpty(may)) return;
  const first = firstRun(signal, after);
  // a cursor may come back altered
  const start = Math.max(0, first < signal.runs.length ? after.feature : after.feature + 1);
  const rest = residuals(plan, signal.id);
  for (const { features, tree } of batches(membersFrom(may, start, signal.featureCount), rest, signal.runs.length)) {
    const from = features[0] === after.feature ? first : 0;
    if (tree === true) yield every(features, signal.runs.length, from);
    else yield* search(deps, tree, signal, features, from, budget);
  }
}

interface FeatureBatch {
  features: Int32Array;
  tree: Exclude<ValueTree, false>;
}

/** Consecutive candidates with the same remaining test; those that fail without one are left out. */
function* batches(
  candidates: Iterable<number>,
  rest: (feature: number) => ValueTree,
  runs: number,
): Generator<FeatureBatch> {
  let features: number[] = [];
  let tree: ValueTree = false;
  for (const feature of candidates) {
    const next = rest(feature);
    if (next === false) continue;
    const most = Math.max(1, Math.floor((tree === true ? batchRows : batchValues) / Math.max(1, runs)));
    if (features.length > 0 && tree !== false && (next !== tree || features.length >= most)) {
      yield { features: Int32Array.from(features), tree };
      features = [];
    }
    tree = next;
    features.push(feature);
  }
  if (features.length > 0 && tree !== false) yield { features: Int32Array.from(features), tree };
}

function firstRun(signal: SelectedSignal, after: RowPlace): number {
  const at = signal.runs.findIndex(({ position }) => position > after.run);
  return at < 0 ? signal.runs.length : at;
}

/** All rows of some features, but of the first feature only those from run `from` on. */
function every(features: Int32Array, runs: number, from: number): FoundRows {
  const count = features.length * runs - from;
  return {
    features: Int32Array.from({ length: count }, (_, i) => features[Math.floor((i + from) / runs)]!),
    runs: Int32Array.from({ length: count }, (_, i) => (i + from) % runs),
    through: features.at(-1)!,
  };
}

async function* search(
  deps: OmicsDeps,
  tree: Exclude<ValueTree, boolean>,
  signal: SelectedSignal,
  features: Int32Array,
  from: number,
  budget: Budget,
): AsyncGenerator<FoundRows> {
  const reader = await openMatrix({ store: deps.objects, prefix: signal.prefix });
  const places = measurementsOf(tree, signal.measurements);
  budget.values -= features.length * signal.runs.length * Math.max(1, places.length);
  const [place, ...others] = places;
  const through = features.at(-1)!;
  const test = compileTest(tree, signal.measurements);
  if (place === undefined) {
    // the query asks for measurements that this file has not: missing in all rows, and so one answer for all
    yield test([]) ? every(features, signal.runs.length, from) : none(through);
    return;
  }
  if (others.length > 0) {
    yield await testAll({ reader, signal, features, from, places }, test);
    return;
  }
  const positions = Int32Array.from(signal.runs, ({ position }) => position);
  const byPosition = new Map(signal.runs.map(({ position }, index) => [position, index]));
  const row: number[] = [];
  const options = {
    features,
    runs: positions,
    measurement: signal.measurements[place]!,
    matches: (value: number) => {
      row[place] = value;
      return test(row);
    },
    ...boundsOf(tree),
  };
  for await (const hits of scan(reader, options)) {
    const runs = Array.from(hits.runs, (run) => byPosition.get(run)!);
    const kept = runs.flatMap((run, i) => (hits.features[i] === features[0] && run < from ? [] : [i]));
    // an answer without rows must mean that all up to `through` were looked at: a page may end there
    if (kept.length === 0) continue;
    yield {
      features: Int32Array.from(kept, (i) => hits.features[i]!),
      runs: Int32Array.from(kept, (i) => runs[i]!),
      through: hits.features.at(-1)! - 1,
    };
  }
  yield none(through);
}

function none(through: number): FoundRows {
  return { features: new Int32Array(0), runs: new Int32Array(0), through };
}

interface Block {
  reader: MatrixReader;
  signal: SelectedSignal;
  features: Int32Array;
  from: number;
  places: readonly number[];
}

/** Several measurements stand in one condition: each row is tested with all of them. */
async function testAll(
  { reader, signal, features, from, places }: Block,
  test: (row: number[]) => boolean,
): Promise<FoundRows> {
  const runs = Int32Array.from(signal.runs, ({ position }) => position);
  const blocks = [];
  for (const place of places) {
    const block = await reader.read({ features, runs, measurement: signal.measurements[place]! });
    blocks.push({ place, values: block.values });
  }
  const found: number[] = [];
  const row: number[] = [];
  for (let i = from; i < features.length * runs.length; i++) {
    for (const { place, values } of blocks) row[place] = values[i]!;
    if (test(row)) found.push(i);
  }
  return {
    features: Int32Array.from(found, (i) => features[Math.floor(i / runs.length)]!),
    runs: Int32Array.from(found, (i) => i % runs.length),
    through: features.at(-1)!,
  };
}
