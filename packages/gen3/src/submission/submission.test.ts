import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { sql } from '@linnaea/database';
import { buildDataDictionary, parseDictionaryYaml } from '@linnaea/model';
import Fastify from 'fastify';
import { registerSubmission } from './register.ts';
import { createTestServer, type TestServer } from './testing.ts';

const uuid = '^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$';
const common = `
  type: {type: string}
  id: {type: string, pattern: "${uuid}"}
  project_id: {type: string}
  state: {enum: [validated, submitted], default: validated}
  submitter_id: {type: [string, "null"]}`;
const head = (type: string, category: string) => `
id: ${type}
type: object
category: ${category}
additionalProperties: false
systemProperties: [id, project_id, state]
uniqueKeys: [[id], [project_id, submitter_id]]
required: [submitter_id, type]`;
const target = '{anyOf: [{type: array, items: {type: object}}, {type: object}]}';

const files: Record<string, string> = {
  'program.yaml': `
id: program
type: object
category: administrative
uniqueKeys: [[id], [name]]
properties: {type: {type: string}, name: {type: string}, dbgap_accession_number: {type: string}}`,
  'project.yaml': `
id: project
type: object
category: administrative
uniqueKeys: [[id], [code]]
links: [{name: programs, backref: projects, label: in, target_type: program, multiplicity: many_to_one, required: true}]
properties:
  {type: {type: string}, code: {type: string}, name: {type: string}, dbgap_accession_number: {type: string},
   state: {type: string}, released: {type: boolean}, releasable: {type: boolean}, programs: {type: object}}`,
  'herd.yaml': `${head('herd', 'administrative')}
links: [{name: projects, backref: herds, label: in, target_type: project, multiplicity: many_to_one, required: true}]
properties: ${common}
  place: {type: string}
  projects: ${target}`,
  'animal.yaml': `${head('animal', 'biospecimen')}
links: [{name: herds, backref: animals, label: of, target_type: herd, multiplicity: many_to_one, required: true}]
properties: ${common}
  weight: {type: number}
  colours: {type: array, items: {type: string}}
  herds: ${target}`,
  'tag.yaml': `${head('tag', 'clinical')}
links: [{name: animals, backref: tags, label: on, target_type: animal, multiplicity: one_to_one, required: true}]
properties: ${common}
  animals: ${target}`,
  'scan.yaml': `${head('scan', 'data_file')}
links: [{name: animals, backref: scans, label: of, target_type: animal, multiplicity: many_to_many, required: false}]
properties: ${common}
  file_name: {type: string}
  file_size: {type: integer}
  md5sum: {type: string}
  object_id: {type: string}
  animals: ${target}`,
};

const base = '/v0/submission/ZOO/A-1';
const tsv = { type: 'text/tab-separated-values' };
let server: TestServer;

before(async () => {
  const { dictionary, findings } = buildDataDictionary(
    new Map(Object.entries(files).map(([name, text]) => [name, parseDictionaryYaml(name, text).content])),
  );
  assert.deepEqual(
    findings.filter((finding) => finding.severity === 'error'),
    [],
  );
  server = await createTestServer(dictionary);
  await server.send('PUT', '/v0/submission/', { type: 'program', name: 'ZOO', dbgap_accession_number: 'z1' });
  const made = await server.send('PUT', '/submission/ZOO', {
    type: 'project',
    code: 'A-1',
    dbgap_accession_number: 'z2',
  });
  assert.equal(made.status, 200, made.text);
  const herd = { type: 'herd', submitter_id: 'h1', projects: { code: 'A-1' } };
  assert.equal((await server.send('POST', `${base}/`, herd)).status, 201);
});
after(() => server?.close());

interface Result {
  success: boolean;
  code: number;
  message: string;
  transaction_id: number;
  created_entity_count: number;
  updated_entity_count: number;
  transactional_errors: unknown[];
  entities: {
    id: string;
    type: string;
    valid: boolean;
    action: string | null;
    unique_keys: Record<string, unknown>[];
    errors: { message: string; type: string; keys: string[]; dependents?: { id: string }[] }[];
  }[];
}

function isResult(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && 'entities' in value;
}

