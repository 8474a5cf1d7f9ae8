import { detachedRecords, findRecords, removeRecords } from '@linnaea/catalog';
import { requirePermission } from '@linnaea/identity';
import { CatalogueError, groupKind, type OdmKind } from '@linnaea/model';
import { isoSeconds } from '../job-info.ts';
import type { Call, Operation } from '../operation.ts';
import { listOf, ref } from '../schemas.ts';

const detachedTypes = {
  STUDY: 'study',
  SAMPLE_GROUP: 'sample',
  LIBRARY_GROUP: 'library',
  PREPARATION_GROUP: 'preparation',
  CELL_GROUP: undefined,
  TABULAR_DATA: 'expression',
  GENE_VARIANT: 'variant',
  FLOW_CYTOMETRY: 'flow-cytometry',
} as const satisfies Record<string, OdmKind | undefined>;
type DetachedType = keyof typeof detachedTypes;
const detachedNames = Object.keys(detachedTypes) as DetachedType[];

/** Deletion for good citizens of an organisation: administrators. What is deleted goes to the bin with all below it. */
export function manageDataOperations(): Operation[] {
  const tag = 'Manage data';
  return [
    {
      method: 'DELETE',
      path: '/api/v1/manage-data/data',
      tag,
      summary: 'Delete studies, groups and data files with everything below them',
      status: 202,
      query: { accessions: { type: 'joined', required: true, description: 'Accessions joined with commas' } },
      answer: listOf(ref('ManagedObject')),
      otherStatuses: {
        403: 'Not enough permissions',
        404: 'An accession is unknown; nothing is deleted',
        406: 'An accession is of another type; nothing is deleted',
      },
      handle: remove,
    },
    {
      method: 'GET',
      path: '/api/v1/manage-data/detached-objects',
      tag,
      summary: 'List studies without samples, and groups that belong to no study',
      query: {
        detachedObjectType: { type: 'list', allowed: detachedNames },
        limit: { type: 'integer', minimum: 1, maximum: 2000, fallback: 2000 },
        cursor: { type: 'text', description: 'The last accession of the page before' },
      },
      answer: { type: 'object' },
      otherStatuses: { 403: 'Not enough permissions' },
      handle: listDetached,
    },
  ];
}

function objectType(kind: string): string | undefined {
  if (kind === 'file') return 'FILE';
  return detachedNames.find((name) => storedKind(name) === kind);
}

function storedKind(name: DetachedType): string | undefined {
  const kind = detachedTypes[name];
  return kind === undefined || kind === 'study' ? kind : groupKind(kind);
}

function requireManager(call: Call): void {
  requirePermission(call.principal, 'MANAGE_ORGANIZATION');
  requirePermission(call.principal, 'ACCESS_ALL_DATA');
}

async function remove(call: Call): Promise<unknown> {
  requireManager(call);
  const accessions = [...new Set(call.query.list('accessions'))];
  if (accessions.length === 0)
    throw new CatalogueError('invalid', 'query-parameter', 'The query parameter "accessions" is empty.');
  const records = await findRecords(call.deps.database, call.principal, accessions, { view: 'draft' });
  const others = records.filter((record) => objectType(record.kind) === undefined);
  if (others.length > 0) {
    const named = others.map((record) => record.accession).join(', ');
    throw new CatalogueError(
      'unsupported',
      'type-unsupported',
      `${named} do not belong to the supported object types ${detachedNames.join(', ')}, FILE.`,
    );
  }
  const removed = await call.deps.database.transaction((tx) => removeRecords(tx, call.principal, accessions, 'odm'));
  return removed
    .filter((record) => accessions.includes(record.accession))
    .map((record) => ({
      'genestack:accession': record.accession,
      objectType: objectType(record.kind),
      ownerEmail: record.ownerEmail,
      createdAt: isoSeconds(record.createdAt),
    }));
}

async function listDetached(call: Call): Promise<unknown> {
  requireManager(call);
  const limit = call.query.number('limit') ?? 2000;
  const asked = call.query.list('detachedObjectType');
  const kinds = detachedNames
    .filter((name) => asked.length === 0 || asked.includes(name))
    .flatMap((name) => storedKind(name) ?? []);
  const after = await placeOf(call, call.query.text('cursor'), kinds);
  const records = await detachedRecords(call.deps.database, call.principal, kinds, {
    limit,
    ...(after === undefined ? {} : { after }),
  });
  const data = records.map((record) => ({
    'genestack:accession': record.accession,
    detachedObjectType: objectType(record.kind),
    ownerEmail: record.ownerEmail,
    createdAt: isoSeconds(record.createdAt),
  }));
  return data.length < limit ? { data } : { data, cursor: records.at(-1)!.accession };
}

async function placeOf(
  call: Call,
  cursor: string | undefined,
  kinds: readonly string[],
): Promise<{ kind: string; id: number } | undefined> {
  if (cursor === undefined) return undefined;
  const [record] = await findRecords(call.deps.database, call.principal, [cursor], { view: 'draft' });
  if (record !== undefined && kinds.includes(record.kind)) return { kind: record.kind, id: record.id };
  throw new CatalogueError('invalid', 'cursor', 'incorrect cursor format');
}
