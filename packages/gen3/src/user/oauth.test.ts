import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiToken, listApiTokens, revokeApiToken, setActive } from '@linnaea/identity';
import type { Principal } from '@linnaea/model';
import { decodeJwt } from 'jose';
import { createGen3Bench, type Gen3Bench } from './testing.ts';

const path = '/user/oauth2/token';
const form = { 'content-type': 'application/x-www-form-urlencoded' };

let bench: Gen3Bench;
let program: Principal;
let count = 0;

before(async () => {
  bench = await createGen3Bench();
  program = await bench.person('program', 'edit');
});
after(() => bench.close());

interface Client {
  row: number;
  id: string;
  secret: string;
}

async function newClient(principal = program, more: { expiresAt?: Date; content?: string } = {}): Promise<Client> {
  count += 1;
  const made = await createApiToken(bench.database, principal, { name: `client ${count}`, ...more });
  const listed = (await listApiTokens(bench.database, principal)).find(({ id }) => id === made.id);
  assert.ok(listed);
  return { row: made.id, id: listed.tokenId, secret: made.token };
}

function basic({ id, secret }: { id: string; secret: string }): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

async function post(query: string, headers: Record<string, string> = {}, fields?: Record<string, string>) {
  const answer = await bench.app.inject({
    method: 'POST',
    url: `${path}${query}`,
    headers: fields === undefined ? headers : { ...form, ...headers },
    ...(fields === undefined ? {} : { payload: new URLSearchParams(fields).toString() }),
  });
  assert.equal(answer.headers['cache-control'], 'no-store');
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

async function whoIs(token: string): Promise<string> {
  const answer = await bench.app.inject({ url: '/user/user', headers: { authorization: `bearer ${token}` } });
  return answer.statusCode === 200 ? answer.json().username : String(answer.statusCode);
}

test('a client gets an access token as the SDK asks for it: Basic, everything else in the address', async () => {
  const client = await newClient();
  const { status, body } = await post('?grant_type=client_credentials&scope=user%20data%20openid', basic(client));
  assert.equal(status, 200);
  assert.deepEqual([body.token_type, body.expires_in, body.scope], ['Bearer', 1200, 'user data openid']);
  const claims = decodeJwt(body.access_token);
  assert.equal(claims.iss, 'http://127.0.0.1:8080/user');
  assert.deepEqual([claims.pur, claims.aud, claims.azp], ['access', ['gen3'], client.id]);
  assert.deepEqual(claims.scope, ['user', 'data', 'openid']);
  assert.equal((claims.exp ?? 0) - (claims.iat ?? 0), 1200);
  assert.equal(await whoIs(body.access_token), 'program@example.org');
});

test('a client may show itself in the body, with a slash behind the path and without a scope', async () => {
  const { id, secret } = await newClient();
  const { status, body } = await post(
    '/',
    {},
    { grant_type: 'client_credentials', client_id: id, client_secret: secret },
  );
  assert.equal(status, 200);
  assert.equal(body.scope, 'openid user data fence');
  assert.equal(await whoIs(body.access_token), 'program@example.org');
});

test('a secret with characters that a form encodes is taken either way', async () => {
  const client = await newClient(program, { content: 'chosen:by+somebody/=100%!' });
  for (const secret of [client.secret, encodeURIComponent(client.secret)]) {
    assert.equal((await post('?grant_type=client_credentials', basic({ ...client, secret }))).status, 200, secret);
  }
});

test('nobody else is a client', async () => {
  const client = await newClient();
  const other = await newClient();
  const asleep = await bench.person('asleep');
  const sleeping = await newClient(asleep);
  await setActive(bench.database, bench.admin, asleep.email, false);
  const refused = {
    nobody: {},
    'a wrong secret': basic({ ...client, secret: `${client.secret.slice(0, -1)}_` }),
    'the secret of another client': basic({ ...client, secret: other.secret }),
    'no id': basic({ ...client, id: '' }),
    'another id': basic({ ...client, id: other.id }),
    'a secret without end': basic({ ...client, secret: 'x'.repeat(5000) }),
    'a deactivated user': basic(sleeping),
    'what is no pair': { authorization: `Basic ${Buffer.from('lonely').toString('base64')}` },
    'another scheme': { authorization: `Bearer ${client.secret}` },
  };
  for (const [name, headers] of Object.entries<Record<string, string>>(refused)) {
    const { status, body, headers: answered } = await post('?grant_type=client_credentials', headers);
    assert.deepEqual([status, body.error], [401, 'invalid_client'], name);
    assert.match(String(answered['www-authenticate']), /^Basic realm=/, name);
    assert.equal(body.access_token, undefined);
    assert.ok(!JSON.stringify(body).includes(client.secret));
  }
});

test('what is asked wrongly is told in the words of OAuth', async () => {
  const client = await newClient();
  const { id, secret } = client;
  const ask = async (query: string, headers: Record<string, string> = {}, fields?: Record<string, string>) => {
    const { status, body } = await post(query, headers, fields);
    assert.match(body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    return [status, body.error];
  };
  assert.deepEqual(await ask(''), [400, 'invalid_request']);
  assert.deepEqual(await ask('?grant_type='), [400, 'invalid_request']);
  assert.deepEqual(await ask('?grant_type=password'), [400, 'unsupported_grant_type']);
  assert.deepEqual(await ask('?grant_type=authorization_code', basic(client)), [400, 'unsupported_grant_type']);
  const wanted = '?grant_type=client_credentials';
  assert.deepEqual(await ask(`${wanted}&scope=openid+r%22%C3%B6%22ot`, basic(client)), [400, 'invalid_scope']);
  assert.deepEqual(await ask(`${wanted}&grant_type=client_credentials`, basic(client)), [400, 'invalid_request']);
  assert.deepEqual(await ask(wanted, basic(client), { grant_type: 'refresh_token' }), [400, 'invalid_request']);
  assert.deepEqual(await ask(wanted, basic(client), { client_secret: secret }), [400, 'invalid_request']);
  assert.deepEqual(await ask(wanted, basic(client), { client_id: 'another' }), [400, 'invalid_request']);
  assert.deepEqual(await ask(`${wanted}&client_id=${id}&client_secret=${secret}`), [400, 'invalid_request']);
  assert.deepEqual(await ask('?grant_type=refresh_token'), [400, 'invalid_request']);
  assert.deepEqual(await ask('?grant_type=refresh_token&refresh_token=x'), [400, 'invalid_request']);
});

test('revoking the API token ends the client and the access tokens made from it, at once, and no others', async () => {
  const [client, other] = [await newClient(), await newClient()];
  const [token, kept] = await Promise.all(
    [client, other].map(async (each) => (await post('?grant_type=client_credentials', basic(each))).body.access_token),
  );
  assert.equal(await whoIs(token), 'program@example.org');
  await revokeApiToken(bench.database, program, client.row);
  assert.equal(await whoIs(token), '401');
  assert.equal((await post('?grant_type=client_credentials', basic(client))).status, 401);
  assert.equal(await whoIs(kept), 'program@example.org');
});

test('an access token does not outlive the API token it was made from', async () => {
  const client = await newClient(program, { expiresAt: new Date(Date.now() + 400_000) });
  const { body } = await post('?grant_type=client_credentials', basic(client));
  assert.ok(body.expires_in <= 400 && body.expires_in > 300, String(body.expires_in));
  const { exp = 0, iat = 0 } = decodeJwt(body.access_token);
  assert.equal(exp - iat, body.expires_in);
});

test('an access token of a client makes no other credentials', async () => {
  const { body } = await post('?grant_type=client_credentials', basic(await newClient()));
  const headers = { authorization: `bearer ${body.access_token}` };
  const made = await bench.app.inject({ method: 'POST', url: '/user/credentials/api', headers, payload: {} });
  assert.equal(made.statusCode, 403);
});

test('an API key is a refresh token, with its scope or a part of it', async () => {
  const key = await bench.deps.gen3Credentials.createApiKey(program, { scope: ['openid', 'user'] });
  const ask = (more: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    post('', headers, { grant_type: 'refresh_token', refresh_token: key.api_key, ...more });
  const { status, body } = await ask();
  assert.equal(status, 200);
  assert.deepEqual([body.token_type, body.expires_in, body.scope], ['Bearer', 1200, 'openid user']);
  assert.equal(await whoIs(body.access_token), 'program@example.org');
  assert.equal((await ask({ scope: 'openid' })).body.scope, 'openid');
  assert.equal((await ask({ scope: 'openid data' })).body.error, 'invalid_scope');
  await bench.deps.gen3Credentials.revokeApiKey(program, key.key_id);
  const revoked = await ask();
  assert.deepEqual([revoked.status, revoked.body.error], [400, 'invalid_grant']);
  assert.equal(await whoIs(body.access_token), '401');
});

test('a client that shows itself beside a refresh token must be right, and of the same person', async () => {
  const { api_key: key } = await bench.deps.gen3Credentials.createApiKey(program);
  const ask = async (headers: Record<string, string>) => {
    const { status, body } = await post('', headers, { grant_type: 'refresh_token', refresh_token: key });
    return [status, body.error];
  };
  const client = await newClient();
  assert.deepEqual(await ask(basic(client)), [200, undefined]);
  assert.deepEqual(await ask(basic({ ...client, secret: 'x' })), [401, 'invalid_client']);
  assert.deepEqual(await ask(basic(await newClient(bench.admin))), [400, 'invalid_grant']);
});

test('neither an access token nor an API token is a refresh token', async () => {
  const client = await newClient();
  const { body } = await post('?grant_type=client_credentials', basic(client));
  for (const wrong of [body.access_token, client.secret, 'x.y.z']) {
    const refused = await post('', {}, { grant_type: 'refresh_token', refresh_token: wrong });
    assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_grant']);
  }
});

test('the discovery document tells of it', async () => {
  const told = (await bench.app.inject({ url: '/user/.well-known/openid-configuration' })).json();
  assert.equal(told.token_endpoint, `http://127.0.0.1:8080${path}`);
  assert.deepEqual(told.grant_types_supported, ['client_credentials', 'refresh_token']);
  assert.deepEqual(told.token_endpoint_auth_methods_supported, ['client_secret_basic', 'client_secret_post', 'none']);
});
