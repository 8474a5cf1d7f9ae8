import { sql } from '@linnaea/database';
import type { Job, JobProgress } from './types.ts';

/** The columns of `job` under the names of `Job`. */
export const jobColumns = sql`
  job.id, job.kind, job.key, job.state, job.started_by as "startedBy", job.started_by_email as "startedByEmail",
  job.input, job.result, job.errors, job.findings, job.interruptions, job.progress, job.attempt,
  job.created_at as "createdAt", job.started_at as "startedAt", job.ended_at as "endedAt"`;

export type JobRow = Omit<Job, 'progress'> & { progress: Partial<JobProgress> };

export const noProgress: Readonly<JobProgress> = { step: '', bytes: 0, totalBytes: null, rows: 0 };

export function toJob(row: JobRow): Job {
  return { ...row, progress: { ...noProgress, ...row.progress } };
}

/** Channels of NOTIFY: work is waiting; the job with the id in the payload has changed. */
export const queuedChannel = 'linnaea_job_queued';
export const changedChannel = 'linnaea_job_changed';
