import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadDefaultTemplate } from './template-default.ts';
import {
  compileVocabulary,
  convertUnit,
  editDistance,
  nearestLabels,
  type UnitConversion,
  type VocabularyTerm,
} from './vocabulary.ts';
import { loadDefaultVocabularies } from './vocabulary-defaults.ts';

function term(label: string, ...synonyms: string[]): VocabularyTerm {
  return { label, synonyms: synonyms.map((each) => ({ label: each, scope: 'exact' })), broader: [] };
}

const index = compileVocabulary('GSF1', [term('male', 'M', 'boy'), term('medium', 'M'), term('female', 'F')]);

test('a label is preferred, a synonym names its labels, the rest is unknown', () => {
  assert.deepEqual(index.resolve('male'), { kind: 'preferred' });
  assert.deepEqual(index.resolve('M'), { kind: 'synonym', of: ['male', 'medium'] });
  assert.deepEqual(index.resolve('Boy'), { kind: 'synonym', of: ['male'] });
  assert.deepEqual(index.resolve('FEMALE'), { kind: 'unknown', suggestions: ['female'] });
  assert.deepEqual(index.resolve('femle'), { kind: 'unknown', suggestions: ['female'] });
  assert.deepEqual(index.resolve('__proto__'), { kind: 'unknown', suggestions: [] });
  assert.equal(index.empty, false);
  assert.equal(compileVocabulary('GSF2', []).empty, true);
});

test('near labels come nearest first', () => {
  assert.deepEqual(nearestLabels('livre', ['lover', 'liver', 'litre', 'kidney']), ['litre', 'liver']);
  assert.deepEqual(nearestLabels('', ['a']), []);
});

test('the bounded distance agrees with the plain one', () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, fc.integer({ min: 0, max: 4 }), (a, b, bound) => {
      assert.equal(editDistance(a, b, bound), Math.min(editDistance(a, b, 100), bound + 1));
      assert.equal(editDistance(a, b, 100), editDistance(b, a, 100));
      assert.equal(editDistance(a, b, 100) === 0, a === b);
    }),
    { numRuns: 500 },
  );
  assert.equal(editDistance('kitten', 'sitting', 9), 3);
  assert.equal(editDistance('form', 'from', 9), 1);
});

test('units turn into each other over their base', () => {
  const units = new Map<string, UnitConversion>([
    ['hour', { parent: 'second', factor: 3600, offset: 0 }],
    ['minute', { parent: 'second', factor: 60, offset: 0 }],
    ['degree Celsius', { parent: 'kelvin', factor: 1, offset: 273.15 }],
    ['degree Fahrenheit', { parent: 'kelvin', factor: 5 / 9, offset: (459.67 * 5) / 9 }],
    ['loop', { parent: 'loop', factor: 2, offset: 0 }],
  ]);
  assert.equal(convertUnit(2, 'hour', 'minute', units), 120);
  assert.equal(Math.round(convertUnit(100, 'degree Celsius', 'degree Fahrenheit', units) ?? 0), 212);
  assert.equal(convertUnit(1, 'hour', 'kelvin', units), undefined);
  assert.equal(convertUnit(1, 'loop', 'hour', units), undefined);
});

test('the default vocabularies are sound and cover the default template', () => {
  const all = loadDefaultVocabularies();
  const names = new Set(all.map((each) => each.name));
  for (const rule of loadDefaultTemplate().rules) {
    if (rule.vocabularyName !== undefined) assert.ok(names.has(rule.vocabularyName), rule.vocabularyName);
  }
  for (const { name, terms } of all) {
    const labels = new Set(terms.map((each) => each.label));
    assert.equal(labels.size, terms.length, `${name} has a label twice`);
    const synonyms = terms.flatMap((each) => each.synonyms.map((synonym) => synonym.label));
    assert.equal(new Set(synonyms).size, synonyms.length, `${name} has a synonym of two labels`);
    for (const each of terms) {
      for (const broader of each.broader) assert.ok(labels.has(broader), `${name}: ${broader}`);
      if (each.unit !== undefined) assert.ok(labels.has(each.unit.parent), `${name}: ${each.unit.parent}`);
    }
  }
  const size = (name: string): number => all.find((each) => each.name === name)?.terms.length ?? 0;
  assert.ok(size('NCBI Taxonomy') >= 30 && size('Disease Ontology Extended') >= 60 && size('Cell Type') >= 40);
});

test('the default units convert', () => {
  const units = new Map<string, UnitConversion>();
  for (const { terms } of loadDefaultVocabularies()) {
    for (const each of terms) if (each.unit !== undefined) units.set(each.label, each.unit);
  }
  assert.equal(convertUnit(2, 'week', 'day', units), 14);
  assert.equal(convertUnit(1, 'year', 'month', units), 12);
  assert.equal(convertUnit(5, 'kilogram', 'gram', units), 5000);
  assert.equal(convertUnit(1, 'milligram per millilitre', 'gram per litre', units), 1);
  assert.equal(convertUnit(1, 'gram', 'litre', units), undefined);
});
