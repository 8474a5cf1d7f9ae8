import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Takes every body as text, whatever its type says: half of the clients send JSON under another name or none. */
export function acceptText(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

/** The body as JSON; undefined for none. Throws `invalid`. */
export function jsonBody(request: FastifyRequest): unknown {
  const text = typeof request.body === 'string' ? request.body.trim() : '';
  if (text === '') return undefined;
  const value = parseJson(text);
  // `gen3 auth curl --data` sends the document as a JSON string
  return typeof value === 'string' ? parseJson(value) : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CatalogueError('invalid', 'json-invalid', 'The body is not JSON', { cause: error });
  }
}

/** The body as a JSON object; an empty one for none. Throws `invalid` for anything else. */
export function objectBody(request: FastifyRequest): Record<string, unknown> {
  const value = jsonBody(request) ?? {};
  if (isObject(value)) return value;
  throw new CatalogueError('invalid', 'json-not-object', 'The body must be a JSON object');
}

/** The fields of a form or of a JSON object; none when the body is neither. */
export function fieldsOf(request: FastifyRequest): Record<string, unknown> {
  const text = typeof request.body === 'string' ? request.body : '';
  if (/^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '')) {
    const form = new URLSearchParams(text);
    return Object.fromEntries([...new Set(form.keys())].map((name) => [name, single(form.getAll(name))]));
  }
  try {
    return objectBody(request);
  } catch {
    return {};
  }
}

function single(values: string[]): unknown {
  return values.length === 1 ? values[0] : values;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every value of a query parameter, in order. */
export function queryValues(request: FastifyRequest, name: string): string[] {
  const { query } = request;
  if (!isObject(query) || !Object.hasOwn(query, name)) return [];
  const value = query[name];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** The last value of a query parameter; undefined when absent or empty. */
export function queryText(request: FastifyRequest, name: string): string | undefined {
  return queryValues(request, name).at(-1) || undefined;
}

/** A whole number of the query, held within bounds. Throws `invalid`. */
export function queryNumber(
  request: FastifyRequest,
  name: string,
  range: { least: number; most: number },
): number | undefined {
  const text = queryText(request, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text) || number < range.least) {
    throw new CatalogueError('invalid', 'query-number', `${name} must be a whole number from ${range.least}`);
  }
  return Math.min(number, range.most);
}

/** True for `true`, `True` (as Python writes it), `1` and `yes`. */
export function queryFlag(request: FastifyRequest, name: string, fallback = false): boolean {
  const text = queryText(request, name);
  return text === undefined ? fallback : /^(true|1|yes)$/i.test(text);
}

/** What a wildcard of a route stands for; decoded, without a slash at its end. */
export function wildcard(request: FastifyRequest): string {
  const value = isObject(request.params) ? request.params['*'] : undefined;
  return typeof value === 'string' ? value.replace(/\/+$/, '') : '';
}

export function pathParameter(request: FastifyRequest, name: string): string {
  const value = isObject(request.params) ? request.params[name] : undefined;
  return typeof value === 'string' ? value : '';
}
