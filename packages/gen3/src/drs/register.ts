import { getIndexRecord, type IndexRecord } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { answerErrors } from '../user/answers.ts';
import { acceptText, wildcard } from '../user/body.ts';
import { callerOf } from '../user/caller.ts';
import { downloadLink } from '../user/file-links.ts';
import { baseUrlOf } from '../user/origins.ts';
import { answerBothSlashForms } from '../user/slashes.ts';

const root = '/ga4gh/drs/v1';
/** Types of access of the standard, by the scheme of a URL. The standard has no name for plain http. */
const accessTypes: ReadonlyMap<string, string> = new Map([
  ['https', 'https'],
  ['http', 'https'],
  ['s3', 's3'],
  ['gs', 'gs'],
  ['ftp', 'ftp'],
  ['gsiftp', 'gsiftp'],
  ['globus', 'globus'],
  ['htsget', 'htsget'],
  ['file', 'file'],
]);
/** IANA names of digests, by those of the index. */
const digestNames: ReadonlyMap<string, string> = new Map([
  ['sha', 'sha-1'],
  ['sha1', 'sha-1'],
  ['sha256', 'sha-256'],
  ['sha512', 'sha-512'],
]);
/** The id of access to a file that is kept here. */
const ownAccess = 'https';

/** Adds the data repository service of GA4GH (DRS 1): every index record is an object, none is a bundle. */
export async function registerDrs(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  await app.register(async (scope) => {
    answerErrors(scope, deps, (message, status) => ({ msg: message, status_code: status }));
    acceptText(scope);
    answerBothSlashForms(scope);
    scope.get(`${root}/service-info`, async (request) => serviceInfo(request, deps));
    for (const method of ['GET', 'POST'] as const) {
      scope.route({ method, url: `${root}/objects/*`, handler: async (request) => answerObject(request, deps) });
    }
  });
}

function serviceInfo(request: FastifyRequest, deps: Gen3Deps): object {
  const base = baseUrlOf(request, deps);
  return {
    id: new URL(deps.publicUrl).hostname.split('.').reverse().join('.'),
    name: 'Linnaea',
    description: 'Files of a catalogue of life-science studies',
    type: { group: 'org.ga4gh', artifact: 'drs', version: '1.2.0' },
    organization: { name: 'Linnaea', url: base },
    version: deps.version ?? '0.1.0',
    drs: { maxBulkRequestLength: 1 },
  };
}

/** An object, or access to its bytes: ids may have slashes in them, so both are one route. */
async function answerObject(request: FastifyRequest, deps: Gen3Deps): Promise<object> {
  const path = wildcard(request);
  const parts = /^(.+)\/access\/([^/]+)$/s.exec(path);
  if (parts?.[1] === undefined || parts[2] === undefined) {
    return objectOf(await getIndexRecord(deps.database, path), new URL(baseUrlOf(request, deps)));
  }
  const record = await getIndexRecord(deps.database, parts[1]);
  const accessId = parts[2];
  const isOwn = record.objectId !== null && accessId === ownAccess;
  if (!isOwn && !record.urls.some((url) => schemeOf(url) === accessId)) {
    throw new CatalogueError('not-found', 'drs-access-unknown', 'The object has no such access');
  }
  const principal = await callerOf(request, deps);
  return { url: await downloadLink(request, deps, { record, principal, protocol: accessId }) };
}

function objectOf(record: IndexRecord, base: URL): object {
  return {
    id: record.did,
    name: record.fileName ?? record.did,
    self_uri: `drs://${base.host}/${encodeURIComponent(record.did)}`,
    size: record.size ?? 0,
    created_time: record.createdAt.toISOString(),
    updated_time: record.updatedAt.toISOString(),
    version: record.version ?? record.rev,
    mime_type: 'application/octet-stream',
    checksums: Object.entries(record.hashes).map(([type, checksum]) => ({
      type: digestNames.get(type) ?? type,
      checksum,
    })),
    access_methods: accessMethods(record),
    ...(record.description === null ? {} : { description: record.description }),
    aliases: [],
  };
}

function accessMethods(record: IndexRecord): object[] {
  const own = record.objectId === null ? [] : [{ type: 'https', access_id: ownAccess }];
  const others = record.urls.flatMap((url) => {
    const scheme = schemeOf(url);
    const type = accessTypes.get(scheme);
    if (type === undefined || (record.objectId !== null && scheme === ownAccess)) return [];
    return [{ type, access_id: scheme, access_url: { url } }];
  });
  return [...own, ...others];
}

function schemeOf(url: string): string {
  return url.split(':', 1)[0]?.toLowerCase() ?? '';
}
