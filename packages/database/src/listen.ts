import type pg from 'pg';
import { quoteName } from './copy.ts';
import type { Logger } from './types.ts';

export interface Listener {
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * All channels over one connection, opened with the first and reopened when it is lost. What was sent while the
 * connection was down is lost: whoever listens polls as well, only more rarely.
 */
export function createListener(newClient: () => pg.Client, logger: Logger | undefined): Listener {
  const handlers = new Map<string, Set<(payload: string) => void>>();
  let connection: Promise<pg.Client> | undefined;
  let settled: Promise<void> = Promise.resolve();
  let retry: NodeJS.Timeout | undefined;
  let pause = firstPauseMs;
  let closed = false;

  function connected(): Promise<pg.Client> {
    connection ??= open().catch((error) => {
      connection = undefined;
      throw error;
    });
    return connection;
  }

  async function open(): Promise<pg.Client> {
    const client = newClient();
    client.on('notification', ({ channel, payload }) => deliver(channel, payload ?? ''));
    client.on('error', (error) => logger?.warn({ err: error }, 'The listening database connection was lost'));
    await client.connect();
    for (const channel of handlers.keys()) await client.query(`listen ${quoteName(channel)}`);
    client.on('end', () => lost());
    return client;
  }

  function lost(): void {
    connection = undefined;
    if (closed || handlers.size === 0 || retry !== undefined) return;
    retry = setTimeout(() => {
      retry = undefined;
      connected().then(
        () => {
          pause = firstPauseMs;
        },
        () => lost(),
      );
    }, pause);
    retry.unref();
    pause = Math.min(pause * 2, longestPauseMs);
  }

  function deliver(channel: string, payload: string): void {
    for (const handler of handlers.get(channel) ?? []) {
      try {
        handler(payload);
      } catch (error) {
        logger?.error({ err: error, channel }, 'A handler of database notifications failed');
      }
    }
  }

  async function listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>> {
    // a wrapper of its own, so that one function may listen twice and stop once
    const entry = (payload: string) => handler(payload);
    const entries = handlers.get(channel) ?? new Set();
    entries.add(entry);
    handlers.set(channel, entries);
    try {
      await settle(channel);
    } catch (error) {
      forget(channel, entry);
      throw error;
    }
    return async () => {
      // the connection may be lost just now; the next one listens only to what is still wanted
      if (forget(channel, entry) && !closed) await settle(channel).catch(() => undefined);
    };
  }

  /**
   * Listens to the channel or not, as its handlers want it when its turn comes: one change at a time, because an
   * UNLISTEN that overtook the LISTEN of a newer handler would leave that one deaf.
   */
  function settle(channel: string): Promise<void> {
    const turn = settled.then(async () => {
      if (closed) throw new Error('The database is closed');
      const isWanted = handlers.has(channel);
      if (!isWanted && connection === undefined) return;
      const client = await connected();
      await client.query(`${isWanted ? 'listen' : 'unlisten'} ${quoteName(channel)}`);
    });
    settled = turn.catch(() => undefined);
    return turn;
  }

  /** Answers true when the channel has no handler left. */
  function forget(channel: string, entry: (payload: string) => void): boolean {
    const entries = handlers.get(channel);
    if (entries === undefined || !entries.delete(entry) || entries.size > 0) return false;
    handlers.delete(channel);
    return true;
  }

  async function close(): Promise<void> {
    closed = true;
    clearTimeout(retry);
    handlers.clear();
    const client = await connection?.catch(() => undefined);
    await client?.end();
  }

  return { listen, close };
}
