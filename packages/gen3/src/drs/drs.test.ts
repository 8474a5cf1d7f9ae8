import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Principal } from '@linnaea/model';
import { createGen3Bench, type Gen3Bench } from '../user/testing.ts';
import { parseRange } from './send-object.ts';

let bench: Gen3Bench;
let editor: Principal;
const authz = ['/programs/P/projects/J'];

before(async () => {
  bench = await createGen3Bench();
  editor = await bench.person('editor', 'edit');
});
after(() => bench.close());

async function stored(did: string): Promise<void> {
  const headers = await bench.bearer(editor);
  const made = await bench.app.inject({
    method: 'POST',
    url: '/user/data/upload',
    headers,
    payload: { file_name: 'f.txt', authz, guid: did },
  });
  const put = await bench.app.inject({
    method: 'PUT',
    url: made.json().url.replace('http://127.0.0.1:8080', ''),
    payload: 'content',
  });
  assert.equal(put.statusCode, 200, put.body);
}

test('an object is described to anybody, and its bytes are given to who may have them', async () => {
  await stored('dg.TEST/drs');
  const object = (await bench.app.inject({ url: '/ga4gh/drs/v1/objects/dg.TEST/drs' })).json();
  assert.equal(object.id, 'dg.TEST/drs');
  assert.equal(object.size, 7);
  assert.equal(object.self_uri, 'drs://127.0.0.1:8080/dg.TEST%2Fdrs');
  assert.deepEqual(object.checksums.map((each: { type: string }) => each.type).sort(), ['md5', 'sha-256']);
  const [{ type, access_id: id }] = object.access_methods;
  assert.equal(type, 'https');
  const access = `/ga4gh/drs/v1/objects/dg.TEST%2Fdrs/access/${id}`;
  assert.equal((await bench.app.inject({ url: access })).statusCode, 401);
  const outsider = await bench.bearer(await bench.person('outsider'));
  assert.equal((await bench.app.inject({ url: access, headers: outsider })).statusCode, 403);
  const given = await bench.app.inject({ url: access, headers: await bench.bearer(editor) });
  const bytes = await bench.app.inject({ url: given.json().url.replace('http://127.0.0.1:8080', '') });
  assert.equal(bytes.body, 'content');
});

test('a file that is elsewhere is told by its own address', async () => {
  const payload = {
    did: 'far',
    form: 'object',
    size: 1,
    hashes: {},
    urls: ['s3://bucket/key', 'https://example.org/key'],
    authz,
  };
  await bench.app.inject({ method: 'POST', url: '/index/index', headers: await bench.bearer(editor), payload });
  const object = (await bench.app.inject({ url: '/ga4gh/drs/v1/objects/far' })).json();
  assert.deepEqual(
    object.access_methods.map((each: { type: string }) => each.type),
    ['s3', 'https'],
  );
  const access = await bench.app.inject({
    url: '/ga4gh/drs/v1/objects/far/access/https',
    headers: await bench.bearer(editor),
  });
  assert.equal(access.json().url, 'https://example.org/key');
});

test('what is not there is answered in the words of the standard', async () => {
  const missing = await bench.app.inject({ url: '/ga4gh/drs/v1/objects/nothing' });
  assert.deepEqual(missing.json(), { msg: 'no record found', status_code: 404 });
  await stored('here');
  assert.equal((await bench.app.inject({ url: '/ga4gh/drs/v1/objects/here/access/gs' })).statusCode, 404);
  const info = (await bench.app.inject({ url: '/ga4gh/drs/v1/service-info' })).json();
  assert.equal(info.type.artifact, 'drs');
});

test('ranges are read as HTTP means them', () => {
  assert.deepEqual(parseRange('bytes=0-0', 10), { start: 0, length: 1 });
  assert.deepEqual(parseRange('bytes=5-', 10), { start: 5, length: 5 });
  assert.deepEqual(parseRange('bytes=5-99', 10), { start: 5, length: 5 });
  assert.deepEqual(parseRange('bytes=-99', 10), { start: 0, length: 10 });
  assert.equal(parseRange('bytes=-0', 10), 'unsatisfiable');
  assert.equal(parseRange('bytes=10-', 10), 'unsatisfiable');
  assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable');
  for (const ignored of [undefined, 'bytes=-', 'bytes=5-4', 'bytes=0-1,4-5', 'lines=0-1'])
    assert.equal(parseRange(ignored, 10), undefined);
});
