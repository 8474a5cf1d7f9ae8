import type { Sql } from 'sql-template-tag';

/** A row as the driver yields it: int8 as number (this catalogue's ids stay below 2^53), timestamptz as Date, jsonb parsed. */
export type Row = Record<string, unknown>;

export type CopyValue =
  | string
  | number
  | boolean
  | bigint
  | Date
  | null
  | undefined
  | readonly (string | number)[]
  | object;

/** The part of a structured logger that is used here; pino's and Fastify's fit. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Queryable {
  /** Runs one statement. Write it with the `sql` tag: values become parameters, fragments nest. */
  query<R = Row>(statement: Sql): Promise<R[]>;
  /** Like `query`, answering the first row or undefined. */
  first<R = Row>(statement: Sql): Promise<R | undefined>;
  /** Runs a statement for its effect and answers the number of rows it touched. */
  run(statement: Sql): Promise<number>;
}

export interface Transaction extends Queryable {
  /**
   * Streams rows into a table by COPY. A value that is an object (not Date, not array) is written as JSON; an array of
   * text or numbers as a PostgreSQL array; wrap an array in `json()` to write it as JSON. Answers the number of rows.
   */
  copyIn(
    table: string,
    columns: readonly string[],
    rows: Iterable<readonly CopyValue[]> | AsyncIterable<readonly CopyValue[]>,
  ): Promise<number>;
  /** Rows of a statement through a server-side cursor, `batch` (default 500) at a time. */
  stream<R = Row>(statement: Sql, batch?: number): AsyncIterable<R>;
}

export interface Database extends Queryable {
  readonly url: string;
  /** Runs `work` in one transaction: commits when it resolves, rolls back when it throws. Nested use is a mistake. */
  transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    options?: { isolation?: 'repeatable read' | 'serializable' },
  ): Promise<T>;
  /** Rows of a statement in a read-only transaction of its own, through a cursor. */
  stream<R = Row>(statement: Sql, batch?: number): AsyncIterable<R>;
  /** Calls `handler` for every NOTIFY on the channel until the returned function is called. */
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
