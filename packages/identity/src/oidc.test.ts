import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { after, before, test } from 'node:test';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { createOidcVerifier, type OidcVerifier } from './oidc.ts';
import { refuses } from './test-people.ts';

/** An OpenID Connect issuer on a loopback port: discovery, keys, and a private key for each algorithm. */
let server: Server;
let issuer = '';
let verifier: OidcVerifier;
const published: JWK[] = [];
const signers = new Map<string, CryptoKey>();
let status = 200;

before(async () => {
  for (const alg of ['RS256', 'ES256']) {
    const pair = await generateKeyPair(alg, { extractable: true });
    signers.set(alg, pair.privateKey);
    published.push({ ...(await exportJWK(pair.publicKey)), kid: alg, alg, use: 'sig' });
  }
  server = createServer((request, response) => {
    const documents: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
      '/keys': { keys: published },
      '/liar/.well-known/openid-configuration': { issuer: 'https://elsewhere.example', jwks_uri: `${issuer}/keys` },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document === undefined ? 404 : status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  issuer = `http://127.0.0.1:${address.port}`;
  verifier = createOidcVerifier({ issuers: [{ issuer, audience: 'linnaea' }] });
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const claims = { sub: 'u1', email: 'carl@example.org', name: 'Carl', aud: 'linnaea' };

function signed(payload: JWTPayload, options: { alg?: string; kid?: string; seconds?: number } = {}): Promise<string> {
  const { alg = 'RS256', kid = alg, seconds = 600 } = options;
  const key = signers.get(alg);
  assert.ok(key);
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: issuer, iat: now, exp: now + seconds, ...payload })
    .setProtectedHeader({ alg, kid })
    .sign(key);
}

for (const alg of ['RS256', 'ES256']) {
  test(`a token signed by ${alg} tells its user`, async () => {
    const user = await verifier.verify(await signed(claims, { alg }));
    assert.deepEqual([user.email, user.name, user.subject, user.issuer], ['carl@example.org', 'Carl', 'u1', issuer]);
    assert.ok(user.expiresAt > Date.now());
  });
}

test('without a name the email stands for it', async () => {
  assert.equal((await verifier.verify(await signed({ ...claims, name: ' ' }))).name, 'carl@example.org');
});

test('the email claim is mandatory, and must not be marked as unverified', async () => {
  const { email: _, ...nameless } = claims;
  for (const payload of [nameless, { ...claims, email: '' }, { ...claims, email: ['carl@example.org'] }]) {
    await assert.rejects(verifier.verify(await signed(payload)), { message: 'Claim "email" is not present in JWT' });
  }
  await refuses(verifier.verify(await signed({ ...claims, email_verified: false })), 'unauthenticated');
});

test('tokens that are not for us, not by the issuer or out of time are refused', async () => {
  const foreign = await generateKeyPair('RS256');
  const stolen = new SignJWT({ ...claims, iss: issuer }).setExpirationTime('1h');
  const cases: Record<string, string> = {
    audience: await signed({ ...claims, aud: 'another' }),
    'no audience': await signed({ sub: 'u1', email: 'carl@example.org' }),
    issuer: await signed({ ...claims, iss: `${issuer}/other` }),
    expired: await signed(claims, { seconds: -60 }),
    'not yet': await signed({ ...claims, nbf: Math.floor(Date.now() / 1000) + 600 }),
    'alg none': new UnsecuredJWT({ ...claims, iss: issuer }).setExpirationTime('1h').encode(),
    HMAC: await new SignJWT({ ...claims, iss: issuer })
      .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(published[0]?.n ?? '')),
    'unknown kid': await signed(claims, { kid: 'nobody' }),
    'foreign key': await stolen.setProtectedHeader({ alg: 'RS256', kid: 'RS256' }).sign(foreign.privateKey),
    'kid of another algorithm': await signed(claims, { alg: 'ES256', kid: 'RS256' }),
    'no expiry': await new SignJWT({ ...claims, iss: issuer })
      .setProtectedHeader({ alg: 'RS256', kid: 'RS256' })
      .sign(signers.get('RS256') ?? new Uint8Array()),
    garbage: 'a.b.c',
  };
  for (const [name, token] of Object.entries(cases)) {
    await assert.rejects(verifier.verify(token), { kind: 'unauthenticated' }, name);
  }
});

test('it knows its issuers', async () => {
  assert.equal(verifier.knows(await signed(claims)), true);
  assert.equal(verifier.knows(await signed({ ...claims, iss: 'https://elsewhere.example' })), false);
  assert.equal(verifier.knows('opaque'), false);
});

test('keys can be named without discovery', async () => {
  const named = createOidcVerifier({
    issuers: [{ issuer: 'urn:idp', audience: ['x', 'linnaea'], jwksUri: `${issuer}/keys` }],
  });
  assert.equal((await named.verify(await signed({ ...claims, iss: 'urn:idp' }))).issuer, 'urn:idp');
});

test('an issuer that is down, or speaks for another one, is not the fault of the token', async () => {
  status = 503;
  const fresh = createOidcVerifier({ issuers: [{ issuer, audience: 'linnaea' }] });
  const token = await signed(claims);
  await refuses(fresh.verify(token), 'unavailable', 'oidc-unavailable');
  const keyless = createOidcVerifier({ issuers: [{ issuer, audience: 'linnaea', jwksUri: `${issuer}/keys` }] });
  await refuses(keyless.verify(token), 'unavailable', 'oidc-unavailable');
  const unreachable = createOidcVerifier({
    issuers: [{ issuer, audience: 'linnaea', jwksUri: 'http://127.0.0.1:1/' }],
  });
  await refuses(unreachable.verify(token), 'unavailable', 'oidc-unavailable');
  status = 200;
  assert.equal((await fresh.verify(token)).email, 'carl@example.org');
  const liar = createOidcVerifier({ issuers: [{ issuer: `${issuer}/liar`, audience: 'linnaea' }] });
  await refuses(liar.verify(await signed({ ...claims, iss: `${issuer}/liar` })), 'unavailable');
});
