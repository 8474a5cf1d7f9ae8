import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import type { OdmDeps } from './deps.ts';
import { registerDocsPage } from './docs-page.ts';
import { errorHandler } from './errors.ts';
import { type DescribedRoute, openApiDocument } from './openapi.ts';
import { type Operation, registerOperations } from './operation.ts';
import { allOperations } from './operations.ts';
import { registerRpc } from './rpc/register.ts';

/**
 * Adds the ODM API to an application (or to a scope of one, so that its parsers and error bodies stay its own). Legacy
 * paths reach it when the application rewrites URLs with `rewriteLegacyUrl`. Answers the routes that were added.
 */
export async function registerOdm(app: FastifyInstance, deps: OdmDeps): Promise<readonly DescribedRoute[]> {
  const routes = collectRoutes(app);
  app.setErrorHandler(errorHandler(deps));
  acceptEmptyBodies(app);
  await app.register(multipart);
  registerOperations(app, deps, allOperations());
  registerDocsPage(app, () => openApiDocument(routes, deps.publicUrl));
  // families of routes of their own folders, one line each:
  await registerRpc(app, deps);
  return routes;
}

/** Every route that is added from here on, also by the other families. */
function collectRoutes(app: FastifyInstance): DescribedRoute[] {
  const routes: DescribedRoute[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    const operation = operationOf(config);
    for (const each of Array.isArray(method) ? method : [method]) {
      routes.push({ method: String(each), url, ...(operation === undefined ? {} : { operation }) });
    }
  });
  return routes;
}

function operationOf(config: unknown): Operation | undefined {
  return typeof config === 'object' && config !== null && 'operation' in config
    ? (config.operation as Operation)
    : undefined;
}

/**
 * Clients send `Content-Type: application/json` with no body at all, `curl -d ""` says that nothing is a form, and some
 * programs send JSON without saying so.
 */
function acceptEmptyBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  const parseJson: typeof parse = (request, body, done) =>
    body.toString().trim() === '' ? done(null, undefined) : parse(request, body, done);
  app.addContentTypeParser<string>(/^application\/(?:[\w.+-]+\+)?json/, { parseAs: 'string' }, parseJson);
  app.addContentTypeParser<string>('*', { parseAs: 'string' }, (request, body, done) => {
    const type = request.headers['content-type'];
    if (type === undefined || body === '') return parseJson(request, body, done);
    const message = `The body must be JSON, not ${type.slice(0, 100)}.`;
    return done(Object.assign(new Error(message), { statusCode: 415 }));
  });
}
