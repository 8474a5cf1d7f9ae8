// The two worked examples of the ODM guide "Import data using API": the same calls on the same legacy paths, with files
// of our own that hold the same facts, answered field by field as the guide prints them. Where the guide prints an older
// answer than the API gives today, the newer fields (groupId, id, what runs inherit of their file) are named here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listVocabularies } from '@linnaea/catalog';
import { createOdmBench, type OdmBench } from '@linnaea/odm/testing';
import { serveExample, useTemplate } from './examples.ts';

const legacy = '/frontend/rs/genestack';
let bench: OdmBench;
before(async () => {
  bench = await createOdmBench();
});
after(() => bench.close());

async function create(path: string, body: Record<string, string>) {
  const answer = await bench.ask('POST', `${legacy}/${path}`, { body });
  assert.equal(answer.status, 201, answer.text);
  assert.match(answer.type, /^application\/json/);
  return answer.body;
}

async function link(path: string, type = 'application/json') {
  // as curl does: in the first example with a type and no body, in the second with -d ""
  const answer = await bench.ask('POST', `${legacy}/integrationCurator/default-released/integration/link/${path}`, {
    headers: { 'content-type': type, accept: 'application/json' },
    body: '',
  });
  assert.equal(answer.status, 204, answer.text);
  assert.equal(answer.text, '');
}

function nulls(...names: string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}

async function sexVocabulary(): Promise<string> {
  return (await listVocabularies(bench.database)).find((vocabulary) => vocabulary.name === 'Sex')!.accession;
}

