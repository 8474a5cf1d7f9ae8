import type { CatalogRecord } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import {
  type CursorPage,
  expressionData,
  expressionGroups,
  omicsSamples,
  selectionOf,
  variantData,
  variantGroups,
} from '@linnaea/omics';
import { type Role, roles } from '../data-types.ts';
import { formatParameters, readOptions } from '../lists.ts';
import { type Call, type Operation, roleOf } from '../operation.ts';
import type { Shown } from '../present.ts';
import { showRecords } from '../reading.ts';
import { showGroups } from '../routes/signals.ts';
import { cursorPageOf, cursorParameters, omicsParameters, readConditions } from './conditions.ts';
import { showExpressionRows, showVariantRows, withRelationships } from './rows.ts';
import { streamOperations } from './streams.ts';

/** Queries over studies, samples and measurements at once. */
export function omicsOperations(): Operation[] {
  return roles.flatMap((role) => [...pageOperations(role), ...streamOperations(role)]);
}

const omicsResponse = {
  type: 'object',
  properties: {
    data: { type: 'array', items: { type: 'object' } },
    resultsExhausted: { type: 'boolean', description: 'False when there may be more, also after a short page' },
    log: { type: 'array', items: { type: 'string' } },
    cursor: { type: 'string' },
  },
} as const;

function pageOperations(role: Role): Operation[] {
  const path = `/api/v1/${role}/omics`;
  const query = { ...omicsParameters, ...formatParameters, ...cursorParameters };
  const base = { method: 'GET', tag: 'Omics queries', ...roleOf(role), query, answer: omicsResponse } as const;
  return [
    { ...base, path: `${path}/samples`, summary: 'Find samples by everything they are linked to', handle: samples },
    {
      ...base,
      path: `${path}/expression/group`,
      summary: 'Find expression files',
      handle: (call) => files(call, expressionGroups),
    },
    { ...base, path: `${path}/expression/data`, summary: 'Find expression values', handle: expression },
    {
      ...base,
      path: `${path}/variant/group`,
      summary: 'Find variant files',
      handle: (call) => files(call, variantGroups),
      query: {
        ...query,
        referenceGenomeId: { type: 'text', description: 'Not available: there are no reference genomes' },
      },
    },
    { ...base, path: `${path}/variant/data`, summary: 'Find variants and genotypes', handle: variants },
  ];
}

async function samples(call: Call): Promise<unknown> {
  const { deps, principal, query } = call;
  const page = await omicsSamples(deps, principal, readConditions(call), cursorPageOf(query));
  const shown = await showRecords(deps, principal, page.items, readOptions(call));
  return envelope(
    page,
    shown.map((metadata, i) => ({ metadata, relationships: { sample: page.items[i]!.accession } })),
  );
}

async function files(call: Call, find: typeof expressionGroups): Promise<unknown> {
  const { deps, principal, query } = call;
  if (query.text('referenceGenomeId') !== undefined) {
    throw new CatalogueError(
      'invalid',
      'reference-genome-missing',
      'There are no reference genomes, so "referenceGenomeId" cannot be used.',
    );
  }
  const page: CursorPage<CatalogRecord> = await find(deps, principal, readConditions(call), cursorPageOf(query));
  return envelope(page, await showGroups(deps, principal, page.items, readOptions(call)));
}

async function expression(call: Call): Promise<unknown> {
  const { deps, principal, query } = call;
  const conditions = readConditions(call);
  requireQuery(call, 'exQuery');
  const selection = await selectionOf(deps, principal, 'expression', conditions);
  const page = await expressionData(deps, principal, selection, conditions.expressionQuery, cursorPageOf(query));
  const shown = await showExpressionRows(deps, principal, page.items, readOptions(call));
  return envelope(page, withRelationships(shown, page.items));
}

async function variants(call: Call): Promise<unknown> {
  const { deps, principal, query } = call;
  const conditions = readConditions(call);
  requireQuery(call, 'vxQuery');
  const selection = await selectionOf(deps, principal, 'variant', conditions);
  const page = await variantData(deps, principal, selection, conditions.variantQuery, cursorPageOf(query));
  const shown = await showVariantRows(deps, principal, page.items, readOptions(call));
  return envelope(page, withRelationships(shown, page.items));
}

function requireQuery({ query }: Call, name: string): void {
  if (query.text(name) !== undefined) return;
  throw new CatalogueError('invalid', 'query-parameter', `The query parameter "${name}" is missing.`);
}

function envelope({ exhausted, cursor }: CursorPage<unknown>, data: readonly Shown[]): Shown {
  return { data, resultsExhausted: exhausted, log: [], ...(cursor === undefined ? {} : { cursor }) };
}
