import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createGen3Bench, type Gen3Bench } from '../user/testing.ts';

let bench: Gen3Bench;
let headers: { authorization: string };

before(async () => {
  bench = await createGen3Bench();
  headers = await bench.bearer(bench.admin);
});
after(() => bench.close());

const get = (url: string) => bench.app.inject({ url });
const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, payload?: string | object) =>
  bench.app.inject({ method, url: `/mds-admin${url}`, headers, ...(payload === undefined ? {} : { payload }) });

test('a document is made once, read by anybody, replaced, merged and deleted', async () => {
  const guid = 'dg.TEST/one';
  assert.equal((await send('POST', `/metadata/${guid}?overwrite=False`, { a: 1, b: 'x' })).statusCode, 201);
  assert.equal((await send('POST', `/metadata/${guid}?overwrite=False`, { a: 2 })).statusCode, 409);
  assert.deepEqual((await get(`/mds/metadata/${guid}`)).json(), { a: 1, b: 'x' });
  assert.deepEqual((await send('PUT', `/metadata/${guid}?merge=True`, { c: 3 })).json(), { a: 1, b: 'x', c: 3 });
  await send('POST', `/metadata/${guid}?overwrite=True`, { a: 9 });
  assert.deepEqual((await get(`/mds/metadata/${guid}`)).json(), { a: 9 });
  assert.equal((await send('DELETE', `/metadata/${guid}`)).statusCode, 200);
  assert.equal((await get(`/mds/metadata/${guid}`)).statusCode, 404);
  assert.equal((await send('PUT', `/metadata/${guid}`, {})).statusCode, 404);
});

test('a document may be any JSON, with any names in it', async () => {
  for (const [guid, text] of [
    ['text', '["a"]'],
    ['number', '7'],
    ['proto', '{"__proto__":{"x":1}}'],
  ] as const) {
    assert.equal((await send('POST', `/metadata/${guid}`, text)).statusCode, 201);
    assert.equal((await get(`/mds/metadata/${guid}`)).body, text);
  }
  assert.equal((await send('POST', '/metadata/bad', '{')).statusCode, 400);
});

test('lists are filtered by paths, told with or without data, and paged', async () => {
  const blob = (name: string, size: number | string) => ({
    _guid_type: 'discovery_metadata',
    gen3_discovery: { name, size },
  });
  await send('POST', '/metadata', [
    { guid: 'd1', data: blob('one', 1) },
    { guid: 'd2', data: blob('two', '1') },
    { guid: 'd3', data: { _guid_type: 'other' } },
  ]);
  const ask = async (query: string) => (await get(`/mds/metadata?${query}`)).json();
  assert.deepEqual(await ask('_guid_type=discovery_metadata&data=False'), ['d1', 'd2']);
  assert.deepEqual(await ask('_guid_type=discovery_metadata&limit=1&offset=1'), ['d2']);
  assert.deepEqual(Object.keys(await ask('_guid_type=discovery_metadata&data=True')), ['d1', 'd2']);
  assert.deepEqual(await ask('gen3_discovery.name=two'), ['d2']);
  assert.deepEqual(await ask('gen3_discovery.size=1'), ['d1', 'd2']);
  assert.deepEqual(await ask('gen3_discovery.name=one&gen3_discovery.name=two'), ['d1', 'd2']);
  assert.deepEqual(await ask('gen3_discovery.size=*'), ['d1', 'd2']);
});

test('many documents are written at once, and those that stay are told', async () => {
  await send('POST', '/metadata/m1', { old: true });
  const documents = [
    { guid: 'm1', data: { old: false } },
    { guid: 'm2', data: {} },
  ];
  const kept = await send('POST', '/metadata?overwrite=False', documents);
  assert.deepEqual(kept.json(), { created: ['m2'], updated: [], conflict: ['m1'] });
  assert.deepEqual((await get('/mds/metadata/m1')).json(), { old: true });
  const replaced = await send('POST', '/metadata?overwrite=True', documents);
  assert.deepEqual(replaced.json(), { created: [], updated: ['m1', 'm2'], conflict: [] });
});

test('a document is found by its aliases', async () => {
  await send('POST', '/metadata/dg.TEST/al', { x: 1 });
  await send('POST', '/metadata/other', {});
  assert.equal((await send('POST', '/metadata/dg.TEST/al/aliases', { aliases: ['b', 'a'] })).statusCode, 201);
  assert.deepEqual((await get('/mds/metadata/dg.TEST/al/aliases')).json(), { guid: 'dg.TEST/al', aliases: ['a', 'b'] });
  assert.deepEqual((await get('/mds/metadata/a')).json(), { x: 1 });
  assert.equal((await send('POST', '/metadata/other/aliases', { aliases: ['a'] })).statusCode, 409);
  assert.deepEqual((await send('PUT', '/metadata/dg.TEST/al/aliases', { aliases: ['c'] })).json().aliases, ['c']);
  assert.equal((await send('DELETE', '/metadata/dg.TEST/al/aliases/c')).statusCode, 204);
  assert.equal((await get('/mds/metadata/c')).statusCode, 404);
});

test('only administrators write', async () => {
  const editor = await bench.bearer(await bench.person('editor', 'edit'));
  for (const [who, expected] of [
    [editor, 403],
    [{}, 401],
  ] as const) {
    const refused = await bench.app.inject({ method: 'POST', url: '/mds-admin/metadata/x', headers: who, payload: {} });
    assert.equal(refused.statusCode, expected);
  }
  assert.equal((await get('/mds/metadata/x')).statusCode, 404);
});

test('index paths, the version and clients without a prefix', async () => {
  assert.equal((await send('POST', '/metadata_index/a.b')).statusCode, 201);
  assert.equal((await send('POST', '/metadata_index/a.b')).statusCode, 409);
  assert.deepEqual((await bench.app.inject({ url: '/mds-admin/metadata_index', headers })).json(), ['a.b']);
  assert.equal((await send('DELETE', '/metadata_index/a.b')).statusCode, 204);
  assert.equal((await get('/mds/version')).body, '"2.0.0"');
  assert.equal((await get('/mds/_status')).json().status, 'OK');
  assert.equal(
    (await bench.app.inject({ method: 'POST', url: '/metadata/root', headers, payload: {} })).statusCode,
    201,
  );
  assert.deepEqual((await get('/metadata/root')).json(), {});
});
