import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dictionary, SearchCount } from '../../api/portal.ts';
import { countText, inOrder, kindName, kindNames, sumOf } from './kinds.ts';

const node = (type: string, title: string) => ({ type, title }) as Dictionary['nodes'][number];
const dictionary: Dictionary = {
  version: '1',
  nodes: [node('case', 'Case'), node('diagnosis', 'Diagnosis'), node('family_history', 'Family History')],
  links: [],
};
const count = (model: 'odm' | 'gen3', kind: string, number: number, more = false): SearchCount => ({
  model,
  kind,
  count: number,
  more,
});

test('kinds have words, and say which are nodes', () => {
  const names = (kind: string) => kindNames({ model: 'gen3', kind }, dictionary);
  assert.deepEqual(['case', 'diagnosis', 'family_history', 'read_group', 'aligned_reads'].map(names), [
    'Cases (Gen3)',
    'Diagnoses (Gen3)',
    'Family Histories (Gen3)',
    'Read groups (Gen3)',
    'Aligned reads (Gen3)',
  ]);
  assert.equal(kindName({ model: 'gen3', kind: 'case' }, undefined), 'Case (Gen3)');
  assert.equal(kindNames({ model: 'odm', kind: 'study' }, dictionary), 'Studies');
  assert.equal(kindName({ model: 'odm', kind: 'new-kind' }, dictionary), 'New kind');
});

test('studies come first, nodes last, the most of them before others', () => {
  const given = [
    count('gen3', 'case', 1),
    count('odm', 'sample', 9),
    count('gen3', 'study', 5),
    count('odm', 'study', 1),
  ];
  assert.deepEqual(
    inOrder(given).map(({ model, kind }) => `${model}.${kind}`),
    ['odm.study', 'odm.sample', 'gen3.study', 'gen3.case'],
  );
});

test('a count that was stopped says so', () => {
  assert.equal(countText(count('odm', 'sample', 1250)), '1,250');
  assert.equal(countText(count('odm', 'sample', 250, true)), '250+');
  assert.equal(countText(count('odm', 'sample', 0, true)), 'not counted');
  assert.equal(countText(sumOf([count('odm', 'study', 3), count('odm', 'sample', 10_000, true)])), '10,000+');
  assert.equal(countText(sumOf([count('odm', 'study', 3), count('gen3', 'case', 4)])), '7');
});
