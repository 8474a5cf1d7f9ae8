import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExpiringCache } from './expiring-cache.ts';

test('an entry is there until its time, and not at it', () => {
  let now = 1000;
  const cache = createExpiringCache<string>(10, () => now);
  cache.set('a', 'value', 1500);
  now = 1499;
  assert.equal(cache.get('a'), 'value');
  now = 1500;
  assert.equal(cache.get('a'), undefined);
  assert.equal(cache.size, 0);
});

test('what has expired already replaces what was there', () => {
  const cache = createExpiringCache<string>(10, () => 1000);
  cache.set('a', 'old', 2000);
  cache.set('a', 'new', 900);
  assert.equal(cache.get('a'), undefined);
});

test('the oldest entry makes room', () => {
  const cache = createExpiringCache<number>(2, () => 0);
  for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index, 10);
  assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [undefined, 1, 2]);
  assert.equal(cache.size, 2);
});

test('entries go by what they hold', () => {
  const cache = createExpiringCache<number>(10, () => 0);
  for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index, 10);
  cache.deleteWhere((value) => value !== 1);
  assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [undefined, 1, undefined]);
});
