import { once } from 'node:events';
import type { Job } from '@linnaea/jobs';
import { hasEnded } from '@linnaea/jobs';
import { CatalogueError } from '@linnaea/model';
import { jobInfo, jobOutput, jobStatus } from '../job-info.ts';
import type { Call, Operation } from '../operation.ts';
import { ref } from '../schemas.ts';

/**
 * State, result, restart, stop and progress of imports. Curators see that others' imports go on and what they made,
 * because a second import of a file is refused with the number of the first; what was found in the file, and the say
 * over the job, belong to who started it and to administrators.
 */
export function jobOperations(): Operation[] {
  const tag = 'Job operations';
  const path = '/api/v1/jobs/{jobExecId}';
  const otherStatuses = { 404: 'There is no such job' };
  return [
    {
      method: 'GET',
      path: `${path}/info`,
      tag,
      summary: 'State of a job',
      answer: ref('Info'),
      otherStatuses,
      handle: async (call) => jobInfo(await findJob(call)),
    },
    {
      method: 'GET',
      path: `${path}/output`,
      tag,
      summary: 'Result of a job',
      answer: ref('Output'),
      otherStatuses,
      handle: async (call) => showOutput(call, await findJob(call)),
    },
    {
      method: 'PUT',
      path: `${path}/restart`,
      tag,
      summary: 'Restart a stopped or failed job',
      answer: ref('Info'),
      otherStatuses,
      handle: async (call) => jobInfo(await call.deps.queue.restart((await findOwnJob(call)).id)),
    },
    {
      method: 'PUT',
      path: `${path}/stop`,
      tag,
      summary: 'Stop a job',
      answer: ref('Info'),
      otherStatuses,
      handle: async (call) => jobInfo(await call.deps.queue.stop((await findOwnJob(call)).id)),
    },
    {
      method: 'GET',
      path: `${path}/events`,
      tag,
      summary: 'Follow a job (server-sent events)',
      otherStatuses,
      contentType: 'text/event-stream',
      answer: { type: 'string' },
      handle: streamJob,
    },
  ];
}

async function findJob(call: Call): Promise<Job> {
  const text = call.params.jobExecId ?? '';
  if (!/^\d{1,15}$/.test(text)) throw new CatalogueError('invalid', 'job-id', 'The job id must be a whole number.');
  const job = await call.deps.queue.get(Number(text));
  const isSeen = job !== undefined && (isOwn(call, job) || (call.principal.curator && job.kind.startsWith('import-')));
  if (!isSeen) throw new CatalogueError('not-found', 'job-not-found', `There is no job ${text}.`);
  return job;
}

function isOwn({ principal }: Call, job: Job): boolean {
  return job.startedBy === principal.userId || principal.administrator;
}

async function findOwnJob(call: Call): Promise<Job> {
  const job = await findJob(call);
  if (isOwn(call, job)) return job;
  throw new CatalogueError('forbidden', 'job-of-another', 'Only who started the job may do this.');
}

function showOutput(call: Call, job: Job): unknown {
  if (isOwn(call, job)) return jobOutput(job);
  const errors = job.errors.map(({ code, stage }) => ({ code, stage, message: 'The import failed.' }));
  return jobOutput({ ...job, errors, findings: [] });
}

/** An event for each change, until the job has ended or the client has gone. */
async function streamJob(call: Call): Promise<unknown> {
  const job = await findJob(call);
  const { raw } = call.reply;
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  call.reply.hijack();
  raw.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache',
    'X-Accel-Buffering': 'no',
  });
  try {
    for await (const seen of call.deps.queue.watch(job.id, gone.signal)) {
      const event = { ...jobInfo(seen), status: jobStatus(seen), progress: seen.progress };
      if (!raw.write(`event: ${hasEnded(seen) ? 'end' : 'progress'}\ndata: ${JSON.stringify(event)}\n\n`)) {
        await once(raw, 'drain', { signal: gone.signal });
      }
    }
  } catch (error) {
    if (!gone.signal.aborted) call.deps.logger.error({ err: error }, 'Following a job failed');
  }
  raw.end();
  return undefined;
}