test('example 1: study, samples, expression and variants of the 1000 Genomes Project', async () => {
  await useTemplate(bench, 'thousand-genomes');
  const file = (name: string) => serveExample(bench, `thousand-genomes/${name}`);

  const study = await create('studyCurator/default-released/studies', { link: file('study.tsv') });
  const studyId = study.data['genestack:accession'];
  assert.match(studyId, /^GSF\d+$/);
  assert.deepEqual(study, {
    warnings: [
      'The value for required attribute "Study Source ID" is not present',
      'The value for required attribute "Study Type" is not present',
    ],
    data: {
      'genestack:accession': studyId,
      'Study Source': '1000 Genomes Project',
      'Study Description': 'Subset of 1000 Genomes Project',
      'Study Title': 'New Study',
      'Target Disease': 'Healthy',
      ...nulls(
        'Study Source ID',
        'Study Type',
        'Study Design',
        'Therapeutic Area',
        'Contributor',
        'Contributor Email',
        'Release Date',
        'Last Update Date',
        'Raw Data Files',
        'Processed Data Files',
        'Processed Data Matrix Files',
        'Import Source URL',
        'Database Source URL',
      ),
    },
  });
  assert.deepEqual(Object.keys(study.data).slice(0, 4), [
    'genestack:accession',
    'Study Source',
    'Study Source ID',
    'Study Description',
  ]);

  const samples = await create('sampleCurator/default-released/samples', { link: file('samples.tsv') });
  const groupId = samples[0].data.groupId;
  const sampleId = samples[0].data['genestack:accession'];
  const sex = await sexVocabulary();
  const facts: [string, string, string, string][] = [
    ['HG00119', 'M', 'male', 'British'],
    ['HG00121', 'F', 'female', 'British'],
    ['HG00183', 'M', 'male', 'Finnish'],
    ['HG00176', 'F', 'female', 'Finnish'],
  ];
  assert.deepEqual(
    samples,
    facts.map(([id, letter, label, population], index) => ({
      warnings: [
        `The value "${letter}" for attribute "Sex" is a synonym in the controlled vocabulary "${sex}". Did you mean one of [${label}]?`,
      ],
      data: {
        'genestack:accession': samples[index].data['genestack:accession'],
        'Sample Source ID': id,
        Sex: letter,
        'Sample Source': `${1000 + index} Genomes Project`,
        Population: population,
        Species: 'Homo sapiens',
        ...nulls(
          'Sample Name',
          'Organism',
          'Disease',
          'Cell Line',
          'Cell Type',
          'Tissue',
          'Sampling Site',
          'Age',
          'Compound',
          'Compound Dose',
          'Compound Dose Unit',
          'Raw Data Files',
          'Processed Data Files',
          'Import Source URL',
        ),
        groupId,
      },
    })),
  );
  await link(`sample/${sampleId}/to/study/${studyId}`);

  const expression = await create('expressionCurator/default-released/expression/gct', {
    link: file('expression.gct'),
    metadataLink: file('expression.gct.tsv'),
  });
  assert.deepEqual(Object.keys(expression), ['runs', 'experiment', 'warnings']);
  assert.match(expression.experiment, /^GSF\d+$/);
  assert.deepEqual(expression.warnings, []);
  assert.deepEqual(
    expression.runs,
    facts.map(([id], index) => ({
      'genestack:accession': expression.runs[index]['genestack:accession'],
      'Sample Source ID': id,
      'Expression Source': '1000 Genomes Project',
      'Normalization Method': 'RPKM',
      'Genome Version': 'GRCh38.91',
      'Data Class': 'Other',
      groupId: expression.experiment,
      id: expression.runs[index]['genestack:accession'],
    })),
  );
  await link(`expression/${expression.runs[0]['genestack:accession']}/to/sample/${sampleId}`);

  const variants = await create('variantCurator/default-released/variant/vcf', {
    link: file('variants.vcf'),
    metadataLink: file('variants.vcf.tsv'),
  });
  assert.deepEqual(Object.keys(variants), ['runs', 'experiment', 'warnings']);
  assert.deepEqual(variants.warnings, []);
  assert.deepEqual(
    variants.runs,
    facts.map(([id], index) => ({
      'genestack:accession': variants.runs[index]['genestack:accession'],
      'Sample Source ID': id,
      'Variant Source': '1000 Genomes Project',
      'Genome Version': 'GRCh38.91',
      'Data Class': 'Gene variant (VCF)',
      groupId: variants.experiment,
      id: variants.runs[index]['genestack:accession'],
    })),
  );
  await link(`variant/${variants.runs[0]['genestack:accession']}/to/sample/${sampleId}`);

  const read = (path: string) =>
    bench.ask('GET', `${legacy}/integrationCurator/default-released/integration/link/${path}`);
  const runs = await read(`expression/by/sample/${sampleId}`);
  assert.deepEqual(
    runs.body.data.map((run: { id: string }) => run.id),
    [expression.runs[0].id],
  );
  assert.deepEqual(
    (await read(`variant/group/by/study/${studyId}`)).body.map((group: { itemId: string }) => group.itemId),
    [variants.experiment],
  );
  assert.equal((await read(`study/by/sample/${sampleId}`)).body['genestack:accession'], studyId);
  assert.equal((await read(`samples/by/study/${studyId}`)).body.meta.pagination.total, 1);
});

