import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { levelNumber, type Principal } from '@linnaea/model';
import { detachedRecords, linksOf, parentsOf } from './link-reads.ts';

let db: Database;
let drop: () => Promise<void>;
let owner: Principal;
let guest: Principal;
const administrator: Principal = principal(0, { administrator: true });
/** Internal ids by accession. */
const ids = new Map<string, number>();

before(async () => {
  ({ database: db, drop } = await createTestDatabase());
  owner = principal(await subject());
  guest = principal(await subject());
  const own = await scope(owner.userId);
  // only samples and the study are shared with the guest
  const shared = await scope(owner.userId);
  await db.run(sql`
    insert into scope_grant (scope_id, subject_id, level) values (${shared}, ${guest.userId}, ${levelNumber('read')})`);
  for (const [kind, accession, group, scopeId] of [
    ['study', 'T', null, shared],
    ['study', 'T-empty', null, own],
    ['sample-group', 'SG', null, shared],
    ['sample', 'S1', 'SG', shared],
    ['sample', 'S2', 'SG', shared],
    ['library-group', 'LG', null, own],
    ['library', 'L1', 'LG', own],
    ['library-group', 'LG-lost', null, own],
    ['library', 'L-lost', 'LG-lost', own],
    ['expression-group', 'EG', null, own],
    ['expression', 'E1', 'EG', own],
    ['expression', 'E2', 'EG', own],
    ['expression', 'E3', 'EG', own],
    ['sample', 'S-gone', 'SG', shared],
    ['expression-group', 'EG-moved', null, own],
    ['expression', 'E-moved', 'EG-moved', own],
  ] as const) {
    const row = await db.first<{ id: number }>(sql`
      insert into record (model, kind, accession, scope_id, group_id, attributes)
      values ('odm', ${kind}, ${accession}, ${scopeId}, ${group === null ? null : ids.get(group)!}, '{}') returning id`);
    ids.set(accession, row!.id);
  }
  for (const [child, parent, name] of [
    ['SG', 'T', 'study'],
    ['S1', 'T', 'study'],
    ['S2', 'T', 'study'],
    ['LG', 'SG', 'sample-group'],
    ['L1', 'S1', 'sample'],
    ['L1', 'S2', 'sample'],
    ['L1', 'S-gone', 'sample'],
    ['EG', 'LG', 'library-group'],
    ['E1', 'L1', 'library'],
    ['E2', 'S2', 'sample'],
    // its run was linked to a library later, which took the link to a sample away
    ['EG-moved', 'SG', 'sample-group'],
    ['EG-moved', 'LG', 'library-group'],
    ['E-moved', 'L1', 'library'],
  ] as const) {
    await db.run(
      sql`insert into link (child_id, parent_id, name) values (${ids.get(child)!}, ${ids.get(parent)!}, ${name})`,
    );
  }
  const change = await db.first<{ id: number }>(
    sql`insert into change (origin, action) values ('odm', 'delete') returning id`,
  );
  await db.run(sql`update record set deleted_change = ${change!.id} where accession = 'S-gone'`);
});
after(() => drop());

function principal(userId: number, more: Partial<Principal> = {}): Principal {
  const base = { userId, email: '', name: '', subjects: [userId], curator: true, administrator: false };
  return { ...base, permissions: new Set(), ...more };
}

async function subject(): Promise<number> {
  return (await db.first<{ id: number }>(sql`insert into subject (kind) values ('user') returning id`))!.id;
}

let scopes = 0;
async function scope(ownerId: number): Promise<number> {
  scopes += 1;
  const row = await db.first<{ id: number }>(
    sql`insert into scope (kind, name, owner_id) values ('study', ${`scope ${scopes}`}, ${ownerId}) returning id`,
  );
  return row!.id;
}

const idsOf = (...accessions: string[]) => accessions.map((accession) => ids.get(accession)!);
const page = { view: 'draft', offset: 0, limit: 1000 } as const;

