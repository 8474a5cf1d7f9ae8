import {
  getStudyPage,
  getTableLayout,
  listDataFiles,
  listStudies,
  listTableRows,
  type StudySort,
  studySorts,
  type TableKind,
  tableKinds,
  type View,
} from '@linnaea/catalog';
import type { Principal } from '@linnaea/model';
import { type FullTextQuery, parseFullText } from '@linnaea/query';
import type { FastifyInstance } from 'fastify';
import type { PortalDeps } from '../deps.ts';
import { requireSession } from '../session.ts';

const paging = (limit: number, most: number) => ({
  offset: { type: 'integer', minimum: 0, maximum: 100_000_000, default: 0 },
  limit: { type: 'integer', minimum: 1, maximum: most, default: limit },
});
const tableParams = {
  type: 'object',
  properties: { accession: { type: 'string' }, kind: { enum: tableKinds } },
} as const;

interface TableParams {
  accession: string;
  kind: TableKind;
}

/** Studies as the browser and the page of a study show them. Curators see drafts, everyone else what is published. */
export function registerStudies(app: FastifyInstance, deps: PortalDeps): void {
  const { database } = deps;

  app.get<{ Querystring: { query?: string; sort: StudySort; offset: number; limit: number } }>(
    '/studies',
    {
      schema: {
        querystring: {
          type: 'object',
          properties: {
            query: { type: 'string', maxLength: 10_000 },
            sort: { enum: studySorts, default: 'changed' },
            ...paging(25, 200),
          },
        },
      },
    },
    async (request) => {
      const principal = await requireSession(request, deps);
      const { sort, offset, limit } = request.query;
      const query = readSearch(request.query.query);
      const page = await listStudies(database, principal, {
        view: viewOf(principal),
        sort,
        offset,
        limit,
        ...(query ? { query } : {}),
      });
      return { studies: page.items, total: page.total };
    },
  );

  app.get<{ Params: { accession: string } }>('/studies/:accession', async (request) => {
    const principal = await requireSession(request, deps);
    return getStudyPage(database, principal, request.params.accession, viewOf(principal));
  });

  app.get<{ Params: { accession: string } }>('/studies/:accession/files', async (request) => {
    const principal = await requireSession(request, deps);
    return { files: await listDataFiles(database, principal, request.params.accession, viewOf(principal)) };
  });

  registerTables(app, deps);
}

function registerTables(app: FastifyInstance, deps: PortalDeps): void {
  const { database } = deps;

  app.get<{ Params: TableParams }>(
    '/studies/:accession/tables/:kind',
    { schema: { params: tableParams } },
    async (request) => {
      const principal = await requireSession(request, deps);
      return getTableLayout(database, principal, { ...request.params, view: viewOf(principal) });
    },
  );

  app.get<{ Params: TableParams; Querystring: { offset: number; limit: number } }>(
    '/studies/:accession/tables/:kind/rows',
    { schema: { params: tableParams, querystring: { type: 'object', properties: paging(200, 1000) } } },
    async (request) => {
      const principal = await requireSession(request, deps);
      const view = viewOf(principal);
      return { rows: await listTableRows(database, principal, { ...request.params, ...request.query, view }) };
    },
  );
}

function viewOf(principal: Principal): View {
  return principal.curator ? 'draft' : 'published';
}

/** Every word must occur: a search box narrows. A mistake in the query is told with its place. */
function readSearch(text: string | undefined): FullTextQuery | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  return parseFullText(text, { defaultOperator: 'and' });
}
