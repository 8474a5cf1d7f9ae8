import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Logger } from '@linnaea/database';
import { type Attempt, startAttempt } from './attempt.ts';
import { claimNext, reclaimLost } from './claims.ts';
import { changedChannel, queuedChannel } from './rows.ts';
import type { JobHandler } from './types.ts';

export interface Timing {
  /** How long a silent worker keeps its job. Longer than any handler may block the event loop. */
  leaseMs: number;
  /** How often workers look for work without being told. */
  pollMs: number;
  /** Progress is written at most once in this time. */
  progressMs: number;
  /** How often a job is begun before its worker's death counts as its failure. */
  maxAttempts: number;
}

export interface Workers {
  /**
   * Takes no more jobs, gives the running ones `graceMs` (default 5 s) to end by themselves, then aborts them and puts
   * them back into the queue. Resolves when none is left, or after another 10 s with handlers that do not listen.
   */
  stop(options?: { graceMs?: number }): Promise<void>;
}

export interface WorkerOptions {
  database: Database;
  handlers: ReadonlyMap<string, JobHandler>;
  concurrency: number;
  timing: Timing;
  logger: Logger | undefined;
}

const deafMs = 10_000;

export async function startWorkers(options: WorkerOptions): Promise<Workers> {
  const { database, logger } = options;
  const running = new Set<Attempt>();
  let stopping: Promise<void> | undefined;
  let filling: Promise<void> | undefined;
  let again = false;

  /** Fills the free places; a call during another one makes that one look once more. */
  function wake(): void {
    if (stopping !== undefined) return;
    again = true;
    filling ??= fill()
      .catch((error) => logger?.warn({ err: error }, 'The job queue could not be read'))
      .finally(() => {
        filling = undefined;
        if (again) wake();
      });
  }

  async function fill(): Promise<void> {
    while (again && stopping === undefined) {
      again = false;
      while (running.size < options.concurrency && stopping === undefined && (await takeOne()));
    }
  }

  async function takeOne(): Promise<boolean> {
    const claim = await claimNext(database, [...options.handlers.keys()], options.timing.leaseMs);
    const handler = claim === undefined ? undefined : options.handlers.get(claim.job.kind);
    if (claim === undefined || handler === undefined) return false;
    const attempt = startAttempt({ ...options, claim, handler });
    running.add(attempt);
    void attempt.done.then(() => {
      running.delete(attempt);
      wake();
    });
    return true;
  }

  async function poll(): Promise<void> {
    await reclaimLost(database, options.timing.maxAttempts).catch((error) =>
      logger?.warn({ err: error }, 'Jobs of lost workers could not be looked for'),
    );
    wake();
  }

  const unlistenQueued = await database.listen(queuedChannel, wake);
  const unlistenChanged = await database.listen(changedChannel, (id) => {
    for (const attempt of running) if (attempt.jobId === Number(id)) attempt.check();
  });
  const timer = setInterval(() => void poll(), options.timing.pollMs);
  await poll();

  async function stop(graceMs: number): Promise<void> {
    clearInterval(timer);
    await Promise.all([unlistenQueued(), unlistenChanged()]);
    await filling;
    await endWithin(running, graceMs);
    for (const attempt of running) attempt.abort('shutdown');
    await endWithin(running, deafMs);
    if (running.size > 0)
      logger?.warn({ jobs: [...running].map((attempt) => attempt.jobId) }, 'Jobs did not end when asked to');
  }

  return {
    stop: ({ graceMs = 5_000 } = {}) => {
      stopping ??= stop(graceMs);
      return stopping;
    },
  };
}

async function endWithin(running: ReadonlySet<Attempt>, ms: number): Promise<void> {
  if (running.size === 0) return;
  const timeout = new AbortController();
  const all = Promise.all([...running].map((attempt) => attempt.done));
  await Promise.race([all, pause(ms, undefined, { signal: timeout.signal }).catch(() => undefined)]);
  timeout.abort();
}
