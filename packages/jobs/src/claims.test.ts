import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sql } from '@linnaea/database';
import { createTestDatabase, type TestDatabase } from '@linnaea/database/testing';
import { type Claim, claimNext, prolong, reclaimLost, recordCompletion, recordEnding } from './claims.ts';
import { createQueue, type Queue } from './queue.ts';
import { noProgress } from './rows.ts';

const leaseMs = 60_000;
let server: TestDatabase;
let queue: Queue;
let subject: number;

before(async () => {
  server = await createTestDatabase();
  queue = createQueue({ database: server.database });
  const row = await server.database.first<{ id: number }>(sql`insert into subject (kind) values ('user') returning id`);
  subject = row?.id ?? 0;
});
after(() => server.drop());
beforeEach(() => server.database.run(sql`truncate job`));

const add = () =>
  queue.enqueue(server.database, { kind: 'note', input: {}, startedBy: subject, startedByEmail: 'a@example.org' });
const claimed = async (): Promise<Claim> => {
  const claim = await claimNext(server.database, ['note'], leaseMs);
  assert.ok(claim);
  return claim;
};
const outcome = { result: {}, findings: [], progress: { ...noProgress }, keptInput: {} };
const finish = (claim: Claim) =>
  server.database.transaction((transaction) => recordCompletion(transaction, claim, outcome));
const stateOf = async (claim: Claim) => (await queue.get(claim.job.id))?.state;
const takeAway = (claim: Claim) =>
  server.database.run(sql`update job set lease_token = gen_random_uuid() where id = ${claim.job.id}`);

describe('claims', () => {
  test('go to the oldest job that nobody else is taking, without waiting', async () => {
    const first = await add();
    const second = await add();
    await server.database.transaction(async (transaction) => {
      await transaction.run(sql`select 1 from job where id = ${first.id} for update`);
      assert.equal((await claimed()).job.id, second.id);
      assert.equal(await claimNext(server.database, ['note'], leaseMs), undefined);
    });
    assert.equal((await claimed()).job.id, first.id);
  });

  test('with a token that is no longer valid change nothing', async () => {
    await add();
    const claim = await claimed();
    await takeAway(claim);
    assert.equal(await finish(claim), false);
    assert.equal(await prolong(server.database, claim, leaseMs, undefined), 'lost');
    assert.equal(await recordEnding(server.database, claim, { state: 'stopped' }, outcome.progress), undefined);
    assert.equal(await stateOf(claim), 'running');
  });

  test('cannot complete what is to be stopped, and learn so from the lease', async () => {
    await add();
    const claim = await claimed();
    assert.equal(await prolong(server.database, claim, leaseMs, { ...noProgress, rows: 5 }), 'held');
    assert.equal((await queue.get(claim.job.id))?.progress.rows, 5);
    await queue.stop(claim.job.id);
    assert.equal(await finish(claim), false);
    assert.equal(await prolong(server.database, claim, leaseMs, undefined), 'stopping');
    const ending = { state: 'failed' as const, errors: [], findings: [] };
    assert.equal(await recordEnding(server.database, claim, ending, outcome.progress), 'stopped');
  });

  test('complete once', async () => {
    await add();
    const claim = await claimed();
    assert.equal(await finish(claim), true);
    assert.equal(await finish(claim), false);
    assert.equal(await recordEnding(server.database, claim, { state: 'stopped' }, outcome.progress), undefined);
    assert.equal(await stateOf(claim), 'completed');
  });

  test('are reclaimed only when their lease has run out and nobody is completing them', async () => {
    await add();
    const claim = await claimed();
    await reclaimLost(server.database, 3);
    assert.equal(await stateOf(claim), 'running');
    await server.database.run(sql`update job set lease_until = now() - interval '1 second'`);
    await server.database.transaction(async (transaction) => {
      assert.equal(await recordCompletion(transaction, claim, outcome), true);
      await reclaimLost(server.database, 3);
      assert.equal(await prolong(server.database, claim, leaseMs, undefined), 'held');
    });
    assert.equal(await stateOf(claim), 'completed');
  });
});
