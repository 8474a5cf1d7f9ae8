import {
  createIndexRecord,
  deleteIndexRecord,
  getIndexRecord,
  type IndexRecord,
  indexVersions,
  latestIndexRecord,
  listIndexRecords,
  updateIndexRecord,
} from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { objectBody, queryFlag, queryNumber, queryText, wildcard } from '../user/body.ts';
import { requireCaller } from '../user/caller.ts';
import { baseUrlOf } from '../user/origins.ts';
import { filterOf } from './filter.ts';
import { documentOf, fieldsOfDocument } from './wire.ts';

const longestPage = 1024;

/** Documents of the index below `base`. Reading needs nobody's leave, as in every Gen3 commons; writing does. */
export function registerDocuments(app: FastifyInstance, deps: Gen3Deps, base: string): void {
  app.get(base, async (request) => listPage(request, deps));
  app.post(base, async (request) => {
    const body = objectBody(request);
    const principal = await requireCaller(request, deps);
    const { did, baseid } = body;
    const fields = { ...fieldsOfDocument(body, ['did', 'baseid']), ...idOf('did', did), ...idOf('baseid', baseid) };
    return brief(await deps.database.transaction((tx) => createIndexRecord(tx, principal, fields)));
  });

  app.get(`${base}/*`, async (request) => {
    const [did, view] = splitView(wildcard(request));
    const url = baseUrlOf(request, deps);
    if (view === 'latest') {
      const hasVersion = queryFlag(request, 'has_version');
      return documentOf(await latestIndexRecord(deps.database, did, { hasVersion }), url);
    }
    if (view === undefined) return documentOf(await getIndexRecord(deps.database, did), url);
    const versions = await indexVersions(deps.database, did);
    return Object.fromEntries(versions.map((record, place) => [String(place), documentOf(record, url)]));
  });

  app.post(`${base}/*`, async (request, reply) => createFrom(request, reply, deps));

  app.put(`${base}/*`, async (request) => {
    const path = wildcard(request);
    const isBlank = path.startsWith('blank/');
    const did = isBlank ? path.slice('blank/'.length) : path;
    const principal = await requireCaller(request, deps);
    const fields = fieldsOfDocument(objectBody(request));
    return brief(
      await deps.database.transaction(async (tx) => {
        if (isBlank) requireBlank(await getIndexRecord(tx, did));
        return updateIndexRecord(tx, principal, did, fields, revisionOf(request));
      }),
    );
  });

  app.delete(`${base}/*`, async (request) => {
    const principal = await requireCaller(request, deps);
    const did = wildcard(request);
    return brief(await deps.database.transaction((tx) => deleteIndexRecord(tx, principal, did, revisionOf(request))));
  });
}

async function listPage(request: FastifyRequest, deps: Gen3Deps): Promise<object> {
  const limit = queryNumber(request, 'limit', { least: 0, most: longestPage }) ?? 100;
  const start = queryText(request, 'start');
  const page = queryNumber(request, 'page', { least: 0, most: 1_000_000 });
  const filter = filterOf(request);
  const records = await listIndexRecords(deps.database, filter, {
    limit,
    ...(start === undefined ? {} : { start }),
    ...(page === undefined ? {} : { page }),
  });
  const url = baseUrlOf(request, deps);
  return {
    records: records.map((record) => documentOf(record, url)),
    limit,
    start: start ?? null,
    page: page ?? null,
    ids: filter.dids ?? null,
    size: filter.size ?? null,
    file_name: filter.fileName ?? null,
    version: filter.version ?? null,
    uploader: filter.uploader ?? null,
    hashes: filter.hashes ?? null,
    urls: filter.urls ?? [],
    acl: filter.acl ?? [],
    authz: filter.authz ?? [],
    metadata: filter.metadata ?? {},
    urls_metadata: {},
  };
}

/** A blank record, a blank version, or a new version of a record. */
async function createFrom(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<object> {
  const principal = await requireCaller(request, deps);
  const path = wildcard(request);
  const body = objectBody(request);
  const isBlank = path === 'blank' || path.startsWith('blank/');
  const earlier = isBlank ? path.slice('blank/'.length) : path;
  const fields = fieldsOfDocument(body, ['did', 'baseid']);
  const made = await deps.database.transaction(async (tx) => {
    const baseid = earlier === '' ? undefined : (await getIndexRecord(tx, earlier)).baseid;
    return createIndexRecord(tx, principal, {
      ...(isBlank ? { uploader: principal.email } : {}),
      ...fields,
      ...idOf('did', body.did),
      ...(baseid === undefined ? {} : { baseid }),
    });
  });
  reply.code(isBlank ? 201 : 200);
  return brief(made);
}

function requireBlank(record: IndexRecord): void {
  if (record.size === null && Object.keys(record.hashes).length === 0) return;
  throw new CatalogueError('invalid', 'index-not-blank', 'update api is not supported on non-empty record!');
}

function brief({ did, baseid, rev }: IndexRecord): object {
  return { did, baseid, rev };
}

function revisionOf(request: FastifyRequest): { rev?: string } {
  const rev = queryText(request, 'rev');
  return rev === undefined ? {} : { rev };
}

function idOf(name: 'did' | 'baseid', value: unknown): { did?: string; baseid?: string } {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string' && value !== '' && value.length <= 512) return { [name]: value };
  throw new CatalogueError('invalid', 'index-document', `${name} is a text`);
}

/** A did may have slashes in it, so the last word decides. */
function splitView(path: string): [did: string, view: 'latest' | 'versions' | undefined] {
  const parts = /^(.+)\/(latest|versions)$/s.exec(path);
  if (parts?.[1] === undefined) return [path, undefined];
  return [parts[1], parts[2] === 'latest' ? 'latest' : 'versions'];
}
