import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { findApiToken } from './api-tokens.ts';
import { ensureAdministrator } from './first-start.ts';
import { purgeExpired } from './purge.ts';
import { findSession, signOut, signOutEverywhere, startSession } from './sessions.ts';
import { changePassword, createSignInLink, failuresPerEmail, signIn, signInByLink } from './sign-in.ts';
import { adminPassword, createTestPeople, refuses, type TestPeople } from './test-people.ts';
import { createUser, findUser, setActive, setPassword } from './users.ts';

let people: TestPeople;
before(async () => {
  people = await createTestPeople();
});
after(() => people.drop());

const address = '198.51.100.7';

test('the right password starts a session; the value itself is not stored', async () => {
  const { db, admin } = people;
  const { principal, session } = await signIn(db, { email: 'ROOT@example.org ', password: adminPassword, address });
  assert.equal(principal.userId, admin.userId);
  assert.equal((await findSession(db, session.value))?.userId, admin.userId);
  const stored = await db.first<{ found: boolean }>(sql`
    select exists (select 1 from browser_session where position(convert_to(${session.value}, 'UTF8') in hash) > 0) as found`);
  assert.equal(stored?.found, false);
  await signOut(db, session.value);
  await signOut(db, session.value);
  assert.equal(await findSession(db, session.value), undefined);
});

test('wrong passwords, unknown, passwordless and deactivated users get the same answer', async () => {
  const { db, admin } = people;
  await people.person('passwordless');
  await createUser(db, admin, { email: 'gone@example.org', name: 'Gone', password: 'was right once' });
  await setActive(db, admin, 'gone@example.org', false);
  const cases = [
    { email: 'root@example.org', password: 'wrong' },
    { email: 'nobody@example.org', password: 'whatever' },
    { email: 'passwordless@example.org', password: '' },
    { email: 'gone@example.org', password: 'was right once' },
    { email: '\u0000', password: '\u0000' },
    { email: 'x'.repeat(100_000), password: 'y'.repeat(100_000) },
  ];
  for (const entry of cases) {
    await refuses(signIn(db, { ...entry, address: '198.51.100.8' }), 'unauthenticated', 'sign-in-failed');
  }
});

test('too many failures from one address lock that address out, and a success counts anew', async () => {
  const { db, admin } = people;
  await createUser(db, admin, { email: 'target@example.org', name: 'T', password: 'right password' });
  const from = (place: string, password: string) =>
    signIn(db, { email: 'target@example.org', password, address: place });
  for (let index = 1; index < failuresPerEmail; index += 1) await refuses(from('a', `no ${index}`), 'unauthenticated');
  await from('a', 'right password');
  // a burst: parallel guesses are counted like those in a row
  const burst = await Promise.allSettled(Array.from({ length: failuresPerEmail + 3 }, () => from('a', 'no')));
  const limited = burst.filter((entry) => entry.status === 'rejected' && /Too many/.test(String(entry.reason)));
  assert.equal(limited.length, 3);
  await refuses(from('a', 'right password'), 'limited', 'sign-in-limited');
  await from('b', 'right password');
  await db.run(sql`update sign_in_failure set window_ends = now() - interval '1 second'`);
  await from('a', 'right password');
});

test('one address does not try many emails for ever', async () => {
  const { db } = people;
  await db.run(sql`
    insert into sign_in_failure (email, address, failures, window_ends)
    values ('', 'sprayer', 200, now() + interval '5 minutes')`);
  await refuses(signIn(db, { email: 'root@example.org', password: adminPassword, address: 'sprayer' }), 'limited');
});

