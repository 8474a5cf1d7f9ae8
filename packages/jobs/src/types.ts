import type { Transaction } from '@linnaea/database';
import type { Finding } from '@linnaea/model';

export const jobStates = ['queued', 'running', 'stopping', 'stopped', 'completed', 'failed'] as const;
export type JobState = (typeof jobStates)[number];

export interface Job {
  id: number;
  /** Name of the handler, e.g. `import-samples`. */
  kind: string;
  /** What the job is about, e.g. the link of an import; null where nobody asks. */
  key: string | null;
  state: JobState;
  /** Subject id and email of who started it. */
  startedBy: number;
  startedByEmail: string;
  input: Record<string, unknown>;
  /** Set when completed. */
  result: Record<string, unknown> | null;
  /** Why it failed, for a person to read; never a stack. */
  errors: JobFailure[];
  findings: Finding[];
  /** Why earlier attempts ended without an answer (a worker died, the database was away); not a failure of the job. */
  interruptions: JobFailure[];
  progress: JobProgress;
  /** 1 at the first run; 0 while it never ran. */
  attempt: number;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

export interface JobFailure {
  /** Step of the handler's progress in which it happened, or `worker`. */
  stage: string;
  code: string;
  message: string;
}

export interface JobProgress {
  step: string;
  bytes: number;
  /** Expected bytes where known, else null. */
  totalBytes: number | null;
  rows: number;
}

export interface JobContext {
  job: Job;
  /** Aborted when the job is stopped or the worker lost its lease; handlers pass it on to everything they await. */
  signal: AbortSignal;
  /** Records progress; cheap, written at most a few times a second. */
  report(progress: Partial<JobProgress>): void;
}

/**
 * Does the work. It must commit its effect in one database transaction and call `complete` *inside* that transaction,
 * as its last statement, so that a result without an effect, or an effect without a result, cannot exist. It may be run
 * again after a crash, so whatever it does outside that transaction (object-store files) must bear repetition.
 */
export type JobHandler = (context: JobContext, complete: CompleteJob) => Promise<void>;

/**
 * Throws, and so rolls the transaction back, when the job was stopped or another worker has taken it over.
 * `keptInput` replaces the input: a job that has completed never runs again, and secrets in its input can go.
 */
export type CompleteJob = (
  transaction: Transaction,
  result: Record<string, unknown>,
  findings?: readonly Finding[],
  keptInput?: Record<string, unknown>,
) => Promise<void>;

export interface NewJob {
  kind: string;
  input: Record<string, unknown>;
  startedBy: number;
  startedByEmail: string;
  /** With a key, a second job of the kind is refused while one with it is waiting, at work or completed. */
  key?: string;
  /** Lets a second job with the key in. */
  allowDuplicate?: boolean;
}

export interface ListJobs {
  startedBy?: number;
  states?: readonly JobState[];
  kinds?: readonly string[];
  /** Jobs with a smaller id only: the last id of the page before. */
  before?: number;
  limit: number;
}
