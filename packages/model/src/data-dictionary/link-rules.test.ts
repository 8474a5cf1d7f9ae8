import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleDictionary } from './example-dictionary.ts';
import { checkLinkCounts, takenTargetFinding } from './link-rules.ts';

const { dictionary } = exampleDictionary();
const check = (type: string, counts: Record<string, number>) => {
  const node = dictionary.nodes.get(type);
  assert.ok(node);
  return checkLinkCounts(node, (name) => counts[name] ?? 0).map(({ message, keys, type: kind }) => [
    message,
    keys,
    kind,
  ]);
};

test('a required link must have a target, and a to-one link at most one', () => {
  assert.deepEqual(check('sample', { cases: 1 }), []);
  assert.deepEqual(check('sample', {}), [['Entity is missing required link to cases', ['cases'], 'INVALID_LINK']]);
  assert.deepEqual(check('sample', { cases: 2 }), [["'cases' link has to be many_to_one", ['cases'], 'INVALID_LINK']]);
});

test('groups: at least one when required, at most one when exclusive', () => {
  assert.deepEqual(check('piece', { samples: 1 }), []);
  assert.deepEqual(check('piece', {}), [
    ['Entity is missing a required link to cases or samples', ['cases', 'samples'], 'INVALID_LINK'],
  ]);
  assert.deepEqual(check('piece', { samples: 1, cases: 1 }), [
    ["Links to ['cases', 'samples'] are exclusive.  More than one was provided.", ['cases', 'samples'], 'INVALID_LINK'],
  ]);
});

test('a target that is taken', () => {
  const link = dictionary.nodes.get('piece')?.links[1];
  assert.ok(link);
  assert.equal(
    takenTargetFinding(link).message,
    "'samples' link has to be one_to_one, target node sample already has pieces",
  );
});
