import { EventEmitter, once } from 'node:events';
import type { Database } from '@linnaea/database';
import { changedChannel } from './rows.ts';
import type { Job, JobState } from './types.ts';

const ended: readonly JobState[] = ['stopped', 'completed', 'failed'];

export function hasEnded(job: Pick<Job, 'state'>): boolean {
  return ended.includes(job.state);
}

/** Follows jobs by notification, and by looking every `pollMs` in case one was lost. */
export function createWatch(
  database: Database,
  get: (id: number) => Promise<Job | undefined>,
  pollMs: number,
): (id: number, signal: AbortSignal) => AsyncIterable<Job> {
  const changes = new EventEmitter();
  changes.setMaxListeners(0);
  let watchers = 0;
  let listening: Promise<() => Promise<void>> | undefined;

  /** One subscription for all watchers of this process, for as long as there are any. */
  async function subscribe(): Promise<void> {
    watchers += 1;
    listening ??= database.listen(changedChannel, (payload) => changes.emit(`job ${payload}`));
    await listening;
  }

  async function unsubscribe(): Promise<void> {
    watchers -= 1;
    if (watchers > 0) return;
    const stop = listening;
    listening = undefined;
    await (await stop?.catch(() => undefined))?.();
  }

  return async function* watch(id, signal) {
    try {
      await subscribe();
      let shown = '';
      while (!signal.aborted) {
        // registered before the look, so that a change between the look and the wait is not missed
        const change = nextChange(changes, `job ${id}`, signal, pollMs);
        const job = await get(id);
        if (job === undefined) return change.cancel();
        const state = JSON.stringify(job);
        if (state !== shown) yield job;
        shown = state;
        if (hasEnded(job)) return change.cancel();
        await change.happened;
      }
    } finally {
      await unsubscribe();
    }
  };
}

interface Change {
  happened: Promise<void>;
  cancel(): void;
}

function nextChange(changes: EventEmitter, event: string, signal: AbortSignal, pollMs: number): Change {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), pollMs);
  const either = AbortSignal.any([signal, controller.signal]);
  const happened = once(changes, event, { signal: either }).then(
    () => undefined,
    () => undefined,
  );
  void happened.then(() => clearTimeout(timer));
  return { happened, cancel: () => controller.abort() };
}
