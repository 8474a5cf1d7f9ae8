import type { Job, JobState } from '@linnaea/jobs';
import { describeFinding } from './errors.ts';

/** States as the ODM API names them; its clients refuse any other word. */
const statuses: Readonly<Record<JobState, string>> = {
  queued: 'STARTING',
  running: 'RUNNING',
  stopping: 'STOPPING',
  stopped: 'STOPPED',
  completed: 'COMPLETED',
  failed: 'FAILED',
};

export function jobStatus(job: Pick<Job, 'state'>): string {
  return statuses[job.state];
}

export function jobInfo(job: Job): Record<string, unknown> {
  return {
    jobExecId: job.id,
    startedBy: job.startedByEmail,
    jobName: jobNames[job.kind] ?? job.kind.toUpperCase().replaceAll('-', '_'),
    status: jobStatus(job),
    createTime: isoSeconds(job.createdAt),
    endTime: job.endedAt === null ? null : isoSeconds(job.endedAt),
  };
}

const jobNames: Readonly<Record<string, string>> = {
  'import-study': 'IMPORT_STUDY_TSV',
  'import-sample': 'IMPORT_SAMPLES_TSV',
  'import-library': 'IMPORT_LIBRARIES_TSV',
  'import-preparation': 'IMPORT_PREPARATIONS_TSV',
  'import-expression': 'IMPORT_EXPRESSION',
  'import-variant': 'IMPORT_VARIANT_VCF',
};

/** A job's result, or why it failed: each failure with the findings in the file that explain it. */
export function jobOutput(job: Job): Record<string, unknown> {
  return {
    status: jobStatus(job),
    result: job.result,
    errors: jobErrors(job),
    // beyond the contract: what was found in a file that was imported all the same
    warnings: job.findings.filter((finding) => finding.severity === 'warning').map(describeFinding),
  };
}

function jobErrors(job: Job): { stage: string; stack: { type: string; message: string }[] }[] {
  const found = job.findings.filter((finding) => finding.severity === 'error');
  const details = found.map((finding) => ({ type: finding.code, message: describeFinding(finding) }));
  return job.errors.map(({ stage, code, message }, index) => ({
    stage,
    stack: [{ type: code, message }, ...(index === 0 ? details : [])],
  }));
}

/** Clients take ISO 8601 only, and some no fractions of a second. */
export function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
