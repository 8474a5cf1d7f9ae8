import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Attributes, AttributeValue } from './kind.ts';
import type { AttributeRule, AttributeType } from './template.ts';
import { loadDefaultTemplate } from './template-default.ts';
import { compileRules, odmErrorTypes, validateRecord } from './validate.ts';
import { PrefetchedVocabularies } from './validate-prefetch.ts';
import { valueChecks } from './validate-types.ts';
import { compileVocabulary, type LabelResolution, type VocabularyIndex } from './vocabulary.ts';
import { loadDefaultVocabularies } from './vocabulary-defaults.ts';

/** The default template and vocabularies, bound to accessions as a store does it. */
function defaults(): { rules: AttributeRule[]; vocabularies: Map<string, VocabularyIndex> } {
  const vocabularies = new Map<string, VocabularyIndex>();
  const accessions = new Map<string, string>();
  for (const [index, { name, terms }] of loadDefaultVocabularies().entries()) {
    const accession = `GSF${100 + index}`;
    accessions.set(name, accession);
    vocabularies.set(accession, compileVocabulary(accession, terms));
  }
  const rules = loadDefaultTemplate().rules.map((rule) => {
    const vocabulary = rule.vocabularyName === undefined ? undefined : accessions.get(rule.vocabularyName);
    return vocabulary === undefined ? rule : { ...rule, vocabulary };
  });
  return { rules, vocabularies };
}

function rule(name: string, more: Partial<AttributeRule> = {}): AttributeRule {
  return { target: 'sample', name, type: 'string', required: false, readOnly: false, ...more };
}

const sex = compileVocabulary('GSF71', [
  { label: 'male', synonyms: [{ label: 'M', scope: 'exact' }], broader: [] },
  { label: 'female', synonyms: [{ label: 'F', scope: 'exact' }], broader: [] },
]);
const vocabularies = new Map([['GSF71', sex]]);
const sexRule = rule('Sex', { vocabulary: 'GSF71' });

function messages(rules: AttributeRule[], values: Attributes): string[] {
  return validateRecord(rules, values, vocabularies).map((finding) => finding.message);
}

test('the worked examples give their printed warnings', () => {
  const { rules, vocabularies: all } = defaults();
  const study = compileRules(
    rules.filter((each) => each.target === 'study'),
    all,
  );
  const values = {
    'Study Source': '1000 Genomes Project',
    'Study Description': 'A subset',
    'Target Disease': 'Healthy',
  };
  assert.deepEqual(
    study(values).map((finding) => finding.message),
    [
      'The value for required attribute "Study Source ID" is not present',
      'The value for required attribute "Study Type" is not present',
    ],
  );
  const samples = rules.filter((each) => each.target === 'sample');
  const accession = samples.find((each) => each.name === 'Sex')?.vocabulary;
  const sample = {
    'Sample Source': 'x',
    'Sample Source ID': 'HG00119',
    Species: 'Homo sapiens',
    Sex: 'M',
    Population: 'p',
  };
  assert.deepEqual(
    compileRules(samples, all)(sample).map((finding) => finding.message),
    [
      `The value "M" for attribute "Sex" is a synonym in the controlled vocabulary "${accession}". Did you mean one of [male]?`,
    ],
  );
});

test('unset values matter only where they are required', () => {
  const rules = [rule('A', { required: true }), rule('B')];
  const text = 'The value for required attribute "A" is not present';
  for (const unset of ['', '  ', null, [], [null, '']] as AttributeValue[]) {
    const findings = validateRecord(rules, { A: unset, B: unset }, vocabularies);
    assert.deepEqual(
      findings.map((each) => [each.code, each.message, each.severity, each.location?.attribute]),
      [['required-missing', text, 'warning', 'A']],
    );
  }
  assert.deepEqual(
    validateRecord(rules, {}, vocabularies).map((each) => each.code),
    ['attribute-missing'],
  );
  assert.deepEqual(messages(rules, { A: 0 }), []);
  assert.deepEqual(messages([rule('toString', { required: true })], {}).length, 1);
});

test('the accession is never judged', () => {
  assert.deepEqual(messages([rule('genestack:accession', { required: true, readOnly: true })], {}), []);
});

test('each of several values is judged by itself', () => {
  const findings = validateRecord([sexRule], { Sex: ['male', 'M', 'mael', ''] }, vocabularies);
  assert.deepEqual(
    findings.map((each) => [each.code, each.value, each.suggestions]),
    [
      ['vocabulary-synonym', 'M', ['male']],
      ['vocabulary-not-found', 'mael', ['male']],
    ],
  );
  assert.deepEqual(messages([sexRule], { Sex: 'robot' }), [
    'The value "robot" for attribute "Sex" is not in the controlled vocabulary "GSF71"',
  ]);
});

