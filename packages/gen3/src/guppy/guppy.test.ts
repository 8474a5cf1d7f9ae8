import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createGraphServer, seedProject } from '../graphql/testing.ts';
import type { TestServer } from '../submission/testing.ts';

let server: TestServer;

before(async () => {
  server = await createGraphServer();
  await seedProject(server.database, 'P-one', [
    { kind: 'sample', name: 's1', attributes: { mass: 1, tags: ['a', 'b'], ratio: 0.5 } },
    { kind: 'sample', name: 's2', attributes: { mass: 4, tags: ['b'], ratio: 'high' } },
    { kind: 'sample', name: 's3', attributes: { mass: 5, frozen: true } },
    { kind: 'sample', name: 's4' },
  ]);
});
after(() => server.close());

async function ask(
  query: string,
  variables: object = {},
  as?: 'noaccess',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await server.send('POST', '/guppy/graphql', { query, variables }, as ? { as } : {});
  return { status: answer.status, body: Object(answer.json()) };
}

async function names(filter: unknown): Promise<string[]> {
  const { body } = await ask(
    'query($filter: JSON) { sample(filter: $filter, accessibility: accessible) { submitter_id } }',
    { filter },
  );
  assert.ok(body.data, JSON.stringify(body));
  return Object(body.data).sample.map((row: { submitter_id: string }) => row.submitter_id);
}

const filters: [filter: unknown, expected: string[]][] = [
  [null, ['s1', 's2', 's3', 's4']],
  [{}, ['s1', 's2', 's3', 's4']],
  [{ '=': { submitter_id: 's2' } }, ['s2']],
  [{ IN: { mass: [1, 5] } }, ['s1', 's3']],
  [{ in: { tags: ['a', 'none'] } }, ['s1']],
  [{ contains_all: { tags: ['a', 'b'] } }, ['s1']],
  [{ '!=': { mass: 4 } }, ['s1', 's3', 's4']],
  [{ exclude_any: { tags: ['b'] } }, ['s3', 's4']],
  [{ exclude_all: { tags: ['a', 'b'] } }, ['s2', 's3', 's4']],
  [{ '>': { mass: 1 }, '<=': { mass: 4 } }, ['s2']],
  [{ GTE: { mass: 4 } }, ['s2', 's3']],
  [{ AND: [{ '>=': { mass: 1 } }, { OR: [{ '=': { frozen: true } }, { '=': { ratio: 'high' } }] }] }, ['s2', 's3']],
  [{ OR: [] }, ['s1', 's2', 's3', 's4']],
  [{ search: { keyword: 'S3', fields: ['submitter_id'] } }, ['s3']],
  [{ '=': { project_id: 'P-two' } }, []],
  [{ '=': { auth_resource_path: '/programs/P/projects/one' } }, ['s1', 's2', 's3', 's4']],
];
for (const [filter, expected] of filters) {
  test(`filter ${JSON.stringify(filter)}`, async () => assert.deepEqual(await names(filter), expected));
}

test('paging, sorting, aliases and the form of values', async () => {
  const { body } = await ask(
    '{ sample(first: 2, offset: 1, sort: [{mass: "desc"}]) { n: submitter_id mass tags ratio auth_resource_path __typename } }',
  );
  assert.deepEqual(body, {
    data: {
      sample: [
        {
          n: 's2',
          mass: 4,
          tags: ['b'],
          ratio: 'high',
          auth_resource_path: '/programs/P/projects/one',
          __typename: 'sample',
        },
        {
          n: 's1',
          mass: 1,
          tags: ['a', 'b'],
          ratio: '0.5',
          auth_resource_path: '/programs/P/projects/one',
          __typename: 'sample',
        },
      ],
    },
  });
});

test('aggregations: totals, terms, bins, and a filter that spares its own field', async () => {
  const { body } = await ask(
    `query($f: JSON) {
      _aggregation {
        sample { _totalCount tags { histogram { key count } } project_id { histogram { key count } }
          mass { histogram { key min max avg sum count } wide: histogram(rangeStart: 0, rangeEnd: 6, rangeStep: 3) { key count }
            two: histogram(binCount: 2) { key count } asTextHistogram { key count } } }
        chosen: sample(filter: $f, filterSelf: false) { _totalCount tags { histogram { key count } } mass { histogram { count } } } }
      _mapping { image } }`,
    { f: { in: { tags: ['a'] } } },
  );
  assert.deepEqual(body.data, {
    _aggregation: {
      sample: {
        _totalCount: 4,
        tags: {
          histogram: [
            { key: 'b', count: 2 },
            { key: 'a', count: 1 },
          ],
        },
        project_id: { histogram: [{ key: 'P-one', count: 4 }] },
        mass: {
          histogram: [{ key: [1, 5], min: 1, max: 5, avg: 10 / 3, sum: 10, count: 3 }],
          wide: [
            { key: [0, 3], count: 1 },
            { key: [3, 6], count: 2 },
          ],
          two: [
            { key: [1, 3], count: 1 },
            { key: [3, 5], count: 2 },
          ],
          asTextHistogram: [
            { key: '1', count: 1 },
            { key: '4', count: 1 },
            { key: '5', count: 1 },
          ],
        },
      },
      chosen: {
        _totalCount: 1,
        tags: {
          histogram: [
            { key: 'b', count: 2 },
            { key: 'a', count: 1 },
          ],
        },
        mass: { histogram: [{ count: 1 }] },
      },
    },
    _mapping: {
      image: [
        'id',
        'submitter_id',
        'type',
        'project_id',
        'created_datetime',
        'updated_datetime',
        'auth_resource_path',
        'file_name',
        'state',
      ],
    },
  });
});

test('download, status, faults and access', async () => {
  const list = await server.send('POST', '/guppy/download', {
    type: 'sample',
    fields: ['submitter_id', 'mass'],
    filter: { '>': { mass: 1 } },
    sort: [{ mass: 'desc' }],
  });
  assert.deepEqual(list.json(), [
    { submitter_id: 's3', mass: 5 },
    { submitter_id: 's2', mass: 4 },
  ]);
  assert.deepEqual(
    (await server.send('POST', '/guppy/download', { type: 'sample', filter: { '=': { submitter_id: 'x' } } })).json(),
    [],
  );
  const status = Object((await server.send('GET', '/guppy/_status', undefined, { as: null })).json());
  assert.deepEqual(status.indices.sample.arrayFields, ['sizes', 'tags']);
  for (const query of [
    '{ nope { id } }',
    '{ sample { nope } }',
    '{ sample(first: 9999, offset: 2) { id } }',
    '{ sample(filter: {like: {mass: 1}}) { id } }',
    '{ sample ',
  ]) {
    const { status: code, body } = await ask(query);
    assert.equal(code, 400, query);
    assert.equal(typeof Object(body.errors)[0].message, 'string');
  }
  assert.equal((await server.send('POST', '/guppy/download', { type: 'sample', fields: ['nope'] })).status, 400);
  assert.deepEqual((await ask('{ sample { id } _aggregation { sample { _totalCount } } }', {}, 'noaccess')).body.data, {
    sample: [],
    _aggregation: { sample: { _totalCount: 0 } },
  });
  assert.equal((await server.send('POST', '/guppy/graphql', { query: '{ sample { id } }' }, { as: null })).status, 401);
});
