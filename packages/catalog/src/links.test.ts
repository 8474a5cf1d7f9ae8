import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { CatalogueError, levelNumber, type OdmKind, type Principal } from '@linnaea/model';
import { type LinkEnd, linkRecords, unlinkRecords } from './links.ts';

let db: Database;
let drop: () => Promise<void>;

before(async () => {
  ({ database: db, drop } = await createTestDatabase());
});
after(() => drop());

test('data of a study that is only shared cannot be taken into another study', async () => {
  const { owner, guest, shared } = await sharedStudy('take');
  const own = await scope('study', guest);
  await record('take-own-samples', 'sample-group', own, guest);
  await record('take-own-sample', 'sample', own, guest, { group: 'take-own-samples', key: 'one' });
  await record('take-libraries', 'library-group', shared, owner);
  await record('take-library', 'library', shared, owner, { group: 'take-libraries', key: 'one' });
  const take = () => link(guest, group('library', 'take-libraries'), group('sample', 'take-own-samples'));
  await assert.rejects(take(), isRefused('forbidden'));
  assert.equal(await scopeOf('take-library'), shared);
});

test('linking a group does not take what others have in it', async () => {
  const { owner, guest, shared } = await sharedStudy('part');
  const personal = await scope('personal', owner);
  await record('part-samples', 'sample-group', shared, owner);
  await record('part-sample-in', 'sample', shared, owner, { group: 'part-samples' });
  await record('part-sample-out', 'sample', personal, owner, { group: 'part-samples' });
  await assert.rejects(link(guest, group('sample', 'part-samples'), one('study', 'part')), isRefused('forbidden'));
  assert.equal(await scopeOf('part-sample-out'), personal);
  assert.equal((await link(owner, group('sample', 'part-samples'), one('study', 'part'))).linked, 2);
  assert.equal(await scopeOf('part-sample-out'), shared);
});

test('what is unlinked goes back to who made it', async () => {
  const { owner, guest, shared } = await sharedStudy('back');
  await record('back-samples', 'sample-group', shared, owner);
  await record('back-sample', 'sample', shared, owner, { group: 'back-samples' });
  await link(owner, group('sample', 'back-samples'), one('study', 'back'));
  await unlink(guest, group('sample', 'back-samples'), one('study', 'back'));
  for (const accession of ['back-samples', 'back-sample']) {
    assert.equal(await ownerOf(accession), owner.userId, accession);
  }
});

test('unlinking one sample leaves its group where the others are', async () => {
  const { owner, shared } = await sharedStudy('single');
  await record('single-samples', 'sample-group', shared, owner);
  for (const name of ['a', 'b']) await record(`single-${name}`, 'sample', shared, owner, { group: 'single-samples' });
  await link(owner, group('sample', 'single-samples'), one('study', 'single'));
  await unlink(owner, one('sample', 'single-a'), one('study', 'single'));
  assert.notEqual(await scopeOf('single-a'), shared);
  assert.deepEqual([await scopeOf('single-samples'), await scopeOf('single-b')], [shared, shared]);
  await unlink(owner, one('sample', 'single-b'), one('study', 'single'));
  assert.equal(await scopeOf('single-samples'), await scopeOf('single-b'));
});

test('who may only edit does not take data of others out with what hangs above them', async () => {
  const { owner, guest, shared } = await sharedStudy('below');
  await record('below-samples', 'sample-group', shared, guest);
  await record('below-sample', 'sample', shared, guest, { group: 'below-samples', key: 'one' });
  await record('below-libraries', 'library-group', shared, owner);
  await record('below-library', 'library', shared, owner, { group: 'below-libraries', key: 'one' });
  await link(guest, group('sample', 'below-samples'), one('study', 'below'));
  await link(owner, group('library', 'below-libraries'), group('sample', 'below-samples'));
  const apart = (who: Principal) => unlink(who, group('sample', 'below-samples'), one('study', 'below'));
  await assert.rejects(apart(guest), isRefused('forbidden'));
  assert.equal(await scopeOf('below-library'), shared);
  assert.equal(await apart(owner), 1);
  assert.equal(await ownerOf('below-sample'), guest.userId);
});

const group = (kind: OdmKind, accession: string): LinkEnd => ({ kind, accession, isGroup: true });
const one = (kind: OdmKind, accession: string): LinkEnd => ({ kind, accession, isGroup: false });
const link = (who: Principal, child: LinkEnd, parent: LinkEnd) =>
  db.transaction((tx) => linkRecords(tx, who, child, parent, { origin: 'odm' }));
const unlink = (who: Principal, child: LinkEnd, parent: LinkEnd) =>
  db.transaction((tx) => unlinkRecords(tx, who, child, parent, { origin: 'odm' }));
const isRefused = (kind: string) => (error: unknown) => error instanceof CatalogueError && error.kind === kind;

/** A study of one curator's that another one may edit. */
async function sharedStudy(accession: string) {
  const [owner, guest] = [await curator(), await curator()];
  const shared = await scope('study', owner);
  await db.run(sql`
    insert into scope_grant (scope_id, subject_id, level) values (${shared}, ${guest.userId}, ${levelNumber('edit')})`);
  await record(accession, 'study', shared, owner);
  return { owner, guest, shared };
}

async function curator(): Promise<Principal> {
  const row = await db.first<{ id: number }>(sql`insert into subject (kind) values ('user') returning id`);
  await db.run(sql`
    insert into user_account (id, email, name) values (${row!.id}, ${`c${row!.id}@example.org`}, 'A curator')`);
  return {
    userId: row!.id,
    email: `c${row!.id}@example.org`,
    name: 'A curator',
    subjects: [row!.id],
    curator: true,
    administrator: false,
    permissions: new Set(),
  };
}

async function scope(kind: 'study' | 'personal', owner: Principal): Promise<number> {
  const name = kind === 'personal' ? String(owner.userId) : `study of ${owner.userId}`;
  const row = await db.first<{ id: number }>(sql`
    insert into scope (kind, name, owner_id) values (${kind}, ${name}, ${owner.userId}) returning id`);
  return row!.id;
}

async function record(
  accession: string,
  kind: string,
  scopeId: number,
  by: Principal,
  { group, key }: { group?: string; key?: string } = {},
): Promise<void> {
  const attributes = key === undefined ? {} : { 'Sample Source ID': key };
  await db.run(sql`
    insert into record (model, kind, accession, scope_id, group_id, attributes, created_by)
    values ('odm', ${kind}, ${accession}, ${scopeId},
      (select id from record g where g.accession = ${group ?? null}), ${attributes}::jsonb, ${by.userId})`);
}

async function scopeOf(accession: string): Promise<number> {
  const row = await db.first<{ id: number }>(sql`select scope_id as id from record where accession = ${accession}`);
  return row!.id;
}

async function ownerOf(accession: string): Promise<number> {
  const row = await db.first<{ id: number }>(sql`
    select s.owner_id as id from record r join scope s on s.id = r.scope_id and s.kind = 'personal'
    where r.accession = ${accession}`);
  return row!.id;
}
