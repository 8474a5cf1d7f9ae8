import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, memberIds, parsePatch, parseScimFilter } from './scim.ts';

const known = ['username', 'emails', 'displayname'];

test('filters of equality joined with and', () => {
  assert.deepEqual([...parseScimFilter('userName eq "a@b"', known)], [['username', 'a@b']]);
  assert.deepEqual(
    [...parseScimFilter('emails[type eq "work" and value eq "x@y"] and displayName eq "A \\"B\\""', known)],
    [
      ['emails', 'x@y'],
      ['displayname', 'A "B"'],
    ],
  );
  assert.equal(parseScimFilter('  ', known).size, 0);
  for (const text of ['userName co "a"', 'title eq "a"', 'userName eq a', 'userName']) {
    assert.throws(() => parseScimFilter(text, known), { code: 'scim-filter' }, text);
  }
});

test('a patch sets attributes by path or by map, also as the Python client sends them', () => {
  const [byPath, byMap, wrapped] = parsePatch({
    Operations: [
      { op: 'Replace', path: 'active', value: false },
      { op: 'replace', value: { displayName: 'x' } },
      { op: 'replace', path: 'displayName', value: { displayName: 'y' } },
    ],
  });
  assert.deepEqual(attributesOf(byPath!), [['active', false]]);
  assert.deepEqual(attributesOf(byMap!), [['displayName', 'x']]);
  assert.deepEqual(attributesOf(wrapped!), [['displayName', 'y']]);
  for (const body of [{}, { Operations: [] }, { Operations: [{ op: 'move' }] }])
    assert.throws(() => parsePatch(body), { kind: 'invalid' });
});

test('members come in several forms', () => {
  assert.deepEqual(memberIds([{ value: '7' }, { value: 8 }]), [7, 8]);
  assert.deepEqual(memberIds({ value: '7' }), [7]);
  assert.deepEqual(memberIds({ members: [{ value: '7' }] }), [7]);
  assert.throws(() => memberIds([{ value: 'x' }]), { code: 'scim-value' });
});
