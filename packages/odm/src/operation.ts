import type { View } from '@linnaea/catalog';
import { type AuthenticatedPrincipal, requireCurator } from '@linnaea/identity';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Role } from './data-types.ts';
import type { OdmDeps } from './deps.ts';
import { type ParameterRules, type QueryValues, readQuery } from './parameters.ts';
import { principalOf } from './principal.ts';

/** What a handler is given. */
export interface Call {
  deps: OdmDeps;
  principal: AuthenticatedPrincipal;
  /** Curators read drafts by their paths; everybody the published state by the others. */
  view: View;
  params: Readonly<Record<string, string>>;
  query: QueryValues;
  body: unknown;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** One operation of the API: route, documentation and handler in one. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With parameters in braces, e.g. `/api/v1/as-user/studies/{id}`. */
  path: string;
  tag: string;
  summary: string;
  /** Set where only curators may come, whatever they may see. */
  curator?: boolean;
  query?: ParameterRules;
  /** JSON Schema of the body; absent = none is read. */
  body?: Readonly<Record<string, unknown>>;
  /** The body is a form with files, read by the handler. */
  multipart?: Readonly<Record<string, unknown>>;
  /** Status of success; a handler that answers undefined answers 204. */
  status?: number;
  /** JSON Schema of the answer. */
  answer?: Readonly<Record<string, unknown>>;
  /** What else it may answer than 200-or-`status`, 400, 401 and 500. */
  otherStatuses?: Readonly<Record<number, string>>;
  contentType?: string;
  handle(call: Call): Promise<unknown>;
}

/** Adds operations to an application: authentication before the body is read, then the query, then the handler. */
export function registerOperations(app: FastifyInstance, deps: OdmDeps, operations: readonly Operation[]): void {
  for (const operation of operations) {
    app.route({
      method: operation.method satisfies HTTPMethods,
      url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
      config: { operation },
      onRequest: async (request) => {
        const principal = await principalOf(deps, request);
        if (operation.curator) requireCurator(principal);
      },
      handler: async (request, reply) => answer(operation, deps, request, reply),
    });
  }
}

async function answer(
  operation: Operation,
  deps: OdmDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const call: Call = {
    deps,
    principal: await principalOf(deps, request),
    view: operation.path.startsWith('/api/v1/as-user/') ? 'published' : 'draft',
    params: textsOf(request.params),
    query: readQuery(operation.query ?? {}, recordOf(request.query)),
    body: request.body,
    request,
    reply,
  };
  if (operation.status !== undefined) reply.code(operation.status);
  const result = await operation.handle(call);
  if (reply.sent) return reply;
  if (result === undefined) return reply.code(reply.statusCode === 200 ? 204 : reply.statusCode).send();
  reply.type(operation.contentType ?? 'application/json');
  return reply.send(result);
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(recordOf(value)).map(([name, text]) => [name, String(text)]));
}

/** `as-curator` operations are closed to who is no curator. */
export function roleOf(role: Role): { curator?: boolean } {
  return role === 'as-curator' ? { curator: true } : {};
}
