import { randomBytes, randomUUID } from 'node:crypto';
import { join, json, type Queryable, type Sql, sql } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import { recordChange } from '../changes.ts';
import { requireIndexWrite, requireUploader } from './access.ts';
import type { IndexFields, IndexRecord, NewIndexRecord } from './types.ts';

export const indexColumns = sql`i.did, i.baseid, i.rev, i.form, i.size, i.file_name as "fileName", i.version, i.uploader,
  i.description, i.hashes, i.urls, i.acl, i.authz, i.metadata, i.urls_metadata as "urlsMetadata",
  i.content_created_date as "contentCreatedDate", i.content_updated_date as "contentUpdatedDate",
  i.object_id as "objectId", i.created_by as "createdBy", i.created_at as "createdAt", i.updated_at as "updatedAt"`;

/** Everybody may know of a record; the file is for those who pass `requireFileAccess`. */
export function findIndexRecord(db: Queryable, did: string): Promise<IndexRecord | undefined> {
  return db.first<IndexRecord>(sql`select ${indexColumns} from index_record i where i.did = ${did}`);
}

export function findIndexRecords(db: Queryable, dids: readonly string[]): Promise<IndexRecord[]> {
  return db.query<IndexRecord>(sql`
    select ${indexColumns} from index_record i where i.did = any(${[...dids]}::text[]) order by i.did`);
}

export async function getIndexRecord(db: Queryable, did: string): Promise<IndexRecord> {
  const record = await findIndexRecord(db, did);
  if (record === undefined) throw new CatalogueError('not-found', 'index-record-not-found', 'no record found');
  return record;
}

/**
 * Enters a file into the index. For who may edit every resource in `authz`, or, without resources, for who may upload.
 * Throws `conflict` when the did is taken, `forbidden`, `invalid`. Run it in the transaction of what names the record.
 */
export async function createIndexRecord(
  db: Queryable,
  principal: Principal,
  record: NewIndexRecord,
): Promise<IndexRecord> {
  const authz = [...(record.authz ?? [])];
  if (authz.length === 0) await requireUploader(db, principal);
  else await requireIndexWrite(db, principal, { authz, acl: [], createdBy: principal.userId });
  const did = record.did ?? randomUUID();
  checkDid(did);
  checkFields(record);
  const columns: [Sql, Sql][] = [
    [sql`did`, sql`${did}`],
    [sql`baseid`, sql`${record.baseid ?? randomUUID()}`],
    [sql`rev`, sql`${newRevision()}`],
    [sql`created_by`, sql`${principal.userId}`],
    ...assignments({ form: 'object', ...record }),
  ];
  const made = await db.first<IndexRecord>(sql`
    insert into index_record as i (${join(columns.map(([name]) => name))})
    values (${join(columns.map(([, value]) => value))})
    on conflict (did) do nothing returning ${indexColumns}`);
  if (made === undefined) throw new CatalogueError('conflict', 'index-record-exists', `did "${did}" already exists`);
  await note(db, principal, 'index-create', did);
  return made;
}

/**
 * Changes what is given. With `rev`, throws `conflict` when somebody wrote since that revision was read. The principal
 * needs `edit` on the resources before and after.
 */
export async function updateIndexRecord(
  db: Queryable,
  principal: Principal,
  did: string,
  changes: IndexFields,
  options: { rev?: string } = {},
): Promise<IndexRecord> {
  checkFields(changes);
  const record = await lockRecord(db, did);
  await requireIndexWrite(db, principal, record);
  if (changes.authz !== undefined && changes.authz.length > 0) {
    await requireIndexWrite(db, principal, { authz: [...changes.authz], acl: [], createdBy: principal.userId });
  }
  requireRevision(record, options.rev);
  const updated = await write(db, did, changes);
  await note(db, principal, 'index-update', did);
  return updated;
}

/** Notes that a file has arrived. Authorises nothing: for the holder of a signed link to this record. */
export async function attachObject(
  db: Queryable,
  did: string,
  file: { objectId: number; size: number; hashes: Record<string, string> },
): Promise<IndexRecord> {
  await lockRecord(db, did);
  return write(db, did, file);
}

