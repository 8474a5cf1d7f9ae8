import { documentAliases, documentIndexPaths, getDocument, listDocuments } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { isObject, queryFlag, queryNumber, queryValues, wildcard } from '../user/body.ts';
import { requireCaller } from '../user/caller.ts';

const longestPage = 2000;
/** Names of the query that are no paths into documents. */
const ownNames = new Set(['data', 'limit', 'offset', 'overwrite', 'merge']);

export function registerDocumentReads(app: FastifyInstance, deps: Gen3Deps, prefix: string): void {
  app.get(`${prefix}/metadata`, async (request) => {
    const limit = queryNumber(request, 'limit', { least: 0, most: longestPage }) ?? 10;
    const offset = queryNumber(request, 'offset', { least: 0, most: Number.MAX_SAFE_INTEGER }) ?? 0;
    const documents = await listDocuments(deps.database, filterOf(request), { limit, offset });
    if (!queryFlag(request, 'data')) return documents.map((document) => document.guid);
    return Object.fromEntries(documents.map(({ guid, data }) => [guid, data]));
  });
  app.get(`${prefix}/metadata/*`, async (request, reply) => {
    const [guid, alias] = splitAliases(wildcard(request));
    if (alias !== undefined) return { guid, aliases: await documentAliases(deps.database, guid) };
    return sendJson(reply, (await getDocument(deps.database, guid)).data);
  });
  app.get(`${prefix}/metadata_index`, async (request) => {
    await requireCaller(request, deps);
    return documentIndexPaths(deps.database);
  });
  app.get(`${prefix}/version`, async (_request, reply) => reply.type('application/json').send('"2.0.0"'));
  if (prefix === '') return;
  app.get(`${prefix}/_status`, async () => ({ status: 'OK', timestamp: new Date().toISOString() }));
  app.get(`${prefix}/aggregate/info`, async () => {
    throw new CatalogueError('not-found', 'no-aggregate', 'This catalogue does not aggregate others');
  });
}

function filterOf(request: FastifyRequest): Map<string, string[]> {
  const names = isObject(request.query) ? Object.keys(request.query).filter((name) => !ownNames.has(name)) : [];
  return new Map(names.map((name) => [name, queryValues(request, name)]));
}

/** `guid/aliases` or `guid/aliases/alias`; the second part is '' for all and undefined for the document itself. */
export function splitAliases(path: string): [guid: string, alias: string | undefined] {
  const parts = /^(.+?)\/aliases(?:\/(.+))?$/s.exec(path);
  return parts?.[1] === undefined ? [path, undefined] : [parts[1], parts[2] ?? ''];
}

/** A document may be any JSON value, a text too. */
export function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(value));
}
