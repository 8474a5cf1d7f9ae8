import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { createApiToken, listApiTokens, revokeApiToken } from './api-tokens.ts';
import { createGen3Credentials, type Gen3Credentials } from './gen3-credentials.ts';
import { rotateSigningKey } from './signing-keys.ts';
import { createTestPeople, refuses, type TestPeople } from './test-people.ts';
import { setActive } from './users.ts';

const issuer = 'http://127.0.0.1:8080/user';
const day = 24 * 3600 * 1000;

let people: TestPeople;
let person: Principal;
let gen3: Gen3Credentials;
/** Milliseconds that the credentials' clock is ahead. */
let ahead = 0;

before(async () => {
  people = await createTestPeople();
  person = await people.person('submitter');
  gen3 = createGen3Credentials({ db: people.db, issuer, now: () => Date.now() + ahead });
});
after(() => people.drop());

test('an API key says what the SDK reads from it', async () => {
  const { api_key: apiKey, key_id: keyId } = await gen3.createApiKey(person);
  const claims = decodeJwt(apiKey);
  assert.equal(decodeProtectedHeader(apiKey).alg, 'RS256');
  assert.equal(typeof decodeProtectedHeader(apiKey).kid, 'string');
  assert.deepEqual([claims.iss, claims.pur, claims.jti, claims.aud], [issuer, 'api_key', keyId, ['gen3']]);
  assert.equal((claims.exp ?? 0) - (claims.iat ?? 0), 2_592_000);
  assert.deepEqual([claims.sub, claims.azp], [String(person.userId), '']);
  const stored = await people.db.first<{ row: string }>(sql`
    select row_to_json(k)::text as row from gen3_api_key k where jti = ${keyId}::uuid`);
  assert.ok(stored !== undefined && !stored.row.includes(apiKey.split('.')[2] ?? ''));
});

test('an API key is exchanged for an access token that everybody can verify', async () => {
  const { api_key: apiKey } = await gen3.createApiKey(person);
  const { access_token: token, expires } = await gen3.exchangeApiKey(apiKey);
  const { payload } = await jwtVerify(token, createLocalJWKSet(await gen3.jwks()), { audience: 'gen3', issuer });
  assert.equal(payload.exp, expires);
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 1200);
  assert.equal(payload.pur, 'access');
  assert.deepEqual(payload.context, {
    user: { name: 'submitter@example.org', is_admin: false, google: { proxy_group: null } },
  });
  assert.ok(token.length < 4096);
  assert.equal((await gen3.verifyAccessToken(token))?.userId, person.userId);
});

test('published keys have no private part, and their PEM form is the same key', async () => {
  const { keys } = await gen3.jwks();
  const pems = await gen3.publicKeys();
  for (const key of keys) {
    assert.deepEqual([key.kty, key.alg, key.use], ['RSA', 'RS256', 'sig']);
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) assert.ok(!(secret in key));
    const pem = pems.find(({ kid }) => kid === key.kid)?.pem ?? '';
    assert.equal(createPublicKey(pem).export({ format: 'jwk' }).n, key.n);
  }
  assert.equal(pems.length, keys.length);
});

test('another process has the same keys; two that start at once make one', async () => {
  await people.db.run(sql`delete from signing_key`);
  const [left, right] = [1, 2].map(() => createGen3Credentials({ db: people.db, issuer }));
  assert.ok(left && right);
  const [leftKeys, rightKeys] = await Promise.all([left.jwks(), right.jwks()]);
  assert.deepEqual(leftKeys, rightKeys);
  assert.equal(leftKeys.keys.length, 1);
  const { access_token: token } = await left.issueAccessToken(person);
  assert.equal((await right.verifyAccessToken(token))?.userId, person.userId);
  gen3 = createGen3Credentials({ db: people.db, issuer, now: () => Date.now() + ahead });
});

test('old tokens outlive a rotation of keys, and new ones are known everywhere', async () => {
  const { access_token: old } = await gen3.issueAccessToken(person);
  await refuses(rotateSigningKey(people.db, person), 'forbidden');
  const { kid } = await rotateSigningKey(people.db, people.admin);
  const next = createGen3Credentials({ db: people.db, issuer });
  const { access_token: fresh } = await next.issueAccessToken(person);
  assert.equal(decodeProtectedHeader(fresh).kid, kid);
  assert.ok(await next.verifyAccessToken(old));
  ahead = 11_000;
  assert.ok(await gen3.verifyAccessToken(fresh));
  ahead = 0;
});

