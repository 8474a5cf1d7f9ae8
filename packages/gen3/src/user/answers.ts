import { CatalogueError, type ErrorKind } from '@linnaea/model';
import type { FastifyInstance } from 'fastify';
import type { Gen3Deps } from '../deps.ts';

const statuses: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  unsupported: 415,
  limited: 429,
  unavailable: 503,
};

/** Gives a scope the error bodies of one service. What was not expected is logged, and told without its reason. */
export function answerErrors(
  scope: FastifyInstance,
  { logger }: Pick<Gen3Deps, 'logger'>,
  body: (message: string, status: number) => object,
): void {
  scope.setErrorHandler(async (error, request, reply) => {
    const { status, message } = told(error);
    // the route, not the address: signed links carry their permission in query or path
    const route = request.routeOptions.url;
    if (status >= 500) logger.error({ err: error, method: request.method, route }, 'request failed');
    return reply.code(status).send(body(message, status));
  });
}

function told(error: unknown): { status: number; message: string } {
  if (error instanceof CatalogueError) return { status: statuses[error.kind], message: error.message };
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  // below 500 it is the framework's own word about the request
  if (error instanceof Error && status >= 400 && status < 500) return { status, message: error.message };
  return { status: 500, message: 'The server failed to answer; its log tells why' };
}
