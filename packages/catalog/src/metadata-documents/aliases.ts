import { isUniqueViolation, type Queryable, sql, type Transaction } from '@linnaea/database';
import { requireAdministrator } from '@linnaea/identity';
import { CatalogueError, type Principal } from '@linnaea/model';
import { getDocument, missing } from './documents.ts';

/** Other names of a document, in order. Throws `not-found` without the document. */
export async function documentAliases(db: Queryable, guid: string): Promise<string[]> {
  await getDocument(db, guid);
  const rows = await db.query<{ alias: string }>(
    sql`select alias from metadata_alias where guid = ${guid} order by alias`,
  );
  return rows.map((row) => row.alias);
}

/** Adds names to a document, or replaces all of them. Throws `conflict` when another document has one. */
export async function writeAliases(
  tx: Transaction,
  principal: Principal,
  guid: string,
  aliases: readonly string[],
  mode: 'add' | 'replace' | 'merge',
): Promise<string[]> {
  requireAdministrator(principal);
  await getDocument(tx, guid);
  if (aliases.some((alias) => alias === '' || alias.length > 1024)) {
    throw new CatalogueError('invalid', 'alias-invalid', 'An alias has 1 to 1024 characters');
  }
  if (mode === 'replace') await tx.run(sql`delete from metadata_alias where guid = ${guid}`);
  try {
    await tx.run(sql`
      insert into metadata_alias (alias, guid) select distinct alias, ${guid} from unnest(${[...aliases]}::text[]) alias
      ${mode === 'add' ? sql`` : sql`on conflict (alias) do update set guid = excluded.guid where metadata_alias.guid = excluded.guid`}`);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new CatalogueError('conflict', 'alias-taken', 'An alias names a document already', { cause: error });
  }
  return documentAliases(tx, guid);
}

/** Removes one name, or all of them. Throws `not-found` when there is no such name. */
export async function deleteAliases(db: Queryable, principal: Principal, guid: string, alias?: string): Promise<void> {
  requireAdministrator(principal);
  await getDocument(db, guid);
  const one = alias === undefined ? sql`true` : sql`alias = ${alias}`;
  const gone = await db.run(sql`delete from metadata_alias where guid = ${guid} and ${one}`);
  if (gone === 0 && alias !== undefined) throw missing(alias);
}

export async function documentIndexPaths(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ path: string }>(sql`select path from metadata_index_path order by path`);
  return rows.map((row) => row.path);
}

/** Notes that a client relies on a path being indexed (all are). Throws `conflict` when it is noted already. */
export async function addDocumentIndexPath(db: Queryable, principal: Principal, path: string): Promise<void> {
  requireAdministrator(principal);
  const added = await db.run(sql`insert into metadata_index_path (path) values (${path}) on conflict do nothing`);
  if (added === 0) throw new CatalogueError('conflict', 'index-path-exists', `Conflict: ${path.slice(0, 200)}`);
}

export async function deleteDocumentIndexPath(db: Queryable, principal: Principal, path: string): Promise<void> {
  requireAdministrator(principal);
  if ((await db.run(sql`delete from metadata_index_path where path = ${path}`)) === 0) throw missing(path);
}
