import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CatalogueError } from '@linnaea/model';
import { checkPassword, hashPassword, verifyPassword } from './passwords.ts';

test('a hash is argon2id with our cost, salted, and fits its password only', async () => {
  const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(one, two);
  assert.equal(await verifyPassword('correct horse', one), true);
  assert.equal(await verifyPassword('correct horse ', one), false);
  assert.equal(await verifyPassword('', one), false);
});

test('the same letters fit however the keyboard composed them', async () => {
  const hash = await hashPassword('Linn\u00e9 1753');
  assert.equal(await verifyPassword('Linne\u0301 1753', hash), true);
});

test('nothing fits a user without a password, not even the decoy', async () => {
  assert.equal(await verifyPassword('nobody signs in with this', undefined), false);
  assert.equal(await verifyPassword('nobody signs in with this', null), false);
});

test('passwords have a length', () => {
  assert.throws(() => checkPassword('1234567'), CatalogueError);
  assert.throws(() => checkPassword('x'.repeat(1025)), CatalogueError);
  assert.doesNotThrow(() => checkPassword('12345678'));
});