test('parents of many records, over libraries too, in the order of the children', async () => {
  const found = await parentsOf(db, owner, idsOf('E3', 'E2', 'E1'), 'sample', 'draft');
  assert.deepEqual(
    found.map(({ child, parent }) => [child, parent]),
    [
      ['E1', 'S1'],
      ['E1', 'S2'],
      ['E2', 'S2'],
    ],
  );
  assert.deepEqual(found[0], { childId: ids.get('E1'), parentId: ids.get('S1'), child: 'E1', parent: 'S1' });
  const libraries = await parentsOf(db, owner, idsOf('E1', 'E2'), 'library', 'draft');
  assert.deepEqual(
    libraries.map(({ child, parent }) => [child, parent]),
    [['E1', 'L1']],
  );
  assert.deepEqual(await parentsOf(db, owner, [], 'sample', 'draft'), []);
});

test('a pair needs access to both of its ends', async () => {
  assert.deepEqual(await parentsOf(db, guest, idsOf('E1', 'E2'), 'sample', 'draft'), []);
  assert.equal((await parentsOf(db, guest, idsOf('S1'), 'study', 'draft')).length, 1);
});

test('links are those that are stored, upwards first', async () => {
  const links = await linksOf(db, owner, ['LG'], page);
  assert.deepEqual(links, {
    items: [
      { accession: 'LG', kind: 'library-group', otherAccession: 'SG', otherKind: 'sample-group' },
      { accession: 'LG', kind: 'library-group', otherAccession: 'EG', otherKind: 'expression-group' },
      { accession: 'LG', kind: 'library-group', otherAccession: 'EG-moved', otherKind: 'expression-group' },
    ],
    total: 3,
  });
  // E1 leads to the samples only over its library: that is no link of its own
  assert.deepEqual(
    (await linksOf(db, owner, ['E1'], page)).items.map((link) => link.otherAccession),
    ['L1'],
  );
});

test('a link of groups counts while one of their members is linked', async () => {
  const links = await linksOf(db, owner, ['EG-moved'], page);
  assert.deepEqual(
    links.items.map((link) => link.otherAccession),
    ['LG'],
  );
  assert.equal((await linksOf(db, owner, ['SG'], { ...page, otherKind: 'expression-group' })).total, 0);
});

test('links of several records, by the kind or the accession of the other end, in pages', async () => {
  const all = await linksOf(db, owner, ['T', 'S2', 'nothing'], page);
  assert.deepEqual(
    all.items.map((link) => `${link.accession}-${link.otherAccession}`),
    ['T-SG', 'T-S1', 'T-S2', 'S2-T', 'S2-L1', 'S2-E2'],
  );
  const second = await linksOf(db, owner, ['T', 'S2'], { ...page, offset: 4, limit: 1 });
  assert.deepEqual([second.items.map((link) => link.otherAccession), second.total], [['L1'], 6]);
  assert.deepEqual(await linksOf(db, owner, ['T'], { ...page, offset: 9 }), { items: [], total: 3 });
  assert.equal((await linksOf(db, owner, ['T'], { ...page, otherKind: 'sample' })).total, 2);
  assert.equal((await linksOf(db, owner, ['T'], { ...page, others: ['SG', 'E1'] })).total, 1);
  assert.equal((await linksOf(db, owner, ['T'], { ...page, kind: 'sample' })).total, 0);
});

test('a link needs access to both of its ends, which must be there', async () => {
  assert.deepEqual(
    (await linksOf(db, guest, ['S2'], page)).items.map((link) => link.otherAccession),
    ['T'],
  );
  assert.equal((await linksOf(db, guest, ['LG'], page)).total, 0);
  assert.deepEqual(
    (await linksOf(db, owner, ['L1'], { ...page, otherKind: 'sample' })).items.map((link) => link.otherAccession),
    ['S1', 'S2'],
  );
});

test('detached: studies without samples, groups none of whose members leads to a study', async () => {
  const kinds = ['study', 'sample-group', 'library-group', 'expression-group'];
  const found = await detachedRecords(db, administrator, kinds, { limit: 10 });
  assert.deepEqual(
    found.map((record) => [record.kind, record.accession, record.ownerEmail]),
    [
      ['study', 'T-empty', ''],
      ['library-group', 'LG-lost', ''],
    ],
  );
  assert.ok(found[0]?.createdAt instanceof Date);
  const rest = await detachedRecords(db, administrator, kinds, {
    limit: 10,
    after: { kind: 'study', id: found[0]!.id },
  });
  assert.deepEqual(
    rest.map((record) => record.accession),
    ['LG-lost'],
  );
  assert.deepEqual(await detachedRecords(db, guest, kinds, { limit: 10 }), []);
});
