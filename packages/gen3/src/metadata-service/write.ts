import {
  addDocumentIndexPath,
  deleteAliases,
  deleteDocument,
  deleteDocumentIndexPath,
  type MetadataDocument,
  writeAliases,
  writeDocument,
  writeDocuments,
} from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { isObject, jsonBody, objectBody, queryFlag, wildcard } from '../user/body.ts';
import { requireCaller } from '../user/caller.ts';
import { sendJson, splitAliases } from './read.ts';

const mostDocuments = 10_000;

/** Writes are for administrators. */
export function registerDocumentWrites(app: FastifyInstance, deps: Gen3Deps, prefix: string): void {
  const { database } = deps;
  app.post(`${prefix}/metadata`, async (request, reply) => {
    const principal = await requireCaller(request, deps);
    const documents = documentsOf(jsonBody(request));
    const overwrite = queryFlag(request, 'overwrite', true);
    const answer = await database.transaction((tx) => writeDocuments(tx, principal, documents, { overwrite }));
    return reply.code(201).send(answer);
  });

  app.post(`${prefix}/metadata/*`, async (request, reply) => {
    const principal = await requireCaller(request, deps);
    const [guid, alias] = splitAliases(wildcard(request));
    reply.code(201);
    if (alias !== undefined) return changeAliases(request, deps, guid, 'add');
    const mode = queryFlag(request, 'overwrite') ? 'create-or-replace' : 'create';
    return sendJson(reply, (await writeDocument(database, principal, { guid, data: bodyOf(request) }, mode)).data);
  });

  app.put(`${prefix}/metadata/*`, async (request, reply) => {
    const principal = await requireCaller(request, deps);
    const [guid, alias] = splitAliases(wildcard(request));
    if (alias !== undefined)
      return changeAliases(request, deps, guid, queryFlag(request, 'merge') ? 'merge' : 'replace');
    const mode = queryFlag(request, 'merge') ? 'merge' : 'replace';
    return sendJson(reply, (await writeDocument(database, principal, { guid, data: bodyOf(request) }, mode)).data);
  });

  app.delete(`${prefix}/metadata/*`, async (request, reply) => {
    const principal = await requireCaller(request, deps);
    const [guid, alias] = splitAliases(wildcard(request));
    if (alias === undefined) return sendJson(reply, (await deleteDocument(database, principal, guid)).data);
    await deleteAliases(database, principal, guid, alias === '' ? undefined : alias);
    return reply.code(204).send();
  });

  app.post(`${prefix}/metadata_index/*`, async (request, reply) => {
    const principal = await requireCaller(request, deps);
    const path = wildcard(request);
    await addDocumentIndexPath(database, principal, path);
    return sendJson(reply.code(201), path);
  });
  app.delete(`${prefix}/metadata_index/*`, async (request, reply) => {
    const principal = await requireCaller(request, deps);
    await deleteDocumentIndexPath(database, principal, wildcard(request));
    return reply.code(204).send();
  });
}

async function changeAliases(
  request: FastifyRequest,
  deps: Gen3Deps,
  guid: string,
  mode: 'add' | 'replace' | 'merge',
): Promise<object> {
  const principal = await requireCaller(request, deps);
  const { aliases } = objectBody(request);
  if (!Array.isArray(aliases) || !aliases.every((alias) => typeof alias === 'string')) {
    throw new CatalogueError('invalid', 'aliases-invalid', '`aliases` is a list of texts');
  }
  const all = await deps.database.transaction((tx) => writeAliases(tx, principal, guid, aliases, mode));
  return { guid, aliases: all };
}

function bodyOf(request: FastifyRequest): unknown {
  const data = jsonBody(request);
  if (data !== undefined) return data;
  throw new CatalogueError('invalid', 'json-missing', 'The body is the document, as JSON');
}

function documentsOf(value: unknown): MetadataDocument[] {
  if (!Array.isArray(value) || value.length > mostDocuments) {
    throw new CatalogueError(
      'invalid',
      'documents-invalid',
      `The body is a list of at most ${mostDocuments} documents`,
    );
  }
  return value.map((item: unknown) => {
    if (isObject(item) && typeof item.guid === 'string' && Object.hasOwn(item, 'data')) {
      return { guid: item.guid, data: item.data };
    }
    throw new CatalogueError('invalid', 'documents-invalid', 'A document has a guid and data');
  });
}
