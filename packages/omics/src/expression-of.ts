import type { View } from '@linnaea/catalog';
import type { Principal } from '@linnaea/model';
import { findFeatures, openMatrix } from '@linnaea/signals';
import type { OmicsDeps } from './deps.ts';
import { inParallel } from './in-parallel.ts';
import { selectRuns } from './select-runs.ts';

const parallelSignals = 8;

/** Values by name of the feature; null when missing. Features that the run's file lacks are left out. */
export type FeatureValues = ReadonlyMap<string, number | null>;

/**
 * First measurements of some features in many runs (internal ids), in one batch: one statement for the runs, one look into
 * the index, one read per file. Runs that the principal may not measure are left out. Of features with one name the first counts.
 */
export async function expressionOf(
  deps: OmicsDeps,
  principal: Principal,
  runIds: readonly number[],
  features: readonly string[],
  view: View = 'published',
): Promise<Map<number, FeatureValues>> {
  const versions = [{ kind: 'all', at: { start: 0, end: 1 } }] as const;
  const signals = await selectRuns(deps.database, principal, { kind: 'expression', view, runIds, versions });
  const found = await findFeatures(
    deps.database,
    { names: features },
    signals.map(({ id }) => id),
  );
  const positionsOf = new Map(found.map(({ signalId, positions }) => [signalId, positions]));
  const values = new Map<number, FeatureValues>();
  await inParallel(signals, parallelSignals, async (signal) => {
    const ofRun = signal.runs.map(({ id }) => {
      const map = new Map<string, number | null>();
      values.set(id, map);
      return map;
    });
    const positions = positionsOf.get(signal.id);
    if (positions === undefined) return;
    const reader = await openMatrix({ store: deps.objects, prefix: signal.prefix });
    const names = await reader.featureColumn(reader.describe().featureColumns[0]!.name, positions);
    const block = await reader.read({ features: positions, runs: signal.runs.map(({ position }) => position) });
    for (let i = 0; i < positions.length; i++) {
      const name = String(names[i]);
      for (const [j, map] of ofRun.entries()) {
        const value = block.values[i * block.runCount + j]!;
        if (!map.has(name)) map.set(name, Number.isNaN(value) ? null : value);
      }
    }
  });
  return values;
}
