import { type Queryable, type Sql, sql, type Transaction } from '@linnaea/database';
import { visible } from '@linnaea/identity';
import { type AccessLevel, type Attributes, CatalogueError, type ModelName, type Principal } from '@linnaea/model';

/** Curators see `draft`; everyone else, and every export, the last `published` state. */
export type View = 'draft' | 'published';

export interface CatalogRecord {
  id: number;
  model: ModelName;
  kind: string;
  accession: string;
  uuid: string | null;
  scopeId: number;
  /** Accession of the group record that the same import made, for kinds that come in groups. */
  group: string | null;
  position: number;
  /** Attributes of the asked view. Never holds null: an attribute without a value is absent. */
  attributes: Attributes;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewRecord {
  id: number;
  model: ModelName;
  kind: string;
  accession: string;
  uuid?: string | null;
  scopeId: number;
  groupId?: number | null;
  position?: number;
  attributes: Attributes;
  attributeOrder?: readonly string[] | null;
  template?: string | null;
  naturalKey?: string | null;
  createdBy: number | null;
  createdChange: number;
}

const insertColumns = [
  'id',
  'model',
  'kind',
  'accession',
  'uuid',
  'scope_id',
  'group_id',
  'position',
  'attributes',
  'attribute_order',
  'template',
  'natural_key',
  'created_by',
  'created_change',
] as const;

/** Writes records by COPY: one record costs about a hundred microseconds with every index, however many come. */
export function insertRecords(
  tx: Transaction,
  records: Iterable<NewRecord> | AsyncIterable<NewRecord>,
): Promise<number> {
  const rows =
    Symbol.asyncIterator in records ? copyRows(records) : Iterator.from(records).map((record) => copyRow(record));
  return tx.copyIn('record', insertColumns, rows);
}

function copyRow(record: NewRecord) {
  return [
    record.id,
    record.model,
    record.kind,
    record.accession,
    record.uuid,
    record.scopeId,
    record.groupId,
    record.position ?? 0,
    record.attributes,
    record.attributeOrder,
    record.template,
    record.naturalKey,
    record.createdBy,
    record.createdChange,
  ];
}

async function* copyRows(records: AsyncIterable<NewRecord>) {
  for await (const record of records) yield copyRow(record);
}

/** From so many new rows on, the planner is told of them at once rather than within the minute. */
export const bulkRows = 2_000;

/**
 * Moves what a bulk load left in the pending lists of the full-text and attribute indexes into place, and lets the
 * planner know of many new records: plans over tables that it believes empty cost seconds. Call after commit.
 */
export async function settleIndexes(db: Queryable, records: number): Promise<void> {
  await db.query(sql`select gin_clean_pending_list('record_attributes'), gin_clean_pending_list('record_search')`);
  if (records >= bulkRows) await db.run(sql`analyze record, link`);
}

/** The attributes of alias `r` as the view shows them. */
export function viewAttributes(view: View, alias: Sql = sql`r`): Sql {
  return view === 'draft' ? sql`${alias}.attributes` : sql`coalesce(${alias}.published, ${alias}.attributes)`;
}

/** Restricts alias `r` to records that live, that the view shows and that the principal may see at that level. */
export function visibleRecords(principal: Principal, level: AccessLevel, view: View, alias: Sql = sql`r`): Sql {
  const shown = view === 'draft' ? sql`true` : sql`${alias}.is_published`;
  return sql`(${alias}.deleted_change is null and ${shown} and ${visible(principal, level, sql`${alias}.scope_id`)})`;
}

/** The columns of a `CatalogRecord`, for statements over `record r left join record g on g.id = r.group_id`. */
export function recordColumns(view: View): Sql {
  return sql`r.id, r.model, r.kind, r.accession, r.uuid, r.scope_id as "scopeId", g.accession as "group", r.position,
    ${viewAttributes(view)} as attributes, r.created_at as "createdAt", r.updated_at as "updatedAt"`;
}

/** Finds records by accession among those visible; order as asked, missing ones left out. */
export async function findRecords(
  db: Queryable,
  principal: Principal,
  accessions: readonly string[],
  options: { view: View; level?: AccessLevel } = { view: 'draft' },
): Promise<CatalogRecord[]> {
  return db.query<CatalogRecord>(sql`
    select ${recordColumns(options.view)}
    from unnest(${accessions}::text[]) with ordinality as asked(accession, place)
    join record r on r.accession = asked.accession
    left join record g on g.id = r.group_id
    where ${visibleRecords(principal, options.level ?? 'read', options.view)}
    order by asked.place`);
}

/** Like `findRecords` for one accession of the given kinds; throws `not-found` for unseen and unknown ones alike. */
export async function getRecord(
  db: Queryable,
  principal: Principal,
  accession: string,
  kinds: readonly string[],
  options: { view: View; level?: AccessLevel } = { view: 'draft' },
): Promise<CatalogRecord> {
  const [record] = await findRecords(db, principal, [accession], options);
  if (!record || !kinds.includes(record.kind)) throw notFound(accession);
  return record;
}

export function notFound(accession: string): CatalogueError {
  return new CatalogueError('not-found', 'record-not-found', 'No object exists with the given ID.', {
    details: { accession },
  });
}
