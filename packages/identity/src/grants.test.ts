import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { levelOf } from './access.ts';
import { grant, listGrants, revokeGrant, shareScopes } from './grants.ts';
import { addMember, createGroup, deleteGroup } from './groups.ts';
import { createScope, personalScope, renewScope, setScopeOwner } from './scopes.ts';
import { createTestPeople, refuses, type TestPeople } from './test-people.ts';

let people: TestPeople;
let curator: Principal;
let studies = 0;

before(async () => {
  people = await createTestPeople();
  const person = await people.person('curator');
  await addMember(people.db, people.admin, { group: 'GSG000002', user: person.userId });
  curator = await people.again(person);
});
after(() => people.drop());

function newStudy(): Promise<number> {
  studies += 1;
  return createScope(people.db, curator, { kind: 'study', name: `GSF90000${studies}` });
}

test('a scope taken up again has its new owner and no grant of before', async () => {
  const { db, admin } = people;
  const program = { kind: 'program' as const, name: 'RENEWED' };
  assert.equal(await renewScope(db, admin, program), undefined);
  const scopeId = await createScope(db, admin, program);
  const reader = await people.person('of-before');
  await grant(db, { scopeId, subjectId: reader.userId, level: 'own', by: admin });
  await refuses(renewScope(db, reader, program), 'forbidden');
  assert.equal(await renewScope(db, admin, program), scopeId);
  assert.equal(await levelOf(db, reader, scopeId), undefined);
});

test('curators make studies; others do not', async () => {
  const reader = await people.person('no-curator');
  await refuses(createScope(people.db, reader, { kind: 'study', name: 'GSF1' }), 'forbidden', 'curator-role-missing');
  await refuses(createScope(people.db, curator, { kind: 'program', name: 'P1' }), 'forbidden');
  await newStudy();
  await refuses(createScope(people.db, curator, { kind: 'study', name: `GSF90000${studies}` }), 'conflict');
});

test('projects are made by owners of their program', async () => {
  const { db, admin } = people;
  const program = await createScope(db, admin, { kind: 'program', name: 'PROG' });
  const lead = await people.person('lead');
  const project = { kind: 'project', name: 'PROG-A', parentId: program } as const;
  await refuses(createScope(db, lead, project), 'not-found');
  await grant(db, { scopeId: program, subjectId: lead.userId, level: 'edit', by: admin });
  await refuses(createScope(db, lead, project), 'forbidden');
  await grant(db, { scopeId: program, subjectId: lead.userId, level: 'own', by: admin });
  const made = await createScope(db, lead, project);
  assert.equal(await levelOf(db, lead, made), 'own');
  await refuses(createScope(db, admin, { kind: 'project', name: 'PROG-B' }), 'invalid');
  await refuses(createScope(db, admin, { ...project, name: 'PROG-C', parentId: made }), 'not-found');
});

test('a personal scope is one and its owner alone sees it', async () => {
  const { db } = people;
  const person = await people.person('own-things');
  const [one, two] = await Promise.all([personalScope(db, person), personalScope(db, person)]);
  assert.equal(one, two);
  assert.equal(await levelOf(db, person, one), 'own');
  assert.equal(await levelOf(db, curator, one), undefined);
  const group = await createGroup(db, person, { name: 'mine' });
  const now = await people.again(person);
  await refuses(grant(db, { scopeId: one, subjectId: group.id, level: 'read', by: now }), 'invalid', 'scope-personal');
});

test('an owner shares with own groups only, never with single users', async () => {
  const { db, admin } = people;
  const study = await newStudy();
  const reader = await people.person('shared-with');
  const foreign = await createGroup(db, admin, { name: 'foreign' });
  const mine = await createGroup(db, curator, { name: 'mine' });
  await addMember(db, curator, { group: mine.id, user: reader.userId });
  const now = await people.again(curator);
  await refuses(shareScopes(db, now, { scopeIds: [study], groups: [foreign.accession] }), 'forbidden', 'not-in-group');
  await refuses(grant(db, { scopeId: study, subjectId: reader.userId, level: 'read', by: now }), 'forbidden');
  await shareScopes(db, now, { scopeIds: [study], groups: [mine.accession, 'GSG000001'], level: 'download' });
  assert.equal(await levelOf(db, await people.again(reader), study), 'download');
  await shareScopes(db, admin, { scopeIds: [study], groups: [foreign.accession] });
  const listed = await listGrants(db, now, study);
  assert.deepEqual(
    listed.map(({ key, level }) => [key, level]).sort(),
    [
      [foreign.accession, 'edit'],
      [mine.accession, 'download'],
      ['GSG000001', 'download'],
    ].sort(),
  );
});

test('sharing is all or nothing', async () => {
  const { db } = people;
  const study = await newStudy();
  const mine = await createGroup(db, curator, { name: 'atomic' });
  const now = await people.again(curator);
  const share = { scopeIds: [study], groups: [mine.accession, 'GSG999999'] };
  await refuses(
    db.transaction((tx) => shareScopes(tx, now, share)),
    'not-found',
    'group-not-found',
  );
  assert.deepEqual(await listGrants(db, now, study), []);
});

test('whoever may only read or edit does not share, and does not revoke', async () => {
  const { db, admin } = people;
  const study = await newStudy();
  const editor = await people.person('editor');
  const group = await createGroup(db, editor, { name: 'of the editor' });
  const now = await people.again(editor);
  await refuses(grant(db, { scopeId: study, subjectId: group.id, level: 'read', by: now }), 'not-found');
  await grant(db, { scopeId: study, subjectId: editor.userId, level: 'edit', by: admin });
  await refuses(grant(db, { scopeId: study, subjectId: group.id, level: 'read', by: now }), 'forbidden');
  await refuses(revokeGrant(db, { scopeId: study, subjectId: editor.userId, by: now }), 'forbidden');
  await refuses(setScopeOwner(db, now, { scopeId: study, userId: editor.userId }), 'forbidden');
});

test('a revoked grant is gone, and so is one of a deleted group', async () => {
  const { db, admin } = people;
  const study = await newStudy();
  const group = await createGroup(db, admin, { name: 'short-lived' });
  const reader = await people.person('short-lived');
  await grant(db, { scopeId: study, subjectId: reader.userId, level: 'read', by: admin });
  await grant(db, { scopeId: study, subjectId: group.id, level: 'read', by: admin });
  assert.equal(await revokeGrant(db, { scopeId: study, subjectId: reader.userId, by: curator }), true);
  assert.equal(await revokeGrant(db, { scopeId: study, subjectId: reader.userId, by: curator }), false);
  assert.equal(await levelOf(db, reader, study), undefined);
  await deleteGroup(db, admin, group.id);
  assert.equal(await db.first(sql`select 1 from scope_grant where subject_id = ${group.id}`), undefined);
});

test('a study changes hands by an administrator, to an active user', async () => {
  const { db, admin } = people;
  const study = await newStudy();
  const heir = await people.person('heir');
  await setScopeOwner(db, admin, { scopeId: study, userId: heir.userId });
  assert.equal(await levelOf(db, heir, study), 'own');
  assert.equal(await levelOf(db, curator, study), undefined);
  await refuses(setScopeOwner(db, admin, { scopeId: study, userId: 999_999 }), 'not-found');
  await refuses(grant(db, { scopeId: study, subjectId: 999_999, level: 'read', by: admin }), 'not-found');
});