async function submit(method: 'POST' | 'PUT', body: unknown, path = base, options = {}): Promise<Result> {
  const answer = await server.send(method, path, body, options);
  const result = answer.json();
  assert.ok(isResult(result), answer.text);
  return result;
}

const animal = (name: string, more: object = {}) => ({
  type: 'animal',
  submitter_id: name,
  herds: { submitter_id: 'h1' },
  ...more,
});
const count = async (kind: string) =>
  (await server.database.query(sql`select 1 from record where kind = ${kind} and deleted_change is null`)).length;

test('one error keeps everything out, and every error is told', async () => {
  const before = await count('animal');
  const result = await submit('POST', [
    animal('w1', { weight: 'heavy', size: 3 }),
    { type: 'animl', submitter_id: 'w2' },
    animal('w3', { herds: { submitter_id: 'nowhere' } }),
    animal('w4'),
  ]);
  assert.equal(result.code, 400);
  assert.deepEqual(
    result.entities.map((entity) => entity.valid),
    [false, false, false, true],
  );
  assert.equal(result.entities[0]?.errors.length, 2);
  assert.match(result.entities[1]?.errors[0]?.message ?? '', /Did you mean 'animal'/);
  assert.equal(result.entities[2]?.errors[0]?.type, 'INVALID_LINK');
  for (const entity of result.entities) assert.equal(entity.unique_keys[0]?.project_id, 'ZOO-A-1');
  assert.equal(await count('animal'), before);
  const log = await server.database.first<{ state: string; change_id: unknown }>(sql`
    select state, change_id from gen3_transaction where id = ${result.transaction_id}`);
  assert.deepEqual(log, { state: 'FAILED', change_id: null });
});

test('the same request twice changes nothing the second time', async () => {
  const entities = [
    animal('t1', { weight: 2.5, colours: ['a,b', 'c'] }),
    { type: 'tag', submitter_id: 'tt1', animals: { submitter_id: 'T1' } },
  ];
  assert.equal((await submit('PUT', entities)).created_entity_count, 2);
  const state = () => server.database.query(sql`select id, attributes, updated_at from record order by id`);
  const changes = () => server.database.query(sql`select id from change order by id`);
  const [records, made] = [await state(), await changes()];
  const again = await submit('PUT', entities);
  assert.equal(again.code, 200);
  assert.equal(again.updated_entity_count, 2);
  assert.deepEqual([await state(), await changes()], [records, made]);
  assert.equal((await submit('POST', entities)).code, 400);
  assert.deepEqual([await state(), await changes()], [records, made]);
});

test('an update merges, null clears, and the change tells before and after', async () => {
  await submit('POST', animal('m1', { weight: 1, colours: ['red'] }));
  const result = await submit('PUT', { type: 'animal', submitter_id: 'M1', weight: null, colours: ['red', 'blue'] });
  assert.equal(result.entities[0]?.action, 'update');
  const items = await server.database.query(sql`
    select i.before, i.after from change_item i join gen3_transaction t on t.change_id = i.change_id
    where t.id = ${result.transaction_id}`);
  const after = { weight: null, colours: ['red', 'blue'], submitter_id: 'M1' };
  assert.deepEqual(items, [{ before: { weight: 1, colours: ['red'], submitter_id: 'm1' }, after }]);
  const row = await server.database.first<{ attributes: object }>(
    sql`select attributes from record where natural_key = 'animal/m1'`,
  );
  assert.deepEqual(row?.attributes, {
    project_id: 'ZOO-A-1',
    state: 'validated',
    submitter_id: 'M1',
    colours: ['red', 'blue'],
  });
});

test('a one_to_one target takes one child, stored or new', async () => {
  await submit('POST', animal('o1'));
  const tags = ['a', 'b'].map((name) => ({ type: 'tag', submitter_id: `o-${name}`, animals: { submitter_id: 'o1' } }));
  const both = await submit('POST', tags);
  assert.deepEqual(
    both.entities.map((entity) => entity.valid),
    [true, false],
  );
  assert.equal((await submit('POST', tags[0])).code, 201);
  assert.match((await submit('POST', tags[1])).entities[0]?.errors[0]?.message ?? '', /already has tags/);
});

