import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import fc from 'fast-check';
import { createGraphServer, type SeedNode, seedProject } from '../graphql/testing.ts';
import type { TestServer } from '../submission/testing.ts';

let server: TestServer;

/** Two cases share a sample; what is hidden or deleted would change most answers. */
const nodes: readonly SeedNode[] = [
  { kind: 'case', name: 'c1', attributes: { site: 'lung' } },
  { kind: 'case', name: 'c2', attributes: { site: 'liver' } },
  { kind: 'case', name: 'c3' },
  { kind: 'sample', name: 's1', attributes: { mass: 1, tags: ['a', 'b'] }, links: { cases: ['c1'] } },
  { kind: 'sample', name: 's2', attributes: { mass: 5, tags: ['b'] }, links: { cases: ['c1', 'c2'], parents: ['s1'] } },
  { kind: 'sample', name: 's3', attributes: { mass: 9 }, links: { cases: ['c3'] }, deleted: true },
  { kind: 'sample', name: 's4', attributes: { mass: 9, frozen: true }, links: { cases: ['c3'] } },
  {
    kind: 'reads',
    name: 'r1',
    attributes: { file_name: 'one', file_size: 10 },
    links: { samples: ['s1'], cases: ['c3'] },
  },
  { kind: 'reads', name: 'r2', attributes: { file_name: 'two', file_size: 20 }, links: { samples: ['s2'] } },
  { kind: 'image', name: 'i1', attributes: { file_name: 'one' }, links: { samples: ['s2'] } },
];

before(async () => {
  server = await createGraphServer();
  const { scopeId, records } = await seedProject(server.database, 'P-one', nodes);
  const hidden = await seedProject(server.database, 'P-two', []);
  await server.database.run(sql`update record set scope_id = ${hidden.scopeId} where id = ${records.get('s4')}`);
  await server.database.run(sql`insert into scope_grant (scope_id, subject_id, level)
    select ${scopeId}, id, 3 from user_account where email = 'noaccess@example.org'`);
});
after(() => server.close());

async function ask(query: string, variables: object = {}, as: 'submitter' | 'noaccess' = 'noaccess') {
  const { status, json } = await server.send('POST', '/guppy/graphql', { query, variables }, { as });
  return { status, body: Object(json()) };
}

async function cases(filter: unknown, as: 'submitter' | 'noaccess' = 'noaccess'): Promise<string[]> {
  const { body } = await ask('query($filter: JSON) { case(filter: $filter) { submitter_id } }', { filter }, as);
  assert.ok(body.data, JSON.stringify(body));
  return body.data.case.map((row: { submitter_id: string }) => row.submitter_id);
}

const filters: [filter: unknown, expected: string[]][] = [
  [{ nested: { path: 'samples', '>': { mass: 0 } } }, ['c1', 'c2']],
  [{ nested: { path: 'samples', '=': { mass: 1 } } }, ['c1']],
  [{ nested: { path: 'samples', AND: [{ '>=': { mass: 1 } }, { '<=': { mass: 1 } }] } }, ['c1']],
  // one sample must meet both
  [{ nested: { path: 'samples', AND: [{ '=': { mass: 5 } }, { IN: { tags: ['a'] } }] } }, []],
  [
    { AND: [{ nested: { path: 'samples', '=': { mass: 5 } } }, { nested: { path: 'samples', IN: { tags: ['a'] } } }] },
    ['c1'],
  ],
  [{ OR: [{ nested: { path: 'samples', '=': { mass: 1 } } }, { '=': { site: 'liver' } }] }, ['c1', 'c2']],
  [{ NESTED: { path: 'samples.files', '=': { file_size: 10 } } }, ['c1']],
  // files are reads and images; only reads have a size
  [{ nested: { path: 'samples.files', eq: { file_name: 'one' } } }, ['c1', 'c2']],
  [{ nested: { path: 'samples', nested: { path: 'samples.files', '=': { file_size: 20 } } } }, ['c1', 'c2']],
  [{ nested: { path: 'samples', nested: { path: 'parents', '=': { mass: 1 } } } }, ['c1', 'c2']],
  [{ nested: { path: 'case_files', '>=': { file_size: 10 } } }, ['c3']],
  [{ nested: { path: 'samples', AND: [] } }, ['c1', 'c2', 'c3']],
];
for (const [filter, expected] of filters) {
  test(`nested filter ${JSON.stringify(filter)}`, async () => assert.deepEqual(await cases(filter), expected));
}

test('a nested filter finds what the asker may see', async () => {
  const filter = { nested: { path: 'samples', '=': { frozen: true } } };
  assert.deepEqual(await cases(filter), []);
  assert.deepEqual(await cases(filter, 'submitter'), ['c3']);
});

