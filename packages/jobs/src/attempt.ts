import { type Database, isTransient, type Logger, type Transaction } from '@linnaea/database';
import { CatalogueError, type Finding } from '@linnaea/model';
import { type Claim, type Ending, prolong, recordCompletion, recordEnding } from './claims.ts';
import { noProgress } from './rows.ts';
import type { JobFailure, JobHandler, JobProgress } from './types.ts';
import type { Timing } from './worker.ts';

/** Why an attempt was broken off from outside; the reason of the handler's signal. */
export class AttemptAborted extends Error {
  readonly reason: 'stopped' | 'lost' | 'shutdown';

  constructor(reason: 'stopped' | 'lost' | 'shutdown') {
    super(`The job's attempt was ended: ${reason}`);
    this.name = 'AttemptAborted';
    this.reason = reason;
  }
}

export interface Attempt {
  jobId: number;
  /** Resolves, never rejects, when the handler has ended and the outcome is recorded. */
  done: Promise<void>;
  abort(reason: 'stopped' | 'shutdown'): void;
  /** Looks at once whether the job is still wanted. */
  check(): void;
}

export interface AttemptOptions {
  database: Database;
  claim: Claim;
  handler: JobHandler;
  timing: Timing;
  logger: Logger | undefined;
}

/** Runs a handler on a claimed job, holding the lease meanwhile, and records how it ended. */
export function startAttempt(options: AttemptOptions): Attempt {
  const { database, claim, handler, timing, logger } = options;
  const controller = new AbortController();
  const progress: JobProgress = { ...noProgress };
  const keeper = keepLease(options, controller, progress);

  async function complete(
    transaction: Transaction,
    result: Record<string, unknown>,
    findings: readonly Finding[] = [],
    keptInput: Record<string, unknown> = claim.job.input,
  ): Promise<void> {
    const outcome = { result, findings, progress, keptInput };
    if (!controller.signal.aborted && (await recordCompletion(transaction, claim, outcome))) return;
    keeper.check();
    throw controller.signal.aborted ? controller.signal.reason : new AttemptAborted('lost');
  }

  async function runHandler(): Promise<unknown> {
    try {
      await handler({ job: claim.job, signal: controller.signal, report: keeper.report }, complete);
      return new CatalogueError('invalid', 'not-completed', 'The job ended without a result');
    } catch (error) {
      return error;
    } finally {
      await keeper.end();
    }
  }

  async function run(): Promise<void> {
    const error = await runHandler();
    const ending = endingOf(error, controller.signal, claim, timing.maxAttempts, progress.step);
    // after a completion the token is void and this changes nothing
    const state = await recordEnding(database, claim, ending, progress);
    const isExpected = controller.signal.aborted || error instanceof CatalogueError || error instanceof AttemptAborted;
    if (!isExpected) logger?.error({ err: error, job: claim.job.id, kind: claim.job.kind, state }, 'A job failed');
  }

  const done = run().catch((error) => {
    // the lease runs out and the job is taken up again
    logger?.error({ err: error, job: claim.job.id }, 'The end of a job could not be recorded');
  });
  return {
    jobId: claim.job.id,
    done,
    abort: (reason) => controller.abort(new AttemptAborted(reason)),
    check: keeper.check,
  };
}

function failure(error: JobFailure, findings: readonly Finding[] = []): Ending {
  return { state: 'failed', errors: [error], findings };
}

function endingOf(error: unknown, signal: AbortSignal, claim: Claim, maxAttempts: number, step: string): Ending {
  const stage = step === '' ? 'start' : step;
  const aborted = signal.aborted ? signal.reason : error;
  if (aborted instanceof AttemptAborted) {
    // refused by `complete` while the token holds: the job is to be stopped
    if (aborted.reason !== 'shutdown') return { state: 'stopped' };
    const interruption = { stage, code: 'worker-stopped', message: 'The worker was shut down' };
    return { state: 'queued', interruption, counts: false };
  }
  if (error instanceof CatalogueError) {
    return failure({ stage, code: error.code, message: error.message }, error.findings);
  }
  if (isTransient(error) && claim.job.attempt < maxAttempts) {
    const interruption = { stage, code: 'database-interrupted', message: 'The database was interrupted' };
    return { state: 'queued', interruption, counts: true };
  }
  return failure({ stage, code: 'internal', message: 'The job failed because of an internal error' });
}

interface LeaseKeeper {
  report(progress: Partial<JobProgress>): void;
  check(): void;
  end(): Promise<void>;
}

/**
 * Prolongs the lease, well within its length and as often as workers look for work (a stop whose notice was lost is seen
 * then), and writes progress; never two writes at once.
 */
function keepLease(options: AttemptOptions, controller: AbortController, progress: JobProgress): LeaseKeeper {
  const { database, claim, timing, logger } = options;
  let changed = false;
  let writing: Promise<void> | undefined;
  let progressTimer: NodeJS.Timeout | undefined;
  let ended = false;
  const beat = setInterval(check, Math.min(timing.leaseMs / 3, timing.pollMs));

  function check(): void {
    if (ended || writing !== undefined) return;
    writing = write()
      .catch((error) => logger?.warn({ err: error, job: claim.job.id }, 'The lease of a job could not be prolonged'))
      .finally(() => {
        writing = undefined;
        if (changed) schedule();
      });
  }

  async function write(): Promise<void> {
    const latest = changed ? { ...progress } : undefined;
    changed = false;
    const state = await prolong(database, claim, timing.leaseMs, latest);
    if (ended || state === 'held') return;
    controller.abort(new AttemptAborted(state === 'stopping' ? 'stopped' : 'lost'));
  }

  function schedule(): void {
    if (ended || progressTimer !== undefined) return;
    progressTimer = setTimeout(() => {
      progressTimer = undefined;
      check();
    }, timing.progressMs);
  }

  return {
    report: (part) => {
      Object.assign(progress, part);
      changed = true;
      schedule();
    },
    check,
    end: async () => {
      ended = true;
      clearInterval(beat);
      clearTimeout(progressTimer);
      await writing;
    },
  };
}
