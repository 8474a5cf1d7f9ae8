import type { Finding } from '@linnaea/model';

export type JobState = 'queued' | 'running' | 'stopping' | 'stopped' | 'completed' | 'failed';

export interface Job {
  id: number;
  /** Name of the handler, e.g. `import-samples`. */
  kind: string;
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
  progress: JobProgress;
  attempt: number;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

export interface JobFailure {
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
 * so that a result without an effect, or an effect without a result, cannot exist.
 */
export type JobHandler = (context: JobContext, complete: CompleteJob) => Promise<void>;
export type CompleteJob = (
  transaction: import('@linnaea/database').Transaction,
  result: Record<string, unknown>,
  findings?: readonly Finding[],
) => Promise<void>;
