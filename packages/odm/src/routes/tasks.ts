import { getRecord, publishScope } from '@linnaea/catalog';
import { loadPrincipal, requireAccess } from '@linnaea/identity';
import type { Job, JobHandler, JobState } from '@linnaea/jobs';
import { CatalogueError } from '@linnaea/model';
import type { OdmDeps } from '../deps.ts';
import type { Call, Operation } from '../operation.ts';
import { ref } from '../schemas.ts';

const publishKind = 'publish-versions';
const defaultMessage = 'Auto-published by API call';

/** Publishing every draft of a study, as a task. */
export function taskOperations(): Operation[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/as-curator/integration/studies/{id}/tasks/publish-versions',
      tag: 'Versioning',
      curator: true,
      summary: 'Publish every draft of a study',
      query: { versionMessage: { type: 'text' } },
      answer: ref('TaskInfo'),
      otherStatuses: { 403: 'Not enough access', 404: 'There is no such study' },
      handle: startPublishing,
    },
    {
      method: 'GET',
      path: '/api/v1/tasks/{id}',
      tag: 'Tasks',
      summary: 'State of a task',
      answer: ref('TaskInfo'),
      otherStatuses: { 404: 'There is no such task' },
      handle: getTask,
    },
  ];
}

async function startPublishing(call: Call): Promise<unknown> {
  const { deps, principal } = call;
  const study = await getRecord(deps.database, principal, call.params.id!, ['study'], { view: 'draft' });
  await requireAccess(deps.database, principal, 'edit', study.scopeId);
  const job = await deps.queue.enqueue(deps.database, {
    kind: publishKind,
    startedBy: principal.userId,
    startedByEmail: principal.email,
    input: { study: study.accession, message: call.query.text('versionMessage') ?? defaultMessage },
  });
  return taskInfo(job);
}

async function getTask(call: Call): Promise<unknown> {
  const id = call.params.id!;
  const job = /^\d{1,15}$/.test(id) ? await call.deps.queue.get(Number(id)) : undefined;
  const isSeen = job?.kind === publishKind && (job.startedBy === call.principal.userId || call.principal.curator);
  if (!job || !isSeen) throw new CatalogueError('not-found', 'task-not-found', 'No object exists with the given ID.');
  return taskInfo(job);
}

const statuses: Readonly<Record<JobState, string>> = {
  queued: 'QUEUED',
  running: 'RUNNING',
  stopping: 'RUNNING',
  stopped: 'KILLED',
  completed: 'DONE',
  failed: 'FAILED',
};

function taskInfo(job: Job): unknown {
  return {
    id: String(job.id),
    name: 'Publish versions',
    status: statuses[job.state],
    application: 'genestack/versioning',
    startedAt: (job.startedAt ?? job.createdAt).getTime(),
    ...(job.endedAt === null ? {} : { endedAt: job.endedAt.getTime() }),
    createdBy: job.startedByEmail,
  };
}

/** The work behind the tasks of this facade, for the queue. */
export function odmJobHandlers(deps: Pick<OdmDeps, 'database'>): Record<string, JobHandler> {
  return {
    [publishKind]: async ({ job }, complete) => {
      const principal = await loadPrincipal(deps.database, job.startedBy);
      if (principal === undefined)
        throw new CatalogueError('forbidden', 'user-inactive', 'The user who started the task is not active any more.');
      const study = await getRecord(deps.database, principal, String(job.input.study), ['study'], { view: 'draft' });
      await deps.database.transaction(async (tx) => {
        const published = await publishScope(tx, principal, study.scopeId, {
          origin: 'odm',
          message: String(job.input.message),
        });
        await complete(tx, { published });
      });
    },
  };
}
