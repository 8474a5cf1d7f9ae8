import { rmSync } from 'node:fs';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { takeLock } from './embedded-lock.ts';
import {
  becomeReady,
  collectOutput,
  databaseName,
  prepareRuntime,
  type Runtime,
  type ServerOptions,
  serverUrl,
  spawnServer,
  stopOrphan,
} from './embedded-process.ts';
import { initialise, prepareSite, type Site } from './embedded-site.ts';
import type { Logger } from './types.ts';

export interface EmbeddedOptions extends ServerOptions {
  /** Folder of the database: made when absent, used by one process at a time. */
  directory: string;
  logger?: Logger;
}

export interface EmbeddedServer {
  /** URL of the database `linnaea`, as its superuser. */
  url: string;
  /** Ends open connections, writes everything down and waits for the end of the server. May be called twice. */
  stop(): Promise<void>;
  /** Kills the server at once, without waiting; for the end of a test process. */
  kill(): void;
  /** Called with a message when the server ends without having been asked to. */
  onLost(handler: (message: string) => void): void;
}

/** Starts the PostgreSQL that comes with the dependencies, making its data folder the first time. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  await mkdir(options.directory, { recursive: true });
  const directory = await realpath(options.directory);
  const lock = await takeLock(directory);
  try {
    if (lock.previous?.runtime) await rm(lock.previous.runtime, { recursive: true, force: true });
    const site = await prepareSite(directory);
    await stopOrphan(site.data);
    await initialise(site, options.unsafe === true);
    const runtime = await prepareRuntime(site.account);
    await lock.update(runtime.folder);
    return await run(site, runtime, options, lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function run(
  site: Site,
  runtime: Runtime,
  options: EmbeddedOptions,
  release: () => Promise<void>,
): Promise<EmbeddedServer> {
  const child = await spawnServer(site, runtime, options);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const output = collectOutput(child, options.logger);
  let stopping: Promise<void> | undefined;
  const lostHandlers: ((message: string) => void)[] = [];

  async function clean(): Promise<void> {
    await rm(runtime.folder, { recursive: true, force: true });
    await release();
  }

  async function stop(): Promise<void> {
    child.ref(); // else the process could end before the server has
    child.kill('SIGINT'); // PostgreSQL's fast shutdown
    await ended;
    await clean();
  }

  const server: EmbeddedServer = {
    url: serverUrl(site, runtime, databaseName),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
    kill: () => {
      stopping ??= Promise.resolve();
      child.kill('SIGQUIT');
      rmSync(runtime.folder, { recursive: true, force: true });
    },
    onLost: (handler) => lostHandlers.push(handler),
  };
  try {
    await becomeReady(serverUrl(site, runtime, 'postgres'), ended, output);
    // an idle server must not keep the process alive; its owner decides when to end
    child.unref();
  } catch (error) {
    await server.stop();
    throw error;
  }
  void ended.then(async (how) => {
    if (stopping !== undefined) return;
    stopping = clean();
    options.logger?.error({ how }, 'The embedded PostgreSQL ended by itself');
    for (const handler of lostHandlers) handler(`The embedded PostgreSQL ended by itself (${how})`);
  });
  return server;
}
