import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from '@linnaea/database';
import type { Person, TestServer } from '../submission/testing.ts';
import { createGraphServer, type Seeded, seedProject } from './testing.ts';

let server: TestServer;
let seeded: Seeded;

before(async () => {
  server = await createGraphServer();
  seeded = await seedProject(server.database, 'P-one', [
    { kind: 'case', name: 'c1', attributes: { site: 'lung' }, links: { projects: ['one'] } },
    { kind: 'case', name: 'c2', links: { projects: ['one'] } },
    {
      kind: 'sample',
      name: 's1',
      attributes: { mass: 1.5, count: 3, frozen: true, tags: ['a', 'b'], sizes: [1, 2.5], ratio: 0.5 },
      links: { cases: ['c1'] },
    },
    {
      kind: 'sample',
      name: 's2',
      attributes: { mass: 2, frozen: false, tags: ['b'], ratio: 'high' },
      links: { cases: ['c1'], parents: ['s1'] },
    },
    { kind: 'sample', name: 's3', links: { cases: ['c2'] } },
    { kind: 'sample', name: 'gone', links: { cases: ['c2'] }, deleted: true },
    { kind: 'reads', name: 'r1', attributes: { file_name: 'a.bam', file_size: 10 }, links: { samples: ['s1'] } },
    { kind: 'image', name: 'i1', attributes: { file_name: 'a.svs' }, links: { samples: ['s1'] } },
  ]);
  await seedProject(server.database, 'P-two', [{ kind: 'case', name: 'other', links: { projects: ['two'] } }]);
});

after(() => server.close());

async function ask(
  query: string,
  variables?: unknown,
  as: Person = 'submitter',
): Promise<{ status: number; body: unknown }> {
  const answer = await server.send(
    'POST',
    '/v0/submission/graphql',
    { query, ...(variables !== undefined && { variables }) },
    { as },
  );
  return { status: answer.status, body: answer.json() };
}

async function data(query: string, variables?: unknown, as?: Person): Promise<unknown> {
  const { status, body } = await ask(query, variables, as);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(Object.keys(Object(body)), ['data'], 'an answer without faults has no errors');
  return Reflect.get(Object(body), 'data');
}

/** Submitter ids of the samples that a list with these arguments answers. */
async function samples(args: string, variables?: unknown): Promise<unknown[]> {
  const found = Object(
    await data(`${variables ? 'query($v: [String])' : ''}{ sample(${args}) { submitter_id } }`, variables),
  );
  return found.sample.map((sample: { submitter_id: string }) => sample.submitter_id);
}

async function errors(query: string, variables?: unknown): Promise<{ data: unknown; errors: string[] }> {
  const { status, body } = await ask(query, variables);
  assert.equal(status, 400);
  return { data: Object(body).data, errors: Object(body).errors };
}

