import {
  type CatalogRecord,
  findRecords,
  listRecords,
  listVersions,
  removeRecords,
  scrollRecords,
} from '@linnaea/catalog';
import { requirePermission } from '@linnaea/identity';
import { CatalogueError, type GroupedKind, groupKind, type OdmKind } from '@linnaea/model';
import { isoSeconds } from '../job-info.ts';
import { membersFilter } from '../link-types.ts';
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

/** Walks the types in their order, each by id, until the page is full. */
async function listDetached(call: Call): Promise<unknown> {
  requireManager(call);
  const limit = call.query.number('limit') ?? 2000;
  const asked = call.query.list('detachedObjectType');
  const names = detachedNames.filter((name) => asked.length === 0 || asked.includes(name));
  let start = await placeOf(call, call.query.text('cursor'), names);
  const data: Record<string, unknown>[] = [];
  for (const name of names.slice(start.type)) {
    const kind = storedKind(name);
    if (kind === undefined) continue;
    for await (const record of detachedOf(call, name, kind, start.after)) {
      data.push({
        'genestack:accession': record.accession,
        detachedObjectType: name,
        ownerEmail: await ownerOf(call, record),
        createdAt: isoSeconds(record.createdAt),
      });
      if (data.length === limit) return { data, cursor: record.accession };
    }
    start = { type: 0, after: 0 };
  }
  return { data };
}

async function placeOf(
  call: Call,
  cursor: string | undefined,
  names: readonly DetachedType[],
): Promise<{ type: number; after: number }> {
  if (cursor === undefined) return { type: 0, after: 0 };
  const [record] = await findRecords(call.deps.database, call.principal, [cursor], { view: 'draft' });
  const type = names.findIndex((name) => record !== undefined && storedKind(name) === record.kind);
  if (record === undefined || type === -1) throw new CatalogueError('invalid', 'cursor', 'incorrect cursor format');
  return { type, after: record.id };
}

async function* detachedOf(call: Call, name: DetachedType, kind: string, after: number): AsyncGenerator<CatalogRecord> {
  const { database } = call.deps;
  let last = after;
  for (;;) {
    const batch = await scrollRecords(database, call.principal, {
      kind: kind as OdmKind | `${string}-group`,
      view: 'draft',
      limit: 200,
      after: last,
    });
    for (const record of batch) if (await isDetached(call, name, record)) yield record;
    if (batch.length < 200) return;
    last = batch.at(-1)!.id;
  }
}

/** A study is detached without samples; a group when none of its members leads to a study. */
async function isDetached(call: Call, name: DetachedType, record: CatalogRecord): Promise<boolean> {
  const related =
    name === 'STUDY'
      ? { kind: 'sample' as const, to: { kind: 'study' as const, where: { ids: [record.id] } } }
      : { kind: 'study' as const, to: groupMembers(detachedTypes[name] as GroupedKind, record) };
  const page = await listRecords(call.deps.database, call.principal, {
    kind: related.kind,
    view: 'draft',
    related: [related.to],
    limit: 1,
  });
  return page.items.length === 0;
}

function groupMembers(kind: GroupedKind, group: CatalogRecord) {
  return { kind, where: { filter: membersFilter({ name: '', kind, isGroup: true }, [group.accession]) } };
}

/** Who made it: the author of its first version. */
async function ownerOf(call: Call, record: CatalogRecord): Promise<string> {
  const versions = await listVersions(call.deps.database, call.principal, record.accession, [record.kind], 'published');
  return versions.at(-1)?.author ?? '';
}
