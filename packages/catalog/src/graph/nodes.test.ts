import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import type { Principal } from '@linnaea/model';
import { rowFields, runGraph } from './run.ts';
import type { NodeCondition, NodeQuery } from './types.ts';

let db: Database;
let drop: () => Promise<void>;
let reader: Principal;
/** Internal ids by accession. */
const ids = new Map<string, number>();

before(async () => {
  ({ database: db, drop } = await createTestDatabase());
  reader = principal(await subject());
  const [seen, hidden] = [await project('P-seen', reader.userId), await project('P-hidden', await subject())];
  for (const [accession, scopeId, age] of [
    ['s10', seen, 10],
    ['s30', seen, 30],
    ['secret', hidden, 20],
  ] as const) {
    const row = await db.first<{ id: number }>(sql`
      insert into record (model, kind, accession, scope_id, attributes)
      values ('gen3', 'sample', ${accession}, ${scopeId}, ${{ age }}::jsonb) returning id`);
    ids.set(accession, row!.id);
  }
});
after(() => drop());

test('a page goes on after a record in the order asked', async () => {
  assert.deepEqual(await agesAfter('s10', false), [30]);
  assert.deepEqual(await agesAfter('s30', true), [10]);
});

test('a page after a record that may not be read tells nothing of its values', async () => {
  assert.deepEqual(await agesAfter('secret', false), [10, 30]);
  assert.deepEqual(await agesAfter('secret', true), []);
});

test('a property is compared as it is shown, published or not', async () => {
  const row = await db.first<{ id: number }>(sql`
    insert into record (model, kind, accession, scope_id, attributes, published)
    select 'gen3', 'library', 'changed', id, ${{ age: 40 }}::jsonb, ${{ age: 41, tags: ['b'] }}::jsonb
    from scope where name = 'P-seen' returning id`);
  const editor = { ...reader, curator: true };
  for (const [who, age, expected] of [
    [reader, 41, [41]],
    [reader, 40, []],
    [editor, 40, [40]],
    [editor, 41, []],
  ] as const) {
    assert.deepEqual(
      await librariesWhere(who, { kind: 'property', name: 'age', values: [age], compare: 'value' }),
      expected,
    );
  }
  assert.deepEqual(await librariesWhere(reader, { kind: 'items', name: 'tags', values: ['b'] }), [41]);
  assert.deepEqual(await librariesWhere(editor, { kind: 'items', name: 'tags', values: ['b'] }), []);
  await db.run(sql`delete from record where id = ${row?.id}`);
});

async function librariesWhere(who: Principal, condition: NodeCondition): Promise<unknown[]> {
  const query: NodeQuery = {
    model: 'gen3',
    kinds: ['library'],
    where: [condition],
    order: [],
    first: null,
    offset: 0,
    after: null,
    fields: [{ kind: 'property', name: 'age' }],
  };
  const [rows] = await runGraph(db, who, [{ kind: 'list', query }], { timeout: 10_000 });
  assert.ok(Array.isArray(rows));
  return rows.flatMap(rowFields);
}

async function agesAfter(accession: string, descending: boolean): Promise<unknown[]> {
  const query: NodeQuery = {
    model: 'gen3',
    kinds: ['sample'],
    where: [],
    order: [{ by: 'age', descending }],
    first: null,
    offset: 0,
    after: ids.get(accession)!,
    fields: [{ kind: 'property', name: 'age' }],
  };
  const [rows] = await runGraph(db, reader, [{ kind: 'list', query }], { timeout: 10_000 });
  assert.ok(Array.isArray(rows));
  return rows.flatMap(rowFields);
}

function principal(userId: number): Principal {
  return {
    userId,
    email: '',
    name: '',
    subjects: [userId],
    curator: false,
    administrator: false,
    permissions: new Set(),
  };
}

async function subject(): Promise<number> {
  const row = await db.first<{ id: number }>(sql`insert into subject (kind) values ('user') returning id`);
  return row!.id;
}

async function project(name: string, ownerId: number): Promise<number> {
  const row = await db.first<{ id: number }>(sql`
    insert into scope (kind, name, owner_id) values ('project', ${name}, ${ownerId}) returning id`);
  return row!.id;
}