/** Takes a record out of the index. A stored file stays until the sweep finds that nothing names it. */
export async function deleteIndexRecord(
  db: Queryable,
  principal: Principal,
  did: string,
  options: { rev?: string } = {},
): Promise<IndexRecord> {
  const record = await lockRecord(db, did);
  await requireIndexWrite(db, principal, record);
  requireRevision(record, options.rev);
  await db.run(sql`delete from index_record where did = ${did}`);
  await note(db, principal, 'index-delete', did);
  return record;
}

async function lockRecord(db: Queryable, did: string): Promise<IndexRecord> {
  const record = await db.first<IndexRecord>(sql`
    select ${indexColumns} from index_record i where i.did = ${did} for update`);
  if (record === undefined) throw new CatalogueError('not-found', 'index-record-not-found', 'no record found');
  return record;
}

function requireRevision(record: IndexRecord, rev: string | undefined): void {
  if (rev === undefined || rev === record.rev) return;
  throw new CatalogueError('conflict', 'index-revision', 'revision mismatch');
}

async function write(db: Queryable, did: string, changes: IndexFields): Promise<IndexRecord> {
  const sets = assignments(changes).map(([name, value]) => sql`${name} = ${value}`);
  const updated = await db.first<IndexRecord>(sql`
    update index_record i set ${join([...sets, sql`rev = ${newRevision()}`, sql`updated_at = now()`])}
    where i.did = ${did} returning ${indexColumns}`);
  if (updated === undefined) throw new Error('A locked index record vanished');
  return updated;
}

async function note(db: Queryable, principal: Principal, action: string, did: string): Promise<void> {
  await recordChange(db, { authorId: principal.userId, origin: 'gen3', action, message: did });
}

/** Eight hexadecimal digits, as clients of the index know them. */
function newRevision(): string {
  return randomBytes(4).toString('hex');
}

function assignments(fields: IndexFields): [Sql, Sql][] {
  const all: [Sql, Sql | undefined][] = [
    [sql`form`, given(fields.form)],
    [sql`size`, given(fields.size)],
    [sql`file_name`, given(fields.fileName)],
    [sql`version`, given(fields.version)],
    [sql`uploader`, given(fields.uploader)],
    [sql`description`, given(fields.description)],
    [sql`hashes`, given(fields.hashes, json)],
    [sql`urls`, given(fields.urls, (urls) => [...urls])],
    [sql`acl`, given(fields.acl, (acl) => [...acl])],
    [sql`authz`, given(fields.authz, (authz) => [...new Set(authz)])],
    [sql`metadata`, given(fields.metadata, json)],
    [sql`urls_metadata`, given(fields.urlsMetadata, json)],
    [sql`content_created_date`, given(fields.contentCreatedDate)],
    [sql`content_updated_date`, given(fields.contentUpdatedDate)],
    [sql`object_id`, given(fields.objectId)],
  ];
  return all.flatMap(([name, value]): [Sql, Sql][] => (value === undefined ? [] : [[name, value]]));
}

function given<T>(value: T | undefined, as: (value: T) => unknown = (each) => each): Sql | undefined {
  return value === undefined ? undefined : sql`${as(value)}`;
}

const hashLengths: Readonly<Record<string, number>> = { md5: 32, sha: 40, sha1: 40, sha256: 64, sha512: 128, crc: 8 };

function checkDid(did: string): void {
  if (/^[^\s\p{Cc}?#]{1,512}$/u.test(did)) return;
  throw new CatalogueError('invalid', 'did-invalid', 'A did has 1 to 512 characters without spaces');
}

function checkFields({ size, hashes }: IndexFields): void {
  if (typeof size === 'number' && !(Number.isSafeInteger(size) && size >= 0)) {
    throw new CatalogueError('invalid', 'index-size', 'size is a whole number of bytes');
  }
  for (const [algorithm, hash] of Object.entries(hashes ?? {})) {
    const length = Object.hasOwn(hashLengths, algorithm) ? hashLengths[algorithm] : undefined;
    if (/^[0-9a-f]+$/i.test(hash) && (length === undefined || hash.length === length)) continue;
    throw new CatalogueError('invalid', 'index-hash', `The ${algorithm.slice(0, 20)} hash is not one`);
  }
}
