import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from './connect.ts';
import { type EmbeddedServer, startEmbedded } from './embedded.ts';
import { isTraversable, preparePostgres } from './embedded-binaries.ts';
import { isAlive, processStartTime, takeLock } from './embedded-lock.ts';
import { migrate, sql } from './index.ts';

const isLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
const root = await mkdtemp(path.join(os.tmpdir(), 'linnaea-embedded-'));
await chmod(root, 0o755);
after(() => rm(root, { recursive: true, force: true, maxRetries: 3 }));

let count = 0;
function freshFolder(): string {
  count += 1;
  return path.join(root, `d${count}`);
}

const start = (directory: string): Promise<EmbeddedServer> => startEmbedded({ directory, unsafe: true });

async function execute(url: string, statement = sql`select 1 as one`) {
  const database = connect(url, { poolSize: 1 });
  try {
    return await database.query(statement);
  } finally {
    await database.close();
  }
}

const program = fileURLToPath(new URL('./testing-programs/hold-server.ts', import.meta.url));

/** Runs a process that starts the server of a folder; answers it and what it said. */
async function hold(directory: string, options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {}) {
  const child = spawn(process.execPath, [program, directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    ...options,
  });
  const [message]: { url?: string; error?: string }[] = await once(child, 'message');
  return { child, url: message?.url ?? '', error: message?.error };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

const postmaster = async (directory: string) =>
  Number.parseInt(await readFile(path.join(directory, 'data', 'postmaster.pid'), 'utf8'), 10);

async function untilGone(pid: number): Promise<void> {
  for (let tries = 0; processStartTime(pid) !== undefined; tries += 1) {
    assert.ok(tries < 400, `process ${pid} lives on`);
    await pause(25);
  }
}

describe('the embedded server', () => {
  test('starts from nothing, keeps its data and can be stopped twice', async () => {
    const directory = freshFolder();
    const first = await startEmbedded({ directory });
    const settings = sql`select current_setting('fsync') as fsync, current_setting('jit') as jit,
      current_setting('shared_buffers') as buffers, current_setting('server_encoding') as encoding,
      (select datlocale from pg_database where datname = current_database()) as locale,
      (select array_agg(w order by w) from unnest(array['b','B','a','é']) as w) as sorted, lower('É') as lower`;
    const expected = { fsync: 'on', jit: 'off', buffers: '256MB', encoding: 'UTF8', locale: 'C.UTF-8', lower: 'é' };
    assert.deepEqual(await execute(first.url, settings), [{ ...expected, sorted: ['B', 'a', 'b', 'é'] }]);
    await execute(first.url, sql`create table kept as select 7 as value`);
    await first.stop();
    await first.stop();
    const second = await startEmbedded({ directory, settings: { work_mem: '5MB' } });
    assert.deepEqual(await execute(second.url, sql`select value, current_setting('work_mem') as w from kept`), [
      { value: 7, w: '5MB' },
    ]);
    await second.stop();
  });

  test('is reached only with the password, which only its owner can read', async () => {
    const directory = freshFolder();
    const server = await start(directory);
    assert.equal((await stat(path.join(directory, 'password'))).mode & 0o777, 0o600);
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await assert.rejects(execute(wrong.href), { code: '28P01' });
    await server.stop();
  });

  test('is refused to a second process, also within this one, by name of the first', async () => {
    const directory = freshFolder();
    const server = await start(directory);
    await assert.rejects(start(directory), new RegExp(`in use by process ${process.pid}`));
    const other = await hold(directory);
    assert.match(other.error ?? '', new RegExp(`in use by process ${process.pid}.*LINNAEA_DATA_DIR`));
    await once(other.child, 'exit');
    assert.deepEqual(await execute(server.url), [{ one: 1 }]);
    await server.stop();
  });

  test('recovers from its own sudden death and tells of it', { skip: isLinux ? false : 'needs /proc' }, async () => {
    const directory = freshFolder();
    const server = await startEmbedded({ directory });
    await execute(server.url, sql`create table kept as select n from generate_series(1, 1000) as n`);
    const lost = new Promise<string>((resolve) => server.onLost(resolve));
    process.kill(await postmaster(directory), 'SIGKILL');
    assert.match(await lost, /SIGKILL/);
    await server.stop();
    const again = await startEmbedded({ directory });
    assert.deepEqual(await execute(again.url, sql`select count(*) as n from kept`), [{ n: 1000 }]);
    await again.stop();
  });

  test('begins anew when the first start was cut off half-way', async () => {
    const directory = freshFolder();
    await mkdir(path.join(directory, 'data.new'), { recursive: true });
    await writeFile(path.join(directory, 'data.new', 'PG_VERSION'), '18\n');
    const server = await start(directory);
    assert.deepEqual(await execute(server.url), [{ one: 1 }]);
    await server.stop();
  });

  test('listens on the loopback address where the path of a socket would be too long', async () => {
    const TMPDIR = path.join(root, 'long'.repeat(30));
    await mkdir(TMPDIR);
    const { child, url } = await hold(freshFolder(), { env: { ...process.env, TMPDIR } });
    assert.equal(new URL(url).hostname, '127.0.0.1');
    assert.deepEqual(await execute(url), [{ one: 1 }]);
    await end(child, 'SIGTERM');
  });

  test('names the reason when PostgreSQL does not start', async () => {
    const directory = freshFolder();
    await assert.rejects(
      startEmbedded({ directory, settings: { shared_buffers: 'much' } }),
      /did not start.*shared_buffers/s,
    );
    const server = await start(directory);
    await server.stop();
    await writeFile(path.join(directory, 'data', 'PG_VERSION'), '9\n');
    await assert.rejects(start(directory), /written by PostgreSQL 9/);
  });
});

describe('the owner’s sudden death', { skip: isLinux ? false : 'needs /proc' }, () => {
  test('takes the server with it', async () => {
    const directory = freshFolder();
    const { child } = await hold(directory);
    const pid = await postmaster(directory);
    await end(child, 'SIGKILL');
    await untilGone(pid);
    const server = await start(directory);
    assert.deepEqual(await execute(server.url), [{ one: 1 }]);
    await server.stop();
  });

  test('leaves an orphan where there is no setpriv, which the next start stops', async () => {
    const directory = freshFolder();
    const { child, url } = await hold(directory, { env: { ...process.env, PATH: '/nowhere' } });
    await execute(url, sql`create table kept as select 7 as value`);
    const pid = await postmaster(directory);
    await end(child, 'SIGKILL');
    assert.notEqual(processStartTime(pid), undefined);
    const server = await start(directory);
    assert.equal(processStartTime(pid), undefined);
    assert.deepEqual(await execute(server.url, sql`select value from kept`), [{ value: 7 }]);
    await server.stop();
  });

  test('does not make the next start wait for a stranger with the same process id', async () => {
    const directory = freshFolder();
    await (await start(directory)).stop();
    await writeFile(path.join(directory, 'data', 'postmaster.pid'), `${process.pid}\n${directory}\n`);
    const server = await start(directory);
    assert.deepEqual(await execute(server.url), [{ one: 1 }]);
    await server.stop();
  });
});

describe('accounts', { skip: isRoot && isLinux ? false : 'needs root on Linux' }, () => {
  test('root’s server runs as nobody, also where nobody cannot go', async () => {
    const closed = freshFolder();
    await mkdir(closed, { mode: 0o700 });
    const directory = path.join(closed, 'database');
    assert.equal(await isTraversable(directory).catch(() => false), false);
    for (const round of ['made', 'found']) {
      const server = await start(directory);
      const owner = (await stat(`/proc/${await postmaster(directory)}`)).uid;
      assert.equal(owner, 65_534, round);
      const database = connect(server.url);
      await migrate(database);
      await database.run(sql`checkpoint`);
      await database.close();
      await server.stop();
    }
  });

  test('root’s programs are copied from where nobody cannot go, once', async () => {
    const closed = freshFolder();
    await mkdir(closed, { mode: 0o700 });
    const original = path.dirname(path.dirname(path.dirname((await preparePostgres()).postgres)));
    const hidden = path.join(closed, 'package');
    await cp(original, hidden, { recursive: true, verbatimSymlinks: true });
    const first = await preparePostgres({ folder: hidden, version: 'test' });
    const second = await preparePostgres({ folder: hidden, version: 'test' });
    assert.deepEqual(first, second);
    assert.notEqual(path.dirname(first.postgres), path.join(hidden, 'native', 'bin'));
    const copy = path.dirname(path.dirname(path.dirname(first.postgres)));
    const run = spawn(first.postgres, ['--version'], { uid: 65_534, gid: 65_534, cwd: '/' });
    assert.deepEqual(await once(run, 'exit'), [0, null]);
    await chmod(copy, 0o777);
    await assert.rejects(preparePostgres({ folder: hidden, version: 'test' }), /not this account’s own/);
    await rm(copy, { recursive: true });
  });

  test('an ordinary user needs nothing of root', async () => {
    const directory = freshFolder();
    await mkdir(directory);
    const daemon = { uid: 1, gid: 1 }; // an account that every Linux knows
    await chown(directory, daemon.uid, daemon.gid);
    const { child, url, error } = await hold(directory, daemon);
    assert.equal(error, undefined);
    assert.deepEqual(await execute(url), [{ one: 1 }]);
    const pid = await postmaster(directory);
    assert.equal((await stat(`/proc/${pid}`)).uid, daemon.uid);
    await end(child, 'SIGTERM');
    assert.equal(processStartTime(pid), undefined);
  });
});

describe('an account that the system does not know', {
  skip: isRoot && isLinux ? false : 'needs root on Linux',
}, () => {
  test('is told so by the start', async () => {
    const directory = freshFolder();
    await mkdir(directory);
    await chown(directory, 54_321, 54_321);
    const { child, error } = await hold(directory, { uid: 54_321, gid: 54_321 });
    assert.match(error ?? '', /could not make its data folder: .*54321/s);
    await once(child, 'exit');
  });
});

describe('the lock', () => {
  test('is taken from the dead and given to one only', async () => {
    const directory = freshFolder();
    await mkdir(directory);
    const dead = { pid: process.pid, startTime: 'earlier', runtime: '/tmp/linnaea-none' };
    assert.equal(isAlive(dead), false);
    await writeFile(path.join(directory, 'linnaea.lock'), JSON.stringify(dead));
    const attempts = await Promise.allSettled(Array.from({ length: 6 }, () => takeLock(directory)));
    const taken = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    assert.equal(taken.length, 1);
    await taken[0]?.release();
    const next = await takeLock(directory);
    assert.equal(next.previous, undefined);
    await next.release();
  });

  test('is taken over from a file that is not a lock', async () => {
    const directory = freshFolder();
    await mkdir(directory);
    for (const text of ['', 'x', '{}', 'null', '[1]']) {
      await writeFile(path.join(directory, 'linnaea.lock'), text);
      await (await takeLock(directory)).release();
    }
  });
});
