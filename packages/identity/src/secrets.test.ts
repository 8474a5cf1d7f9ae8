import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiTokenId, hashSecret, newApiToken, newSecret, sameHash } from './secrets.ts';

test('a secret has 256 bits and no two are alike', () => {
  const secrets = new Set(Array.from({ length: 200 }, newSecret));
  assert.equal(secrets.size, 200);
  for (const secret of secrets) assert.equal(Buffer.from(secret, 'base64url').length, 32);
});

test('the id of a token of ours is in it; that of another one comes from its hash', () => {
  const token = newApiToken();
  assert.equal(apiTokenId(token), token.split('_')[1]);
  assert.match(apiTokenId('chosen by an operator'), /^[0-9a-f]{16}$/);
  assert.notEqual(apiTokenId('chosen by an operator'), apiTokenId('chosen by another one'));
});

test('hashes are compared whole', () => {
  assert.ok(sameHash(hashSecret('a'), hashSecret('a')));
  assert.ok(!sameHash(hashSecret('a'), hashSecret('b')));
  assert.ok(!sameHash(hashSecret('a'), hashSecret('a').subarray(0, 31)));
});
