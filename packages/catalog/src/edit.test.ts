import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import type { Principal } from '@linnaea/model';
import { type FullTextQuery, parseFullText } from '@linnaea/query';
import { type AttributePatch, editRecord } from './edit.ts';
import type { RecordCondition } from './filter.ts';
import { listRecords } from './list.ts';
import type { View } from './records.ts';

let db: Database;
let drop: () => Promise<void>;
let curator: Principal;

before(async () => {
  ({ database: db, drop } = await createTestDatabase());
  const user = await db.first<{ id: number }>(sql`insert into subject (kind) values ('user') returning id`);
  curator = {
    userId: user!.id,
    email: '',
    name: '',
    subjects: [user!.id],
    curator: true,
    administrator: false,
    permissions: new Set(),
  };
  await db.run(sql`insert into scope (kind, name, owner_id) values ('study', 'ours', ${user!.id})`);
});
after(() => drop());

test('text that the database cannot keep is replaced, in names and values, and found again', async () => {
  await study('odd');
  const name = 'a\0b';
  const at = { start: 0, end: 0 };
  const { attributes } = await edit('odd', { [name]: 'x\ud800y', '\ud800': ['\0'] });
  assert.deepEqual(attributes, { 'a\ufffdb': 'x\ufffdy', '\ufffd': ['\ufffd'] });
  const equal = {
    kind: 'equals',
    at,
    subject: name,
    negated: false,
    values: [{ kind: 'text', text: 'x\ud800y', number: null }],
  } as const;
  assert.deepEqual(await found('draft', { filter: equal }), ['odd']);
  assert.deepEqual(await found('draft', { filter: { kind: 'contains', subject: name, text: '\ud800Y', at } }), ['odd']);
});

test('a published state of a million characters does not break the search of others', async () => {
  const words = Array.from({ length: 150_000 }, (_, place) => `word${place}`).join(' ');
  await study('wide', { notes: words });
  await edit('wide', { notes: 'short' });
  assert.deepEqual(await found('published', { query: parsed('word7') }), ['wide']);
  assert.deepEqual(await found('published', { query: parsed('nowhere') }), []);
});

test('a record with a draft is found by its accession in both views', async () => {
  await study('GSF77', { notes: 'old' });
  await edit('GSF77', { notes: 'new' });
  for (const view of ['draft', 'published'] as const) {
    assert.deepEqual(await found(view, { query: parsed('GSF77') }), ['GSF77'], view);
  }
});

test('a UUID is one word of the search, in both views', async () => {
  const id = '12e4567b-e89b-42d3-a456-4266141e4000';
  await study(id, { notes: 'old' });
  await study('other', { notes: '12e4567b-e89b-42d3-a456-4266141e4001' });
  await edit(id, { notes: 'new' });
  for (const view of ['draft', 'published'] as const) {
    assert.deepEqual(await found(view, { query: parsed(id.toUpperCase()) }), [id], view);
    assert.deepEqual(await found(view, { query: parsed('"12e4567b-e89b-42d3-a456-4266141e4001"') }), ['other'], view);
  }
});

test('readers get studies in the order of the names that they see', async () => {
  await study('SORT1', { sorted: 'yes', 'Study Title': 'a' });
  await study('SORT2', { sorted: 'yes', 'Study Title': 'b' });
  await edit('SORT1', { 'Study Title': 'z' });
  for (const [view, expected] of [
    ['published', ['SORT1', 'SORT2']],
    ['draft', ['SORT2', 'SORT1']],
  ] as const) {
    const where = { query: parsed('yes') };
    const sort = { key: 'name', descending: false } as const;
    const { items } = await listRecords(db, curator, { kind: 'study', view, where, sort, limit: 10 });
    assert.deepEqual(
      items.map((item) => item.accession),
      expected,
      view,
    );
  }
});

async function study(accession: string, attributes: Record<string, string> = {}): Promise<void> {
  await db.run(sql`
    insert into record (model, kind, accession, scope_id, attributes, created_by)
    select 'odm', 'study', ${accession}, id, ${attributes}::jsonb, owner_id from scope where name = 'ours'`);
}

const edit = (accession: string, patch: AttributePatch) =>
  editRecord(db, curator, { accession, kinds: ['study'] }, patch, { origin: 'odm' });

const parsed = (text: string): FullTextQuery => parseFullText(text);

async function found(view: View, where: RecordCondition): Promise<string[]> {
  const { items } = await listRecords(db, curator, { kind: 'study', view, where, limit: 10 });
  return items.map((item) => item.accession);
}
