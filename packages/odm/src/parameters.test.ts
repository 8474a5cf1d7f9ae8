import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParameterRules, readQuery } from './parameters.ts';

const rules = {
  pageLimit: { type: 'integer', minimum: 0, maximum: 2000, fallback: 2000 },
  filter: { type: 'text' },
  mode: { type: 'text', allowed: ['a', 'b'] },
  deep: { type: 'flag' },
  feature: { type: 'list' },
  accessions: { type: 'joined' },
  level: { type: 'decimal' },
} as const satisfies ParameterRules;

test('values are read by their rules', () => {
  const values = readQuery(rules, {
    pageLimit: '0',
    filter: 'a=b',
    deep: 'true',
    feature: ['x,y', 'z'],
    accessions: 'GSF1, GSF2,',
    level: '1.5',
  });
  assert.equal(values.number('pageLimit'), 0);
  assert.equal(values.text('filter'), 'a=b');
  assert.equal(values.flag('deep'), true);
  assert.deepEqual(values.list('feature'), ['x,y', 'z']);
  assert.deepEqual(values.list('accessions'), ['GSF1', 'GSF2']);
  assert.equal(values.number('level'), 1.5);
});

test('defaults hold for what is missing or empty', () => {
  const values = readQuery(rules, { pageLimit: '', filter: '' });
  assert.equal(values.number('pageLimit'), 2000);
  assert.equal(values.text('filter'), undefined);
  assert.equal(values.flag('deep'), false);
  assert.deepEqual(values.list('feature'), []);
});

test('a wrong value, an unknown name and a missing one are refused', () => {
  const wrong: Record<string, unknown>[] = [
    { pageLimit: '2001' },
    { pageLimit: '-1' },
    { pageLimit: '1.5' },
    { pageLimit: '1e3' },
    { mode: 'c' },
    { deep: '1' },
    { level: 'x' },
    { filter: ['a', 'b'] },
    { pagelimit: '1' },
    JSON.parse('{"__proto__":"x"}'),
    { constructor: 'x' },
  ];
  for (const query of wrong) assert.throws(() => readQuery(rules, query), { kind: 'invalid' }, JSON.stringify(query));
  assert.throws(() => readQuery({ id: { type: 'text', required: true } }, {}), /missing/);
});
