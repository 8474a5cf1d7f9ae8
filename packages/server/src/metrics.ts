import { sql } from '@linnaea/database';
import { sameSecret } from '@linnaea/identity';
import type { FastifyInstance } from 'fastify';
import type { Services } from './services.ts';

/** `GET /metrics` in the text format of Prometheus, for its token (`LINNAEA_METRICS_TOKEN`) and for administrators. */
export function registerMetrics(app: FastifyInstance, services: Services): void {
  app.get('/metrics', async (request, reply) => {
    if (!(await maySee(request.headers.authorization ?? '', services)))
      return reply.code(401).header('WWW-Authenticate', 'Bearer').type('text/plain').send('Metrics need a token.\n');
    return reply.type('text/plain; version=0.0.4').send(await describe(services));
  });
}

async function maySee(authorization: string, { configuration, authenticator }: Services): Promise<boolean> {
  const shown = /^bearer\s+(.*)$/i.exec(authorization)?.[1] ?? '';
  const { metricsToken } = configuration;
  if (metricsToken !== undefined && sameSecret(shown, metricsToken)) return true;
  const principal = await authenticator.authenticate({ kind: 'authorization', value: authorization });
  return principal?.administrator ?? false;
}

async function describe({ database }: Services): Promise<string> {
  const jobs = await database.query<{ state: string; count: number }>(
    sql`select state, count(*)::int as count from job group by state`,
  );
  const lines = [
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage().rss}`,
    '# TYPE process_uptime_seconds gauge',
    `process_uptime_seconds ${process.uptime()}`,
    '# TYPE linnaea_jobs gauge',
    ...jobs.map((row) => `linnaea_jobs{state="${row.state}"} ${row.count}`),
  ];
  return `${lines.join('\n')}\n`;
}
