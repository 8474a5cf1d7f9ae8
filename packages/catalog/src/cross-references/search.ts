import { type Queryable, type Sql, sql } from '@linnaea/database';

export interface CrossReferenceQuery {
  /** Any of them; none given = every source. */
  sourceIds?: readonly string[];
  /** Any of them; none given = every target. */
  targetIds?: readonly string[];
  /** Within one set. */
  set?: string;
  /** The last place of the page before. */
  after?: CrossReferencePlace;
  /** Pairs. */
  limit: number;
}

export interface CrossReferencePlace {
  set: string;
  sourceId: string;
  targetId: string;
}

export interface CrossReferenceEntry {
  set: string;
  sourceId: string;
  targetIds: string[];
}

interface Row {
  set: string;
  sourceId: string;
  targetId: string;
}

/**
 * Pairs by source and target, put together by source. `last` is where the following page goes on; undefined for an empty
 * page. A source whose targets do not fit on one page goes on with the next.
 */
export async function searchCrossReferences(
  db: Queryable,
  query: CrossReferenceQuery,
): Promise<{ entries: CrossReferenceEntry[]; last: CrossReferencePlace | undefined }> {
  const rows = await db.query<Row>(sql`
    select set_accession as "set", source_id as "sourceId", target_id as "targetId" from cross_reference
    where ${among(sql`source_id`, query.sourceIds)} and ${among(sql`target_id`, query.targetIds)}
      and ${query.set === undefined ? sql`true` : sql`set_accession = ${query.set}`} and ${after(query.after)}
    order by set_accession, source_id, target_id limit ${query.limit}::bigint`);
  return { entries: bySource(rows), last: rows.at(-1) };
}

function among(column: Sql, ids: readonly string[] | undefined): Sql {
  return ids === undefined || ids.length === 0 ? sql`true` : sql`${column} = any(${[...ids]}::text[])`;
}

function after(place: CrossReferencePlace | undefined): Sql {
  if (place === undefined) return sql`true`;
  return sql`(set_accession, source_id, target_id) > (${place.set}, ${place.sourceId}, ${place.targetId})`;
}

function bySource(rows: readonly Row[]): CrossReferenceEntry[] {
  const entries: CrossReferenceEntry[] = [];
  for (const row of rows) {
    const last = entries.at(-1);
    if (last?.set === row.set && last.sourceId === row.sourceId) last.targetIds.push(row.targetId);
    else entries.push({ set: row.set, sourceId: row.sourceId, targetIds: [row.targetId] });
  }
  return entries;
}

/**
 * The ids that a file may use for the given ones: the ids themselves and, by the sets linked to the file, the other side
 * of every pair they are in.
 */
export async function expandIds(db: Queryable, groupId: number, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    select unnest(${[...ids]}::text[]) as id
    union
    select x.target_id from cross_reference x join cross_reference_link l using (set_accession)
      where l.group_id = ${groupId}::bigint and x.source_id = any(${[...ids]}::text[])
    union
    select x.source_id from cross_reference x join cross_reference_link l using (set_accession)
      where l.group_id = ${groupId}::bigint and x.target_id = any(${[...ids]}::text[])`);
  return rows.map((row) => row.id);
}
