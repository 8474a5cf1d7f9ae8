import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FingerprintSet } from './fingerprints.ts';

test('every string is new once, however many there are', () => {
  const set = new FingerprintSet();
  const names = Array.from({ length: 200_000 }, (_, index) => Buffer.from(`ENSG${String(index).padStart(11, '0')}`));
  assert.equal(names.filter((name) => set.add(name)).length, names.length);
  assert.equal(names.filter((name) => set.add(name)).length, 0);
});

test('only the given part counts, and nothing is a string too', () => {
  const set = new FingerprintSet();
  assert.equal(set.add(Buffer.from('xxG1yy'), 2, 4), true);
  assert.equal(set.add(Buffer.from('G1')), false);
  assert.equal(set.add(Buffer.from('')), true);
  assert.equal(set.add(Buffer.from('')), false);
});
