import type { FastifyInstance } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { AsyncRunner } from './async-runner.ts';
import { answerError, notFoundMessage, sendJson } from './http.ts';
import { statusRoutes, submissionFileRoutes, submissionPrefixes, submissionRoutes } from './routes.ts';

/** Mounts the submission API under each of its prefixes, and the status pages at the root. */
export async function registerSubmission(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  const runner = new AsyncRunner(deps);
  app.addHook('onReady', () => runner.resume());
  app.addHook('onClose', () => runner.close());
  await app.register(statusRoutes(deps));
  for (const prefix of submissionPrefixes) {
    await app.register(submissionRoutes(deps, runner), { prefix });
    await app.register(submissionFileRoutes(deps), { prefix });
  }
  // unknown addresses of the family answer JSON, whatever the rest of the server does with its own
  for (const prefix of ['/v0', '/submission', '/api/v0']) {
    await app.register(
      async (scope) => {
        scope.setErrorHandler((error, _request, reply) => answerError(error, reply, deps));
        scope.setNotFoundHandler((_request, reply) => sendJson(reply, 404, { message: notFoundMessage }));
      },
      { prefix },
    );
  }
}
