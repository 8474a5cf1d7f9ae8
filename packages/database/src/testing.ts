import { createHash, randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import sql, { raw } from 'sql-template-tag';
import { connect } from './connect.ts';
import { quoteName } from './copy.ts';
import { migrate, readMigrations } from './migrate.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import type { Database } from './types.ts';

export interface TestDatabase {
  database: Database;
  url: string;
  /** Closes `database` and removes it from the server. */
  drop(): Promise<void>;
}

// any fixed number; keeps processes from building one template twice
const templateLock = 7_120_452;

/**
 * A database of its own with every migration applied, cloned from a template in some tens of milliseconds. It is on the
 * server of LINNAEA_TEST_DATABASE_URL (a superuser's URL) or, without that, on one that this process starts and ends.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = await testServerUrl();
  const server = connect(serverUrl, { poolSize: 1 });
  try {
    const template = await ensureTemplate(server, serverUrl);
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await server.run(raw(`create database ${quoteName(name)} template ${quoteName(template)} strategy file_copy`));
    const url = urlOf(serverUrl, name);
    const database = connect(url);
    return { database, url, drop: () => drop(serverUrl, name, database) };
  } finally {
    await server.close();
  }
}

async function drop(serverUrl: string, name: string, database: Database): Promise<void> {
  await database.close();
  const server = connect(serverUrl, { poolSize: 1 });
  try {
    await server.run(raw(`drop database if exists ${quoteName(name)} with (force)`));
  } finally {
    await server.close();
  }
}

/** The template of the migrations as they are now; made under a name that says it is unfinished, then renamed. */
async function ensureTemplate(server: Database, serverUrl: string): Promise<string> {
  const migrations = await readMigrations();
  const hash = createHash('sha256');
  for (const { name, checksum } of migrations) hash.update(`${name} ${checksum}\n`);
  const template = `linnaea_template_${hash.digest('hex').slice(0, 16)}`;
  const exists = () => server.first(sql`select 1 from pg_database where datname = ${template}`);
  if ((await exists()) !== undefined) return template;
  // one connection in the pool, so that the session's lock and the statements meet on it
  await server.run(sql`select pg_advisory_lock(${templateLock})`);
  try {
    if ((await exists()) !== undefined) return template;
    const draft = `${template}_draft`;
    await server.run(raw(`drop database if exists ${quoteName(draft)} with (force)`));
    await server.run(raw(`create database ${quoteName(draft)} template template0`));
    const database = connect(urlOf(serverUrl, draft), { poolSize: 1 });
    try {
      await migrate(database, migrations);
    } finally {
      await database.close();
    }
    await server.run(raw(`alter database ${quoteName(draft)} rename to ${quoteName(template)}`));
    return template;
  } finally {
    await server.run(sql`select pg_advisory_unlock(${templateLock})`);
  }
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

let own: Promise<TestServer> | undefined;

async function testServerUrl(): Promise<string> {
  const given = process.env.LINNAEA_TEST_DATABASE_URL;
  if (given !== undefined && given !== '') return given;
  own ??= startOwn();
  return (await own).url;
}

/** Ends with the process, whichever way it ends: the server does not keep it alive and has no claim on its data. */
async function startOwn(): Promise<TestServer> {
  const server = await startTestServer();
  process.once('exit', () => {
    server.kill();
    const waiting = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0; tries < 200 && existsSync(server.pidFile); tries += 1) Atomics.wait(waiting, 0, 0, 10);
    rmSync(server.directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return server;
}