test('nobody without access changes anything, and nothing is logged', async () => {
  const logged = () => server.database.query(sql`select id from gen3_transaction`);
  const before = await logged();
  for (const as of ['reader', 'noaccess', null] as const) {
    const answer = await server.send('PUT', base, animal('x1'), { as });
    assert.equal(answer.status, as === null ? 401 : 403);
  }
  assert.equal((await server.send('GET', `${base}/export?node_label=herd`, undefined, { as: 'reader' })).status, 200);
  assert.equal((await server.send('GET', `${base}/export?node_label=herd`, undefined, { as: 'noaccess' })).status, 403);
  assert.deepEqual(await logged(), before);
});

test('tables: a header alone is the end of a table; words of proxies in trouble do not show in answers', async () => {
  assert.equal((await submit('PUT', 'type\tsubmitter_id\n', base, tsv)).code, 200);
  const answer = await server.send('PUT', base, 'type\tsubmitter_id\tweight\nanimal\tq\tRequest Timeout\n', tsv);
  assert.equal(answer.status, 400);
  assert.doesNotMatch(answer.text, /Request Timeout/);
  assert.match(JSON.stringify(answer.json()), /Request Timeout/);
});

test('a dry run writes nothing and can be committed once', async () => {
  const before = await count('animal');
  const dry = await submit('PUT', animal('d1'), `${base}/_dry_run`);
  assert.equal(dry.success, true);
  assert.equal(await count('animal'), before);
  const commit = `${base}/transactions/${dry.transaction_id}/commit`;
  const both = await Promise.all([server.send('POST', commit), server.send('POST', commit)]);
  assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 400]);
  assert.equal(await count('animal'), before + 1);
});

test('of two equal requests at the same time one creates', async () => {
  const results = await Promise.all([1, 2, 3].map(() => submit('POST', animal('race'))));
  assert.deepEqual(results.map((result) => result.code).sort(), [201, 400, 400]);
});

test('what others need stays; what was deleted can be sent again with its id', async () => {
  const made = await submit('POST', [
    animal('gone'),
    { type: 'tag', submitter_id: 'gone-tag', animals: { submitter_id: 'gone' } },
  ]);
  const [parent, child] = made.entities.map((entity) => entity.id);
  const remove = async (...ids: unknown[]) => {
    const result = (await server.send('DELETE', `${base}/entities/${ids.join(',')}`)).json();
    assert.ok(isResult(result));
    return result;
  };
  const refused = await remove(parent);
  assert.equal(refused.code, 400);
  assert.deepEqual(refused.entities[0]?.errors[0]?.dependents, [{ id: child, type: 'tag' }]);
  assert.equal((await remove(child, parent)).code, 200);
  assert.equal((await server.send('GET', `${base}/entities/${parent}`)).status, 400);
  const again = await submit('POST', animal('gone', { id: parent }));
  assert.equal(again.entities[0]?.id, parent);
  const other = await submit('PUT', animal('other-name', { id: parent }));
  assert.equal(other.entities[0]?.errors[0]?.type, 'NOT_UNIQUE');
});

test('a hundred ids fit into a path', async () => {
  const ids = Array.from({ length: 100 }, (_, place) => `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`);
  const answer = await server.send('DELETE', `${base}/entities/${ids.join(',')}`);
  const result = answer.json();
  assert.ok(isResult(result), answer.text);
  assert.deepEqual(
    new Set(result.entities.flatMap((entity) => entity.errors.map((error) => error.type))),
    new Set(['NOT_FOUND']),
  );
});

