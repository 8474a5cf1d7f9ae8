import { CatalogueError, type ErrorKind } from '@linnaea/model';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Gen3Deps } from '../deps.ts';

/** A request that is answered with a status and `{"message": …}`, before or beside any transaction. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
  }
}

const statuses: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 400,
  gone: 404,
  'too-large': 413,
  unsupported: 400,
  limited: 429,
  unavailable: 503,
};

// Words of proxies in trouble: clients that find them anywhere in an answer halve their upload and send it again.
const troubleWords =
  /Request Timeout|413 Request Entity Too Large|Connection aborted\.|service failure - try again later/g;

/** JSON in which such words, quoted from somebody's data, are written so that only a JSON reader sees them. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    troubleWords,
    (words) => `\\u${words.charCodeAt(0).toString(16).padStart(4, '0')}${words.slice(1)}`,
  );
}

export function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).header('content-type', 'application/json').send(safeJson(body));
}

export function sendFile(reply: FastifyReply, name: string, type: string, body: unknown): FastifyReply {
  return reply.header('content-disposition', `attachment; filename=${name}`).header('content-type', type).send(body);
}

/** The path as the peers' messages show it: without `/api` and the query. */
export function shownPath(request: FastifyRequest): string {
  const path = request.url.split('?')[0] ?? '';
  return path.startsWith('/api/') ? path.slice('/api'.length) : path;
}

export function query(request: FastifyRequest, name: string): string | undefined {
  const all = request.query;
  if (typeof all !== 'object' || all === null || !Object.hasOwn(all, name)) return undefined;
  const value: unknown = Reflect.get(all, name);
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' ? last : undefined;
}

export function param(request: FastifyRequest, name: string): string {
  const all = request.params;
  const value: unknown = typeof all === 'object' && all !== null ? Reflect.get(all, name) : undefined;
  return typeof value === 'string' ? value : '';
}

export function body(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** `true` or `false` in any case; refused otherwise. Absent is false. */
export function flag(request: FastifyRequest, name: string): boolean {
  const text = query(request, name)?.toLowerCase();
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new Refusal(400, 'Boolean value not one of [true, false]');
}

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Registers routes with and without a slash at their end, and remembers them to tell 405 from 404. */
export class RouteTable {
  readonly #app: FastifyInstance;
  readonly #known = new Map<string, Set<string>>();

  constructor(app: FastifyInstance) {
    this.#app = app;
  }

  add(methods: readonly HTTPMethods[], path: string, handler: Handler): void {
    const known = this.#known.get(path) ?? new Set();
    this.#known.set(path, known);
    for (const method of methods) known.add(method);
    for (const url of bothForms(path))
      this.#app.route({ method: [...methods], url, handler, exposeHeadRoute: false, prefixTrailingSlash: 'slash' });
  }

  /** Other methods of known paths answer 405. Call it after every route of the prefix is there. */
  refuseOthers(all: readonly HTTPMethods[]): void {
    for (const [path, known] of this.#known) {
      const others = all.filter((method) => !known.has(method));
      for (const method of others) {
        const handler = async () => {
          throw new Refusal(405, '405 Method Not Allowed: The method is not allowed for the requested URL.');
        };
        for (const url of bothForms(path))
          this.#app.route({ method, url, handler, exposeHeadRoute: false, prefixTrailingSlash: 'slash' });
      }
    }
  }
}

/** With and without the slash at the end. */
function bothForms(path: string): string[] {
  if (path === '') return ['', '/'];
  return path.endsWith('*') ? [path] : [path, `${path}/`];
}

export const notFoundMessage =
  'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.';

/** Bodies come as bytes whatever their type, errors go as `{"message": …}` and never show what happened inside. */
export function prepare(app: FastifyInstance, deps: Gen3Deps): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: deps.maxUploadBytes }, (_request, bytes, done) =>
    done(null, bytes),
  );
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, deps));
}

export function answerError(error: unknown, reply: FastifyReply, deps: Pick<Gen3Deps, 'logger'>): FastifyReply {
  if (error instanceof Refusal) return sendJson(reply, error.status, { message: error.message });
  if (error instanceof CatalogueError) return sendJson(reply, statuses[error.kind], { message: error.message });
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return sendJson(reply, 413, { message: 'The request is larger than this server accepts' });
  if (typeof status === 'number' && status >= 400 && status < 500 && error instanceof Error)
    return sendJson(reply, status, { message: error.message });
  deps.logger.error({ err: error }, 'A Gen3 request failed');
  return sendJson(reply, 500, { message: 'internal server error' });
}
