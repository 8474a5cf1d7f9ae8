import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import {
  type AttributeRule,
  batchOf,
  compileRules,
  compileVocabulary,
  loadDefaultTemplate,
  loadDefaultVocabularies,
  PrefetchedVocabularies,
  type VocabularyBatch,
  type VocabularyTerm,
} from '@linnaea/model';
import {
  defaultTemplate,
  deleteTemplate,
  getTemplate,
  listTemplates,
  saveTemplate,
  saveTemplateTarget,
  setDefaultTemplate,
  templateFor,
} from './templates.ts';
import {
  deleteVocabulary,
  findVocabulary,
  listVocabularies,
  loadVocabulary,
  type NewVocabulary,
} from './vocabularies.ts';
import { expandTerm, exportVocabulary, resolveLabels, suggestTerms } from './vocabularies-terms.ts';

let db: Database;
let drop: () => Promise<void>;

before(async () => {
  const created = await createTestDatabase();
  db = created.database;
  drop = created.drop;
});
after(() => drop());

function load(
  name: string,
  terms: VocabularyTerm[] | AsyncIterable<VocabularyBatch>,
  more: Partial<NewVocabulary> = {},
) {
  const batches = Array.isArray(terms) ? batchOf(terms) : terms;
  return db.transaction((tx) => loadVocabulary(tx, { name, terms: batches, ...more }));
}

function term(label: string, more: Partial<VocabularyTerm> = {}): VocabularyTerm {
  return { label, synonyms: [], broader: [], ...more };
}

const sexes = [
  term('male', {
    synonyms: [
      { label: 'M', scope: 'exact' },
      { label: 'boy', scope: 'related' },
    ],
  }),
  term('medium', { synonyms: [{ label: 'M', scope: 'related' }] }),
  term('female', { synonyms: [{ label: 'F', scope: 'exact' }] }),
];

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('a vocabulary is stored and given back', async () => {
  const terms = [
    term('limb', { code: 'OWN:1', definition: 'A "part"\n\\' }),
    term('arm', {
      code: 'OWN:2',
      broader: ['OWN:1', 'limb', 'OWN:2', 'nothing'],
      synonyms: [{ label: 'wing\t', scope: 'related' }],
    }),
    term('gram'),
    term('milligram', { unit: { parent: 'gram', factor: 1e-3, offset: 0 } }),
    term('__proto__', { broader: ['arm'] }),
  ];
  const { accession, termCount, replaced, leftOut } = await load('Round trip', terms, {
    description: 'Mine',
    sourceUrl: 'x:y',
  });
  assert.deepEqual([termCount, replaced, leftOut], [5, undefined, 0]);
  assert.match(accession, /^GSF\d+$/);
  const found = await findVocabulary(db, 'Round trip');
  assert.deepEqual(
    [found?.accession, found?.termCount, found?.description, found?.sourceUrl],
    [accession, 5, 'Mine', 'x:y'],
  );
  const expected = structuredClone(terms);
  for (const [index, broader] of [
    [1, ['OWN:1']],
    [4, ['OWN:2']],
  ] as const) {
    const changed = expected[index];
    if (changed !== undefined) changed.broader = [...broader];
  }
  assert.deepEqual(await collect(exportVocabulary(db, accession)), expected);
  await assert.rejects(collect(exportVocabulary(db, 'GSF1')), { kind: 'not-found' });
});

test('relations that come apart, and before their terms, are kept', async () => {
  async function* batches(): AsyncGenerator<VocabularyBatch> {
    yield { terms: [], relations: [{ narrower: 'b', broader: 'A:1' }] };
    yield { terms: [term('a', { code: 'A:1' }), term('b')], relations: [{ narrower: 'A:1', broader: 'unknown' }] };
  }
  const { accession } = await load('Apart', batches());
  const [, b] = await collect(exportVocabulary(db, accession));
  assert.deepEqual(b?.broader, ['A:1']);
});

test('many batches, and labels that PostgreSQL cannot take as they are', async () => {
  async function* batches(): AsyncGenerator<VocabularyBatch> {
    for (let batch = 0; batch < 12; batch += 1) {
      yield { terms: Array.from({ length: 1000 }, (_, row) => term(`t${batch}-${row}`)), relations: [] };
    }
    const noise = Array.from({ length: 5000 }, (_, i) => String.fromCodePoint(33 + ((i * 7919) % 5000))).join('');
    yield {
      terms: [term('a\0b'), term(noise), term('s', { synonyms: [{ label: noise, scope: 'exact' }] })],
      relations: [],
    };
  }
  const { accession, termCount, leftOut } = await load('Many', batches());
  assert.deepEqual([termCount, leftOut], [12_002, 2]);
  assert.equal((await resolveLabels(db, accession, ['a\ufffdb'])).labels.get('a\ufffdb')?.kind, 'preferred');
});

