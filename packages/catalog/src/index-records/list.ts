import { join, json, type Queryable, type Sql, sql } from '@linnaea/database';
import { CatalogueError } from '@linnaea/model';
import { indexColumns } from './records.ts';
import type { IndexForm, IndexRecord } from './types.ts';

export interface IndexFilter {
  form?: IndexForm;
  size?: number;
  /** All of them. */
  hashes?: Record<string, string>;
  fileName?: string;
  version?: string;
  /** `null`: records that nobody uploaded. */
  uploader?: string | null;
  /** All of them; `null`: records without. */
  authz?: readonly string[] | null;
  acl?: readonly string[] | null;
  /** All of them. */
  urls?: readonly string[];
  metadata?: Record<string, unknown>;
  dids?: readonly string[];
  /** Part of a URL. */
  urlIncludes?: string;
}

/** A page of records in the order of their dids: after `start`, or the page of that number from 0. */
export function listIndexRecords(
  db: Queryable,
  filter: IndexFilter,
  page: { start?: string; page?: number; limit: number },
): Promise<IndexRecord[]> {
  const after = page.start === undefined ? sql`true` : sql`i.did > ${page.start}`;
  return db.query<IndexRecord>(sql`
    select ${indexColumns} from index_record i where ${conditions(filter)} and ${after}
    order by i.did limit ${page.limit}::bigint offset ${(page.page ?? 0) * page.limit}::bigint`);
}

function conditions(filter: IndexFilter): Sql {
  const parts: Sql[] = [sql`true`];
  if (filter.form !== undefined) parts.push(sql`i.form = ${filter.form}`);
  if (filter.size !== undefined) parts.push(sql`i.size = ${filter.size}::bigint`);
  if (filter.hashes !== undefined) parts.push(sql`i.hashes @> ${json(filter.hashes)}`);
  if (filter.fileName !== undefined) parts.push(sql`i.file_name = ${filter.fileName}`);
  if (filter.version !== undefined) parts.push(sql`i.version = ${filter.version}`);
  if (filter.uploader !== undefined) parts.push(sql`i.uploader is not distinct from ${filter.uploader}`);
  if (filter.metadata !== undefined) parts.push(sql`i.metadata @> ${json(filter.metadata)}`);
  if (filter.dids !== undefined) parts.push(sql`i.did = any(${[...filter.dids]}::text[])`);
  if (filter.urls !== undefined) parts.push(sql`i.urls @> ${[...filter.urls]}::text[]`);
  if (filter.urlIncludes !== undefined) {
    parts.push(sql`exists (select from unnest(i.urls) url where position(${filter.urlIncludes} in url) > 0)`);
  }
  for (const [column, values] of [
    [sql`i.authz`, filter.authz],
    [sql`i.acl`, filter.acl],
  ] as const) {
    if (values === null) parts.push(sql`${column} = '{}'`);
    else if (values !== undefined) parts.push(sql`${column} @> ${[...values]}::text[]`);
  }
  return join(parts, ' and ');
}

export async function indexTotals(db: Queryable): Promise<{ fileCount: number; totalFileSize: number }> {
  const row = await db.first<{ fileCount: number; totalFileSize: number }>(sql`
    select count(*)::int as "fileCount", coalesce(sum(size), 0)::float8 as "totalFileSize" from index_record`);
  return row ?? { fileCount: 0, totalFileSize: 0 };
}

/** All versions of the file that a did (or baseid) names, oldest first. Throws `not-found`. */
export async function indexVersions(db: Queryable, didOrBaseid: string): Promise<IndexRecord[]> {
  const records = await db.query<IndexRecord>(sql`
    select ${indexColumns} from index_record i
    where i.baseid = coalesce((select baseid from index_record where did = ${didOrBaseid}), ${didOrBaseid})
    order by i.id`);
  if (records.length > 0) return records;
  throw new CatalogueError('not-found', 'index-record-not-found', 'no record found');
}

/** The newest version; with `hasVersion`, of those that have a version number. */
export async function latestIndexRecord(
  db: Queryable,
  didOrBaseid: string,
  { hasVersion = false }: { hasVersion?: boolean } = {},
): Promise<IndexRecord> {
  const versions = await indexVersions(db, didOrBaseid);
  const latest = versions.findLast((record) => !hasVersion || record.version !== null);
  if (latest !== undefined) return latest;
  throw new CatalogueError('not-found', 'index-record-not-found', 'no record found');
}

/** Where the object store keeps the file of a record; undefined when it is elsewhere, or not there yet. */
export function objectOfIndexRecord(
  db: Queryable,
  did: string,
): Promise<{ key: string; size: number; fileName: string } | undefined> {
  return db.first<{ key: string; size: number; fileName: string }>(sql`
    select o.key, o.size, coalesce(i.file_name, o.file_name) as "fileName"
    from index_record i join stored_object o on o.id = i.object_id where i.did = ${did}`);
}

/** Hex digests of a stored object. */
export async function objectHashes(db: Queryable, objectId: number): Promise<Record<string, string>> {
  const row = await db.first<{ md5: string | null; sha256: string }>(sql`
    select md5, sha256 from stored_object where id = ${objectId}`);
  if (row === undefined) throw new CatalogueError('not-found', 'object-not-found', 'There is no such file');
  return row.md5 === null ? { sha256: row.sha256 } : { md5: row.md5, sha256: row.sha256 };
}