test('forged and foreign tokens are refused', async () => {
  const { access_token: token } = await gen3.issueAccessToken(person);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = decodeJwt(token);
  const kid = decodeProtectedHeader(token).kid;
  const { publicKey } = await jwksKey();
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const other = await people.person('other-sub');
  const forged = {
    'alg none': new UnsecuredJWT(claims).encode(),
    'alg none with our kid': `${encoded({ alg: 'none', kid })}.${payload}.`,
    'HMAC with the public key': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', ...(kid === undefined ? {} : { kid }) })
      .sign(new TextEncoder().encode(publicKey)),
    'unknown kid': `${encoded({ alg: 'RS256', kid: 'nobody' })}.${payload}.${signature}`,
    'no kid': `${encoded({ alg: 'RS256' })}.${payload}.${signature}`,
    'another subject': `${header}.${encoded({ ...claims, sub: String(other.userId) })}.${signature}`,
    'no signature': `${header}.${payload}.`,
    'not a token': 'x.y.z',
    empty: '',
  };
  for (const [name, text] of Object.entries(forged)) {
    assert.equal(await gen3.verifyAccessToken(text), undefined, name);
    await refuses(gen3.exchangeApiKey(text), text === '' ? 'invalid' : 'unauthenticated');
  }
});

async function jwksKey(): Promise<{ publicKey: string }> {
  return { publicKey: (await gen3.publicKeys())[0]?.pem ?? '' };
}

test('a key is no access token, and an access token is no key', async () => {
  const { api_key: apiKey } = await gen3.createApiKey(person);
  const { access_token: token } = await gen3.exchangeApiKey(apiKey);
  assert.equal(await gen3.verifyAccessToken(apiKey), undefined);
  await refuses(gen3.exchangeApiKey(token), 'unauthenticated', 'api-key-invalid');
  await refuses(gen3.createApiKey({ ...person, via: 'access-token' }), 'forbidden', 'credential-too-weak');
  await refuses(gen3.issueAccessToken({ ...person, via: 'access-token' }), 'forbidden', 'credential-too-weak');
});

test('a key that our signing key signed, but that was never handed out, is refused', async () => {
  const { api_key: apiKey, key_id: keyId } = await gen3.createApiKey(person);
  await people.db.run(sql`update gen3_api_key set hash = decode('00', 'hex') where jti = ${keyId}::uuid`);
  await refuses(gen3.exchangeApiKey(apiKey), 'unauthenticated');
});

test('tokens and keys end in time', async () => {
  const { api_key: apiKey } = await gen3.createApiKey(person, { expiresIn: 3600 });
  const { access_token: token } = await gen3.exchangeApiKey(apiKey, { expiresIn: 600 });
  assert.ok(await gen3.verifyAccessToken(token));
  ahead = 601_000;
  assert.equal(await gen3.verifyAccessToken(token), undefined);
  ahead = 3_000_000;
  await refuses(gen3.exchangeApiKey(apiKey), 'invalid', 'api-key-expires');
  ahead = 3_700_000;
  await refuses(gen3.exchangeApiKey(apiKey), 'unauthenticated', 'api-key-invalid');
  ahead = 31 * day;
  assert.deepEqual(await gen3.listApiKeys(person), []);
  ahead = 0;
});

test('lives are capped and checked', async () => {
  const life = async (expiresIn: number) => {
    const claims = decodeJwt((await gen3.issueAccessToken(person, { expiresIn })).access_token);
    return (claims.exp ?? 0) - (claims.iat ?? 0);
  };
  assert.equal(await life(1_000_000), 3600);
  for (const wrong of [0, -1, 1.5, Number.NaN]) await refuses(life(wrong), 'invalid', 'expires-in-invalid');
  await refuses(gen3.createApiKey(person, { scope: ['root'] }), 'invalid', 'scope-unsupported');
});