test('a new load makes the old one obsolete and takes its templates along', async () => {
  const first = await load('Sex', sexes);
  const rules: AttributeRule[] = [
    { target: 'sample', name: 'Sex', type: 'string', required: false, readOnly: false, vocabularyName: 'Sex' },
    { target: 'sample', name: 'Later', type: 'string', required: false, readOnly: false, vocabularyName: 'Later' },
    { target: 'study', name: 'Free', type: 'string', required: true, readOnly: false },
  ];
  const { template, findings } = await db.transaction((tx) => saveTemplate(tx, { name: 'Mine', rules }));
  assert.deepEqual(
    findings.map((finding) => finding.code),
    ['template-vocabulary-unknown'],
  );
  assert.equal(template.rules[0]?.vocabulary, first.accession);
  const second = await load('Sex', [term('other')]);
  assert.deepEqual([second.replaced, second.templates], [first.accession, [template.accession]]);
  const later = await load('Later', [term('x')]);
  assert.deepEqual(later.templates, [template.accession]);
  const stored = await getTemplate(db, template.accession);
  assert.deepEqual(
    stored?.rules.map((rule) => [rule.name, rule.vocabulary]),
    [
      ['Sex', second.accession],
      ['Later', later.accession],
      ['Free', undefined],
    ],
  );
  const listed = await listVocabularies(db, { obsolete: true });
  assert.deepEqual(
    listed.filter((each) => each.name === 'Sex').map((each) => [each.accession, each.obsolete]),
    [
      [first.accession, true],
      [second.accession, false],
    ],
  );
  assert.equal((await listVocabularies(db)).filter((each) => each.name === 'Sex').length, 1);
  await db.transaction((tx) => deleteVocabulary(tx, first.accession));
  assert.equal(await findVocabulary(db, first.accession), undefined);
});

test('labels are resolved as an index in memory does', async () => {
  const { accession } = await load('Resolved', sexes);
  const index = compileVocabulary(accession, sexes);
  const values = ['male', 'Male', 'M', 'm', 'BOY', 'femal', 'robot', "x' or 1=1", '{a,"b"}', '__proto__', 'ä'];
  const { empty, labels } = await resolveLabels(db, accession, values);
  assert.equal(empty, false);
  for (const value of values) assert.deepEqual(labels.get(value), index.resolve(value), value);
  assert.equal((await resolveLabels(db, 'GSF1', ['x'])).empty, true);
  const { accession: none } = await load('None', []);
  assert.equal((await resolveLabels(db, none, ['x'])).empty, true);
});

test('a search text is expanded to what means the same', async () => {
  await load('Anatomy', [
    term('body fluid zz', { code: 'Z:1' }),
    term('blood zz', {
      code: 'Z:2',
      broader: ['Z:1'],
      synonyms: [
        { label: 'gore zz', scope: 'related' },
        { label: 'fluid zz', scope: 'broad' },
      ],
    }),
    term('plasma zz', { code: 'Z:3', broader: ['Z:2', 'Z:4'] }),
    // a circle must not keep the search going forever
    term('serum zz', { code: 'Z:4', broader: ['Z:3'] }),
  ]);
  assert.deepEqual(await expandTerm(db, 'Gore ZZ'), ['blood zz', 'gore zz']);
  assert.deepEqual(await expandTerm(db, 'fluid zz'), []);
  assert.deepEqual(await expandTerm(db, 'body fluid zz'), ['body fluid zz']);
  assert.deepEqual(await expandTerm(db, 'body fluid zz', { narrower: true }), [
    'blood zz',
    'body fluid zz',
    'gore zz',
    'plasma zz',
    'serum zz',
  ]);
  await load('Anatomy', []);
  assert.deepEqual(await expandTerm(db, 'blood zz'), []);
});

test('a type-ahead gives labels, then synonyms, then labels with the text inside', async () => {
  const { accession } = await load('Suggested', [
    term('qcortex'),
    term('cerebral qcortex'),
    term('bark', { code: 'B:1', synonyms: [{ label: 'Qcortical tissue', scope: 'exact' }] }),
    term('100%_x'),
  ]);
  const labels = async (vocabulary: string | undefined, text: string, limit?: number) =>
    (await suggestTerms(db, vocabulary, text, limit)).map((each) => [each.label, each.synonym]);
  const expected = [
    ['qcortex', null],
    ['bark', 'Qcortical tissue'],
    ['cerebral qcortex', null],
  ];
  assert.deepEqual(await labels(accession, 'QCort'), expected);
  assert.deepEqual(await labels(undefined, 'qcort'), expected);
  assert.deepEqual(await labels(accession, 'qcort', 1), expected.slice(0, 1));
  assert.deepEqual(await labels(accession, '100%_'), [['100%_x', null]]);
  assert.deepEqual(await labels(accession, '%'), [['100%_x', null]]);
  assert.equal((await suggestTerms(db, accession, '')).length, 4);
});

