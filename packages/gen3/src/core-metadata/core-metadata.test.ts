import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import { createUser, grant, loadPrincipal } from '@linnaea/identity';
import { registerGen3 } from '../index.ts';
import { createTestServer, type TestServer } from '../submission/testing.ts';
import { smallDictionary } from '../submission/testing-dictionary.ts';

const ours = `
uniqueKeys: [[id], [project_id, submitter_id]]
systemProperties: [id, project_id]
required: [type, submitter_id]
additionalProperties: false`;
const named = `
  type: {type: string}
  id: {type: string}
  project_id: {type: string}
  submitter_id: {type: string}
  projects: {type: object}
  core_metadata_collections: {type: object}`;
const toProject = (backref: string) =>
  `{name: projects, backref: ${backref}, label: in, target_type: project, multiplicity: many_to_one, required: true}`;
const files: Record<string, string> = {
  'core_metadata_collection.yaml': `
id: core_metadata_collection
category: administrative${ours}
links: [${toProject('collections')}]
properties:${named}
  title: {type: string}
  creator: {type: string}
  publisher: {type: string}
  description: {type: string}
  subject: {type: string}`,
  'reading.yaml': `
id: reading
category: data_file${ours}
links:
  - ${toProject('readings')}
  - {name: core_metadata_collections, backref: readings, label: of, target_type: core_metadata_collection, multiplicity: many_to_one, required: false}
properties:${named}
  file_name: {type: string}
  file_size: {type: integer}
  md5sum: {type: string}
  data_format: {type: string}
  object_id: {type: string}`,
  'photo.yaml': `
id: photo
category: metadata_file${ours}
links: [${toProject('photos')}]
properties:${named}
  file_name: {type: string}`,
};

const md5sum = '0123456789abcdef0123456789abcdef';
const prefixes = ['/v0/coremetadata', '/api/v0/coremetadata', '/api/search/coremetadata', '/coremetadata'];
let server: TestServer;

before(async () => {
  const dictionary = smallDictionary(files);
  server = await createTestServer(dictionary, registerGen3);
  await server.send('PUT', '/v0/submission/', { type: 'program', name: 'SEA', dbgap_accession_number: 's' });
  for (const code of ['tide', 'ebb'])
    await server.send('PUT', '/v0/submission/SEA', { type: 'project', code, dbgap_accession_number: code });
  const common = { projects: { code: 'tide' } };
  const made = await server.send('POST', '/v0/submission/SEA/tide', [
    {
      ...common,
      type: 'core_metadata_collection',
      submitter_id: 'c',
      title: 'Tides of "the {Sound}"',
      creator: 'A. Gauge',
      publisher: 'Harbour\nOffice',
      description: 'High & low',
    },
    {
      ...common,
      type: 'reading',
      submitter_id: 'full',
      object_id: 'dg.SEA/full',
      file_name: 'high_water.txt',
      file_size: 19,
      md5sum,
      data_format: 'TXT',
      core_metadata_collections: { submitter_id: 'c' },
    },
    { ...common, type: 'reading', submitter_id: 'bare', object_id: 'bare' },
    { ...common, type: 'photo', submitter_id: 'photo', file_name: 'pier.png' },
  ]);
  assert.equal(made.status, 201, made.text);
  const other = { projects: { code: 'ebb' }, type: 'reading', submitter_id: 'kept', object_id: 'kept' };
  assert.equal((await server.send('POST', '/v0/submission/SEA/ebb', other)).status, 201);
});
after(() => server?.close());

const get = (id: string, accept?: string, prefix = prefixes[0]) =>
  server.send('GET', `${prefix}/${id}`, undefined, accept === undefined ? {} : { headers: { accept } });

async function yearOf(name: string): Promise<string> {
  const row = await server.database.first<{ year: string }>(sql`
    select to_char(updated_at at time zone 'UTC', 'YYYY') as year from record where attributes->>'submitter_id' = ${name}`);
  return row?.year ?? '';
}

test('the core metadata of a file is answered under every prefix, with a citation', async () => {
  const year = await yearOf('full');
  for (const prefix of prefixes) {
    const answer = await get('dg.SEA/full', undefined, prefix);
    assert.equal(answer.status, 200, prefix);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    assert.deepEqual(answer.json(), {
      description: 'High & low',
      creator: 'A. Gauge',
      contributor: null,
      coverage: null,
      language: null,
      publisher: 'Harbour\nOffice',
      rights: null,
      source: null,
      subject: null,
      type: 'reading',
      file_name: 'high_water.txt',
      data_format: 'TXT',
      file_size: 19,
      project_id: 'SEA-tide',
      object_id: 'dg.SEA/full',
      md5sum,
      citation: `A. Gauge, ${year}: Tides of "the {Sound}". Harbour\nOffice, dg.SEA/full.`,
    });
  }
  assert.deepEqual((await get('dg.SEA%2Ffull')).json(), (await get('dg.SEA/full')).json());
});

