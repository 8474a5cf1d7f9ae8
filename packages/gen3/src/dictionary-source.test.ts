import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Attributes,
  CatalogueError,
  type Finding,
  nodeValidator,
  parseDictionaryYaml,
  validateDocument,
} from '@linnaea/model';
import { defaultDictionaryFolder, loadDataDictionary } from './dictionary-source.ts';
import { sharedData } from './tables/shared-data.ts';

const errors = (findings: Finding[]) => findings.filter(({ severity }) => severity === 'error');

test('the default dictionary loads without a finding', async () => {
  const { dictionary, findings } = await loadDataDictionary(defaultDictionaryFolder);
  assert.deepEqual(findings, []);
  for (const type of [
    'program',
    'project',
    'experiment',
    'case',
    'sample',
    'portion',
    'analyte',
    'aliquot',
    'read_group',
    'submitted_unaligned_reads',
    'gene_expression',
    'core_metadata_collection',
  ]) {
    assert.ok(dictionary.nodes.has(type), type);
  }
  for (const node of dictionary.nodes.values()) {
    assert.notEqual(node.description, '', node.type);
    for (const property of node.properties.values()) {
      if (property.name === 'type' || property.kind === 'link') continue;
      assert.ok(property.description, `${node.type}.${property.name} needs a description`);
      assert.ok(property.accepts.length > 0, `${node.type}.${property.name} needs a type`);
    }
    for (const link of node.links) assert.ok(node.properties.has(link.name), `${node.type}.${link.name}`);
  }
});

test('backrefs of the default dictionary are unique on their target', async () => {
  const { dictionary } = await loadDataDictionary(defaultDictionaryFolder);
  const backrefs = [...dictionary.nodes.values()].flatMap((node) => [
    ...new Set(node.links.map((link) => `${link.targetType}.${link.backref} of ${node.type}`)),
  ]);
  const names = backrefs.map((text) => text.split(' of ')[0]);
  assert.deepEqual(
    names.filter((name, place) => names.indexOf(name) !== place),
    [],
  );
  for (const node of dictionary.nodes.values()) {
    for (const link of node.links)
      assert.equal(
        dictionary.nodes.get(link.targetType)?.properties.has(link.backref),
        false,
        `${link.targetType}.${link.backref}`,
      );
  }
});

test('an analyte and an aliquot drawn from a portion are valid by the default dictionary', async () => {
  const { dictionary } = await loadDataDictionary(defaultDictionaryFolder);
  const entities: Attributes[] = [
    {
      type: 'analyte',
      submitter_id: 'an-7',
      portions: { submitter_id: 'po-7' },
      analyte_type: 'RNA',
      analyte_type_id: 'R',
      amount: 4.5,
      concentration: 0.2,
      spectrophotometer_method: 'UV Spec',
    },
    {
      type: 'aliquot',
      submitter_id: 'al-7',
      analytes: { submitter_id: 'an-7' },
      source_center: '07',
      concentration: 0.1,
    },
    {
      type: 'experiment',
      submitter_id: 'ex-7',
      projects: { code: 'P' },
      experimental_intent: 'Compare',
      experimental_description: 'Two groups.',
      number_samples_per_experimental_group: 3,
      type_of_sample: 'Blood',
      type_of_specimen: 'Serum',
    },
    { type: 'case', submitter_id: 'ca-7', projects: [{ code: 'P' }] },
  ];
  for (const entity of entities) assert.deepEqual(validateDocument(entity, dictionary, true), []);
  assert.deepEqual(
    validateDocument({ ...entities[0], type: 'analytes' }, dictionary).map(({ message }) => message),
    ["Invalid entity type: analytes. Did you mean 'analyte'?"],
  );
});

