import {
  type Database,
  join,
  json,
  type Logger,
  type Queryable,
  type Sql,
  sql,
  type Transaction,
} from '@linnaea/database';
import { CatalogueError } from '@linnaea/model';
import { changedChannel, type JobRow, jobColumns, queuedChannel, toJob } from './rows.ts';
import type { Job, JobHandler, ListJobs, NewJob } from './types.ts';
import { createWatch } from './watch.ts';
import { startWorkers, type Timing, type Workers } from './worker.ts';

export interface QueueOptions {
  database: Database;
  logger?: Logger;
  timing?: Partial<Timing>;
}

export interface Queue {
  /**
   * Adds a job; visible to workers when the transaction commits. Throws a conflict `job-exists` with `details.jobId`
   * when its key is taken.
   */
  enqueue(database: Database | Transaction, job: NewJob): Promise<Job>;
  get(id: number): Promise<Job | undefined>;
  /** Newest first. */
  list(query: ListJobs): Promise<Job[]>;
  /** The newest job with the key that has neither failed nor been stopped. */
  findByKey(kind: string, key: string): Promise<Job | undefined>;
  /** Stops a waiting job at once and asks a running one to stop; a job that has ended stays as it is. */
  stop(id: number): Promise<Job>;
  /** Puts a stopped or failed job back into the queue under the same id; conflict `job-not-restartable` for others. */
  restart(id: number): Promise<Job>;
  /** The job now and after each change, until it has ended or the signal aborts. Not found: nothing. */
  watch(id: number, signal: AbortSignal): AsyncIterable<Job>;
  /** Deletes jobs that ended before the date; answers how many. */
  prune(endedBefore: Date): Promise<number>;
  /** Starts workers in this process for the given kinds. */
  work(handlers: Readonly<Record<string, JobHandler>>, options?: { concurrency?: number }): Promise<Workers>;
}

const defaultTiming: Timing = { leaseMs: 60_000, pollMs: 5_000, progressMs: 500, maxAttempts: 3 };

export function createQueue({ database, logger, timing }: QueueOptions): Queue {
  const used = { ...defaultTiming, ...timing };
  const get = async (id: number) => firstJob(database, sql`select ${jobColumns} from job where id = ${id}`);
  return {
    enqueue: (target, job) =>
      'transaction' in target ? target.transaction((transaction) => enqueue(transaction, job)) : enqueue(target, job),
    get,
    list: (query) => list(database, query),
    findByKey: (kind, key) => findByKey(database, kind, key),
    stop: (id) => stop(database, id),
    restart: (id) => database.transaction((transaction) => restart(transaction, id)),
    watch: createWatch(database, get, used.pollMs),
    prune: (endedBefore) => database.run(sql`delete from job where ended_at < ${endedBefore}`),
    work: (handlers, { concurrency = 2 } = {}) =>
      startWorkers({ database, handlers: new Map(Object.entries(handlers)), concurrency, timing: used, logger }),
  };
}

async function firstJob(queryable: Queryable, statement: Sql): Promise<Job | undefined> {
  const row = await queryable.first<JobRow>(statement);
  return row === undefined ? undefined : toJob(row);
}

async function enqueue(transaction: Transaction, job: NewJob): Promise<Job> {
  if (job.key !== undefined && job.allowDuplicate !== true) await refuseDuplicate(transaction, job.kind, job.key);
  const inserted = await firstJob(
    transaction,
    sql`insert into job (kind, key, input, started_by, started_by_email)
      values (${job.kind}, ${job.key ?? null}, ${json(job.input)}, ${job.startedBy}, ${job.startedByEmail})
      returning ${jobColumns}`,
  );
  if (inserted === undefined) throw new Error('The job was not inserted');
  await transaction.run(sql`select pg_notify(${queuedChannel}, '')`);
  return inserted;
}

async function refuseDuplicate(transaction: Transaction, kind: string, key: string): Promise<void> {
  // two requests at once must not both find nothing: the second waits here until the first has committed
  await transaction.run(sql`select pg_advisory_xact_lock(hashtextextended(${`job ${kind} ${key}`}, 0))`);
  const other = await findByKey(transaction, kind, key);
  if (other === undefined) return;
  throw new CatalogueError('conflict', 'job-exists', `Job ${other.id} does the same`, { details: { jobId: other.id } });
}

async function findByKey(queryable: Queryable, kind: string, key: string): Promise<Job | undefined> {
  return firstJob(
    queryable,
    sql`select ${jobColumns} from job
      where kind = ${kind} and key = ${key} and state not in ('failed', 'stopped') order by id desc limit 1`,
  );
}

async function list(database: Database, query: ListJobs): Promise<Job[]> {
  const conditions = [sql`true`];
  if (query.startedBy !== undefined) conditions.push(sql`started_by = ${query.startedBy}`);
  if (query.states !== undefined) conditions.push(sql`state = any(${[...query.states]}::text[])`);
  if (query.kinds !== undefined) conditions.push(sql`kind = any(${[...query.kinds]}::text[])`);
  if (query.before !== undefined) conditions.push(sql`id < ${query.before}`);
  const rows = await database.query<JobRow>(
    sql`select ${jobColumns} from job where ${join(conditions, ' and ')} order by id desc limit ${query.limit}`,
  );
  return rows.map(toJob);
}

async function stop(database: Database, id: number): Promise<Job> {
  const changed = await firstJob(
    database,
    sql`with notified as (select pg_notify(${changedChannel}, ${String(id)}))
      update job set
        state = case state when 'queued' then 'stopped' else 'stopping' end,
        ended_at = case state when 'queued' then now() end
      from notified
      where id = ${id} and state in ('queued', 'running')
      returning ${jobColumns}`,
  );
  return changed ?? (await existing(database, id));
}

async function existing(queryable: Queryable, id: number): Promise<Job> {
  const job = await firstJob(queryable, sql`select ${jobColumns} from job where id = ${id}`);
  if (job === undefined) throw new CatalogueError('not-found', 'job-not-found', `There is no job ${id}`);
  return job;
}

async function restart(transaction: Transaction, id: number): Promise<Job> {
  const before = await existing(transaction, id);
  const restarted = await firstJob(
    transaction,
    sql`update job set state = 'queued', attempt = 0, result = null, errors = '[]', findings = '[]',
        interruptions = '[]', progress = '{}', started_at = null, ended_at = null
      where id = ${id} and state in ('stopped', 'failed')
      returning ${jobColumns}`,
  );
  if (restarted === undefined) {
    throw new CatalogueError('conflict', 'job-not-restartable', 'Only a stopped or failed job can be restarted', {
      details: { state: before.state },
    });
  }
  await transaction.run(sql`select pg_notify(${queuedChannel}, ''), pg_notify(${changedChannel}, ${String(id)})`);
  return restarted;
}