test('a file without a collection, and one that shares its id with its node, are described too', async () => {
  assert.deepEqual((await get('bare')).json(), {
    type: 'reading',
    file_name: null,
    data_format: null,
    file_size: null,
    project_id: 'SEA-tide',
    object_id: 'bare',
    md5sum: null,
    citation: `${await yearOf('bare')}: bare.`,
  });
  const row = await server.database.first<{ id: string }>(sql`select uuid as id from record where kind = 'photo'`);
  const id = row?.id ?? '';
  const photo = (await get(id)).json();
  assert.ok(typeof photo === 'object' && photo !== null);
  assert.equal(Reflect.get(photo, 'object_id'), id);
  assert.equal(Reflect.get(photo, 'file_name'), 'pier.png');
});

test('BibTeX', async () => {
  const answer = await get('dg.SEA/full', 'x-bibtex');
  assert.match(String(answer.headers['content-type']), /bibtex/);
  const year = await yearOf('full');
  assert.equal(
    answer.text,
    `@misc {dg.SEA/full, description = "High & low", creator = "A. Gauge", publisher = "Harbour Office", type = "reading", file_name = "high_water.txt", data_format = "TXT", file_size = "19", project_id = "SEA-tide", object_id = "dg.SEA/full", md5sum = "${md5sum}", citation = "A. Gauge, ${year}: Tides of {"}the {\\textbraceleft}Sound{\\textbraceright}{"}. Harbour Office, dg.SEA/full."}`,
  );
});

test('schema.org', async () => {
  const answer = await get('dg.SEA/full', 'application/vnd.schemaorg.ld+json');
  assert.match(String(answer.headers['content-type']), /^application\/vnd\.schemaorg\.ld\+json/);
  const told = answer.json();
  assert.ok(typeof told === 'object' && told !== null);
  const { datePublished, ...others } = Object.assign({ datePublished: '' }, told);
  assert.match(datePublished, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00$/);
  assert.deepEqual(others, {
    '@context': 'http://schema.org',
    '@type': 'Dataset',
    '@id': 'http://127.0.0.1/index/dg.SEA/full',
    identifier: [
      { '@type': 'PropertyValue', propertyID: 'dataguid', value: 'dg.SEA/full' },
      { '@type': 'PropertyValue', propertyID: 'md5', value: md5sum },
    ],
    publisher: { '@type': 'Organization', name: 'Harbour\nOffice' },
    author: { name: 'A. Gauge' },
    description: 'High & low',
    additionalType: 'reading',
    name: 'high_water.txt',
  });
  const bare = (await get('bare', 'application/vnd.schemaorg.ld+json')).json();
  assert.ok(typeof bare === 'object' && bare !== null && !('author' in bare) && !('name' in bare));
});

test('the form is what the client likes best of those that there are', async () => {
  const typeFor = async (accept: string) => String((await get('bare', accept)).headers['content-type']).split(';')[0];
  assert.equal(await typeFor('text/html, application/x-bibtex;q=0.5, */*;q=0.1'), 'application/x-bibtex');
  assert.equal(await typeFor('x-bibtex;q=0.2, application/json'), 'application/json');
  assert.equal(await typeFor('application/ld+json'), 'application/vnd.schemaorg.ld+json');
  assert.equal(await typeFor('application/json, text/plain, */*'), 'application/json');
  assert.equal(await typeFor('x-bibtex;q=0, text/html'), 'application/json');
});

test('nobody learns of files in projects that they may not read', async () => {
  const user = await createUser(server.database, server.admin, { email: 'tide@example.org', name: 'tide' });
  const scope = await server.database.first<{ id: number }>(sql`select id from scope where name = 'SEA-tide'`);
  await grant(server.database, { scopeId: scope?.id ?? 0, subjectId: user.id, level: 'read', by: server.admin });
  const reader = await loadPrincipal(server.database, user.id);
  assert.ok(reader);
  const { access_token: token } = await server.deps.gen3Credentials.issueAccessToken(reader);
  const asReader = (id: string) =>
    server.send('GET', `/v0/coremetadata/${id}`, undefined, {
      as: null,
      headers: { authorization: `bearer ${token}` },
    });
  assert.equal((await asReader('bare')).status, 200);
  assert.equal((await get('kept')).status, 200);
  const hidden = await asReader('kept');
  assert.equal(hidden.status, 404);
  const absent = await asReader('absent');
  assert.equal(absent.status, 404);
  assert.deepEqual(absent.json(), { message: 'object_id "absent" not found' });
  assert.deepEqual(hidden.json(), { message: 'object_id "kept" not found' });
  const stranger = { as: 'noaccess' } as const;
  assert.equal((await server.send('GET', '/v0/coremetadata/bare', undefined, stranger)).status, 404);
  assert.equal((await server.send('GET', '/v0/coremetadata/bare', undefined, { as: null })).status, 401);
});

test('ids of any kind are looked up, and found or not', async () => {
  for (const id of ['%00', 'a%22%7D%5D', '..%2f..', 'x'.repeat(2000), '%F0%9F%8C%8A', '__proto__'])
    assert.match((await get(id)).text, /object_id .* not found/, id);
  await server.send('DELETE', `/v0/submission/SEA/tide/entities/${await idOf('bare')}`);
  assert.equal((await get('bare')).status, 404);
});

async function idOf(name: string): Promise<string> {
  const row = await server.database.first<{ id: string }>(
    sql`select uuid as id from record where attributes->>'submitter_id' = ${name}`,
  );
  return row?.id ?? '';
}