test('a folder, a bundle and an address give the same dictionary', async () => {
  const folder = await loadDataDictionary(defaultDictionaryFolder);
  const bundle = Object.fromEntries(
    await Promise.all(
      (await readdir(defaultDictionaryFolder))
        .filter((name) => name.endsWith('.yaml'))
        .map(async (name) => [
          name,
          parseDictionaryYaml(name, await readFile(join(defaultDictionaryFolder, name), 'utf8')).content,
        ]),
    ),
  );
  const place = await mkdtemp(join(tmpdir(), 'linnaea-dictionary-'));
  try {
    const file = join(place, 'bundle.json');
    await writeFile(file, JSON.stringify(bundle));
    assert.equal((await loadDataDictionary(file)).dictionary.version, folder.dictionary.version);
  } finally {
    await rm(place, { recursive: true });
  }
  const asked: string[] = [];
  const fetch = async (url: string) => {
    asked.push(url);
    return { ok: true, status: 200, text: async () => JSON.stringify(bundle) };
  };
  const loaded = await loadDataDictionary('https://dictionaries.example/v1/schema.json', { fetch });
  assert.equal(loaded.dictionary.version, folder.dictionary.version);
  assert.deepEqual(asked, ['https://dictionaries.example/v1/schema.json']);
});

test("another server's answer of _dictionary/_all can be loaded", async () => {
  const folder = await loadDataDictionary(defaultDictionaryFolder);
  const fetch = async () => ({ ok: true, status: 200, text: async () => JSON.stringify(folder.dictionary.resolved) });
  const { dictionary, findings } = await loadDataDictionary('http://elsewhere.example/_all', { fetch });
  assert.deepEqual(findings, []);
  assert.deepEqual(dictionary.resolved, folder.dictionary.resolved);
});

test('sources that are not there', async () => {
  const fetch = async () => ({ ok: false, status: 404, text: async () => '' });
  await assert.rejects(loadDataDictionary(join(tmpdir(), 'no-such-dictionary')), CatalogueError);
  await assert.rejects(loadDataDictionary('http://elsewhere.example/x', { fetch }), /answered 404/);
  await assert.rejects(loadDataDictionary('http://elsewhere.example/x'), /not enabled/);
  const broken = await loadDataDictionary('http://elsewhere.example/x', {
    fetch: async () => ({ ok: true, status: 200, text: async () => '{' }),
  });
  assert.deepEqual(
    broken.findings.map(({ code }) => code),
    ['json-malformed'],
  );
});

const gdc = sharedData('gen3/gdcdictionary/');

test("GDC's dictionary: everything resolves, and its examples get their verdicts", { skip: gdc.skip }, async () => {
  const { dictionary, findings } = await loadDataDictionary(gdc.path('dictionary.bundled.json'));
  assert.deepEqual(errors(findings), []);
  const resolved = JSON.parse(await readFile(gdc.path('dictionary.resolved.json'), 'utf8'));
  for (const node of dictionary.nodes.values()) assert.deepEqual(node.schema, resolved[node.type], node.type);
  const verdicts: Record<string, { type: string; valid: boolean; errors: number; why: string[] }[]> = JSON.parse(
    await readFile(sharedData('').path('expected.json'), 'utf8'),
  );
  const counts = { valid: 0, invalid: 0 };
  for (const [key, expected] of Object.entries(verdicts)) {
    const name = key.split('gdcdictionary/examples/')[1];
    if (name === undefined) continue;
    const documents = [JSON.parse(await readFile(gdc.path(`examples/${name}`), 'utf8'))].flat();
    for (const [place, document] of documents.entries()) {
      const node = dictionary.nodes.get(document.type);
      assert.ok(node, document.type);
      const messages = nodeValidator(node)(document).map(({ message }) => message);
      const wanted = (expected[place]?.why ?? []).map((text) => text.slice(text.indexOf(': ') + 2));
      assert.deepEqual(messages.toSorted(), wanted.toSorted(), name);
      counts[expected[place]?.valid ? 'valid' : 'invalid'] += 1;
    }
  }
  assert.deepEqual(counts, { valid: 68, invalid: 7 });
});

const generic = sharedData('gen3/datadictionary/');

test('the generic Gen3 dictionary: folder and bundle agree', { skip: generic.skip }, async () => {
  const folder = await loadDataDictionary(generic.path('schemas'));
  const bundle = await loadDataDictionary(generic.path('dictionary.bundled.json'));
  assert.deepEqual(errors(folder.findings), []);
  assert.equal(folder.dictionary.nodes.size, 28);
  for (const node of folder.dictionary.nodes.values())
    assert.deepEqual(node.schema, bundle.dictionary.nodes.get(node.type)?.schema, node.type);
});