test('files enter the index; a file that is there must be the same', async () => {
  const md5sum = '0'.repeat(32);
  const scan = {
    type: 'scan',
    submitter_id: 's1',
    file_name: 'a.png',
    file_size: 7,
    md5sum,
    urls: 's3://b/k, s3://c/k',
  };
  const made = await submit('POST', scan);
  assert.equal(made.code, 201, JSON.stringify(made));
  const record = await server.database.first<{ did: string }>(sql`
    select i.did, i.size, i.hashes, i.urls, i.authz from index_record i
    join record r on r.attributes->>'object_id' = i.did where r.uuid = ${made.entities[0]?.id}`);
  const { did, ...rest } = record ?? { did: '' };
  const expected = {
    size: 7,
    hashes: { md5: md5sum },
    urls: ['s3://b/k', 's3://c/k'],
    authz: ['/programs/ZOO/projects/A-1'],
  };
  assert.deepEqual(rest, expected);
  const same = await submit('POST', { ...scan, submitter_id: 's2', object_id: did });
  assert.equal(same.code, 201, JSON.stringify(same));
  const differs = await submit('POST', { ...scan, submitter_id: 's3', object_id: did, file_size: 8 });
  assert.match(differs.entities[0]?.errors[0]?.message ?? '', /do not match those of indexed file/);
  const pair = [7, 8].map((size) => ({ ...scan, submitter_id: `p${size}`, object_id: 'new/one', file_size: size }));
  assert.deepEqual(
    (await submit('POST', pair)).entities.map((entity) => entity.valid),
    [true, false],
  );
  const unfit = await submit('POST', { ...scan, submitter_id: 's4', object_id: 'with blank' });
  assert.deepEqual(unfit.entities[0]?.errors[0]?.keys, ['object_id']);
});

test('chosen nodes with what hangs on them come as an archive of tables', async () => {
  const made = await submit('POST', [
    animal('root'),
    { type: 'tag', submitter_id: 'root-tag', animals: { submitter_id: 'root' } },
  ]);
  const path = `${base}/export?ids=${made.entities[0]?.id}&with_children=true&format=tsv`;
  const tar = gunzipSync((await server.send('GET', path)).bytes).toString('utf8');
  assert.match(tar, /^animal\.tsv\0/);
  assert.match(tar, /tag\.tsv\0/);
  assert.match(tar, /root-tag/);
  const tagsOnly = await server.send('GET', `${path}&category=clinical`);
  assert.match(tagsOnly.text, /^type\tid\tproject_id/);
  assert.doesNotMatch(tagsOnly.text, /^animal/m);
});

test('a project goes its way from open to released', async () => {
  const made = await server.send('PUT', '/v0/submission/ZOO', {
    type: 'project',
    code: 'B',
    dbgap_accession_number: 'z3',
  });
  assert.equal(made.status, 200);
  const other = '/v0/submission/ZOO/B';
  await submit(
    'POST',
    [
      { type: 'herd', submitter_id: 'h', projects: { code: 'B' } },
      { type: 'animal', submitter_id: 'a', herds: { submitter_id: 'h' } },
    ],
    other,
  );
  const step = async (name: string) => (await server.send('PUT', `${other}/${name}`)).status;
  assert.deepEqual([await step('submit'), await step('release'), await step('review')], [400, 400, 200]);
  const upload = await server.send('PUT', other, { type: 'herd', submitter_id: 'h' });
  assert.match(upload.text, /in state 'review', which prevents \/v0\/submission\/ZOO\/B\./);
  assert.deepEqual([await step('submit'), await step('release'), await step('release')], [200, 200, 400]);
  const row = await server.database.first<{ state: string }>(sql`
    select r.attributes->>'state' as state from record r join scope s on s.id = r.scope_id
    where s.name = 'ZOO-B' and r.kind = 'animal'`);
  assert.equal(row?.state, 'submitted');
});

test('an asynchronous transaction ends in the log', async () => {
  const answer = await server.send('POST', `${base}?async=true`, animal('async'));
  assert.equal(answer.status, 200);
  await server.app.close();
  const log = await server.database.first(
    sql`select state from gen3_transaction where is_async order by id desc limit 1`,
  );
  assert.deepEqual(log, { state: 'SUCCEEDED' });
  // what a process leaves behind is taken up by the next
  await server.database.run(sql`update gen3_transaction set state = 'PENDING' where is_async`);
  server.app = Fastify();
  await registerSubmission(server.app, server.deps);
  await server.app.ready();
  await server.app.close();
  const again = await server.database.first<{ state: string; response: Result }>(sql`
    select t.state, d.response from gen3_transaction t join gen3_document d on d.transaction_id = t.id where is_async`);
  assert.equal(again?.state, 'FAILED');
  assert.match(again?.response.entities[0]?.errors[0]?.message ?? '', /already exists/);
});
