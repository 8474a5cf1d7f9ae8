import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type Database, sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { createApiToken, listApiTokens, renameApiToken, revokeApiToken } from './api-tokens.ts';
import { type Authenticator, createAuthenticator } from './authenticate.ts';
import { createGen3Credentials, type Gen3Credentials } from './gen3-credentials.ts';
import { addMember } from './groups.ts';
import type { OidcVerifier } from './oidc.ts';
import { signOut, startSession } from './sessions.ts';
import { createTestPeople, refuses, type TestPeople } from './test-people.ts';
import { findUser, setActive, setPermissions } from './users.ts';

let people: TestPeople;
let db: Database;
let gen3: Gen3Credentials;
let authenticator: Authenticator;

/** Stands in for the network: a token is `header.payload.` whose payload names the email. */
const oidc: OidcVerifier = {
  knows: (token) => token.endsWith('.idp'),
  verify: async (token) => {
    const email: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).email;
    return {
      issuer: 'idp',
      subject: 's',
      email: String(email),
      name: `Line\n${email}`,
      expiresAt: Date.now() + 60_000,
    };
  },
};

function idpToken(email: string): string {
  return `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(JSON.stringify({ email })).toString('base64url')}.idp`;
}

before(async () => {
  people = await createTestPeople();
  db = people.db;
  gen3 = createGen3Credentials({ db, issuer: 'http://127.0.0.1:8080/user' });
  authenticator = await createAuthenticator({ db, gen3, oidc, cacheMs: 3_600_000 });
});
after(async () => {
  await authenticator.close();
  await people.drop();
});

const byToken = (value: string) => authenticator.authenticate({ kind: 'api-token', value });
const byHeader = (value: string) => authenticator.authenticate({ kind: 'authorization', value });
const bySession = (value: string) => authenticator.authenticate({ kind: 'session', value });

test('an API token works in both headers, with any spelling of Bearer', async () => {
  const person = await people.person('token-user');
  const { token } = await createApiToken(db, person, { name: 'laptop' });
  assert.match(token, /^lnt_[0-9a-f]{12}_[\w-]{43}$/);
  for (const value of [token, `Bearer ${token}`, `bearer ${token}`, `BEARER   ${token} `]) {
    const principal = await byHeader(value);
    assert.deepEqual([principal?.userId, principal?.via], [person.userId, 'api-token'], value);
  }
  assert.equal((await byToken(token))?.email, person.email);
  assert.equal(await bySession(token), undefined);
});

test('a session that a token began ends when the token is revoked', async () => {
  const person = await people.person('begun');
  const { token, id } = await createApiToken(db, person, { name: 'begins' });
  const { value } = await startSession(db, person, { apiToken: token });
  const other = await startSession(db, person);
  assert.equal((await bySession(value))?.email, person.email);
  await revokeApiToken(db, person, id);
  assert.equal(await bySession(value), undefined);
  assert.equal((await bySession(other.value))?.email, person.email);
});

test('what is nearly a credential is none', async () => {
  const person = await people.person('near');
  const { token } = await createApiToken(db, person, { name: 'x' });
  const { value } = await startSession(db, person);
  const wrong = [
    '',
    ' ',
    'Bearer',
    'Bearer ',
    token.slice(0, -1),
    `${token}a`,
    token.toUpperCase(),
    'x'.repeat(100_000),
  ];
  for (const text of [...wrong, token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')), 'a\u0000b', value]) {
    assert.equal(await byToken(text), undefined, text.slice(0, 60));
    assert.equal(await byHeader(text), undefined, text.slice(0, 60));
  }
  for (const text of wrong) assert.equal(await bySession(text), undefined);
});

test('tokens are many, named, listed without their secret, and revoked one by one', async () => {
  const person = await people.person('many');
  const one = await createApiToken(db, person, { name: 'one' });
  const two = await createApiToken(db, person, { name: 'two', expiresAt: new Date(Date.now() + 3_600_000) });
  await renameApiToken(db, person, one.id, 'first');
  const listed = await listApiTokens(db, person);
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['two', 'first'],
  );
  assert.ok(!JSON.stringify(listed).includes(one.token) && !JSON.stringify(listed).includes(one.token.slice(17)));
  assert.ok((await byToken(one.token)) && (await byToken(two.token)));
  const stranger = await people.person('thief');
  await refuses(revokeApiToken(db, stranger, one.id), 'not-found', 'token-not-found');
  await refuses(renameApiToken(db, stranger, one.id, 'mine'), 'not-found', 'token-not-found');
  await revokeApiToken(db, person, one.id);
  assert.equal(await byToken(one.token), undefined);
  assert.ok(await byToken(two.token));
  await revokeApiToken(db, people.admin, two.id);
  assert.equal(await byToken(two.token), undefined);
});

test('an expired token is refused; expiry lies ahead', async () => {
  const person = await people.person('expiring');
  const past = new Date(Date.now() - 1000);
  await refuses(createApiToken(db, person, { name: 'x', expiresAt: past }), 'invalid', 'token-expired');
  await refuses(createApiToken(db, person, { name: 'x', expiresAt: new Date(Number.NaN) }), 'invalid');
  const { token, id } = await createApiToken(db, person, { name: 'x', expiresAt: new Date(Date.now() + 60_000) });
  await db.run(sql`update api_token set expires_at = ${past} where id = ${id}`);
  assert.equal(await byToken(token), undefined);
});

