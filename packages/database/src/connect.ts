import pg from 'pg';
import sql, { raw, type Sql } from 'sql-template-tag';
import { copyRows } from './copy.ts';
import { createListener } from './listen.ts';
import type { CopyValue, Database, Logger, Queryable, Row, Transaction } from './types.ts';
import { parameter } from './values.ts';

export interface ConnectOptions {
  /** Connections at most, apart from the one that listens. Default 10. */
  poolSize?: number;
  /** Told of lost connections. */
  logger?: Logger;
}

/**
 * Opens a pool on a PostgreSQL URL. Nothing is connected before the first statement. Unix sockets are written
 * `postgresql://user:password@localhost/name?host=/folder/of/the/socket`.
 */
export function connect(url: string, options: ConnectOptions = {}): Database {
  let closing: Promise<void> | undefined;
  const pool = new pg.Pool({
    ...connectionSettings(url),
    max: options.poolSize ?? 10,
    // rather an error than a request that waits forever when transactions hold every connection
    connectionTimeoutMillis: 60_000,
    allowExitOnIdle: true,
  });
  pool.on('error', (error) => {
    // when the pool is ending its sockets may outlive it for a moment, and the server stop first
    if (closing === undefined) options.logger?.warn({ err: error }, 'An idle database connection was lost');
  });
  // a client that is in use has no listener of the pool's; its loss is reported by the statement that hits it
  pool.on('connect', (client) => client.on('error', () => {}));
  const listener = createListener(() => new pg.Client(connectionSettings(url)), options.logger);
  async function transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    { isolation }: { isolation?: 'repeatable read' | 'serializable' } = {},
  ): Promise<T> {
    return inTransaction(pool, isolation === undefined ? 'begin' : `begin isolation level ${isolation}`, work);
  }

  return {
    url,
    ...queryable(() => pool),
    transaction,
    stream: <R = Row>(statement: Sql, batch?: number) => streamAlone<R>(pool, statement, batch),
    listen: listener.listen,
    close: () => {
      closing ??= Promise.all([listener.close(), pool.end()]).then(() => undefined);
      return closing;
    },
  };
}

const parsers: Record<number, (text: string) => unknown> = {
  [pg.types.builtins.INT8]: Number,
  [pg.types.builtins.NUMERIC]: Number,
  // a calendar day has no time zone; the driver would make it a local midnight
  [pg.types.builtins.DATE]: (text) => text,
  // int8[] and numeric[]
  1016: numbers,
  1231: numbers,
};

/** A one-dimensional array of numbers, e.g. `{1,NULL,3}`. */
function numbers(text: string): (number | null)[] {
  const inner = text.slice(text.indexOf('{') + 1, -1);
  return inner === '' ? [] : inner.split(',').map((item) => (item === 'NULL' ? null : Number(item)));
}

function connectionSettings(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'linnaea',
    keepAlive: true,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') => {
        if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
        return parsers[oid] ?? pg.types.getTypeParser(oid, 'text');
      },
    },
  };
}

type Executor = Pick<pg.ClientBase, 'query'>;

async function execute(executor: Executor, statement: Sql): Promise<pg.QueryResult> {
  const result: pg.QueryResult | pg.QueryResult[] = await executor.query({
    text: statement.text,
    values: statement.values.map(parameter),
  });
  // several statements in one text (migrations) answer one result each
  const last = Array.isArray(result) ? result.at(-1) : result;
  if (last === undefined) throw new Error('The statement is empty');
  return last;
}

function queryable(executor: () => Executor): Queryable {
  return {
    async query<R = Row>(statement: Sql): Promise<R[]> {
      const result = await execute(executor(), statement);
      return result.rows;
    },
    async first<R = Row>(statement: Sql): Promise<R | undefined> {
      const result = await execute(executor(), statement);
      return result.rows[0];
    },
    async run(statement: Sql): Promise<number> {
      const result = await execute(executor(), statement);
      return result.rowCount ?? 0;
    },
  };
}

async function inTransaction<T>(
  pool: pg.Pool,
  begin: string,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const opened = openTransaction(client);
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(opened.transaction);
    opened.finish();
    const end = await client.query('commit');
    // a failed statement whose error was swallowed turns the commit into a silent rollback
    if (end.command !== 'COMMIT')
      throw new Error('The transaction was rolled back because one of its statements failed');
    return result;
  } catch (error) {
    opened.finish();
    broken = await rollback(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Rolls back; answers an error when the connection is of no more use. */
async function rollback(client: pg.ClientBase): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('rollback failed', { cause: error });
  }
}

function openTransaction(client: pg.ClientBase): { transaction: Transaction; finish: () => void } {
  let state: 'open' | 'copying' | 'finished' = 'open';
  let cursors = 0;

  function usable(): pg.ClientBase {
    // a statement behind a COPY would wait for the COPY's end, and the COPY's rows perhaps for the statement
    if (state === 'copying')
      throw new Error('The transaction is busy with copyIn; its rows must not use the transaction');
    if (state === 'finished') throw new Error('The transaction is over');
    return client;
  }

  async function copyIn(
    table: string,
    columns: readonly string[],
    rows: Iterable<readonly CopyValue[]> | AsyncIterable<readonly CopyValue[]>,
  ): Promise<number> {
    const copier = usable();
    state = 'copying';
    try {
      return await copyRows(copier, table, columns, rows);
    } finally {
      if (state === 'copying') state = 'open';
    }
  }

  async function* stream<R = Row>(statement: Sql, batch = 500): AsyncGenerator<R> {
    if (!Number.isInteger(batch) || batch < 1) throw new RangeError('A batch is a positive number of rows');
    cursors += 1;
    const name = `rows_${cursors}`;
    await usable().query({
      text: `declare ${name} no scroll cursor for ${statement.text}`,
      values: statement.values.map(parameter),
    });
    let failed = false;
    try {
      while (true) {
        const { rows }: { rows: R[] } = await execute(usable(), raw(`fetch ${batch} from ${name}`));
        yield* rows;
        if (rows.length < batch) return;
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      // in a failed or finished transaction the cursor is gone already; the commit tells of the failure
      if (!failed && state === 'open') await client.query(`close ${name}`).catch(() => undefined);
    }
  }

  return {
    transaction: { ...queryable(usable), copyIn, stream },
    finish: () => {
      state = 'finished';
    },
  };
}

async function* streamAlone<R>(pool: pg.Pool, statement: Sql, batch?: number): AsyncGenerator<R> {
  const client = await pool.connect();
  const opened = openTransaction(client);
  let broken: Error | undefined;
  try {
    await client.query('begin read only');
    // the planner expects the first tenth of a cursor to be wanted; here it is nearly always the whole
    await opened.transaction.run(sql`set local cursor_tuple_fraction = 1`);
    yield* opened.transaction.stream<R>(statement, batch);
  } finally {
    opened.finish();
    broken = await rollback(client);
    client.release(broken);
  }
}