test('keys are listed, and revoked by their owner or an administrator', async () => {
  const owner = await people.person('key-owner');
  const first = await gen3.createApiKey(owner, { expiresIn: 5000 });
  const second = await gen3.createApiKey(owner);
  const listed = await gen3.listApiKeys(owner);
  assert.deepEqual(
    listed.map(({ jti }) => jti),
    [second.key_id, first.key_id],
  );
  assert.equal(listed[1]?.exp, decodeJwt(first.api_key).exp);
  const { access_token: token } = await gen3.exchangeApiKey(first.api_key);
  await refuses(gen3.revokeApiKey(person, first.key_id), 'not-found', 'api-key-not-found');
  await refuses(gen3.revokeApiKey(owner, "' or true --"), 'not-found', 'api-key-not-found');
  await gen3.revokeApiKey(owner, first.key_id);
  await refuses(gen3.exchangeApiKey(first.api_key), 'unauthenticated');
  const claims = await gen3.verifyAccessToken(token);
  assert.ok(claims?.keyId);
  assert.equal(await gen3.sourceExists(claims), false);
  await gen3.revokeApiKey(people.admin, second.key_id);
  assert.deepEqual(await gen3.listApiKeys(owner), []);
});

test('bad exchanges are told apart as the contract does', async () => {
  for (const missing of [undefined, null, '', 5, {}, []]) {
    await refuses(gen3.exchangeApiKey(missing), 'invalid', 'api-key-missing');
  }
  await refuses(gen3.exchangeApiKey('x'.repeat(1_000_000)), 'unauthenticated');
  const sleeper = await people.person('sleeper');
  const { api_key: apiKey } = await gen3.createApiKey(sleeper);
  await setActive(people.db, people.admin, sleeper.email, false);
  await refuses(gen3.exchangeApiKey(apiKey), 'unauthenticated');
});

test('an API token is a client, whose access tokens end with it', async () => {
  const owner = await people.person('client-owner');
  const client = async (expiresAt?: Date) => {
    const { id, token } = await createApiToken(people.db, owner, { name: 'x', ...(expiresAt && { expiresAt }) });
    const tokenId = (await listApiTokens(people.db, owner)).find((each) => each.id === id)?.tokenId ?? '';
    return { id, credentials: { clientId: tokenId, clientSecret: token } };
  };
  const lasting = await client();
  const made = await gen3.exchangeClientCredentials(lasting.credentials, { scope: ['user'] });
  assert.deepEqual([made.expires_in, made.scope, decodeJwt(made.access_token).exp], [1200, ['user'], made.expires]);
  const claims = await gen3.verifyAccessToken(made.access_token);
  assert.ok(claims?.apiTokenId);
  assert.equal(claims.userId, owner.userId);
  assert.equal(await gen3.sourceExists(claims), true);

  const short = await client(new Date(Date.now() + 600_000));
  const ending = await gen3.exchangeClientCredentials(short.credentials);
  const endingClaims = await gen3.verifyAccessToken(ending.access_token);
  assert.ok(ending.expires_in <= 600 && endingClaims !== undefined);
  await people.db.run(sql`update api_token set expires_at = now() - interval '1 second' where id = ${short.id}`);
  assert.equal(await gen3.sourceExists(endingClaims), false);
  await refuses(gen3.exchangeClientCredentials(short.credentials), 'unauthenticated', 'client-invalid');

  await revokeApiToken(people.db, owner, lasting.id);
  assert.equal(await gen3.sourceExists(claims), false);
  await refuses(gen3.exchangeClientCredentials(lasting.credentials), 'unauthenticated', 'client-invalid');
  const again = await createApiToken(people.db, owner, { name: 'x', content: lasting.credentials.clientSecret });
  assert.notEqual(again.id, lasting.id);
  assert.equal(await gen3.sourceExists(claims), false, 'the same text again does not revive what was revoked');
});

test('an access token has the scope of its key, or a part of it', async () => {
  const { api_key: apiKey } = await gen3.createApiKey(person, { scope: ['openid', 'user'] });
  assert.deepEqual((await gen3.exchangeApiKey(apiKey)).scope, ['openid', 'user']);
  assert.deepEqual((await gen3.exchangeApiKey(apiKey, { scope: ['user', 'user'] })).scope, ['user']);
  await refuses(gen3.exchangeApiKey(apiKey, { scope: ['admin'] }), 'invalid', 'scope-unsupported');
});

test('a request may name the address that it came by as issuer', async () => {
  const { api_key: apiKey } = await gen3.createApiKey(person, { issuer: 'http://localhost:8080/user' });
  assert.equal(decodeJwt(apiKey).iss, 'http://localhost:8080/user');
  assert.ok((await gen3.exchangeApiKey(apiKey)).access_token);
});
