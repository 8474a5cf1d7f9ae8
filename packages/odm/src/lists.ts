import type { Page, RecordCondition, SortKey } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import { parseFullText, parseMetadataFilter } from '@linnaea/query';
import type { Call } from './operation.ts';
import type { ParameterRules, QueryValues } from './parameters.ts';
import { detailNames, type Shown, toTsv } from './present.ts';
import type { ReadOptions } from './reading.ts';

/** Parameters that many operations share. */
export const formatParameters = {
  responseFormat: {
    type: 'text',
    allowed: ['term_id', 'multi_values'],
    description: 'term_id adds the ids of terms and vocabularies.',
  },
  returnedMetadataFields: {
    type: 'text',
    allowed: Object.keys(detailNames),
    description: 'How much metadata is answered.',
  },
} as const satisfies ParameterRules;

export const filterParameters = {
  filter: { type: 'text', description: 'Metadata filter, e.g. "Cell Type"="T cell" AND Age<30' },
  query: { type: 'text', description: 'Full text' },
  searchSpecificTerms: { type: 'flag', description: 'Full text finds narrower terms too.' },
} as const satisfies ParameterRules;

export const pageParameters = {
  pageLimit: { type: 'integer', minimum: 0, maximum: 2000, fallback: 2000 },
  pageOffset: { type: 'integer', minimum: 0, fallback: 0 },
} as const satisfies ParameterRules;

export const sortParameters = {
  sort: { type: 'text', description: '[+|-](id|creation|last_update|name)' },
} as const satisfies ParameterRules;

/** How to show records, from the request: curators see everything by default, others what the template names. */
export function readOptions({ query, view }: Pick<Call, 'query' | 'view'>): ReadOptions {
  const named = query.text('returnedMetadataFields');
  const detail = named === undefined ? undefined : detailNames[named];
  return {
    view,
    detail: detail ?? (view === 'draft' ? 'original' : 'extended'),
    termIds: query.text('responseFormat') === 'term_id',
  };
}

/** The condition of `filter` and `query` (or of parameters named otherwise). */
export function conditionOf(query: QueryValues, filterName = 'filter', queryName = 'query'): RecordCondition {
  const filter = query.text(filterName);
  const text = query.text(queryName);
  return {
    ...(filter === undefined ? {} : { filter: parseMetadataFilter(filter) }),
    ...(text === undefined ? {} : { query: parseFullText(text, { defaultOperator: 'phrase' }) }),
    ...(query.flag('searchSpecificTerms') ? { narrower: true } : {}),
  };
}

export function pageOf(query: QueryValues): { limit: number; offset: number } {
  return { limit: query.number('pageLimit') ?? 2000, offset: query.number('pageOffset') ?? 0 };
}

const sortKeys: readonly SortKey[] = ['id', 'creation', 'last_update', 'name'];

/** `-name`, `+name` or `name`; a plus that arrived unescaped is a space. */
export function sortOf(query: QueryValues): { key: SortKey; descending: boolean } | undefined {
  const text = query.text('sort');
  if (text === undefined) return undefined;
  const key = sortKeys.find((candidate) => candidate === text.replace(/^[+\- ]/, ''));
  if (key === undefined)
    throw new CatalogueError(
      'invalid',
      'query-parameter',
      `The query parameter "sort" must be one of ${sortKeys.join(', ')}, after + or -.`,
    );
  return { key, descending: text.startsWith('-') };
}

/** The envelope of offset paging, or tab-separated rows for who accepts only those. */
export function listAnswer(call: Call, page: Pick<Page<unknown>, 'total'>, data: readonly Shown[]): unknown {
  const { limit, offset } = pageOf(call.query);
  call.reply.header('Vary', 'Accept');
  if (wantsTsv(call)) {
    return call.reply.type('text/tab-separated-values; charset=utf-8').send(toTsv(data));
  }
  return { meta: { pagination: { count: data.length, total: page.total, offset, limit } }, data };
}

/** A bare array, or tab-separated rows. */
export function arrayAnswer(call: Call, data: readonly Shown[]): unknown {
  call.reply.header('Vary', 'Accept');
  return wantsTsv(call) ? call.reply.type('text/tab-separated-values; charset=utf-8').send(toTsv(data)) : data;
}

function wantsTsv({ request }: Call): boolean {
  const accept = request.headers.accept ?? '';
  return accept.includes('text/tab-separated-values') && !accept.includes('application/json');
}
