import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import type { TestServer } from '../submission/testing.ts';
import { createGraphServer, type Seeded, seedStudy } from './testing.ts';

let server: TestServer;
let seeded: Seeded;
const calls: { runs: readonly number[]; features: readonly string[] }[] = [];

before(async () => {
  server = await createGraphServer();
  server.deps.expressionOf = async (_principal, runs, features) => {
    calls.push({ runs: [...runs].sort(), features });
    return new Map(runs.map((run) => [run, Object.fromEntries(features.map((feature) => [feature, run]))]));
  };
  seeded = await seedStudy(server.database, 'GSF1', [
    { kind: 'study', name: 'GSF1', attributes: { 'Study Title': 'Heath' } },
    {
      kind: 'sample',
      name: 'GSF2',
      attributes: { Tissue: 'leaf', Tags: ['x', 'y'], Age: 3 },
      links: { study: ['GSF1'] },
    },
    { kind: 'sample', name: 'GSF3', attributes: { Tissue: 'root' }, links: { study: ['GSF1'] } },
    { kind: 'library', name: 'GSF4', links: { sample: ['GSF2'] } },
    { kind: 'expression', name: '900001', links: { library: ['GSF4'] } },
    { kind: 'expression', name: '900002', links: { sample: ['GSF3'] } },
    { kind: 'variant', name: '900003', links: { sample: ['GSF3'] } },
  ]);
});
after(() => server.close());

async function data(query: string, as?: 'noaccess'): Promise<Record<string, unknown>> {
  const answer = await server.send('POST', '/v0/submission/graphql', { query }, as ? { as } : {});
  assert.equal(answer.status, 200, answer.text);
  return Object(answer.json()).data;
}

test('records with their attributes, and links both ways', async () => {
  const found = await data(`{
    study { accession attribute(name: "Study Title") _samples_count samples { accession libraries { accession expressions { id } } } }
    odm_sample(filter: "Tissue=leaf") { attributes tags: attribute(name: "Tags") age: attribute(name: "Age") none: attribute(name: "x") studies { type } }
    odm_variant { samples { accession studies { accession } } } _odm_sample_count odm_preparation { id } }`);
  assert.deepEqual(found, {
    study: [
      {
        accession: 'GSF1',
        attribute: ['Heath'],
        _samples_count: 2,
        samples: [
          { accession: 'GSF2', libraries: [{ accession: 'GSF4', expressions: [{ id: '900001' }] }] },
          { accession: 'GSF3', libraries: [] },
        ],
      },
    ],
    odm_sample: [
      {
        attributes: { Tissue: 'leaf', Tags: ['x', 'y'], Age: 3 },
        tags: ['x', 'y'],
        age: ['3'],
        none: null,
        studies: [{ type: 'study' }],
      },
    ],
    odm_variant: [{ samples: [{ accession: 'GSF3', studies: [{ accession: 'GSF1' }] }] }],
    _odm_sample_count: 2,
    odm_preparation: [],
  });
});

test('pages by cursor, order by an attribute, find by accession', async () => {
  const first = Object(
    await data('{ odm_sample(first: 1, order_by_desc: "Tissue") { accession _cursor } }'),
  ).odm_sample;
  assert.equal(first[0].accession, 'GSF3');
  const next = await data(
    `{ odm_sample(first: 1, order_by_desc: "Tissue", after: "${first[0]._cursor}") { accession } }`,
  );
  assert.deepEqual(next, { odm_sample: [{ accession: 'GSF2' }] });
  assert.deepEqual(await data('{ odm_sample(accession: ["GSF3", "GSF4"]) { accession } }'), {
    odm_sample: [{ accession: 'GSF3' }],
  });
});

test('a filter that cannot be read costs its field only', async () => {
  const answer = await server.send('POST', '/v0/submission/graphql', {
    query: '{ odm_sample(filter: "Tissue=") { id } study { id } }',
  });
  assert.equal(answer.status, 400);
  assert.deepEqual(Object(answer.json()).data, { odm_sample: null, study: [{ id: 'GSF1' }] });
  assert.equal(Object(answer.json()).errors.length, 1);
});

test('expression of all runs is read in one batch for each list of features', async () => {
  calls.length = 0;
  const query =
    '{ odm_expression { id expression(features: ["A", "B"]) } odm_library { expressions { e: expression(features: ["A", "B"]) } } }';
  const [one, two] = [seeded.records.get('900001') ?? 0, seeded.records.get('900002') ?? 0];
  assert.deepEqual(await data(query), {
    odm_expression: [
      { id: '900001', expression: { A: one, B: one } },
      { id: '900002', expression: { A: two, B: two } },
    ],
    odm_library: [{ expressions: [{ e: { A: one, B: one } }] }],
  });
  assert.deepEqual(calls, [{ runs: [one, two].sort(), features: ['A', 'B'] }]);
});

test('drafts are for curators, and strangers see nothing', async () => {
  assert.deepEqual(await data('{ study { id } odm_sample { id } _odm_sample_count }', 'noaccess'), {
    study: [],
    odm_sample: [],
    _odm_sample_count: 0,
  });
  await server.database.run(sql`update record set published = '{"Tissue": "stem"}' where accession = 'GSF3'`);
  await server.database.run(sql`update record set is_published = false where accession = 'GSF2'`);
  const query = {
    query: '{ odm_sample { id attribute(name: "Tissue") } leaf: odm_sample(filter: "Tissue=stem") { id } }',
  };
  const reader = await server.send('POST', '/v0/submission/graphql', query, { as: 'reader' });
  assert.deepEqual(Object(reader.json()).data, {
    odm_sample: [{ id: 'GSF3', attribute: ['stem'] }],
    leaf: [{ id: 'GSF3' }],
  });
  assert.deepEqual(Object(await data('{ odm_sample { attribute(name: "Tissue") } }')).odm_sample, [
    { attribute: ['leaf'] },
    { attribute: ['root'] },
  ]);
});