test('lists of what links lead to, of several types', async () => {
  const { body } = await ask(
    '{ case(sort: [{submitter_id: desc}]) { submitter_id samples { m: mass files { __typename file_name file_size } } } }',
  );
  const first = { __typename: 'reads', file_name: 'one', file_size: 10 };
  const second = { __typename: 'reads', file_name: 'two', file_size: 20 };
  const image = { __typename: 'image', file_name: 'one', file_size: null };
  assert.deepEqual(body, {
    data: {
      case: [
        { submitter_id: 'c3', samples: [] },
        { submitter_id: 'c2', samples: [{ m: 5, files: [second, image] }] },
        {
          submitter_id: 'c1',
          samples: [
            { m: 1, files: [first] },
            { m: 5, files: [second, image] },
          ],
        },
      ],
    },
  });
});

test('histograms of what links lead to count each record once; a filter spares its own nested field', async () => {
  const { body } = await ask(
    `query($f: JSON) { _aggregation {
      case { _totalCount samples { _totalCount mass { _totalCount histogram { sum count } } tags { _totalCount _cardinalityCount histogram { key count } }
        files { file_name { histogram { key count } } file_size { histogram { max } } } } }
      spared: case(filter: $f, filterSelf: false) { site { histogram { key count } } samples { mass { asTextHistogram { key } } tags { histogram { key } } } } } }`,
    { f: { nested: { path: 'samples', '=': { mass: 1 } } } },
  );
  assert.deepEqual(body, {
    data: {
      _aggregation: {
        case: {
          _totalCount: 3,
          samples: {
            _totalCount: 2,
            mass: { _totalCount: 2, histogram: [{ sum: 6, count: 2 }] },
            tags: {
              _totalCount: 2,
              _cardinalityCount: 2,
              histogram: [
                { key: 'b', count: 2 },
                { key: 'a', count: 1 },
              ],
            },
            files: {
              file_name: {
                histogram: [
                  { key: 'one', count: 2 },
                  { key: 'two', count: 1 },
                ],
              },
              file_size: { histogram: [{ max: 20 }] },
            },
          },
        },
        spared: {
          site: { histogram: [{ key: 'lung', count: 1 }] },
          samples: {
            mass: { asTextHistogram: [{ key: '1' }, { key: '5' }] },
            tags: { histogram: [{ key: 'b' }, { key: 'a' }] },
          },
        },
      },
    },
  });
});

test('buckets broken down by other fields, as a portal asks', async () => {
  const query = (field: string, histogram = 'histogram') => `query ($nestedAggFields: JSON) { _aggregation {
    sample(nestedAggFields: $nestedAggFields, accessibility: all) { ${field} { ${histogram} { key count
      missingFields { field count } termsFields { field terms { key count } } } } } } }`;
  const nestedAggFields = {
    termsFields: ['tags', 'nothing', 'auth_resource_path'],
    missingFields: ['tags', 'ratio', 'nothing'],
  };
  const sites = { field: 'auth_resource_path', terms: [{ key: '/programs/P/projects/one', count: 1 }] };
  const nothing = { field: 'nothing', terms: [{ key: null, count: 0 }] };
  const missing = [
    { field: 'tags', count: 0 },
    { field: 'ratio', count: 1 },
    { field: 'nothing', count: 1 },
  ];
  const one = {
    count: 1,
    missingFields: missing,
    termsFields: [
      {
        field: 'tags',
        terms: [
          { key: 'a', count: 1 },
          { key: 'b', count: 1 },
        ],
      },
      nothing,
      sites,
    ],
  };
  const two = {
    count: 1,
    missingFields: missing,
    termsFields: [{ field: 'tags', terms: [{ key: 'b', count: 1 }] }, nothing, sites],
  };
  const texts = (await ask(query('mass', 'asTextHistogram'), { nestedAggFields })).body.data._aggregation.sample.mass;
  assert.deepEqual(texts.asTextHistogram, [
    { key: '1', ...one },
    { key: '5', ...two },
  ]);
  const bins = (await ask(query('mass', 'histogram(rangeStart: 0, rangeStep: 4)'), { nestedAggFields })).body.data;
  assert.deepEqual(bins._aggregation.sample.mass.histogram, [
    { key: [0, 4], ...one },
    { key: [4, 8], ...two },
  ]);
  const paths = (await ask(query('auth_resource_path'), { nestedAggFields: { missingFields: ['mass'] } })).body.data;
  assert.deepEqual(paths._aggregation.sample.auth_resource_path.histogram, [
    { key: '/programs/P/projects/one', count: 2, missingFields: [{ field: 'mass', count: 0 }], termsFields: null },
  ]);
  const below = await ask(
    `query($n: JSON) { _aggregation { case(nestedAggFields: $n) { samples { tags { histogram { key termsFields { field terms { key } } } } } } } }`,
    { n: { termsFields: ['samples.mass'] } },
  );
  assert.deepEqual(below.body.data._aggregation.case.samples.tags.histogram, [
    { key: 'b', termsFields: [{ field: 'samples.mass', terms: [{ key: '1' }, { key: '5' }] }] },
    { key: 'a', termsFields: [{ field: 'samples.mass', terms: [{ key: '1' }] }] },
  ]);
});

