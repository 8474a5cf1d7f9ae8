import { CatalogueError, type ErrorKind } from '@linnaea/model';
import type { FastifyError, FastifyInstance } from 'fastify';
import type { PortalDeps } from './deps.ts';

const statuses: Record<ErrorKind, number> = {
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

/** Every error becomes `{"error":{"code","message","details"?}}`; one of ours that was not foreseen says nothing more. */
export function answerErrors(app: FastifyInstance, { logger }: Pick<PortalDeps, 'logger'>): void {
  app.setErrorHandler((error: FastifyError | CatalogueError, request, reply) => {
    if (error instanceof CatalogueError) {
      const seconds = error.details.retryAfterSeconds;
      if (typeof seconds === 'number') reply.header('Retry-After', String(seconds));
      return reply.code(statuses[error.kind]).send(body(error.code, error.message, error.details));
    }
    const status = error.statusCode ?? 500;
    if (status < 500) {
      const code = error.validation ? 'request-invalid' : (error.code ?? 'request-invalid').toLowerCase();
      return reply.code(status).send(body(code, error.message));
    }
    logger.error({ error, requestId: request.id, route: request.routeOptions.url }, 'A portal request failed');
    return reply.code(500).send(body('internal', `Something went wrong here (request ${request.id}).`));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(body('not-found', 'There is nothing at this address.')),
  );
}

function body(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
  return { error: { code, message, ...(Object.keys(details).length > 0 ? { details } : {}) } };
}
