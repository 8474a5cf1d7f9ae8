import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  addMember,
  createGroup,
  deleteGroup,
  findGroupByName,
  getGroup,
  groupsToShare,
  listGroups,
  listMembers,
  removeMember,
  updateGroup,
} from './groups.ts';
import { createTestPeople, refuses, type TestPeople } from './test-people.ts';
import { setPermissions } from './users.ts';

let people: TestPeople;
before(async () => {
  people = await createTestPeople();
});
after(() => people.drop());

test('the special groups are there from the start', async () => {
  const { db, admin } = people;
  assert.equal((await getGroup(db, admin, 'GSG000001')).name, 'All users');
  const curators = await findGroupByName(db, await people.person('anybody'), 'Curator');
  assert.equal(curators?.special, 'curators');
});

test('anybody makes a group and is its admin', async () => {
  const { db } = people;
  const person = await people.person('founder');
  const group = await createGroup(db, person, { name: 'Herbarium' });
  assert.match(group.accession, /^GSG\d{6}$/);
  const members = await listMembers(db, person, [group.id]);
  assert.deepEqual(
    members.map(({ email, role }) => [email, role]),
    [['founder@example.org', 'admin']],
  );
});

test('group admins change members; members and strangers do not', async () => {
  const { db } = people;
  const [chief, member, stranger] = [
    await people.person('chief'),
    await people.person('member'),
    await people.person('outsider'),
  ];
  const group = await createGroup(db, chief, { name: 'Greenhouse' });
  await addMember(db, chief, { group: group.accession, user: 'MEMBER@example.org' });
  await refuses(addMember(db, member, { group: group.id, user: stranger.userId }), 'forbidden', 'not-group-admin');
  await refuses(addMember(db, stranger, { group: group.id, user: stranger.userId }), 'not-found', 'group-not-found');
  await refuses(addMember(db, chief, { group: group.id, user: 'no@example.org' }), 'not-found', 'user-not-found');
  assert.deepEqual(await listMembers(db, stranger, [group.id]), []);
  await addMember(db, chief, { group: group.id, user: member.userId, role: 'admin' });
  await addMember(db, member, { group: group.id, user: stranger.userId });
  // adding again keeps a role
  assert.equal((await addMember(db, chief, { group: group.id, user: member.userId })).memberCount, 3);
  const roles = (await listMembers(db, chief, [group.id])).map(({ name, role }) => `${name} ${role}`);
  assert.deepEqual(roles, ['chief admin', 'member admin', 'outsider member']);
  assert.equal((await removeMember(db, member, { group: group.id, user: chief.userId })).memberCount, 2);
  await refuses(addMember(db, chief, { group: group.id, user: chief.userId }), 'not-found');
});

test('membership of Curator makes a curator, at once and until it ends', async () => {
  const { db, admin } = people;
  const person = await people.person('would-be-curator');
  await refuses(addMember(db, person, { group: 'GSG000002', user: person.userId }), 'forbidden');
  await addMember(db, admin, { group: 'GSG000002', user: person.userId });
  assert.equal((await people.again(person)).curator, true);
  await removeMember(db, admin, { group: 'GSG000002', user: person.userId });
  assert.equal((await people.again(person)).curator, false);
});

test('special groups keep their name and live on; All users keeps everybody', async () => {
  const { db, admin } = people;
  await refuses(updateGroup(db, admin, 'GSG000002', { name: 'Editors' }), 'forbidden', 'group-special');
  await refuses(deleteGroup(db, admin, 'GSG000002', { withMembers: true }), 'forbidden', 'group-special');
  await refuses(removeMember(db, admin, { group: 'GSG000001', user: admin.userId }), 'forbidden', 'group-special');
  await refuses(updateGroup(db, admin, 'GSG000001', { removeAll: true }), 'forbidden', 'group-special');
});

test('a change of a group is all or nothing', async () => {
  const { db, admin } = people;
  const person = await people.person('atomic');
  const group = await createGroup(db, admin, { name: 'Atomic' });
  const changes = { name: 'Changed', removeAll: true, add: [{ user: person.userId }, { user: 'no@example.org' }] };
  await refuses(updateGroup(db, admin, group.id, changes), 'not-found');
  const after = await getGroup(db, admin, group.id);
  assert.deepEqual([after.name, after.memberCount], ['Atomic', 1]);
  const replaced = await updateGroup(db, admin, group.id, { removeAll: true, add: [{ user: person.userId }] });
  assert.equal(replaced.memberCount, 1);
  assert.equal((await listMembers(db, admin, [group.id]))[0]?.userId, person.userId);
});

test('MANAGE_GROUPS sees and changes every group', async () => {
  const { db, admin } = people;
  const manager = await people.person('manager');
  const group = await createGroup(db, admin, { name: 'Secret' });
  await refuses(getGroup(db, manager, group.id), 'not-found');
  assert.equal(await findGroupByName(db, manager, 'Secret'), undefined);
  await setPermissions(db, admin, manager.email, ['MANAGE_GROUPS']);
  const now = await people.again(manager);
  assert.equal((await findGroupByName(db, now, 'Secret'))?.id, group.id);
  assert.equal((await updateGroup(db, now, group.id, { name: 'Open', externalId: 'x' })).name, 'Open');
  assert.equal((await listGroups(db, now, { externalId: 'x' })).total, 1);
});

test('a group with others in it is deleted only on purpose', async () => {
  const { db } = people;
  const chief = await people.person('deleter');
  const group = await createGroup(db, chief, { name: 'To go' });
  const member = await people.person('left-over');
  await addMember(db, chief, { group: group.id, user: member.userId });
  await refuses(deleteGroup(db, member, group.id, { withMembers: true }), 'forbidden');
  await refuses(deleteGroup(db, chief, group.id), 'conflict', 'group-not-empty');
  assert.equal((await getGroup(db, chief, group.id)).memberCount, 2);
  await deleteGroup(db, chief, group.id, { withMembers: true });
  await refuses(getGroup(db, chief, group.id), 'not-found');
  assert.equal((await people.again(member)).subjects.length, 2);
});

test('groups to share with are the own ones; all for administrators', async () => {
  const { db, admin } = people;
  const person = await people.person('sharer');
  await createGroup(db, person, { name: 'Sharers' });
  assert.deepEqual(
    (await groupsToShare(db, person)).map(({ name }) => name),
    ['All users', 'Sharers'],
  );
  assert.equal((await groupsToShare(db, admin)).length, (await listGroups(db, admin)).total);
});