test('what cannot be answered is refused', async () => {
  const histogram = 'histogram { key termsFields { field terms { key count } } }';
  const requests: [query: string, variables?: object][] = [
    ...[
      { nested: { '=': { mass: 1 } } },
      { nested: { path: 'samples' } },
      { nested: { path: 'nowhere', '=': { mass: 1 } } },
      { nested: { path: 'samples', '=': { nope: 1 } } },
      { nested: { path: 'samples.files', '=': { nope: 1 } } },
      { nested: { path: 'samples', like: { mass: 1 } } },
      { '>': { nope: 1 } },
      { '>': { created_datetime: 'yesterday' } },
      { search: { keyword: 'x', fields: ['nope'] } },
      Array.from({ length: 30 }).reduce<object>((inner) => ({ AND: [inner] }), {}),
      { nested: { path: Array.from({ length: 15 }, () => 'files.samples').join('.'), '=': { mass: 1 } } },
    ].map((filter): [string, object] => ['query($f: JSON) { case(filter: $f) { id } }', { f: filter }]),
    ['{ case(sort: [{nope: "asc"}]) { id } }'],
    ['{ case(sort: [{site: "up"}]) { id } }'],
    ['{ case(limit: 2) { id } }'],
    ['{ case(first: "2") { id } }'],
    ['{ case(accessibility: unaccessible) { id } }'],
    ['{ case { samples } }'],
    ['{ case { samples { nope } } }'],
    ['{ case { samples(first: 1) { id } } }'],
    ['{ case { site { key } } }'],
    ['{ _aggregation { case(accessibility: unaccessible) { _totalCount } } }'],
    ['{ _aggregation { case { nope { histogram { key } } } } }'],
    ['{ _aggregation { case { site { histogram { key max } } } } }'],
    ['{ _aggregation { case { samples { nope { histogram { key } } } } } }'],
    [`{ _aggregation { case(nestedAggFields: {termsFields: ["samples.mass"]}) { site { ${histogram} } } } }`],
    [`{ _aggregation { case(nestedAggFields: {termsFields: ["site"]}) { samples { mass { ${histogram} } } } } }`],
    ['{ _aggregation { case(nestedAggFields: ["site"]) { site { histogram { key } } } } }'],
  ];
  for (const [query, variables] of requests) {
    const { status, body } = await ask(query, variables);
    assert.equal(status, 400, `${query} ${JSON.stringify(variables)}: ${JSON.stringify(body)}`);
    assert.equal(typeof body.errors[0].message, 'string');
  }
  const refused = await server.send('POST', '/guppy/download', { type: 'case', accessibility: 'unaccessible' });
  assert.equal(refused.status, 400);
});

let projects = 0;
const values = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined });
const tags = fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 }), { nil: undefined });

test('filters and breakdowns are those of a plain reading', async () => {
  const samples = fc.array(fc.record({ mass: values, tags, parents: fc.uniqueArray(fc.nat(3), { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(samples, fc.nat(2), async (drawn, mass) => {
      projects += 1;
      const projectId = `R-n${projects}`;
      const plain = drawn.map(({ parents, ...attributes }, place) => ({
        name: `s${place}`,
        attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)),
        cases: parents.map((parent) => `c${parent}`),
      }));
      await seedProject(server.database, projectId, [
        ...[0, 1, 2, 3].map((place) => ({ kind: 'case', name: `c${place}` })),
        ...plain.map(({ name, attributes, cases }) => ({ kind: 'sample', name, attributes, links: { cases } })),
      ]);
      const { body } = await ask(
        `query($n: JSON, $f: JSON, $p: JSON) {
          case(filter: $f) { submitter_id }
          _aggregation { sample(filter: $p, nestedAggFields: $n) { tags { histogram { key count termsFields { terms { key count } } missingFields { count } } } } } }`,
        {
          n: { termsFields: ['mass'], missingFields: ['mass'] },
          p: { '=': { project_id: projectId } },
          f: { '=': { project_id: projectId }, nested: { path: 'samples', '=': { mass }, '!=': { tags: 'a' } } },
        },
        'submitter',
      );
      const wanted = plain.filter(({ attributes: own }) => own.mass === mass && !tagsOf(own).includes('a'));
      const found = ['c0', 'c1', 'c2', 'c3'].filter((name) => wanted.some(({ cases }) => cases.includes(name)));
      const buckets = ['a', 'b', 'c'].map((key) => {
        const own = plain.map(({ attributes }) => attributes).filter((attributes) => tagsOf(attributes).includes(key));
        const terms = [0, 1, 2].map((value) => ({
          key: String(value),
          count: own.filter((a) => a.mass === value).length,
        }));
        const present = terms.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
        return {
          key,
          count: own.length,
          termsFields: [{ terms: present.length > 0 ? present : [{ key: null, count: 0 }] }],
          missingFields: [{ count: own.filter((a) => a.mass === undefined).length }],
        };
      });
      assert.deepEqual(body.data, {
        case: found.map((name) => ({ submitter_id: name })),
        _aggregation: {
          sample: { tags: { histogram: buckets.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count) } },
        },
      });
    }),
    { numRuns: 30 },
  );
});

function tagsOf(attributes: Readonly<Record<string, unknown>>): unknown[] {
  return Array.isArray(attributes.tags) ? attributes.tags : [];
}
