import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { startEmbedded } from './embedded.ts';
import { sharedTemporaryFolder } from './embedded-binaries.ts';
import { isAlive, readOwner } from './embedded-lock.ts';

export interface TestServer {
  /** A superuser's URL. */
  url: string;
  /** Folder of its data, of no use after the end. */
  directory: string;
  /** Exists as long as the server runs. */
  pidFile: string;
  stop(): Promise<void>;
  /** Kills the server at once and leaves its folder. */
  kill(): void;
}

const prefix = 'linnaea-test-';

/** Starts an empty PostgreSQL for tests in a temporary folder. What it holds would not survive a crash of the machine. */
export async function startTestServer(): Promise<TestServer> {
  const parent = await sharedTemporaryFolder();
  await removeAbandoned(parent);
  const directory = await mkdtemp(path.join(parent, prefix));
  await chmod(directory, 0o711);
  const settings = { shared_buffers: '64MB', max_connections: '150', max_wal_size: '1GB' };
  const server = await startEmbedded({ directory, unsafe: true, settings });
  return {
    url: server.url,
    directory,
    pidFile: path.join(directory, 'data', 'postmaster.pid'),
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
    kill: server.kill,
  };
}

const youngestAbandonedMs = 60_000;

/** Folders whose test process was killed. The age spares those that are about to take their lock. */
async function removeAbandoned(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const directory = path.join(parent, name);
    const found = await stat(directory).catch(() => undefined);
    if (found === undefined || found.uid !== (process.getuid?.() ?? 0)) continue;
    const owner = await readOwner(directory);
    if (Date.now() - found.mtimeMs < youngestAbandonedMs || (owner !== undefined && isAlive(owner))) continue;
    if (owner?.runtime) await rm(owner.runtime, { recursive: true, force: true });
    await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }
}
