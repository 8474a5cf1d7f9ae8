import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listMembers } from './groups.ts';
import { loadPrincipal } from './principal.ts';
import { createTestPeople, refuses, type TestPeople } from './test-people.ts';
import { createUser, getUser, listUsers, setActive, setPassword, setPermissions, updateUser } from './users.ts';

let people: TestPeople;
before(async () => {
  people = await createTestPeople();
});
after(() => people.drop());

test('a new user is active, has no permissions, and is in All users', async () => {
  const { db, admin } = people;
  const user = await createUser(db, admin, { email: ' Carl@Example.org ', name: 'Carl', password: 'herbarium' });
  assert.equal(user.email, 'Carl@Example.org');
  assert.deepEqual([user.active, user.permissions, user.hasPassword], [true, [], true]);
  const principal = await loadPrincipal(db, user.id);
  assert.deepEqual([principal?.curator, principal?.administrator, principal?.subjects.length], [false, false, 2]);
  const everyone = principal?.subjects[1] ?? 0;
  assert.ok((await listMembers(db, admin, [everyone])).some(({ userId }) => userId === user.id));
});

test('an email is taken whatever its case, also for two requests at once', async () => {
  const { db, admin } = people;
  await createUser(db, admin, { email: 'elisabeth@example.org', name: 'E' });
  await assert.rejects(createUser(db, admin, { email: 'Elisabeth@EXAMPLE.org', name: 'E' }), /is already taken/);
  const twins = await Promise.allSettled([
    createUser(db, admin, { email: 'twin@example.org', name: 'T' }),
    createUser(db, admin, { email: 'TWIN@example.org', name: 'T' }),
  ]);
  assert.deepEqual(twins.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const lost = twins.find((twin) => twin.status === 'rejected');
  assert.match(String(lost?.reason), /is already taken/);
});

test('bad emails, names and passwords are refused', async () => {
  const { db, admin } = people;
  for (const email of ['', 'nobody', 'a b@c', 'a@b@c', 'a\u0000@b', `${'x'.repeat(200)}@y`]) {
    await refuses(createUser(db, admin, { email, name: 'N' }), 'invalid', 'email-invalid');
  }
  for (const name of ['', ' ', 'x'.repeat(201), 'a\nb']) {
    await refuses(createUser(db, admin, { email: 'n@example.org', name }), 'invalid', 'name-invalid');
  }
  await refuses(createUser(db, admin, { email: 'n@example.org', name: 'N', password: 'short' }), 'invalid');
  await createUser(db, admin, { email: 'proto@example.org', name: '__proto__' });
});

test('only administrators administer users', async () => {
  const { db } = people;
  const person = await people.person('nobody-special');
  const victim = await people.person('victim');
  await refuses(createUser(db, person, { email: 'x@example.org', name: 'X' }), 'forbidden');
  await refuses(setPassword(db, person, victim.email, 'long enough'), 'forbidden');
  await refuses(setPassword(db, person, person.email, 'long enough'), 'forbidden');
  await refuses(setActive(db, person, victim.email, false), 'forbidden');
  await refuses(setPermissions(db, person, person.email, ['MANAGE_ORGANIZATION']), 'forbidden');
  await refuses(updateUser(db, person, victim.userId, { name: 'V' }), 'forbidden');
  await refuses(updateUser(db, person, person.userId, { email: 'root2@example.org' }), 'forbidden');
  await refuses(updateUser(db, person, 999_999, { name: 'V' }), 'forbidden');
  await refuses(listUsers(db, person), 'forbidden');
  await refuses(getUser(db, person, victim.email), 'forbidden');
  await refuses(getUser(db, person, 'not-there@example.org'), 'forbidden');
  assert.equal((await getUser(db, person, person.email)).id, person.userId);
  assert.equal((await updateUser(db, person, person.userId, { name: 'Renamed' })).name, 'Renamed');
});

test('permissions are replaced, and make an administrator who has them all', async () => {
  const { db, admin } = people;
  const person = await people.person('deputy');
  await setPermissions(db, admin, 'DEPUTY@example.org', ['MANAGE_FACETS', 'MANAGE_GROUPS']);
  const helper = await people.again(person);
  assert.deepEqual([...helper.permissions].sort(), ['MANAGE_FACETS', 'MANAGE_GROUPS']);
  assert.equal(helper.administrator, false);
  await setPermissions(db, admin, person.email, ['MANAGE_ORGANIZATION']);
  const deputy = await people.again(person);
  assert.deepEqual([deputy.administrator, deputy.curator, deputy.permissions.size], [true, true, 5]);
  await refuses(setPermissions(db, admin, person.email, ['BREW_COFFEE']), 'invalid', 'permission-unknown');
  await refuses(setPermissions(db, admin, 'not-there@example.org', []), 'not-found', 'user-not-found');
});

test('nobody deposes themselves, and two cannot depose each other', async () => {
  const { db, admin } = people;
  await refuses(setPermissions(db, admin, admin.email, ['MANAGE_GROUPS']), 'forbidden', 'own-account');
  await refuses(setActive(db, admin, admin.email, false), 'forbidden', 'own-account');
  const { users } = await listUsers(db, admin);
  for (const user of users) {
    if (user.id !== admin.userId && user.permissions.includes('MANAGE_ORGANIZATION')) {
      await setPermissions(db, admin, user.id, []);
    }
  }
  const rival = await people.person('rival');
  await setPermissions(db, admin, rival.email, ['MANAGE_ORGANIZATION']);
  const rivalNow = await people.again(rival);
  const duel = await Promise.allSettled([
    setPermissions(db, admin, rival.email, []),
    setActive(db, rivalNow, admin.email, false),
  ]);
  assert.deepEqual(duel.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  // whoever won, the suite's administrator goes on
  if (duel[1]?.status === 'fulfilled') await setActive(db, rivalNow, admin.email, true);
  assert.ok(await loadPrincipal(db, admin.userId));
});

test('a deactivated user is nobody, and can come back', async () => {
  const { db, admin } = people;
  const person = await people.person('sleeper');
  assert.equal((await setActive(db, admin, person.email, false)).active, false);
  assert.equal(await loadPrincipal(db, person.userId), undefined);
  await setActive(db, admin, person.email, true);
  assert.ok(await loadPrincipal(db, person.userId));
});

test('users are listed in pages, and found by email, external id and state', async () => {
  const { db, admin } = people;
  const user = await createUser(db, admin, { email: 'scim@example.org', name: 'S', externalId: 'idp-1' });
  const found = await listUsers(db, admin, { externalId: 'idp-1' });
  assert.deepEqual([found.total, found.users[0]?.id], [1, user.id]);
  assert.equal((await listUsers(db, admin, { email: 'SCIM@example.org' })).total, 1);
  assert.equal((await listUsers(db, admin, { email: 'scim@example.org', active: false })).total, 0);
  const page = await listUsers(db, admin, { offset: 1, limit: 2 });
  assert.equal(page.users.length, 2);
  assert.ok(page.total > 2);
  await refuses(updateUser(db, admin, user.id, { email: admin.email.toUpperCase() }), 'conflict', 'email-taken');
  assert.equal((await updateUser(db, admin, user.id, { externalId: null })).externalId, null);
});