test('templates: save, replace, default, delete', async () => {
  const rule: AttributeRule = { target: 'study', name: 'A', type: 'string', required: true, readOnly: false };
  const save = (name: string, rules: AttributeRule[], more = {}) =>
    db.transaction((tx) => saveTemplate(tx, { name, rules, ...more })).then((saved) => saved.template);
  const first = await save('T', [rule]);
  assert.deepEqual([first.name, first.rules, first.isDefault], ['T', [rule], false]);
  const replaced = await save('T', [{ ...rule, name: 'B' }], { replace: true });
  assert.equal(replaced.accession, first.accession);
  const second = await save('T', [rule]);
  assert.notEqual(second.accession, first.accession);
  assert.equal((await listTemplates(db)).filter((each) => each.name === 'T').length, 2);
  assert.equal(await defaultTemplate(db), undefined);
  for (const accession of [first.accession, second.accession, second.accession]) {
    await db.transaction((tx) => setDefaultTemplate(tx, accession));
    assert.equal((await defaultTemplate(db))?.accession, accession);
  }
  await assert.rejects(
    db.transaction((tx) => setDefaultTemplate(tx, 'GSF1')),
    { kind: 'not-found' },
  );
  assert.equal((await defaultTemplate(db))?.accession, second.accession);
  await assert.rejects(
    db.transaction((tx) => deleteTemplate(tx, second.accession)),
    { code: 'template-is-default' },
  );
  await db.transaction((tx) => deleteTemplate(tx, first.accession));
  await assert.rejects(
    db.transaction((tx) => deleteTemplate(tx, first.accession)),
    { kind: 'not-found' },
  );
  assert.equal((await templateFor(db, first.accession))?.accession, second.accession);
  await assert.rejects(save('T', [], { accession: 'GSF1' }), { kind: 'not-found' });
});

test('the rules of one target are replaced in their place', async () => {
  const rule = (target: AttributeRule['target'], name: string): AttributeRule => ({
    target,
    name,
    type: 'string',
    required: false,
    readOnly: false,
  });
  const rules = [rule('study', 'A'), rule('sample', 'B'), rule('sample', 'C'), rule('library', 'D')];
  const { template } = await db.transaction((tx) => saveTemplate(tx, { name: 'Parts', rules }));
  const saved = async (target: AttributeRule['target'], names: string[]) => {
    const own = names.map((name) => rule('study', name));
    const result = await db.transaction((tx) => saveTemplateTarget(tx, template.accession, target, own));
    return result.template.rules.map((each) => `${each.target} ${each.name}`);
  };
  assert.deepEqual(await saved('sample', ['X']), ['study A', 'sample X', 'library D']);
  assert.deepEqual(await saved('preparation', ['Y']), ['study A', 'sample X', 'library D', 'preparation Y']);
});

test('the default content judges through the store as the worked example prints', async () => {
  for (const { name, description, terms } of loadDefaultVocabularies()) await load(name, terms, { description });
  const { name, rules } = loadDefaultTemplate();
  const { template, findings } = await db.transaction((tx) => saveTemplate(tx, { name, rules }));
  assert.deepEqual(findings, []);
  const samples = template.rules.filter((rule) => rule.target === 'sample');
  const vocabularies = new PrefetchedVocabularies(samples, (vocabulary, values) =>
    resolveLabels(db, vocabulary, values),
  );
  const batch = [
    { 'Sample Source ID': 'HG00119', Sex: 'M', Organism: 'Homo sapiens' },
    { 'Sample Source ID': 'HG00120', Sex: 'female', Organism: 'human' },
  ];
  await vocabularies.prefetch(batch);
  const judge = compileRules(samples, vocabularies);
  const accession = (attribute: string) => samples.find((rule) => rule.name === attribute)?.vocabulary;
  assert.deepEqual(
    batch.map((values) => judge(values).map((finding) => finding.message)),
    [
      [
        `The value "M" for attribute "Sex" is a synonym in the controlled vocabulary "${accession('Sex')}". Did you mean one of [male]?`,
      ],
      [
        `The value "human" for attribute "Organism" is a synonym in the controlled vocabulary "${accession('Organism')}". Did you mean one of [Homo sapiens]?`,
      ],
    ],
  );
});
