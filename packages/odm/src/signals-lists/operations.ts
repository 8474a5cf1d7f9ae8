import { CatalogueError } from '@linnaea/model';
import {
  type CursorPage,
  expressionData,
  expressionItem,
  type ItemPlace,
  type RunSelection,
  variantData,
  variantItem,
} from '@linnaea/omics';
import {
  type ExpressionQuery,
  parseRegions,
  parseVariantInfo,
  parseVersions,
  type VariantCondition,
  type VariantQuery,
} from '@linnaea/query';
import { dataTypeOf, type Role, roles } from '../data-types.ts';
import { conditionOf, filterParameters, formatParameters, readOptions } from '../lists.ts';
import { cursorPageOf, cursorParameters } from '../omics/conditions.ts';
import { showExpressionRows, showVariantRows } from '../omics/rows.ts';
import { allOf, featuresNamed } from '../omics/streams.ts';
import { type Call, type Operation, roleOf } from '../operation.ts';
import type { ParameterRules, QueryValues } from '../parameters.ts';
import type { Shown } from '../present.ts';
import { versionParameters } from '../routes/signals.ts';

const runParameters = {
  runFilter: { type: 'list', description: 'Ids of runs' },
  runSourceFilter: { type: 'list', description: 'Names of the columns that runs came from' },
} as const satisfies ParameterRules;

const expressionParameters = {
  featureList: { type: 'list', description: 'Features by name' },
  minExpressionLevel: { type: 'decimal', description: 'The least value' },
} as const satisfies ParameterRules;

const variantParameters = {
  variantRegion: { type: 'list', description: 'e.g. chr1:1000-2000' },
  variantFeature: { type: 'list', description: 'Not available: there are no reference genomes' },
  variantId: { type: 'list', description: 'e.g. rs838705' },
  variantFilter: { type: 'text', allowed: ['pass', 'noPass'] },
  variantInfo: { type: 'text', description: 'e.g. AF<0.1 AND exists(DB)' },
} as const satisfies ParameterRules;

/** The measurements of data files, row by row: lists by cursor, and single rows. */
export function signalListOperations(): Operation[] {
  return roles.flatMap((role) => [...operationsOf(role, 'expression'), ...operationsOf(role, 'variant')]);
}

function operationsOf(role: Role, kind: 'expression' | 'variant'): Operation[] {
  const { segment, title } = dataTypeOf(kind);
  const path = `/api/v1/${role}/${segment}`;
  const base = { method: 'GET', tag: `${title} SPoT`, ...roleOf(role) } as const;
  const ofKind = kind === 'expression' ? expressionParameters : variantParameters;
  return [
    {
      ...base,
      path,
      summary: `List ${kind} data`,
      handle: kind === 'expression' ? listExpression : listVariants,
      query: {
        ...formatParameters,
        ...filterParameters,
        ...versionParameters,
        ...runParameters,
        ...ofKind,
        ...cursorParameters,
      },
      answer: {
        type: 'object',
        properties: { data: { type: 'array', items: { type: 'object' } }, cursor: { type: 'string' } },
      },
    },
    {
      ...base,
      path: `${path}/{id}`,
      summary: `Get one row of ${kind} data`,
      query: formatParameters,
      answer: { type: 'object' },
      otherStatuses: { 404: 'There is no such row' },
      handle: kind === 'expression' ? getExpression : getVariant,
    },
  ];
}

async function listExpression(call: Call): Promise<unknown> {
  const { deps, principal, query } = call;
  const least = query.number('minExpressionLevel');
  const tree = allOf([featuresNamed(query.list('featureList')), least === undefined ? undefined : atLeast(least)]);
  // an empty page is how this list tells its end
  const page = await expressionData(deps, principal, selectionOf(call), tree, {
    ...cursorPageOf(query),
    neverEmpty: true,
  });
  return listAnswer(page, await showExpressionRows(deps, principal, page.items, readOptions(call)));
}

async function listVariants(call: Call): Promise<unknown> {
  const { deps, principal, query } = call;
  const page = await variantData(deps, principal, selectionOf(call), variantQueryOf(query), {
    ...cursorPageOf(query),
    neverEmpty: true,
  });
  return listAnswer(page, await showVariantRows(deps, principal, page.items, readOptions(call)));
}

async function getExpression(call: Call): Promise<unknown> {
  const { deps, principal, view } = call;
  const row = await expressionItem(deps, principal, placeOf(call), view);
  return (await showExpressionRows(deps, principal, [row], readOptions(call)))[0];
}

async function getVariant(call: Call): Promise<unknown> {
  const { deps, principal, view } = call;
  const row = await variantItem(deps, principal, placeOf(call), view);
  return (await showVariantRows(deps, principal, [row], readOptions(call)))[0];
}

function listAnswer({ cursor }: CursorPage<unknown>, data: readonly Shown[]): Shown {
  return { data, ...(cursor === undefined ? {} : { cursor }) };
}

function selectionOf({ query, view }: Call): Omit<RunSelection, 'kind'> {
  const runs = query.list('runFilter').filter((id) => id !== '');
  const names = query.list('runSourceFilter').filter((name) => name !== '');
  const useVersions = query.text('useVersions');
  const asks = query.text('filter') !== undefined || query.text('query') !== undefined;
  return {
    view,
    ...(asks ? { file: conditionOf(query) } : {}),
    ...(runs.length > 0 ? { runAccessions: runs } : {}),
    ...(names.length > 0 ? { runNames: names } : {}),
    ...(useVersions === undefined ? {} : { versions: parseVersions(useVersions) }),
  };
}

const at = { start: 0, end: 0 };

function atLeast(number: number): ExpressionQuery {
  return { kind: 'compare', subject: { kind: 'value', name: null }, operator: '>=', number, at };
}

function variantQueryOf(query: QueryValues): VariantQuery | undefined {
  const terms: VariantQuery[] = [];
  const add = (leaf: VariantCondition) => terms.push(leaf);
  const regions = query.list('variantRegion').filter((text) => text !== '');
  const ids = query.list('variantId').filter((id) => id !== '');
  const features = query.list('variantFeature').filter((name) => name !== '');
  const filter = query.text('variantFilter');
  const info = query.text('variantInfo');
  if (regions.length > 0) add({ kind: 'region', negated: false, regions: regions.flatMap(parseRegions), at });
  if (ids.length > 0) add({ kind: 'id', negated: false, values: ids, at });
  if (features.length > 0) add({ kind: 'feature', negated: false, values: features, at });
  if (filter !== undefined) add({ kind: 'filter', negated: filter === 'noPass', values: ['PASS'], at });
  if (info !== undefined) terms.push(parseVariantInfo(info));
  return terms.length < 2 ? terms[0] : { kind: 'and', terms, at };
}

/** Rows are named `<run id>-<place in the file>`. */
function placeOf({ params }: Call): ItemPlace {
  const match = /^(\w{1,40})-(\d{1,15})$/.exec(params.id ?? '');
  if (match === null) throw new CatalogueError('invalid', 'item-id', 'The supplied object ID is invalid.');
  return { run: match[1]!, position: Number(match[2]) };
}
