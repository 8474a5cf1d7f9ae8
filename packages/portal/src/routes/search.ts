import { findNodePlace, type SearchKind, searchCatalogue } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import { parseFullText } from '@linnaea/query';
import type { FastifyInstance } from 'fastify';
import type { PortalDeps } from '../deps.ts';
import { requireSession } from '../session.ts';

const longestQuery = 1_000;

interface SearchQuery {
  q: string;
  kind?: string;
  after?: string;
  limit: number;
}

const searchQuery = {
  type: 'object',
  required: ['q'],
  properties: {
    q: { type: 'string' },
    // the model is part of it: `odm.sample` and `gen3.sample` are two kinds
    kind: { type: 'string', pattern: '^(odm|gen3)\\.[A-Za-z0-9_-]{1,100}$' },
    after: { type: 'string', maxLength: 20 },
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 25 },
  },
} as const;

/** One search over the records of both models. Curators search drafts, everyone else what is published. */
export function registerSearch(app: FastifyInstance, deps: PortalDeps): void {
  const { database } = deps;

  app.get<{ Querystring: SearchQuery }>('/search', { schema: { querystring: searchQuery } }, async (request) => {
    const principal = await requireSession(request, deps);
    const { q, kind, after, limit } = request.query;
    if (q.length > longestQuery) {
      throw new CatalogueError('invalid', 'query-too-long', `A search has at most ${longestQuery} characters.`);
    }
    // every word must occur: a search box narrows
    return searchCatalogue(database, principal, parseFullText(q, { defaultOperator: 'and' }), {
      view: principal.curator ? 'draft' : 'published',
      limit,
      ...(kind === undefined ? {} : { kind: readKind(kind) }),
      ...(after === undefined ? {} : { after }),
    });
  });

  app.get<{ Params: { id: string } }>(
    '/nodes/:id/place',
    { schema: { params: { type: 'object', properties: { id: { type: 'string', pattern: '^[!-~]{1,200}$' } } } } },
    async (request) => findNodePlace(database, await requireSession(request, deps), request.params.id),
  );
}

function readKind(text: string): SearchKind {
  const [model, kind = ''] = text.split('.');
  return { model: model === 'odm' ? 'odm' : 'gen3', kind };
}
