import { join, type Queryable, type Sql, sql } from '@linnaea/database';
import { visible } from '@linnaea/identity';
import { CatalogueError, type OdmKind, type Principal } from '@linnaea/model';
import { compileMetadataFilter, type RecordCondition } from './filter.ts';
import { compileFullText } from './full-text.ts';
import { type CatalogRecord, recordColumns, type View, viewAttributes, visibleRecords } from './records.ts';
import { relatedIds } from './relations.ts';

export type SortKey = 'id' | 'creation' | 'last_update' | 'name';

export interface ListOptions {
  kind: OdmKind | `${string}-group`;
  view: View;
  /** Conditions on the listed records themselves. */
  where?: RecordCondition;
  /** Conditions on records related to the listed ones over the link graph; all must hold. */
  related?: readonly { kind: OdmKind; where: RecordCondition }[];
  /** Only the records of this group (internal id of the group record). */
  groupId?: number;
  /** Only these records (internal ids). */
  ids?: readonly number[];
  sort?: { key: SortKey; descending: boolean };
  offset?: number;
  /** 0 to answer only the total. */
  limit: number;
}

export interface Page<T> {
  items: T[];
  /** All that match, not only this page. */
  total: number;
}

/** One page of records with the exact number of all that match: offset paging, for interfaces that promise it. */
export async function listRecords(
  db: Queryable,
  principal: Principal,
  options: ListOptions,
): Promise<Page<CatalogRecord>> {
  const offset = options.offset ?? 0;
  const where = await recordsWhere(db, principal, options);
  const items =
    options.limit === 0
      ? []
      : await db.query<CatalogRecord>(sql`
    select ${recordColumns(options.view)} from record r left join record g on g.id = r.group_id
    where ${where} order by ${sortOrder(options.sort, options.view)} limit ${options.limit} offset ${offset}`);
  const isLastPage = options.limit > 0 && items.length < options.limit && (items.length > 0 || offset === 0);
  if (isLastPage) return { items, total: offset + items.length };
  const count = await db.first<{ total: number }>(sql`select count(*)::int as total from record r where ${where}`);
  return { items, total: count!.total };
}

/** The records after `after` (an internal id) in order of creation: keyset paging, constant cost however deep. */
export async function scrollRecords(
  db: Queryable,
  principal: Principal,
  options: Omit<ListOptions, 'sort' | 'offset'> & { after?: number },
): Promise<CatalogRecord[]> {
  const where = await recordsWhere(db, principal, options);
  return db.query<CatalogRecord>(sql`
    select ${recordColumns(options.view)} from record r left join record g on g.id = r.group_id
    where ${where} and r.id > ${options.after ?? 0} order by r.id limit ${options.limit}`);
}

/** The condition over alias `r` that selects visible records of a kind that match everything asked. */
export async function recordsWhere(
  db: Queryable,
  principal: Principal,
  options: Pick<ListOptions, 'kind' | 'view' | 'where' | 'related' | 'groupId' | 'ids'>,
): Promise<Sql> {
  const parts: Sql[] = [
    sql`r.model = 'odm'`,
    sql`r.kind = ${options.kind}`,
    visibleRecords(principal, 'read', options.view),
  ];
  if (options.groupId !== undefined) parts.push(sql`r.group_id = ${options.groupId}`);
  if (options.ids !== undefined) parts.push(sql`r.id = any(${options.ids}::bigint[])`);
  if (options.where) parts.push(await compileCondition(db, options.where, options.view, sql`r`));
  for (const related of options.related ?? []) {
    const condition = await compileCondition(db, related.where, options.view, sql`k`);
    const seen = sql`${condition} and ${visibleRecords(principal, 'read', options.view, sql`k`)}`;
    parts.push(sql`r.id in (${relatedIds(asOdmKind(options.kind), related.kind, seen)})`);
  }
  return join(parts, ' and ');
}

/** Compiles filter, full text and accessions of a condition over a table alias; an empty condition is true. */
export async function compileCondition(db: Queryable, where: RecordCondition, view: View, alias: Sql): Promise<Sql> {
  const parts: Sql[] = [];
  if (where.accession !== undefined) parts.push(sql`${alias}.accession = ${where.accession}`);
  if (where.ids !== undefined) parts.push(sql`${alias}.id = any(${where.ids}::bigint[])`);
  if (where.filter) parts.push(compileMetadataFilter(where.filter, view, alias));
  if (where.query)
    parts.push(await compileFullText(db, where.query, { view, alias, narrower: where.narrower ?? false }));
  return parts.length === 0 ? sql`true` : sql`(${join(parts, ' and ')})`;
}

function asOdmKind(kind: string): OdmKind {
  if (kind.endsWith('-group')) {
    throw new CatalogueError('invalid', 'group-relation', 'Groups are selected by their records.');
  }
  return kind as OdmKind;
}

function sortOrder(sort: ListOptions['sort'], view: View): Sql {
  const shown = viewAttributes(view);
  const direction = sort?.descending ? sql`desc` : sql`asc`;
  switch (sort?.key) {
    case 'creation':
      return sql`r.created_at ${direction}, r.id ${direction}`;
    case 'last_update':
      return sql`r.updated_at ${direction}, r.id ${direction}`;
    case 'name':
      return sql`coalesce(${shown} ->> 'Study Title', ${shown} ->> 'Sample Name', ${shown} ->> 'Sample Source ID',
        ${shown} ->> 'Library ID', ${shown} ->> 'Preparation ID') ${direction} nulls last, r.id ${direction}`;
    default:
      return sql`r.id ${direction}`;
  }
}

/** The groups that hold the records matching a condition, as pairs of internal id and accession. */
export async function groupsOf(
  db: Queryable,
  principal: Principal,
  options: Pick<ListOptions, 'kind' | 'view' | 'where' | 'related'>,
): Promise<{ id: number; accession: string }[]> {
  const where = await recordsWhere(db, principal, options);
  return db.query(sql`
    select g.id, g.accession from record g
    where g.id in (select r.group_id from record r where ${where}) and g.deleted_change is null
      and ${visible(principal, 'read', sql`g.scope_id`)} order by g.id`);
}
