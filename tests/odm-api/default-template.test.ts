// The first worked example again, with no template named and none made the default: what is printed but the names of
// attributes without a value, which are those of the template that a fresh catalogue comes with (docs/deviations.md).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listVocabularies } from '@linnaea/catalog';
import { accessionAttribute, loadDefaultTemplate } from '@linnaea/model';
import { createOdmBench, type OdmBench } from '@linnaea/odm/testing';
import { serveExample } from './examples.ts';

const legacy = '/frontend/rs/genestack';
let bench: OdmBench;
before(async () => {
  bench = await createOdmBench();
});
after(() => bench.close());

async function create(path: string, name: string, metadata?: string) {
  const file = (each: string) => serveExample(bench, `thousand-genomes/${each}`);
  const links = metadata === undefined ? { link: file(name) } : { link: file(name), metadataLink: file(metadata) };
  const answer = await bench.ask('POST', `${legacy}/${path}`, { body: links });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

/** The attributes that have a value; of the others, and of the order, the default template has to be the source. */
function valued(shown: Record<string, unknown>, target: string): Record<string, unknown> {
  const { rules } = loadDefaultTemplate();
  const names = rules.flatMap((rule) =>
    rule.target === target && rule.name !== accessionAttribute ? [rule.name] : [],
  );
  assert.deepEqual(Object.keys(shown).slice(0, names.length + 1), [accessionAttribute, ...names]);
  const { [accessionAttribute]: accession, ...attributes } = shown;
  assert.match(String(accession), /^(GSF)?\d+$/);
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}

test('example 1 with the template of a fresh catalogue', async () => {
  const study = await create('studyCurator/default-released/studies', 'study.tsv');
  assert.deepEqual(study.warnings, [
    'The value for required attribute "Study Source ID" is not present',
    'The value for required attribute "Study Type" is not present',
  ]);
  assert.deepEqual(valued(study.data, 'study'), {
    'Study Source': '1000 Genomes Project',
    'Study Description': 'Subset of 1000 Genomes Project',
    'Study Title': 'New Study',
    'Target Disease': 'Healthy',
  });

  const sex = (await listVocabularies(bench.database)).find((vocabulary) => vocabulary.name === 'Sex')?.accession;
  const samples = await create('sampleCurator/default-released/samples', 'samples.tsv');
  const { groupId } = samples[0].data;
  const facts = [
    ['HG00119', 'M', 'male', 'British'],
    ['HG00121', 'F', 'female', 'British'],
    ['HG00183', 'M', 'male', 'Finnish'],
    ['HG00176', 'F', 'female', 'Finnish'],
  ] as const;
  for (const [index, [id, letter, label, population]] of facts.entries()) {
    assert.deepEqual(samples[index].warnings, [
      `The value "${letter}" for attribute "Sex" is a synonym in the controlled vocabulary "${sex}". Did you mean one of [${label}]?`,
    ]);
    assert.deepEqual(valued(samples[index].data, 'sample'), {
      'Sample Source ID': id,
      Sex: letter,
      'Sample Source': `${1000 + index} Genomes Project`,
      Population: population,
      Species: 'Homo sapiens',
      groupId,
    });
  }

  for (const [path, file, kind, own] of [
    [
      'expressionCurator/default-released/expression/gct',
      'expression.gct',
      'expression',
      { 'Expression Source': '1000 Genomes Project', 'Normalization Method': 'RPKM', 'Data Class': 'Other' },
    ],
    [
      'variantCurator/default-released/variant/vcf',
      'variants.vcf',
      'variant',
      { 'Variant Source': '1000 Genomes Project', 'Data Class': 'Gene variant (VCF)' },
    ],
  ] as const) {
    const made = await create(path, file, `${file}.tsv`);
    assert.deepEqual(made.warnings, []);
    assert.equal(made.runs.length, 4);
    for (const [index, run] of made.runs.entries()) {
      const { 'Sample Source ID': sample, id, groupId: group, ...shared } = valued(run, `${kind}-group`);
      assert.deepEqual([sample, id, group], [facts[index]?.[0], run[accessionAttribute], made.experiment]);
      assert.deepEqual(shared, { ...own, 'Genome Version': 'GRCh38.91' });
    }
  }
});
