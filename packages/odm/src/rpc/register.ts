import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OdmDeps } from '../deps.ts';
import { describeError } from '../errors.ts';
import { recordOf } from '../operation.ts';
import { credentialOf, refuseForeignPages } from '../principal.ts';
import type { Method } from './method.ts';
import { methods } from './methods.ts';

const root = '/frontend/endpoint/application/invoke';

/**
 * Adds the calls of the command-line programs. A call that fails is answered with status 200 and an `error`, as they
 * expect; only a caller who is not signed in gets a 401.
 */
export async function registerRpc(app: FastifyInstance, deps: OdmDeps): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // the programs send JSON without saying so
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.setErrorHandler(async (error, request, reply) => fail(error, request, reply, deps));
    scope.post(`${root}/*`, async (request, reply) => {
      const method = methodOf(request);
      refuseForeignPages(request, deps);
      const credential = credentialOf(request);
      const principal = credential && (await deps.authenticator.authenticate(credential));
      if (principal === undefined && !method.anonymous) {
        throw new CatalogueError('unauthenticated', 'credential-missing', 'User is not authenticated.');
      }
      const result = await method.run({ deps, principal, args: argumentsOf(request), request, reply });
      return { result: result ?? null, log: [] };
    });
  });
}

function methodOf(request: FastifyRequest): Method {
  const path = String(recordOf(request.params)['*'] ?? '');
  const method = methods.get(path);
  if (method !== undefined) return method;
  throw new CatalogueError('not-found', 'method-unknown', `There is no method ${path.slice(0, 200)}`);
}

function argumentsOf(request: FastifyRequest): unknown[] {
  const text = typeof request.body === 'string' && request.body.trim() !== '' ? request.body : '[]';
  let args: unknown;
  try {
    args = JSON.parse(text);
  } catch (error) {
    throw new CatalogueError('invalid', 'arguments-invalid', 'The body is not JSON', { cause: error });
  }
  if (Array.isArray(args)) return args;
  throw new CatalogueError('invalid', 'arguments-invalid', 'The body is a JSON array of arguments');
}

/** Programs look for the message in `errorStackTrace`, in the words of the exception that they know. */
async function fail(error: unknown, request: FastifyRequest, reply: FastifyReply, deps: OdmDeps): Promise<object> {
  const { status, message } = describeError(error);
  if (status >= 500)
    deps.logger.error({ err: error, method: request.method, route: request.routeOptions.url }, 'Request failed');
  reply.code(status === 401 ? 401 : 200).type('application/json');
  return { error: message, errorStackTrace: `GenestackRestApiException: ${message}\n`, log: [] };
}
