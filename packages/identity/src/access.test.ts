import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import { type AccessLevel, accessLevels, levelNumber, type Principal } from '@linnaea/model';
import { can, levelOf, requireAccess, visible } from './access.ts';
import { grant } from './grants.ts';
import { addMember, createGroup } from './groups.ts';
import { createScope } from './scopes.ts';
import { createTestPeople, refuses, type TestPeople } from './test-people.ts';
import { setPermissions } from './users.ts';

let people: TestPeople;
let owner: Principal;
let study: number;

before(async () => {
  people = await createTestPeople();
  const { db, admin } = people;
  const person = await people.person('owner');
  await addMember(db, admin, { group: 'GSG000002', user: person.userId });
  owner = await people.again(person);
  study = await createScope(db, owner, { kind: 'study', name: 'GSF000001' });
});
after(() => people.drop());

/** The levels that a principal has on a scope: by `can`, checked against `visible` in a query over scopes. */
async function levels(principal: Principal, scopeId: number): Promise<AccessLevel[]> {
  const found: AccessLevel[] = [];
  for (const level of accessLevels) {
    const allowed = await can(people.db, principal, level, scopeId);
    const rows = await people.db.query<{ id: number }>(
      sql`select s.id from scope s where ${visible(principal, level, sql`s.id`)}`,
    );
    assert.equal(
      rows.some(({ id }) => id === scopeId),
      allowed,
      `visible and can differ at ${level}`,
    );
    if (allowed) found.push(level);
  }
  assert.equal(await levelOf(people.db, principal, scopeId), found.at(-1));
  return found;
}

test('without a grant nothing is seen', async () => {
  const stranger = await people.person('stranger');
  assert.deepEqual(await levels(stranger, study), []);
  await refuses(requireAccess(people.db, stranger, 'discover', study), 'not-found');
});

test('owners and administrators may do everything', async () => {
  assert.deepEqual(await levels(owner, study), [...accessLevels]);
  assert.deepEqual(await levels(people.admin, study), [...accessLevels]);
});

for (const level of accessLevels) {
  test(`a grant of ${level} to a user allows it and what is below`, async () => {
    const reader = await people.person(`reader-${level}`);
    await grant(people.db, { scopeId: study, subjectId: reader.userId, level, by: people.admin });
    assert.deepEqual(await levels(reader, study), accessLevels.slice(0, levelNumber(level)));
  });

  test(`a grant of ${level} to a group reaches its members only`, async () => {
    const { db, admin } = people;
    const member = await people.person(`member-${level}`);
    const other = await people.person(`other-${level}`);
    const group = await createGroup(db, admin, { name: `readers ${level}` });
    await addMember(db, admin, { group: group.id, user: member.userId });
    await grant(db, { scopeId: study, subjectId: group.id, level, by: admin });
    assert.deepEqual(await levels(await people.again(member), study), accessLevels.slice(0, levelNumber(level)));
    assert.deepEqual(await levels(await people.again(other), study), []);
  });
}

test('the highest of several grants counts, and a new one replaces the old one', async () => {
  const { db, admin } = people;
  const reader = await people.person('twice');
  const group = await createGroup(db, admin, { name: 'twice' });
  await addMember(db, admin, { group: group.id, user: reader.userId });
  await grant(db, { scopeId: study, subjectId: group.id, level: 'download', by: admin });
  await grant(db, { scopeId: study, subjectId: reader.userId, level: 'discover', by: admin });
  const now = await people.again(reader);
  assert.equal(await levelOf(db, now, study), 'download');
  await grant(db, { scopeId: study, subjectId: group.id, level: 'aggregate', by: admin });
  assert.equal(await levelOf(db, now, study), 'aggregate');
});

test('ACCESS_ALL_DATA reads everything and edits nothing', async () => {
  const auditor = await people.person('auditor');
  await setPermissions(people.db, people.admin, auditor.email, ['ACCESS_ALL_DATA']);
  const now = await people.again(auditor);
  assert.deepEqual(await levels(now, study), ['discover', 'aggregate', 'read', 'measure', 'download']);
  await refuses(requireAccess(people.db, now, 'edit', study), 'forbidden', 'access-missing');
  await grant(people.db, { scopeId: study, subjectId: auditor.userId, level: 'edit', by: people.admin });
  assert.equal(await levelOf(people.db, now, study), 'edit');
});

test('no other permission opens data', async () => {
  const helper = await people.person('helper');
  await setPermissions(people.db, people.admin, helper.email, ['MANAGE_GROUPS', 'MANAGE_TEMPLATES', 'MANAGE_FACETS']);
  assert.deepEqual(await levels(await people.again(helper), study), []);
});

test('a grant on a program holds for its projects, one on a project for itself only', async () => {
  const { db, admin } = people;
  const program = await createScope(db, admin, { kind: 'program', name: 'P' });
  const one = await createScope(db, admin, { kind: 'project', name: 'P-one', parentId: program });
  const two = await createScope(db, admin, { kind: 'project', name: 'P-two', parentId: program });
  const submitter = await people.person('submitter');
  await grant(db, { scopeId: one, subjectId: submitter.userId, level: 'edit', by: admin });
  assert.equal(await levelOf(db, submitter, one), 'edit');
  assert.deepEqual(await levels(submitter, two), []);
  assert.deepEqual(await levels(submitter, program), []);
  const steward = await people.person('steward');
  await grant(db, { scopeId: program, subjectId: steward.userId, level: 'read', by: admin });
  assert.deepEqual(await levels(steward, two), ['discover', 'aggregate', 'read']);
});

test('a scope that does not exist is seen by nobody', async () => {
  assert.equal(await can(people.db, people.admin, 'read', 999_999), false);
  await refuses(requireAccess(people.db, people.admin, 'read', 999_999), 'not-found');
});

test('the fragment filters rows of another table, null scopes included', async () => {
  const reader = await people.person('fragment');
  await grant(people.db, { scopeId: study, subjectId: reader.userId, level: 'read', by: people.admin });
  const rows = await people.db.query<{ label: string }>(sql`
    select label from (values ('seen', ${study}::bigint), ('unseen', 999999::bigint), ('none', null)) as r(label, scope_id)
    where ${visible(reader, 'read', sql`r.scope_id`)}`);
  assert.deepEqual(
    rows.map(({ label }) => label),
    ['seen'],
  );
});
