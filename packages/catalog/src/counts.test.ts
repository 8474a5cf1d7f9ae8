import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { createUser, ensureAdministrator, loadPrincipal, personalScope } from '@linnaea/identity';
import type { Principal } from '@linnaea/model';
import { compactCounts, countRecords } from './counts.ts';
import { insertRecords, nextRecordIds, recordChange } from './index.ts';

let database: Database;
let drop: () => Promise<void>;
let administrator: Principal;

before(async () => {
  ({ database, drop } = await createTestDatabase());
  await ensureAdministrator(database, { email: 'root@example.org', password: 'only for tests' });
  const row = await database.first<{ id: number }>(sql`select id from user_account limit 1`);
  administrator = (await loadPrincipal(database, row!.id))!;
});
after(() => drop());

/** What the kept totals say must be what counting says. */
async function assertCounts(): Promise<void> {
  const rows = await database.query<{ kind: string; n: number }>(sql`
    select kind, count(*)::int as n from record where model = 'odm' and deleted_change is null group by kind`);
  assert.deepEqual(await countRecords(database, administrator, 'odm'), new Map(rows.map((row) => [row.kind, row.n])));
}

test('totals follow inserts, moves to the bin and back, changes of scope, and deletions', async () => {
  const other = await createUser(database, administrator, { email: 'other@example.org', name: 'Other' });
  const reader = (await loadPrincipal(database, other.id))!;
  const { scopeId, ids, change } = await database.transaction(async (tx) => {
    const scopeId = await personalScope(tx, administrator);
    const change = await recordChange(tx, { authorId: null, origin: 'odm', action: 'import' });
    const ids = await nextRecordIds(tx, 10);
    await insertRecords(
      tx,
      ids.map((id, i) => ({
        id,
        model: 'odm' as const,
        kind: i < 7 ? 'sample' : 'study',
        accession: `T${id}`,
        scopeId,
        attributes: {},
        createdBy: null,
        createdChange: change,
      })),
    );
    return { scopeId, ids, change };
  });
  assert.deepEqual(
    await countRecords(database, administrator, 'odm'),
    new Map([
      ['sample', 7],
      ['study', 3],
    ]),
  );
  assert.deepEqual(await countRecords(database, reader, 'odm'), new Map());
  const mine = await personalScope(database, reader);
  await database.run(sql`update record set scope_id = ${mine} where id = any(${ids.slice(0, 2)}::bigint[])`);
  assert.deepEqual(await countRecords(database, reader, 'odm'), new Map([['sample', 2]]));
  await database.run(sql`update record set deleted_change = ${change} where scope_id = ${mine}`);
  await assertCounts();
  await database.run(sql`update record set deleted_change = null, attributes = '{"a":"b"}'`);
  await assertCounts();
  await compactCounts(database);
  await database.run(sql`delete from record where scope_id = ${scopeId} and kind = 'study'`);
  await assertCounts();
  assert.deepEqual(await countRecords(database, administrator, 'odm'), new Map([['sample', 7]]));
});
