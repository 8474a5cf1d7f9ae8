import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile, readlink, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { quoteName } from './copy.ts';
import { codeOf, type RunAs } from './embedded-binaries.ts';
import { privateFolder, type Site, serverEnvironment, userName } from './embedded-site.ts';
import type { Logger } from './types.ts';

export const databaseName = 'linnaea';
const port = 5432; // of a unix socket: only part of its file name

const tunedSettings: Record<string, string> = {
  shared_buffers: '256MB',
  max_connections: '60',
  max_wal_size: '2GB',
  wal_compression: 'pglz',
  gin_pending_list_limit: '64MB',
  jit: 'off',
  fsync: 'on',
  synchronous_commit: 'on',
  autovacuum: 'on',
  // new statistics soon after an upload: plans over tables that seem empty are slow
  autovacuum_naptime: '10s',
  log_min_messages: 'warning',
  // an expected conflict is not worth a line in the log; what matters reaches the client
  log_min_error_statement: 'panic',
};
const unsafeSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

export interface ServerOptions {
  /** Settings of PostgreSQL over the ones chosen here. */
  settings?: Readonly<Record<string, string>>;
  /** For tests: data need not survive a crash of the machine. */
  unsafe?: boolean;
}

export interface Runtime {
  folder: string;
  /** Set when there is no unix socket. */
  tcpPort: number | undefined;
}

const longestSocketPath = 100;

export async function prepareRuntime(account: RunAs | undefined): Promise<Runtime> {
  const folder = await privateFolder(account);
  const fits = folder.length + '/.s.PGSQL.5432'.length <= longestSocketPath;
  return { folder, tcpPort: process.platform !== 'win32' && fits ? undefined : await freePort() };
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no free port on 127.0.0.1');
  return address.port;
}

export function serverUrl(site: Site, runtime: Runtime, database: string): string {
  const account = `${userName}:${site.password}`;
  if (runtime.tcpPort !== undefined) return `postgresql://${account}@127.0.0.1:${runtime.tcpPort}/${database}`;
  return `postgresql://${account}@localhost:${port}/${database}?host=${encodeURIComponent(runtime.folder)}`;
}

export async function spawnServer(site: Site, runtime: Runtime, options: ServerOptions): Promise<ChildProcess> {
  const settings: Record<string, string> = {
    ...tunedSettings,
    ...(options.unsafe === true ? unsafeSettings : {}),
    ...options.settings,
    port: String(runtime.tcpPort ?? port),
    listen_addresses: runtime.tcpPort === undefined ? '' : '127.0.0.1',
    unix_socket_directories: runtime.tcpPort === undefined ? runtime.folder : '',
    unix_socket_permissions: '0700',
  };
  const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [site.binaries.postgres, '-D', site.dataArgument, ...parameters];
  const guarded = await deathGuard(site.account);
  const [program = site.binaries.postgres, ...rest] = [...guarded, ...command];
  return spawn(program, rest, {
    cwd: site.data,
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    // a terminal's Ctrl-C goes to the whole group; the server is to be stopped last, by its owner
    detached: true,
    ...(guarded.length > 0 ? {} : site.account),
  });
}

/** The command before the server's that has the kernel stop it when this process dies, where util-linux offers it. */
async function deathGuard(account: RunAs | undefined): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const drop = account === undefined ? [] : [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  const guard = ['setpriv', '--pdeathsig', 'INT', ...drop];
  try {
    await promisify(execFile)('setpriv', [...guard.slice(1), 'true']);
    return guard;
  } catch {
    return []; // the next start finds the orphan by its pid file
  }
}

/** The last lines that the server wrote, for the message of a failed start; all of them go to the logger. */
export function collectOutput(child: ChildProcess, logger: Logger | undefined): () => string {
  let last = '';
  const stream = child.stderr;
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    last = (last + text).slice(-2_000);
    for (const line of text.split('\n')) if (line.trim() !== '') logger?.info({ line }, 'PostgreSQL');
  });
  if (stream instanceof net.Socket) stream.unref();
  return () => last.trim();
}

/** Waits until the server takes connections (after a crash it first replays its log) and makes the database. */
export async function becomeReady(url: string, ended: Promise<string>, output: () => string): Promise<void> {
  let end: string | undefined;
  void ended.then((how) => {
    end = how;
  });
  while (end === undefined) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      if (!isStarting(error)) throw error;
      await pause(20);
      continue;
    }
    try {
      const found = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
      if (found.rows.length === 0) await client.query(`create database ${quoteName(databaseName)}`);
    } finally {
      await client.end();
    }
    return;
  }
  throw new Error(`The embedded PostgreSQL did not start (${end}): ${output()}`);
}

function isStarting(error: unknown): boolean {
  // 57P03: starting up, or replaying its log
  return ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', '57P03'].includes(codeOf(error) ?? '');
}

/** Stops a server that outlived its owner (killed where no death guard was to be had) and clears what it left. */
export async function stopOrphan(data: string): Promise<void> {
  const file = path.join(data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const pid = Number.parseInt(text ?? '', 10);
  if (!Number.isInteger(pid) || pid <= 1) return;
  if (!(await isServerOf(pid, data))) {
    // the id may belong to some other program by now, which PostgreSQL would take for a running server
    await rm(file, { force: true });
    return;
  }
  process.kill(pid, 'SIGINT');
  while (await isServerOf(pid, data)) await pause(50);
}

async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
    return folder === data;
  }
  const listed = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => undefined);
  return listed?.stdout.includes(data) ?? false;
}
