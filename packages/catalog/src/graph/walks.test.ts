import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import type { Principal } from '@linnaea/model';
import { GraphScope } from './scope.ts';
import { compileFirstWalks, type Walk } from './walks.ts';

let db: Database;
let drop: () => Promise<void>;
const everything: Principal = {
  userId: 1,
  email: '',
  name: '',
  subjects: [],
  curator: true,
  administrator: true,
  permissions: new Set(),
};

/** Samples 1 to 9, each from case 101 to 109; sample 10 is pooled from cases 101 to 160. */
before(async () => {
  ({ database: db, drop } = await createTestDatabase());
  await db.run(sql`insert into scope (kind, name) values ('project', 'P-x')`);
  await db.run(sql`
    insert into record (id, model, kind, accession, scope_id, attributes)
    select n, 'gen3', case when n < 100 then 'sample' else 'case' end, 'a' || n, s.id, '{}'
    from scope s, (select generate_series(1, 10) union all select generate_series(101, 160)) numbers (n)`);
  await db.run(sql`
    insert into link (child_id, parent_id, name)
    select n, n + 100, 'cases' from generate_series(1, 9) n union all select 10, n, 'cases' from generate_series(101, 160) n`);
});
after(() => drop());

/** Who of the samples from `from` on is of the case, as far as two samples tell; -1: they do not. */
async function first(from: number, caseId: number, enough: number | null): Promise<number[]> {
  const scope = new GraphScope(everything, 'draft');
  const walk: Walk = {
    isTarget: (r) => sql`${r}.id = ${caseId}`,
    way: { through: ['case', 'sample'], onward: ['case'] },
    direction: 'to-children',
  };
  const records = sql`select id from record where kind = 'sample' and id >= ${from} order by id`;
  const ids = compileFirstWalks(scope, walk, { records, most: 2, enough }, sql`select -1 as id`);
  const rows = await db.query<{ id: number }>(sql`select id from (${ids}) found order by id`);
  return rows.map(({ id }) => id);
}

test('enough among the first records settle the answer', async () => {
  assert.deepEqual(await first(3, 104, 1), [4]);
  assert.deepEqual(await first(3, 104, null), [-1]);
  assert.deepEqual(await first(3, 104, 2), [-1]);
});

test('so do all that there are', async () => {
  assert.deepEqual(await first(11, 104, 1), []);
});

test('too few among the first, or too many ways from them, leave it to the targets', async () => {
  assert.deepEqual(await first(3, 109, 1), [-1]);
  // sample 10 alone would settle it, had all of its ways been walked
  assert.deepEqual(await first(10, 160, null), [-1]);
});