test('a token may be brought along when it is strong enough, and belongs to one user', async () => {
  const person = await people.person('bringer');
  const content = 'brought-along-0123456789';
  await createApiToken(db, person, { name: 'mine', content });
  assert.equal((await byToken(content))?.userId, person.userId);
  await refuses(createApiToken(db, people.admin, { name: 'same', content }), 'conflict', 'token-taken');
  await refuses(createApiToken(db, person, { name: 'short', content: 'short' }), 'invalid', 'token-weak');
  await refuses(createApiToken(db, { ...person, via: 'access-token' }, { name: 'x' }), 'forbidden');
});

test('the last use is noted once a minute', async () => {
  const person = await people.person('used');
  const { token, id } = await createApiToken(db, person, { name: 'x' });
  const uncached = await createAuthenticator({ db, gen3, cacheMs: 0 });
  const use = () => uncached.authenticate({ kind: 'api-token', value: token });
  const lastUse = async () => (await listApiTokens(db, person))[0]?.lastUsedAt?.getTime();
  assert.equal(await lastUse(), undefined);
  await use();
  const first = await lastUse();
  assert.ok(first);
  await use();
  assert.equal(await lastUse(), first);
  await db.run(sql`update api_token set last_used_at = now() - interval '2 minutes' where id = ${id}`);
  await use();
  assert.ok(((await lastUse()) ?? 0) >= first);
  await uncached.close();
});

test('a session cookie, until it is signed out', async () => {
  const person = await people.person('browser');
  const { value } = await startSession(db, person);
  assert.deepEqual([(await bySession(value))?.userId, (await bySession(value))?.via], [person.userId, 'session']);
  assert.equal(await byHeader(value), undefined);
  await signOut(db, value);
  assert.equal(await bySession(value), undefined);
});

test('a Gen3 access token, until its key is revoked', async () => {
  const person = await people.person('gen3-user');
  const { api_key: apiKey, key_id: keyId } = await gen3.createApiKey(person);
  const { access_token: token } = await gen3.exchangeApiKey(apiKey);
  const principal = await byHeader(`bearer ${token}`);
  assert.deepEqual([principal?.userId, principal?.via], [person.userId, 'access-token']);
  assert.equal(await byHeader(`bearer ${apiKey}`), undefined);
  assert.equal(await byToken(token), undefined);
  await gen3.revokeApiKey(person, keyId);
  assert.equal(await byHeader(`bearer ${token}`), undefined);
});

test('an OIDC token makes its user at first sight, once', async () => {
  const token = idpToken('newcomer@idp.example');
  const answers = await Promise.all([byHeader(`Bearer ${token}`), byHeader(`Bearer ${token}`), byHeader(token)]);
  const user = await findUser(db, 'NEWCOMER@idp.example');
  assert.deepEqual(
    answers.map((answer) => answer?.userId),
    [user?.id, user?.id, user?.id],
  );
  assert.deepEqual([answers[0]?.via, user?.name, user?.hasPassword], ['oidc', 'Line newcomer@idp.example', false]);
  await setActive(db, people.admin, 'newcomer@idp.example', false);
  assert.equal(await byHeader(token), undefined);
  await refuses(byHeader(idpToken('not an email')), 'invalid', 'email-invalid');
});

test('changes are seen by the very next request, cached or not', async () => {
  const person = await people.person('changing');
  const { token } = await createApiToken(db, person, { name: 'x' });
  assert.equal((await byToken(token))?.curator, false);
  await addMember(db, people.admin, { group: 'GSG000002', user: person.userId });
  assert.equal((await byToken(token))?.curator, true);
  await setPermissions(db, people.admin, person.email, ['MANAGE_ORGANIZATION']);
  assert.equal((await byToken(token))?.administrator, true);
  await setActive(db, people.admin, person.email, false);
  assert.equal(await byToken(token), undefined);
});

test('principals are kept meanwhile', async () => {
  const person = await people.person('cached');
  const { token } = await createApiToken(db, person, { name: 'x' });
  await notificationsDelivered();
  await byToken(token);
  // behind the package's back: nobody is told
  await db.run(sql`update user_account set name = 'Behind' where id = ${person.userId}`);
  assert.equal((await byToken(token))?.name, 'cached');
});

/** Notifications come in order: when one sent now has come, the echoes of all earlier changes have. */
async function notificationsDelivered(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const stop = await db.listen('fence', resolve);
  await db.query(sql`select pg_notify('fence', '')`);
  await promise;
  await stop();
}

test('another process is told of a change', async () => {
  const elsewhere = connect(db.url);
  const other = await createAuthenticator({ db: elsewhere, gen3, cacheMs: 3_600_000 });
  try {
    const person = await people.person('far-away');
    const { token } = await createApiToken(db, person, { name: 'x' });
    const ask = () => other.authenticate({ kind: 'api-token', value: token });
    // until it is kept: then only a notification can change the answer
    await settles(async () => {
      const [first, second] = [await ask(), await ask()];
      return first?.curator === false && first === second;
    });
    await addMember(db, people.admin, { group: 'GSG000002', user: person.userId });
    await settles(async () => (await ask())?.curator === true);
  } finally {
    await other.close();
    await elsewhere.close();
  }
});

/** Asks until the answer is yes; gives up after some seconds. */
async function settles(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('it never settled');
}

test('a principal has every subject that grants are matched against', async () => {
  const person: Principal = await people.person('subjects');
  const { token } = await createApiToken(db, person, { name: 'x' });
  const principal = await byToken(token);
  assert.deepEqual(principal?.subjects, person.subjects);
  assert.equal(principal?.subjects[0], person.userId);
});