test('some values are always valid', () => {
  const rules = [sexRule, rule('Age', { type: 'integer', required: true })];
  for (const value of ['Not applicable', 'Not recorded', 'Not reported']) {
    assert.deepEqual(messages(rules, { Sex: value, Age: value }), []);
  }
  assert.equal(messages(rules, { Sex: 'not known', Age: 'Not known' }).length, 2);
});

test('an empty or unknown vocabulary leaves text free', () => {
  const empty = new Map([['GSF9', compileVocabulary('GSF9', [])]]);
  const rules = [rule('A', { vocabulary: 'GSF9' }), rule('B', { vocabulary: 'GSF10' })];
  assert.deepEqual(validateRecord(rules, { A: 'x', B: 'y' }, empty), []);
});

const typeCases: [AttributeType, AttributeValue[], AttributeValue[]][] = [
  ['string', ['x', 1, true], []],
  ['integer', ['12', '-3', '+4', 7, ' 8 '], ['1.5', 'x', 1.5, '1e3', '0x10', true, '1 2']],
  ['decimal', ['12', '-3.5', '1e-9', '.5', '5.', 0.1], ['1,5', 'x', 'NaN', '0x10', '1e', '--1', true]],
  ['boolean', [true, 'true', 'No', 'yes'], ['1', 'y', 1, 'truth']],
  [
    'date',
    ['2021-12-02', '2020-02-29', '2021-12-02T10:20:30Z', '2021-12-02 10:20', '2021-12-02T10:20:30.123+01:00'],
    ['2021-02-29', '2021-13-01', '02/12/2021', 'December 2, 2021', '2021-12-02T25:00', '2021', 20211202],
  ],
  [
    'link',
    ['https://example.org/a?b=c', 's3://bucket/key', 'ftp://x/y'],
    ['example.org', 'http://', 'see https://x', 1],
  ],
];

test('values are of their type', () => {
  for (const [type, good, bad] of typeCases) {
    for (const value of good) assert.ok(valueChecks[type](value), `${type} takes ${value}`);
    for (const value of bad) assert.ok(!valueChecks[type](value), `${type} refuses ${value}`);
  }
  assert.deepEqual(messages([rule('Age', { type: 'decimal' })], { Age: 'old' }), [
    'The value "old" for attribute "Age" is not a decimal number',
  ]);
});

test('a value of a megabyte makes a short message', () => {
  const [message] = messages([rule('Age', { type: 'integer' })], { Age: 'x'.repeat(1 << 20) });
  assert.ok(message !== undefined && message.length < 400);
});

test('fetched labels judge as labels in memory do, and are asked once', async () => {
  const questions: string[][] = [];
  const fetched = new PrefetchedVocabularies([sexRule], async (vocabulary, values) => {
    assert.equal(vocabulary, 'GSF71');
    questions.push([...values]);
    return {
      empty: false,
      labels: new Map<string, LabelResolution>(values.map((value) => [value, sex.resolve(value)])),
    };
  });
  const judge = compileRules([sexRule], fetched);
  const value = fc.oneof(
    fc.constantFrom('male', 'M', ' F ', 'robot', '', 'Not reported'),
    fc.string(),
    fc.constant(null),
  );
  const record = fc.record({ Sex: fc.oneof(value, fc.array(value, { maxLength: 3 })) });
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 20 }), async (records) => {
      await fetched.prefetch(records);
      for (const values of records) assert.deepEqual(judge(values), validateRecord([sexRule], values, vocabularies));
    }),
  );
  const asked = questions.flat();
  assert.equal(new Set(asked).size, asked.length);
});

test('known labels stay within their bound', async () => {
  let asked = 0;
  const resolver = async (_: string, values: readonly string[]) => {
    asked += values.length;
    return { empty: false, labels: new Map(values.map((value) => [value, sex.resolve(value)])) };
  };
  const fetched = new PrefetchedVocabularies([sexRule], resolver, 10);
  for (let batch = 0; batch < 5; batch += 1) {
    const records = Array.from({ length: 8 }, (_, row) => ({ Sex: `${batch} ${row}` }));
    await fetched.prefetch(records);
    for (const values of records) assert.equal(compileRules([sexRule], fetched)(values).length, 1);
  }
  assert.equal(asked, 40);
});

test('every code has its name in the ODM API', () => {
  assert.deepEqual(Object.values(odmErrorTypes).sort(), [
    'MISSING_ATTRIBUTE',
    'SYNONYM_ATTRIBUTE',
    'TYPE_NOT_MATCH',
    'VALUE_NOT_SET',
    'VOCABULARY_NOT_FOUND',
  ]);
});
