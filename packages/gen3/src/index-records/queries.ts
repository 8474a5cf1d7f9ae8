import { randomUUID } from 'node:crypto';
import { findIndexRecords, indexTotals, listIndexRecords } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { jsonBody, queryNumber, queryText } from '../user/body.ts';
import { baseUrlOf } from '../user/origins.ts';
import { filterOf } from './filter.ts';
import { documentOf, urlsOf } from './wire.ts';

const mostDocuments = 10_000;

/** What the index tells about itself and about many documents at once. */
export function registerQueries(app: FastifyInstance, deps: Gen3Deps, prefix: string): void {
  const get = (path: string, handler: RouteHandlerMethod) => addRoute(app, 'GET', `${prefix}${path}`, handler);
  get('/_stats', async () => indexTotals(deps.database));
  get('/_version', async () => ({ version: deps.version ?? '0.1.0', commit: '' }));
  // at the root other services would have to answer the same question in other words
  if (prefix !== '') get('/_status', async (_request, reply) => reply.type('text/html; charset=utf-8').send('Healthy'));

  get('/guid/prefix', async () => ({ prefix: '' }));
  get('/guid/mint', async (request) => {
    const count = queryNumber(request, 'count', { least: 1, most: mostDocuments }) ?? 1;
    return { guids: Array.from({ length: count }, () => randomUUID()) };
  });

  get('/urls', async (request) => {
    const records = await listIndexRecords(deps.database, filterOf(request), { limit: mostDocuments });
    const base = baseUrlOf(request, deps);
    return {
      urls: records.flatMap((record) =>
        urlsOf(record, base).map((url) => ({ url, metadata: record.urlsMetadata[url] ?? {} })),
      ),
    };
  });
  get('/_query/urls/q', async (request) => {
    const include = queryText(request, 'include');
    const limit = queryNumber(request, 'limit', { least: 1, most: mostDocuments }) ?? 100;
    const records = await listIndexRecords(deps.database, include === undefined ? {} : { urlIncludes: include }, {
      limit,
      page: Math.floor((queryNumber(request, 'offset', { least: 0, most: 1e9 }) ?? 0) / limit),
    });
    return records.map((record) => ({ did: record.did, urls: record.urls }));
  });

  addRoute(app, 'POST', `${prefix}/bulk/documents`, async (request) => {
    const dids = jsonBody(request);
    if (!Array.isArray(dids) || dids.length > mostDocuments || !dids.every((did) => typeof did === 'string')) {
      throw new CatalogueError('invalid', 'index-bulk', `The body is a list of at most ${mostDocuments} dids`);
    }
    const base = baseUrlOf(request, deps);
    return (await findIndexRecords(deps.database, dids)).map((record) => documentOf(record, base));
  });
}

/** Short paths at the root may belong to somebody else already. */
function addRoute(app: FastifyInstance, method: 'GET' | 'POST', url: string, handler: RouteHandlerMethod): void {
  if (!app.hasRoute({ method, url })) app.route({ method, url, handler });
}
