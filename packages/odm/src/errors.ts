import { CatalogueError, type ErrorKind, type Finding } from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OdmDeps } from './deps.ts';

const statuses: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  unsupported: 406,
  limited: 429,
  unavailable: 503,
};

/** Status and message of an error as the ODM API answers it; what nobody expected tells nothing of itself. */
export function describeError(error: unknown): { status: number; message: string } {
  if (error instanceof CatalogueError) return { status: statuses[error.kind], message: messageOf(error) };
  const status = statusCodeOf(error);
  if (status !== undefined && error instanceof Error) return { status, message: error.message };
  return { status: 500, message: 'The server could not answer this request.' };
}

/** The error handler of every route of the facade. */
export function errorHandler(deps: Pick<OdmDeps, 'logger'>) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, message } = describeError(error);
    if (status >= 500)
      deps.logger.error({ err: error, method: request.method, route: request.routeOptions.url }, 'Request failed');
    return reply.code(status).type('application/json').send({ error: { message } });
  };
}

const mostFindings = 20;

function messageOf(error: CatalogueError): string {
  // `odm-import-data` reads the number out of exactly this sentence and goes on with that job's result
  if (error.code === 'job-exists') {
    return `A job instance already exists for the same file, see jobExecId=${error.details.jobId}`;
  }
  if (error.findings.length === 0) return error.message;
  const errors = error.findings.filter((finding) => finding.severity === 'error');
  const told = (errors.length > 0 ? errors : error.findings).slice(0, mostFindings).map(describeFinding);
  const others = error.findings.length - told.length;
  return [error.message, ...told, ...(others > 0 ? [`… and ${others} more`] : [])].join('\n');
}

/** A finding with its place, on one line. */
export function describeFinding(finding: Finding): string {
  const { file, line, column, attribute } = finding.location ?? {};
  const place = [
    file,
    line === undefined ? undefined : `line ${line}`,
    column === undefined ? undefined : `column ${column}`,
    attribute === undefined ? undefined : `"${attribute}"`,
  ].filter((part) => part !== undefined);
  return place.length === 0 ? finding.message : `${place.join(', ')}: ${finding.message}`;
}

/** Errors of the HTTP layer itself, such as a body that is no JSON, carry the status they want below 500. */
function statusCodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
