import type { FastifyInstance } from 'fastify';
import type { PortalDeps } from './deps.ts';
import { answerErrors } from './errors.ts';
import { registerCredentials } from './routes/credentials.ts';
import { registerDictionary } from './routes/dictionary.ts';
import { registerJobs } from './routes/jobs.ts';
import { registerProjects } from './routes/projects.ts';
import { registerSearch } from './routes/search.ts';
import { registerSessions } from './routes/sessions.ts';
import { registerStudies } from './routes/studies.ts';
import { refuseForeignWrites } from './same-origin.ts';

/** Adds what only our own web interface needs, below `/portal/api`. The answers are private: nothing is cached. */
export async function registerPortal(app: FastifyInstance, deps: PortalDeps): Promise<void> {
  await app.register(
    async (scope) => {
      answerErrors(scope, deps);
      refuseForeignWrites(scope, deps);
      scope.addHook('onSend', async (_request, reply) => {
        reply.header('Cache-Control', 'no-store');
      });
      registerSessions(scope, deps);
      registerCredentials(scope, deps);
      registerStudies(scope, deps);
      registerSearch(scope, deps);
      registerJobs(scope, deps);
      registerProjects(scope, deps);
      registerDictionary(scope, deps);
    },
    { prefix: '/portal/api' },
  );
}
