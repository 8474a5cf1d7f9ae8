import { hasEnded, type Job } from '@linnaea/jobs';
import { CatalogueError, type Principal } from '@linnaea/model';
import type { FastifyInstance } from 'fastify';
import type { PortalDeps } from '../deps.ts';
import { requireSession } from '../session.ts';

/** Jobs that one stream of events follows at most. */
const mostFollowed = 50;
/** A line now and then keeps proxies from closing a quiet stream. */
const heartbeatMs = 20_000;
const idParams = { type: 'object', properties: { id: { type: 'integer' } } } as const;

/** The caller's jobs, or everybody's for administrators; their progress as a stream of events. */
export function registerJobs(app: FastifyInstance, deps: PortalDeps): void {
  const { queue } = deps;

  app.get<{ Querystring: { before?: number; limit: number } }>(
    '/jobs',
    {
      schema: {
        querystring: {
          type: 'object',
          properties: {
            before: { type: 'integer', minimum: 1 },
            limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
          },
        },
      },
    },
    async (request) => {
      const principal = await requireSession(request, deps);
      const mine = principal.administrator ? {} : { startedBy: principal.userId };
      return { jobs: (await queue.list({ ...mine, ...request.query })).map(showJob) };
    },
  );

  app.post<{ Params: { id: number } }>('/jobs/:id/stop', { schema: { params: idParams } }, async (request) => {
    const job = await requireJob(deps, await requireSession(request, deps), request.params.id);
    return showJob(await queue.stop(job.id));
  });

  app.post<{ Params: { id: number } }>('/jobs/:id/restart', { schema: { params: idParams } }, async (request) => {
    const job = await requireJob(deps, await requireSession(request, deps), request.params.id);
    return showJob(await queue.restart(job.id));
  });

  registerEvents(app, deps);
}

/** One stream for many jobs, because a browser opens only six connections to a host. */
function registerEvents(app: FastifyInstance, deps: PortalDeps): void {
  app.get<{ Querystring: { ids: string } }>(
    '/jobs/events',
    {
      schema: {
        querystring: {
          type: 'object',
          required: ['ids'],
          properties: { ids: { type: 'string', pattern: '^[0-9]{1,15}(,[0-9]{1,15})*$' } },
        },
      },
    },
    async (request, reply) => {
      const principal = await requireSession(request, deps);
      const ids = [...new Set(request.query.ids.split(',').map(Number))].slice(0, mostFollowed);
      for (const id of ids) await requireJob(deps, principal, id);
      const closed = new AbortController();
      request.raw.on('close', () => closed.abort());
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      });
      raw.on('close', () => closed.abort());
      raw.on('error', () => closed.abort());
      const heartbeat = setInterval(() => raw.write(':\n\n'), heartbeatMs);
      const follow = async (id: number) => {
        for await (const job of deps.queue.watch(id, closed.signal)) {
          raw.write(`event: job\ndata: ${JSON.stringify(showJob(job))}\n\n`);
        }
      };
      try {
        await Promise.all(ids.map(follow));
        // told apart from a broken connection, after which a browser would ask again
        if (!closed.signal.aborted) raw.write('event: done\ndata: {}\n\n');
      } catch (error) {
        closed.abort();
        deps.logger.error({ error, requestId: request.id }, 'A stream of job events failed');
      } finally {
        clearInterval(heartbeat);
        raw.end();
      }
    },
  );
}

async function requireJob({ queue }: PortalDeps, principal: Principal, id: number): Promise<Job> {
  const job = await queue.get(id);
  if (job && (principal.administrator || job.startedBy === principal.userId)) return job;
  throw new CatalogueError('not-found', 'job-not-found', `There is no job ${id}`);
}

/** The input stays here: links in it may carry credentials. */
function showJob(job: Job) {
  const { id, kind, state, startedByEmail, result, errors, findings, progress, createdAt, startedAt, endedAt } = job;
  return {
    id,
    kind,
    state,
    startedByEmail,
    result,
    errors,
    progress,
    createdAt,
    startedAt,
    endedAt,
    findings: findings.slice(0, 100),
    findingCount: findings.length,
    ended: hasEnded(job),
  };
}