test('a session slides with use, no further than its last day', async () => {
  const { db, admin } = people;
  await db.run(sql`delete from browser_session`);
  const { value } = await startSession(db, admin);
  await db.run(sql`
    update browser_session set last_used_at = now() - interval '2 minutes', expires_at = now() + interval '1 minute'`);
  await findSession(db, value);
  const slid = await db.first<{ hours: number }>(sql`
    select extract(epoch from expires_at - now()) / 3600 as hours from browser_session`);
  assert.ok(Number(slid?.hours) > 11.9);
  await db.run(sql`
    update browser_session set last_used_at = now() - interval '2 minutes', ends_at = now() + interval '30 minutes'`);
  await findSession(db, value);
  const capped = await db.first(sql`select 1 from browser_session where expires_at = ends_at`);
  assert.ok(capped);
  await db.run(sql`update browser_session set expires_at = now() - interval '1 second'`);
  assert.equal(await findSession(db, value), undefined);
  await purgeExpired(db);
  assert.equal(await db.first(sql`select 1 from browser_session`), undefined);
});

test('a new password, or deactivation, ends sessions and open links', async () => {
  const { db, admin } = people;
  const person = await people.person('changer');
  await setPassword(db, admin, person.email, 'first password');
  const first = await startSession(db, person);
  const link = await createSignInLink(db, admin, person.email);
  await setPassword(db, admin, person.email, 'second password');
  assert.equal(await findSession(db, first.value), undefined);
  await refuses(signInByLink(db, link.token), 'unauthenticated', 'link-invalid');
  const second = await startSession(db, person);
  const change = { current: 'first password', next: 'third password', address };
  await refuses(changePassword(db, person, change), 'forbidden', 'password-wrong');
  await changePassword(db, person, { ...change, current: 'second password' });
  assert.equal(await findSession(db, second.value), undefined);
  const third = await signIn(db, { email: person.email, password: 'third password', address });
  await setActive(db, admin, person.email, false);
  assert.equal(await findSession(db, third.session.value), undefined);
});

test('all sessions of a user end together', async () => {
  const { db } = people;
  const person = await people.person('everywhere');
  const sessions = [await startSession(db, person), await startSession(db, person)];
  await signOutEverywhere(db, person);
  for (const { value } of sessions) assert.equal(await findSession(db, value), undefined);
});

test('a sign-in link works once, in time, and is made by administrators', async () => {
  const { db, admin } = people;
  const person = await people.person('linked');
  await refuses(createSignInLink(db, person, person.email), 'forbidden');
  const { token } = await createSignInLink(db, admin, person.email);
  const uses = await Promise.allSettled([signInByLink(db, token), signInByLink(db, token)]);
  assert.deepEqual(uses.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const late = await createSignInLink(db, admin, person.email);
  await db.run(sql`update sign_in_link set expires_at = now() - interval '1 second' where used_at is null`);
  await refuses(signInByLink(db, late.token), 'unauthenticated');
  await refuses(signInByLink(db, 'guess'), 'unauthenticated');
});

test('first start without configuration: a link and a token, once', async () => {
  const { database: db, drop } = await createTestDatabase();
  try {
    // two processes start at once
    const starts = await Promise.all([ensureAdministrator(db), ensureAdministrator(db)]);
    assert.deepEqual(starts.map(({ created }) => created).sort(), [false, true]);
    const start = starts.find(({ created }) => created);
    const { principal } = await signInByLink(db, start?.signInLinkToken ?? '');
    assert.deepEqual([principal.email, principal.administrator], ['admin@localhost', true]);
    assert.equal((await findApiToken(db, start?.token ?? ''))?.userId, principal.userId);
    assert.deepEqual(await ensureAdministrator(db, { password: 'another one' }), { created: false });
    await refuses(signIn(db, { email: 'admin@localhost', password: 'another one', address }), 'unauthenticated');
  } finally {
    await drop();
  }
});

test('first start with configured values prints no secret', async () => {
  const { database: db, drop } = await createTestDatabase();
  try {
    const start = await ensureAdministrator(db, { email: 'me@example.org', password: 'configured', token: 'my-token' });
    assert.deepEqual(start, { created: true, email: 'me@example.org' });
    const { principal } = await signIn(db, { email: 'me@example.org', password: 'configured', address });
    assert.equal((await findApiToken(db, 'my-token'))?.userId, principal.userId);
    assert.equal((await findUser(db, 'me@example.org'))?.permissions.length, 5);
  } finally {
    await drop();
  }
});
