import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { attributeOrder, presentRecord, toTsv } from './present.ts';

const rules = [{ name: 'genestack:accession' }, { name: 'Sex' }, { name: 'Organism' }];
const attributes = { Zebra: '1', Organism: 'Homo sapiens', Population: ['British', 'Finnish'], Added: 'x' };
const fileOrder = ['Population', 'Zebra', 'Organism'];

test('the accession, the template, the file, then the rest', () => {
  const shown = presentRecord(
    { accession: 'GSF1', attributes, group: 'GSF2' },
    { rules, fileOrder, detail: 'original' },
  );
  assert.deepEqual(Object.entries(shown), [
    ['genestack:accession', 'GSF1'],
    ['Sex', null],
    ['Organism', 'Homo sapiens'],
    ['Population', ['British', 'Finnish']],
    ['Zebra', '1'],
    ['Added', 'x'],
    ['groupId', 'GSF2'],
  ]);
});

test('less detail shows only what the template names', () => {
  for (const detail of ['minimal', 'extended'] as const) {
    assert.deepEqual(attributeOrder(attributes, { rules, fileOrder, detail }), ['Sex', 'Organism']);
  }
});

test('runs answer their id twice; a study has no group', () => {
  const arrangement = { rules: [], fileOrder: [], detail: 'original' } as const;
  assert.deepEqual(presentRecord({ accession: '9', attributes: {}, group: 'GSF2', isRun: true }, arrangement), {
    'genestack:accession': '9',
    groupId: 'GSF2',
    id: '9',
  });
  assert.deepEqual(presentRecord({ accession: 'GSF1', attributes: {}, group: null }, arrangement), {
    'genestack:accession': 'GSF1',
  });
});

test('attributes of any name come through as data', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.oneof(fc.string(), fc.constant('__proto__')),
        fc.string({ minLength: 1 }).filter((text) => text.trim() !== ''),
      ),
      (given) => {
        fc.pre(!Object.hasOwn(given, 'genestack:accession') && !Object.hasOwn(given, 'groupId'));
        const shown = presentRecord(
          { accession: 'GSF1', attributes: given },
          { rules: [], fileOrder: [], detail: 'original' },
        );
        for (const [name, value] of Object.entries(given))
          assert.equal(Object.getOwnPropertyDescriptor(shown, name)?.value, value);
        assert.equal(Object.keys(shown).length, Object.keys(given).length + 1);
      },
    ),
  );
});

test('values are shown as the caller wants', () => {
  const shown = presentRecord(
    { accession: 'GSF1', attributes: { Sex: 'male' } },
    { rules, fileOrder: [], detail: 'extended' },
    (name, value) => ({ name, value }),
  );
  assert.deepEqual(shown, { 'genestack:accession': 'GSF1', Sex: { name: 'Sex', value: 'male' }, Organism: null });
});

test('tab-separated rows escape what separates', () => {
  assert.equal(
    toTsv([
      { a: 'x|y', b: ['1', '2'] },
      { a: 'p\tq\nr', c: 3 },
    ]),
    'a\tb\tc\r\nx||y\t1|2\t\r\np q r\t\t3\r\n',
  );
});
