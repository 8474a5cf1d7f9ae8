import type { Queryable } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { type RunSelection, type SelectedSignal, selectRuns, selectSignalIds } from './select-runs.ts';

/** Files that a selection may mean: their signals are known at once, their runs come when they are looked at. */
export interface Candidates {
  /** Internal ids of signals, ascending. */
  ids: readonly number[];
  /** The signals to be kept, in the order of their ids, with their selected runs. Signals without such are left out. */
  signals(keep?: (id: number) => boolean): AsyncGenerator<SelectedSignal>;
}

const firstBatch = 16;
const largestBatch = 256;

/**
 * A selection by samples and the like is answered at once, by one statement. One over the whole catalogue is answered in
 * batches of files: whoever asks for a gene looks at the files that have it, and a page ends long before the last.
 */
export async function candidatesOf(db: Queryable, principal: Principal, selection: RunSelection): Promise<Candidates> {
  if (isNarrow(selection)) {
    const found = await selectRuns(db, principal, selection);
    return {
      ids: found.map(({ id }) => id),
      async *signals(keep = () => true) {
        for (const signal of found) if (keep(signal.id)) yield signal;
      },
    };
  }
  const ids = await selectSignalIds(db, principal, selection);
  return {
    ids,
    async *signals(keep = () => true) {
      const kept = ids.filter(keep);
      let size = firstBatch;
      for (let start = 0; start < kept.length; ) {
        const signalIds = kept.slice(start, start + size);
        start += signalIds.length;
        size = Math.min(largestBatch, size * 2);
        yield* await selectRuns(db, principal, { ...selection, signalIds });
      }
    },
  };
}

function isNarrow(selection: RunSelection): boolean {
  const { study, sample, library, preparation, group, runIds, runAccessions } = selection;
  return [study, sample, library, preparation, group, runIds, runAccessions].some((part) => part !== undefined);
}
