import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import sql, { raw } from 'sql-template-tag';
import type { Database, Queryable } from './types.ts';

export interface Migration {
  /** File name without `.sql`, e.g. `0001_kernel`. */
  name: string;
  text: string;
  /** SHA-256 of the text, line ends normalised. */
  checksum: string;
}

const folder = new URL('../migrations/', import.meta.url);
// any fixed number that nothing else uses as an advisory lock
const migrationLock = 7_120_451;
const oldestServer = 150_000;

/** The migrations of this version of the code, in order. */
export async function readMigrations(directory: URL = folder): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => {
      const text = (await readFile(new URL(file, directory), 'utf8')).replaceAll('\r\n', '\n');
      return { name: file.slice(0, -'.sql'.length), text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/**
 * Brings the schema up to this version of the code; safe to run from many processes at once. Answers the names of the
 * migrations that it applied. Throws when the database was made by newer code or an applied migration has changed since.
 */
export async function migrate(database: Database, migrations?: readonly Migration[]): Promise<string[]> {
  const all = migrations ?? (await readMigrations());
  const applied: string[] = [];
  while (true) {
    const name = await applyNext(database, all);
    if (name === undefined) return applied;
    applied.push(name);
  }
}

/** One migration per transaction; the lock ends with it, so the list is read anew under the lock each time. */
async function applyNext(database: Database, migrations: readonly Migration[]): Promise<string | undefined> {
  return database.transaction(async (transaction) => {
    await transaction.run(sql`select pg_advisory_xact_lock(${migrationLock})`);
    await checkServer(transaction);
    const done = await readApplied(transaction);
    checkHistory(done, migrations);
    const next = migrations.find((migration) => !done.has(migration.name));
    if (next === undefined) return undefined;
    await transaction.run(raw(next.text));
    await transaction.run(sql`insert into migration (name, checksum) values (${next.name}, ${next.checksum})`);
    return next.name;
  });
}

async function checkServer(queryable: Queryable): Promise<void> {
  const row = await queryable.first<{ version: number; encoding: string }>(
    sql`select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`,
  );
  if (row === undefined || row.version < oldestServer) throw new Error('PostgreSQL 15 or newer is needed');
  if (row.encoding !== 'UTF8') throw new Error(`The database's encoding is ${row.encoding}; UTF8 is needed`);
}

async function readApplied(queryable: Queryable): Promise<Map<string, string>> {
  await queryable.run(sql`create table if not exists migration (
    name text primary key, checksum text not null, applied_at timestamptz not null default now()
  )`);
  const rows = await queryable.query<{ name: string; checksum: string }>(sql`select name, checksum from migration`);
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

function checkHistory(done: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.checksum]));
  const unknown = [...done.keys()].filter((name) => !known.has(name)).sort();
  if (unknown.length > 0) {
    throw new Error(`The database is newer than this version of Linnaea: it has ${unknown.join(', ')}`);
  }
  const changed = [...done].filter(([name, checksum]) => known.get(name) !== checksum).map(([name]) => name);
  if (changed.length > 0) {
    throw new Error(`Applied migrations were changed afterwards: ${changed.sort().join(', ')}`);
  }
}