describe('arguments', () => {
  const cases: [args: string, expected: string[]][] = [
    ['first: 0', ['s1', 's2', 's3']],
    ['first: -1', ['s1', 's2', 's3']],
    ['first: 2', ['s1', 's2']],
    ['first: 2, offset: 1', ['s2', 's3']],
    ['offset: 1000', []],
    ['submitter_id: "s2"', ['s2']],
    ['submitter_id: ["s3", "s1"]', ['s1', 's3']],
    ['mass: 1.5', ['s1']],
    ['mass: [2, 1.5]', ['s1', 's2']],
    ['count: 3.0', ['s1']],
    ['frozen: false', ['s2']],
    ['mass: [null]', ['s3']],
    ['tags: "b"', ['s1', 's2']],
    ['tags: ["b", "a"]', ['s1']],
    ['sizes: "2.5"', ['s1']],
    ['ratio: "0.5"', ['s1']],
    ['ratio: "high"', ['s2']],
    ['quick_search: "S2"', ['s2']],
    ['id: "no uuid"', []],
    ['project_id: "P-one"', ['s1', 's2', 's3']],
    ['project_id: ["P-two", "P-none"]', []],
    ['order_by_desc: "submitter_id"', ['s3', 's2', 's1']],
    ['order_by_asc: "mass"', ['s3', 's1', 's2']],
    ['order_by_desc: "mass"', ['s2', 's1', 's3']],
    ['order_by_desc: "created_datetime", first: 1', ['s1']],
    ['created_after: "2020-01-01", updated_before: "2100-01-01"', ['s1', 's2', 's3']],
    ['created_before: "2020-01-01"', []],
    ['updated_after: "2100-01-01"', []],
    ['with_links: ["files", "cases"]', ['s1']],
    ['with_links: "parents"', ['s2']],
    ['with_links_any: ["files", "parents"]', ['s1', 's2']],
    ['without_links: ["files"]', ['s2', 's3']],
    ['with_path_to: {type: "case", submitter_id: "c2"}', ['s3']],
    ['with_path_to: {type: "project", code: "one"}', ['s1', 's2', 's3']],
    ['with_path_to: {type: "project", project_id: "P-two"}', []],
    ['with_path_to: [{type: "case", site: "lung"}, {type: "reads"}]', ['s1']],
    ['with_path_to: {type: "sample"}', ['s1', 's2']],
    ['with_path_to_any: [{type: "reads"}, {type: "case", submitter_id: "c2"}]', ['s1', 's3']],
    ['with_path_to: {type: "nope"}', []],
    ['with_path_to: {type: "case", mass: 1}', []],
    ['without_path_to: {type: "image"}', ['s2', 's3']],
    ['not: {mass: 1.5}', ['s2']],
    ['not: [{frozen: true}, {mass: 1}]', ['s2']],
    ['not: {tags: "a"}', ['s2', 's3']],
    ['submitter_id: null', ['s1', 's2', 's3']],
  ];
  for (const [args, expected] of cases) {
    test(args, async () => assert.deepEqual(await samples(args), expected));
  }

  test('ids, id and times as they are shown', async () => {
    const id = seeded.ids.get('s2') ?? '';
    assert.deepEqual(await samples(`id: "${id}"`), ['s2']);
    assert.deepEqual(await samples('ids: $v', { v: [id, seeded.ids.get('s1'), 'nonsense'] }), ['s1', 's2']);
    const shown = Object(await data(`{ sample(id: "${id}") { created_datetime } }`)).sample[0].created_datetime;
    assert.match(shown, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    assert.deepEqual(await samples(`created_datetime: "${shown}"`), ['s1', 's2', 's3']);
  });

  test('ten are answered when nothing is said', async () => {
    await seedProject(
      server.database,
      'Q-many',
      Array.from({ length: 12 }, (_, n) => ({ kind: 'image', name: `m${n}` })),
    );
    const found = Object(
      await data(
        '{ image(project_id: "Q-many") { id } all: image(project_id: "Q-many", first: 0) { id } _image_count(project_id: "Q-many") capped: _image_count(project_id: "Q-many", first: 5) }',
      ),
    );
    assert.deepEqual([found.image.length, found.all.length, found._image_count, found.capped], [10, 12, 12, 5]);
  });
});

test('the cursor goes through every order', async () => {
  for (const order of [
    '',
    'order_by_asc: "mass"',
    'order_by_desc: "mass"',
    'order_by_asc: "frozen"',
    'order_by_desc: "submitter_id"',
  ]) {
    const whole = await samples(`first: 0${order && `, ${order}`}`);
    const stepped: string[] = [];
    for (let cursor = ''; stepped.length < whole.length; ) {
      const page = Object(
        await data(`{ sample(first: 1, after: "${cursor}" ${order}) { submitter_id _cursor } }`),
      ).sample;
      assert.equal(page.length, 1);
      stepped.push(page[0].submitter_id);
      cursor = page[0]._cursor;
    }
    assert.deepEqual(stepped, whole, order);
  }
});

describe('selections', () => {
  test('links, back-references, counts and values', async () => {
    const found = await data(`{ sample(submitter_id: "s1") {
      __typename type project_id mass count frozen tags sizes ratio state
      cases { submitter_id projects { code programs { name _projects_count } } _samples_count few: samples(first: 1) { submitter_id } }
      files(order_by_asc: "submitter_id") { submitter_id ... on reads { file_size } ... on image { file_name } }
      _files_count _reads: _files_count(of_type: "reads") _cases_count children { submitter_id } _links(order_by_asc: "submitter_id") { submitter_id type } } }`);
    assert.deepEqual(found, {
      sample: [
        {
          __typename: 'sample',
          type: 'sample',
          project_id: 'P-one',
          mass: 1.5,
          count: 3,
          frozen: true,
          tags: ['a', 'b'],
          sizes: ['1', '2.5'],
          ratio: '0.5',
          state: null,
          cases: [
            {
              submitter_id: 'c1',
              projects: [{ code: 'one', programs: [{ name: 'P', _projects_count: 2 }] }],
              _samples_count: 2,
              few: [{ submitter_id: 's1' }],
            },
          ],
          files: [
            { submitter_id: 'i1', file_name: 'a.svs' },
            { submitter_id: 'r1', file_size: 10 },
          ],
          _files_count: 2,
          _reads: 1,
          _cases_count: 1,
          children: [{ submitter_id: 's2' }],
          _links: [
            { submitter_id: 'c1', type: 'case' },
            { submitter_id: 'i1', type: 'image' },
            { submitter_id: 'r1', type: 'reads' },
            { submitter_id: 's2', type: 'sample' },
          ],
        },
      ],
    });
  });

  test('node, datanode, _node_type, viewer, project and program', async () => {
    const found = await data(`{
      node(of_type: ["case", "reads"], project_id: "P-one") { type submitter_id ... on case { site } ...f }
      clinical: node(category: "biospecimen", first: 1) { __typename }
      datanode(project_id: "P-one") { __typename file_name file_size }
      _node_type(order_by_asc: "id", first: 2) { id category submittable }
      viewer { _case_count(project_id: "P-two") case(project_id: "P-two") { submitter_id } }
      project(code: "one") { project_id _cases_count } program(name: "P") { project_id name } }
      fragment f on reads { file_name }`);
    assert.deepEqual(found, {
      node: [
        { type: 'case', submitter_id: 'c1', site: 'lung' },
        { type: 'case', submitter_id: 'c2', site: null },
        { type: 'reads', submitter_id: 'r1', file_name: 'a.bam' },
      ],
      clinical: [{ __typename: 'sample' }],
      datanode: [
        { __typename: 'DataNode', file_name: 'a.bam', file_size: 10 },
        { __typename: 'DataNode', file_name: 'a.svs', file_size: null },
      ],
      _node_type: [
        { id: 'case', category: 'administrative', submittable: 'True' },
        { id: 'image', category: 'data_file', submittable: 'True' },
      ],
      viewer: { _case_count: 1, case: [{ submitter_id: 'other' }] },
      project: [{ project_id: 'P-one', _cases_count: 2 }],
      program: [{ project_id: null, name: 'P' }],
    });
  });

  test('aliases, fragments, variables, @skip and @include', async () => {
    const query = `query A($n: Int, $yes: Boolean!, $no: Boolean!) {
      a: sample(first: $n) { x: submitter_id ...f submitter_id @skip(if: $yes) }
      b: _sample_count @include(if: $no) } fragment f on Node { type ... @include(if: $yes) { kind: type } }`;
    assert.deepEqual(await data(query, { n: 1, yes: true, no: false }), {
      a: [{ x: 's1', type: 'sample', kind: 'sample' }],
    });
    assert.deepEqual(await data(query, JSON.stringify({ n: 1, yes: false, no: true })), {
      a: [{ x: 's1', type: 'sample', submitter_id: 's1' }],
      b: 3,
    });
  });

  test('one statement reads everything', async () => {
    const seen: string[] = [];
    const { database } = server;
    const counted: typeof database = Object.assign(Object.create(database), {
      transaction: (work: Parameters<typeof database.transaction>[0]) =>
        database.transaction((tx) =>
          work(
            Object.assign(Object.create(tx), {
              first: (statement: Parameters<typeof tx.first>[0]) => {
                seen.push(statement.sql);
                return tx.first(statement);
              },
            }),
          ),
        ),
      query: () => assert.fail('a statement outside of the transaction'),
    });
    server.deps.database = counted;
    try {
      await data(
        '{ project(first: 0) { cases { samples { files { submitter_id } _files_count } } } node { id } _case_count transaction_log { id } }',
      );
    } finally {
      server.deps.database = database;
    }
    assert.equal(seen.length, 1);
  });
});

describe('faults', () => {
  const cases: [query: string, answer: unknown][] = [
    ['{ case { nope } }', { data: null, errors: ['Cannot query field "nope" on type "case". Did you mean "type"?'] }],
    [
      '{ case(nope: 1) { id } }',
      { data: null, errors: ['Unknown argument "nope" on field "case" of type "Root". Did you mean "not"?'] },
    ],
    [
      '{ case { id ',
      {
        data: null,
        errors: ['Syntax Error GraphQL (1:13) Expected Name, found EOF\n\n1: { case { id \n               ^\n'],
      },
    ],
    ['mutation { x }', { data: null, errors: ['Schema is not configured for mutations'] }],
    [
      '{ a: case(with_links: ["nope"]) { id } b: case(first: 1) { submitter_id } }',
      { data: { a: null, b: [{ submitter_id: 'c1' }] }, errors: ["Invalid link name 'nope'"] },
    ],
    ['{ case(order_by_asc: "nope") { id } }', { data: { case: null }, errors: ['Cannot order by nope on case'] }],
    ['{ case(created_after: "soon") { id } }', { data: { case: null }, errors: ["Unable to parse the date 'soon'"] }],
    ['{ case(after: "x") { id } }', { data: { case: null }, errors: ["Invalid cursor 'x'"] }],
  ];
  for (const [query, expected] of cases) test(query, async () => assert.deepEqual(await errors(query), expected));

  test('a variable of the wrong type, variables that are no JSON, bodies that are none', async () => {
    const wrong = await errors('query($i: [String]) { case(id: $i) { id } }', { i: 'x' });
    assert.deepEqual(wrong.errors, ['Variable "i" of type "[String]" used in position expecting type "String".']);
    const none = await errors('{ case { id } }', 'notjson');
    assert.deepEqual(none.errors, ['Unable to parse variables', 'Expecting value: line 1 column 1 (char 0)']);
    const broken = await server.send('POST', '/v0/submission/graphql', '{');
    assert.equal(broken.status, 400);
    assert.equal(
      Object(broken.json()).message,
      "Unable to parse json: Expecting property name enclosed in double quotes or '}': line 1 column 2 (char 1)",
    );
    const empty = await server.send('POST', '/v0/submission/graphql/', {});
    assert.deepEqual([empty.status, Object(empty.json()).data], [400, null]);
  });

  test('too many lists, too deep, and an alias that no object can carry', async () => {
    const many = Array.from({ length: 1001 }, (_, n) => `a${n}: _case_count`).join(' ');
    assert.match((await errors(`{ ${many} }`)).errors[0] ?? '', /more than 1000 lists/);
    const deep = `{ case ${'{ samples { cases '.repeat(12)} { id } ${'} }'.repeat(12)} }`;
    assert.match((await errors(deep)).errors[0] ?? '', /nested deeper/);
    assert.match((await errors('{ __proto__: _case_count }')).errors[0] ?? '', /__proto__/);
  });
});

describe('access', () => {
  test('without a token: 401; without grants: nothing; as a reader: everything', async () => {
    const nobody = await server.send('POST', '/submission/graphql', { query: '{ case { id } }' }, { as: null });
    assert.equal(nobody.status, 401);
    assert.deepEqual(nobody.json(), { message: 'Authentication Error: no authorization header provided' });
    assert.deepEqual(
      await data(
        '{ case { id } _case_count node { id } program { name } transaction_log { id } }',
        undefined,
        'noaccess',
      ),
      {
        case: [],
        _case_count: 0,
        node: [],
        program: [],
        transaction_log: [],
      },
    );
    assert.deepEqual(await data('{ _case_count(project_id: "P-one") }', undefined, 'reader'), { _case_count: 2 });
  });

  test('a grant on a project shows that project, its program and nothing of the others', async () => {
    await server.database.run(sql`insert into scope_grant (scope_id, subject_id, level)
      select ${seeded.scopeId}, id, 3 from user_account where email = 'noaccess@example.org'`);
    try {
      const query = `{ _case_count project { code } program { name projects { code } } node(first: 0) { submitter_id }
        sample(with_path_to: {type: "project", code: "one"}) { submitter_id } }`;
      const found = Object(await data(query, undefined, 'noaccess'));
      assert.equal(found._case_count, 2);
      assert.deepEqual(found.project, [{ code: 'one' }]);
      assert.deepEqual(found.program, [{ name: 'P', projects: [{ code: 'one' }] }]);
      assert.deepEqual(found.sample.length, 3);
      assert.ok(!JSON.stringify(found.node).includes('other'));
    } finally {
      await server.database.run(sql`delete from scope_grant where scope_id = ${seeded.scopeId}`);
    }
  });
});

test('the schema is served to anybody, and introspection goes with data', async () => {
  for (const prefix of ['/v0/submission', '/submission', '/api/v0/submission']) {
    const answer = await server.send('GET', `${prefix}/getschema`, undefined, { as: null });
    assert.equal(answer.status, 200);
    assert.equal(Object(answer.json()).data.__schema.queryType.name, 'Root');
  }
  const found = Object(
    await data(
      '{ __schema { queryType { name } } t: __type(name: "sample") { fields { name } } _case_count(project_id: "P-one") }',
    ),
  );
  assert.equal(found.__schema.queryType.name, 'Root');
  assert.ok(found.t.fields.some((field: { name: string }) => field.name === '_files_count'));
  assert.equal(found._case_count, 2);
});

test('datasets', async () => {
  for (const path of ['/v0/datasets', '/api/search/datasets']) {
    const counts = Object((await server.send('GET', `${path}?nodes=case,sample`)).json());
    assert.deepEqual(
      [counts['P-one'], counts['P-two']],
      [
        { case: 2, sample: 3 },
        { case: 1, sample: 0 },
      ],
    );
  }
  const projects = Object((await server.send('GET', '/v0/datasets/projects')).json()).projects;
  assert.ok(projects.some((project: { code: string }) => project.code === 'one'));
  assert.equal((await server.send('GET', '/v0/datasets')).status, 400);
  assert.equal((await server.send('GET', '/v0/datasets?nodes=case', undefined, { as: null })).status, 401);
  assert.deepEqual((await server.send('GET', '/v0/datasets?nodes=case', undefined, { as: 'noaccess' })).json(), {});
});
