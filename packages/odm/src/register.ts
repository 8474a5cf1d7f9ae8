import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import type { OdmDeps } from './deps.ts';
import { errorHandler } from './errors.ts';
import { registerOperations } from './operation.ts';
import { allOperations } from './operations.ts';

/**
 * Adds the ODM API to an application (or to a scope of one, so that its parsers and error bodies stay its own). Legacy
 * paths reach it when the application rewrites URLs with `rewriteLegacyUrl`.
 */
export async function registerOdm(app: FastifyInstance, deps: OdmDeps): Promise<void> {
  app.setErrorHandler(errorHandler(deps));
  acceptEmptyJson(app);
  await app.register(multipart);
  registerOperations(app, deps, allOperations());
  // families of routes of their own folders, one line each:
}

/** Clients send `Content-Type: application/json` with no body at all. */
function acceptEmptyJson(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>(/^application\/(?:[\w.+-]+\+)?json/, { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') return done(null, undefined);
    return parse(request, body, done);
  });
}
