import { type Database, json, type Queryable, sql, type Transaction } from '@linnaea/database';
import type { Finding } from '@linnaea/model';
import { changedChannel, type JobRow, jobColumns, queuedChannel, toJob } from './rows.ts';
import type { Job, JobFailure, JobProgress, JobState } from './types.ts';

/** A job at work, and the token that proves whose work it is. Every change below holds only while the token does. */
export interface Claim {
  job: Job;
  token: string;
}

/** Takes the oldest waiting job of the kinds. */
export async function claimNext(
  database: Database,
  kinds: readonly string[],
  leaseMs: number,
): Promise<Claim | undefined> {
  const row = await database.first<JobRow & { token: string }>(sql`
    with next as (
      select id from job where state = 'queued' and kind = any(${[...kinds]}::text[])
      order by id limit 1 for update skip locked
    ), notified as (select pg_notify(${changedChannel}, next.id::text) from next)
    update job set state = 'running', attempt = attempt + 1, lease_token = gen_random_uuid(),
      lease_until = ${leaseEnd(leaseMs)}, started_at = coalesce(started_at, now())
    from next, notified where job.id = next.id
    returning ${jobColumns}, job.lease_token as token`);
  if (row === undefined) return undefined;
  const { token, ...job } = row;
  return { job: toJob(job), token };
}

function leaseEnd(leaseMs: number) {
  return sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`;
}

/**
 * Puts jobs of dead workers back into the queue, or ends them when they were to be stopped or have killed their worker
 * `maxAttempts` times.
 */
export async function reclaimLost(database: Database, maxAttempts: number): Promise<void> {
  const lost: JobFailure = { stage: 'worker', code: 'worker-lost', message: 'The worker stopped answering' };
  const failure: JobFailure = {
    stage: 'worker',
    code: 'worker-lost',
    message: `The worker stopped answering in each of ${maxAttempts} attempts`,
  };
  await database.run(sql`
    with lost as (
      select id from job where lease_until < clock_timestamp() for update skip locked
    ), changed as (
      update job set
        state = case when state = 'stopping' then 'stopped' when attempt >= ${maxAttempts} then 'failed' else 'queued' end,
        ended_at = case when state = 'stopping' or attempt >= ${maxAttempts} then now() end,
        errors = case when state = 'running' and attempt >= ${maxAttempts} then ${json([failure])}::jsonb else errors end,
        interruptions = interruptions || ${json([lost])}::jsonb,
        lease_token = null, lease_until = null
      from lost where job.id = lost.id
      returning job.id
    )
    select pg_notify(${changedChannel}, id::text), pg_notify(${queuedChannel}, '') from changed`);
}

export type ClaimState = 'held' | 'stopping' | 'lost';

/** Prolongs the lease and records progress; answers whether the work is still wanted. */
export async function prolong(
  database: Database,
  claim: Claim,
  leaseMs: number,
  progress: JobProgress | undefined,
): Promise<ClaimState> {
  const { id } = claim.job;
  // skip locked: while the handler's own transaction holds the row (after `complete`), nobody can take the job away
  const changed = await database.first<{ state: JobState }>(sql`
    with own as (select id from job where id = ${id} and lease_token = ${claim.token} for update skip locked),
    notified as (select pg_notify(${changedChannel}, own.id::text) from own where ${progress !== undefined})
    update job set lease_until = ${leaseEnd(leaseMs)},
      progress = coalesce(${progress === undefined ? null : json(progress)}::jsonb, progress)
    from own left join notified on true where job.id = own.id
    returning job.state`);
  const found = changed ?? (await look(database, claim));
  if (found === undefined) return 'lost';
  return found.state === 'stopping' ? 'stopping' : 'held';
}

async function look(queryable: Queryable, claim: Claim): Promise<{ state: JobState } | undefined> {
  return queryable.first(sql`select state from job where id = ${claim.job.id} and lease_token = ${claim.token}`);
}

/** Ends the job within the handler's transaction; false when it is no longer this worker's or is to be stopped. */
export async function recordCompletion(
  transaction: Transaction,
  claim: Claim,
  outcome: {
    result: Record<string, unknown>;
    findings: readonly Finding[];
    progress: JobProgress;
    keptInput: Record<string, unknown>;
  },
): Promise<boolean> {
  const changed = await transaction.run(sql`
    update job set state = 'completed', ended_at = clock_timestamp(), result = ${json(outcome.result)},
      findings = ${json(outcome.findings)}, progress = ${json(outcome.progress)}, errors = '[]',
      input = ${json(outcome.keptInput)},
      lease_token = null, lease_until = null
    where id = ${claim.job.id} and lease_token = ${claim.token} and state = 'running'`);
  if (changed === 0) return false;
  await transaction.run(sql`select pg_notify(${changedChannel}, ${String(claim.job.id)})`);
  return true;
}

export type Ending =
  | { state: 'stopped' }
  | { state: 'failed'; errors: readonly JobFailure[]; findings: readonly Finding[] }
  /** Back into the queue: the attempt was not the job's fault. `counts` is false when the worker itself gave it back. */
  | { state: 'queued'; interruption: JobFailure; counts: boolean };

/**
 * Ends an attempt that did not complete. A job that is to be stopped becomes stopped whatever the ending. Answers the
 * job's new state, or undefined when it was not this worker's any more.
 */
export async function recordEnding(
  database: Database,
  claim: Claim,
  ending: Ending,
  progress: JobProgress,
): Promise<JobState | undefined> {
  const errors = ending.state === 'failed' ? ending.errors : [];
  const findings = ending.state === 'failed' ? ending.findings : [];
  const interruptions = ending.state === 'queued' ? [ending.interruption] : [];
  const uncounted = ending.state === 'queued' && !ending.counts ? 1 : 0;
  const row = await database.first<{ state: JobState }>(sql`
    with own as (
      select id, case state when 'stopping' then 'stopped' else ${ending.state} end as next
      from job where id = ${claim.job.id} and lease_token = ${claim.token} for update
    ), notified as (
      select pg_notify(${changedChannel}, own.id::text), pg_notify(${queuedChannel}, '') from own
    )
    update job set state = own.next, lease_token = null, lease_until = null, progress = ${json(progress)},
      ended_at = case when own.next <> 'queued' then clock_timestamp() end,
      errors = case when own.next = 'failed' then ${json(errors)}::jsonb else errors end,
      findings = case when own.next = 'failed' then ${json(findings)}::jsonb else findings end,
      interruptions = interruptions || ${json(interruptions)}::jsonb,
      attempt = attempt - ${uncounted}
    from own, notified where job.id = own.id
    returning job.state`);
  return row?.state;
}