test('example 2: pooled libraries between samples and expression', async () => {
  await useTemplate(bench, 'pooled-libraries');
  const file = (name: string) => serveExample(bench, `pooled-libraries/${name}`);

  const study = await create('studyCurator/default-released/studies', { link: file('study.tsv') });
  const studyId = study.data['genestack:accession'];
  assert.deepEqual(study, {
    warnings: [
      'The value for required attribute "Study Source ID" is not present',
      'The value for required attribute "Study Type" is not present',
    ],
    data: {
      'genestack:accession': studyId,
      'Study Source': '1000 Genomes Project',
      'Study Description': 'Subset of 1000 Genomes Project',
      'Study Title': 'Libraries_and_Preparations_demo',
      ...nulls(
        'Study Source ID',
        'Study Type',
        'Study Design',
        'Therapeutic Area',
        'Contributor',
        'Contributor / Email',
        'Release date',
        'Last Update Date',
        'Data Files / Raw',
        'Data Files / Processed',
        'Data Files / Processed Matrix',
        'Import Source URL',
        'Database Source URL',
      ),
    },
  });

  const samples = await create('sampleCurator/default-released/samples', { link: file('samples.tsv') });
  const sampleGroup = samples[0].data.groupId;
  assert.match(sampleGroup, /^GSF\d+$/);
  const sex = await sexVocabulary();
  const facts: [string, string, string, string, string][] = [
    ['SRR6441195', 'M', 'male', 'British', '1000'],
    ['SRR6441188', 'F', 'female', 'British', '1001'],
    ['SRR6441196', 'M', 'male', 'Finnish', '1002'],
    ['SRR6441197', 'F', 'female', 'Finnish', '1003'],
  ];
  const expected = facts.map(([id, letter, label, population, project], index) => ({
    warnings: [
      'The value for required attribute "Organism" is not present',
      `The value "${letter}" for attribute "Sex" is a synonym in the controlled vocabulary "${sex}". Did you mean one of [${label}]?`,
    ],
    data: {
      'genestack:accession': samples[index].data['genestack:accession'],
      'Sample Source ID': id,
      Sex: letter,
      'Sample Source': `${project} Genomes Project`,
      Population: population,
      ...nulls(
        'Organism',
        'Disease',
        'Cell Line',
        'Cell Type',
        'Tissue',
        'Sampling Site',
        'Age',
        'Compound treatment / Compound',
        'Compound treatment / Dose',
        'Compound treatment / Dose Unit',
        'Data Files / Raw',
        'Data Files / Processed',
        'Import Source URL',
      ),
      groupId: sampleGroup,
    },
  }));
  assert.deepEqual(samples, expected);
  await link(`sample/group/${sampleGroup}/to/study/${studyId}`);

  const libraries = await create('libraryCurator/default-released/libraries', { link: file('libraries.tsv') });
  const libraryGroup = libraries[0].data.groupId;
  assert.deepEqual(
    libraries.map((library: { data: Record<string, unknown> }) => [
      library.data['Library ID'],
      library.data['Sample Source ID'],
    ]),
    [
      ['LIB1', ['SRR6441195', 'SRR6441188']],
      ['LIB2', 'SRR6441196'],
    ],
  );
  await link(`library/group/${libraryGroup}/to/sample/group/${sampleGroup}`, 'application/x-www-form-urlencoded');

  const expression = await create('expressionCurator/default-released/expression/gct', {
    link: file('expression.gct'),
    metadataLink: file('expression.gct.tsv'),
  });
  assert.deepEqual(expression.warnings, []);
  assert.deepEqual(
    expression.runs,
    ['LIB1', 'LIB2'].map((id, index) => ({
      'Sample Source ID': id,
      'Normalization Method': 'RPKM',
      'Genome Version': 'GRCh38.91',
      'Data Class': 'Other',
      ...nulls(
        'Experimental Platform',
        'Data Processing Method',
        'Scale',
        'Pipeline ID',
        'Data Files / Processed Matrix',
        'Data Files / Processed',
        'Data Files / Raw',
        'Import Source URL',
      ),
      groupId: expression.experiment,
      id: expression.runs[index].id,
      'genestack:accession': expression.runs[index].id,
    })),
  );
  assert.match(expression.runs[0].id, /^\d+$/);
  await link(
    `expression/group/${expression.experiment}/to/library/group/${libraryGroup}`,
    'application/x-www-form-urlencoded',
  );

  const found = await bench.ask(
    'GET',
    `${legacy}/integrationCurator/default-released/integration/link/samples/by/libraries?filter=%22Library%20ID%22%3D%22LIB1%22`,
  );
  assert.equal(found.status, 200, found.text);
  assert.deepEqual(found.body.meta, { pagination: { count: 2, total: 2, offset: 0, limit: 2000 } });
  assert.deepEqual(
    found.body.data,
    expected.slice(0, 2).map((sample) => sample.data),
  );
});
