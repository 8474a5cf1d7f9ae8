import { join, json, type Queryable, type Sql, sql, type Transaction } from '@linnaea/database';
import { requireAdministrator } from '@linnaea/identity';
import { CatalogueError, type Principal } from '@linnaea/model';

/** A free JSON document about whatever has the guid; anybody may read it. */
export interface MetadataDocument {
  guid: string;
  data: unknown;
}

/** Path (dots divide) to the texts that the value may have; `*` = any value. */
export type DocumentFilter = ReadonlyMap<string, readonly string[]>;

/** By guid, or by an alias of it. */
export async function getDocument(db: Queryable, guidOrAlias: string): Promise<MetadataDocument> {
  const found = await db.first<MetadataDocument>(sql`
    select guid, data from metadata_document
    where guid = ${guidOrAlias} or guid = (select guid from metadata_alias where alias = ${guidOrAlias})
    order by guid = ${guidOrAlias} desc limit 1`);
  if (found === undefined) throw missing(guidOrAlias);
  return found;
}

/** A page of the documents that match every path, in the order of their guids. */
export function listDocuments(
  db: Queryable,
  filter: DocumentFilter,
  page: { limit: number; offset: number },
): Promise<MetadataDocument[]> {
  const parts = [...filter].map(([path, values]) => matches(path.split('.'), values));
  return db.query<MetadataDocument>(sql`
    select guid, data from metadata_document where ${join([sql`true`, ...parts], ' and ')}
    order by guid limit ${page.limit}::bigint offset ${page.offset}::bigint`);
}

function matches(path: string[], values: readonly string[]): Sql {
  if (values.includes('*')) return sql`data #> ${path}::text[] is not null`;
  const [value] = values;
  // the index serves containment, which tells text from numbers; the comparison as text is for the others
  const contained = values.length === 1 && value !== undefined && !isOtherThanText(value);
  if (contained) return sql`data @> ${json(nested(path, value))}`;
  return sql`data #>> ${path}::text[] = any(${[...values]}::text[])`;
}

function isOtherThanText(text: string): boolean {
  return /^(-?\d.*|true|false|null|[[{].*)$/s.test(text);
}

function nested(path: readonly string[], value: string): unknown {
  return path.reduceRight<unknown>((inner, name) => Object.fromEntries([[name, inner]]), value);
}

export type WriteMode = 'create' | 'create-or-replace' | 'replace' | 'merge';

/**
 * Writes a document, for administrators. `create` throws `conflict` when there is one, `replace` and `merge` throw
 * `not-found` when there is none; `merge` keeps the properties that the new one lacks.
 */
export async function writeDocument(
  db: Queryable,
  principal: Principal,
  { guid, data }: MetadataDocument,
  mode: WriteMode,
): Promise<MetadataDocument & { created: boolean }> {
  requireAdministrator(principal);
  checkGuid(guid);
  const value = mode === 'merge' ? sql`d.data || ${json(data)}::jsonb` : sql`${json(data)}::jsonb`;
  const returning = sql`returning d.guid, d.data`;
  if (mode === 'replace' || mode === 'merge') {
    const changed = await db.first<MetadataDocument>(sql`
      update metadata_document d set data = ${value}, updated_at = now() where d.guid = ${guid} ${returning}`);
    if (changed === undefined) throw missing(guid);
    return { ...changed, created: false };
  }
  const onConflict =
    mode === 'create' ? sql`do nothing` : sql`(guid) do update set data = excluded.data, updated_at = now()`;
  const written = await db.first<MetadataDocument & { created: boolean }>(sql`
    insert into metadata_document as d (guid, data, created_by) values (${guid}, ${json(data)}, ${principal.userId})
    on conflict ${onConflict} ${returning}, xmax = 0 as created`);
  if (written === undefined)
    throw new CatalogueError('conflict', 'document-exists', `Conflict: ${guid} exists already`);
  return written;
}

/** Writes many documents, all or none. Without `overwrite` those that exist are left as they are, and told. */
export async function writeDocuments(
  tx: Transaction,
  principal: Principal,
  documents: readonly MetadataDocument[],
  { overwrite }: { overwrite: boolean },
): Promise<{ created: string[]; updated: string[]; conflict: string[] }> {
  const answer = { created: [] as string[], updated: [] as string[], conflict: [] as string[] };
  for (const document of documents) {
    const written = await writeDocument(tx, principal, document, overwrite ? 'create-or-replace' : 'create').catch(
      (error: unknown) => {
        if (error instanceof CatalogueError && error.kind === 'conflict') return undefined;
        throw error;
      },
    );
    if (written === undefined) answer.conflict.push(document.guid);
    else (written.created ? answer.created : answer.updated).push(document.guid);
  }
  return answer;
}

/** Answers what was deleted. For administrators. */
export async function deleteDocument(db: Queryable, principal: Principal, guid: string): Promise<MetadataDocument> {
  requireAdministrator(principal);
  const gone = await db.first<MetadataDocument>(sql`
    delete from metadata_document where guid = ${guid} returning guid, data`);
  if (gone === undefined) throw missing(guid);
  return gone;
}

function checkGuid(guid: string): void {
  if (guid !== '' && guid.length <= 1024 && !/\p{Cc}/u.test(guid)) return;
  throw new CatalogueError('invalid', 'guid-invalid', 'A guid has 1 to 1024 characters');
}

export function missing(guid: string): CatalogueError {
  return new CatalogueError('not-found', 'document-not-found', `Not found: ${guid.slice(0, 200)}`);
}
