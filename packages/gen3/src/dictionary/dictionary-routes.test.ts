import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { defaultDictionaryFolder, loadDataDictionary } from '../dictionary-source.ts';
import { createTestServer, type TestServer } from '../submission/testing.ts';

let server: TestServer;

before(async () => {
  const { dictionary } = await loadDataDictionary(defaultDictionaryFolder);
  server = await createTestServer(dictionary);
});
after(() => server?.close());

const get = (path: string) => server.send('GET', path, undefined, { as: null });

test('the dictionary is open to everybody, under every prefix, with and without a slash', async () => {
  for (const prefix of ['/v0/submission', '/submission', '/api/v0/submission']) {
    for (const slash of ['', '/']) {
      const list = await get(`${prefix}/_dictionary${slash}`);
      assert.equal(list.status, 200);
      assert.match(list.text, /"\/v0\/submission\/_dictionary\/sample"/);
      assert.match((await get(`${prefix}/_dictionary/sample${slash}`)).text, /"id":"sample"/);
    }
  }
  const all = (await get('/v0/submission/_dictionary/_all')).json();
  assert.ok(typeof all === 'object' && all !== null && 'case' in all && '_definitions' in all);
  const missing = await get('/v0/submission/_dictionary/constructor');
  assert.deepEqual([missing.status, missing.json()], [404, { message: 'Entry constructor not in dictionary' }]);
});

test('templates: one as a table, all as an archive, categories chosen', async () => {
  const one = await get('/v0/submission/template/sample?format=csv');
  assert.match(one.text, /^\*type,project_id,\*submitter_id,/);
  assert.equal(one.headers['content-disposition'], 'attachment; filename=submission_sample_template.csv');
  const names = async (query: string) => {
    const tar = gunzipSync((await get(`/v0/submission/template?format=tsv&${query}`)).bytes);
    return [...tar.toString('latin1').matchAll(/([a-z_]+\.tsv)\0/g)].map((match) => match[1]);
  };
  const biospecimen = await names('categories=biospecimen');
  assert.ok(biospecimen.includes('sample.tsv') && !biospecimen.includes('case.tsv'));
  assert.ok(!(await names('categories=biospecimen&exclude=sample')).includes('sample.tsv'));
  assert.equal((await get('/v0/submission/template/sample?format=xls')).status, 400);
});

test('other methods of known addresses answer 405, unknown addresses 404, both in JSON', async () => {
  assert.equal((await get('/v0/submission/a/b')).status, 405);
  const missing = await get('/v0/nothing');
  assert.equal(missing.status, 404);
  assert.match(missing.text, /^\{"message":/);
  assert.equal((await get('/_status')).text, 'Healthy');
});
