import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Principal } from '@linnaea/model';
import { createGen3Bench, type Gen3Bench } from '../user/testing.ts';

let bench: Gen3Bench;
let editor: Principal;
let headers: { authorization: string };
const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
const authz = ['/programs/P/projects/J'];

before(async () => {
  bench = await createGen3Bench();
  editor = await bench.person('editor', 'edit');
  headers = await bench.bearer(editor);
});
after(() => bench.close());

async function create(body: object, url = '/index/index/') {
  return bench.app.inject({
    method: 'POST',
    url,
    headers,
    payload: { form: 'object', hashes: { md5 }, size: 0, urls: [], authz, ...body },
  });
}
const get = (url: string) => bench.app.inject({ url });

test('a record is made, read by anybody, changed with its revision, and deleted', async () => {
  const made = await create({
    did: 'dg.TEST/one',
    file_name: 'a.bam',
    metadata: { k: 'v' },
    urls: ['s3://bucket/a.bam'],
  });
  assert.equal(made.statusCode, 200, made.body);
  const { rev, baseid } = made.json();
  const read = (await get('/index/index/dg.TEST/one')).json();
  assert.equal(read.file_name, 'a.bam');
  assert.deepEqual(read.urls, ['s3://bucket/a.bam']);
  assert.equal(read.baseid, baseid);
  const put = (query: string, payload: object) =>
    bench.app.inject({ method: 'PUT', url: `/index/index/dg.TEST/one${query}`, headers, payload });
  const changed = await put(`?rev=${rev}`, { file_name: 'b.bam', version: null });
  assert.notEqual(changed.json().rev, rev);
  assert.equal((await put(`?rev=${rev}`, { file_name: 'c.bam' })).statusCode, 409);
  assert.equal((await get('/index/index/dg.TEST/one')).json().file_name, 'b.bam');
  const gone = await bench.app.inject({
    method: 'DELETE',
    url: `/index/index/dg.TEST/one?rev=${changed.json().rev}`,
    headers,
  });
  assert.equal(gone.statusCode, 200);
  const missing = await get('/index/index/dg.TEST/one');
  assert.equal(missing.statusCode, 404);
  assert.equal(missing.json().error, 'no record found');
});

test('a did is taken once, and a second try with it changes nothing', async () => {
  assert.equal((await create({ did: 'twice', file_name: 'first' })).statusCode, 200);
  assert.equal((await create({ did: 'twice', file_name: 'second' })).statusCode, 409);
  assert.equal((await get('/index/index/twice')).json().file_name, 'first');
});

test('who may not edit the project writes nothing', async () => {
  await create({ did: 'guarded' });
  const outsider = await bench.bearer(await bench.person('outsider', 'download'));
  const write = async (who: Record<string, string>) => [
    (await bench.app.inject({ method: 'POST', url: '/index/index', headers: who, payload: { form: 'object', authz } }))
      .statusCode,
    (await bench.app.inject({ method: 'POST', url: '/index/index', headers: who, payload: { form: 'object' } }))
      .statusCode,
    (await bench.app.inject({ method: 'PUT', url: '/index/index/guarded', headers: who, payload: { size: 1 } }))
      .statusCode,
    (await bench.app.inject({ method: 'DELETE', url: '/index/index/guarded', headers: who })).statusCode,
  ];
  assert.deepEqual(await write(outsider), [403, 403, 403, 403]);
  assert.deepEqual(await write({}), [401, 401, 401, 401]);
  assert.equal((await create({ authz: ['/programs/P/projects/Other'] })).statusCode, 403);
  const moved = await bench.app.inject({
    method: 'PUT',
    url: '/index/index/guarded',
    headers,
    payload: { authz: ['/programs/Q'] },
  });
  assert.equal(moved.statusCode, 403);
});

test('a document with a wrong field is refused with its name', async () => {
  const wrong: [object, RegExp][] = [
    [{ hashes: { md5: 'xyz' } }, /md5/],
    [{ size: -1 }, /size/],
    [{ nonsense: 1 }, /nonsense/],
    [{ urls: 'x' }, /urls/],
    [{ did: 'with space' }, /did/],
    [{ form: 'heap' }, /form/],
  ];
  for (const [body, expected] of wrong) {
    const refused = await create(body);
    assert.equal(refused.statusCode, 400);
    assert.match(refused.json().error, expected);
  }
});

test('queries find by hash, size, metadata, name and resource', async () => {
  const sha256 = 'a'.repeat(64);
  await create({ did: 'found', hashes: { md5, sha256 }, size: 77, file_name: 'f.txt', metadata: { lab: 'x:y' } });
  const dids = async (query: string) =>
    (await get(`/index/index?${query}`)).json().records.map((each: { did: string }) => each.did);
  assert.deepEqual(await dids(`hash=sha256:${sha256}&hash=md5:${md5}&size=77`), ['found']);
  assert.deepEqual(await dids('metadata=lab:x:y&limit=1'), ['found']);
  assert.deepEqual(await dids('file_name=f.txt'), ['found']);
  assert.deepEqual(await dids('size=78'), []);
  assert.ok((await dids(`authz=${authz[0]}&limit=1024`)).includes('found'));
  assert.ok(!(await dids('authz=null&limit=1024')).includes('found'));
  assert.equal((await get('/index/index?size=x')).statusCode, 400);
});

test('pages go on after the last did until none is left', async () => {
  for (const name of ['page/a', 'page/b', 'page/c']) await create({ did: name });
  const seen: string[] = [];
  for (let start = ''; ; start = seen.at(-1) ?? '') {
    const { records } = (await get(`/index/index/?limit=2&start=${encodeURIComponent(start)}`)).json();
    if (records.length === 0) break;
    seen.push(...records.map((each: { did: string }) => each.did));
  }
  assert.equal(new Set(seen).size, seen.length);
  assert.ok(['page/a', 'page/b', 'page/c'].every((name) => seen.includes(name)));
  const first = (await get('/index/index?limit=2&page=0')).json().records;
  const second = (await get('/index/index?limit=2&page=1')).json().records;
  assert.deepEqual(
    [...first, ...second].map((each) => each.did),
    seen.slice(0, 4),
  );
});

test('versions of a file share a baseid, and the newest is told', async () => {
  const { did, baseid } = (await create({ did: 'v1', version: '1' })).json();
  const second = await create({ did: 'v2' }, `/index/index/${did}`);
  assert.equal(second.json().baseid, baseid);
  assert.equal((await get('/index/index/v1/latest')).json().did, 'v2');
  assert.equal((await get('/index/index/v1/latest?has_version=True')).json().did, 'v1');
  const versions = (await get('/index/index/v2/versions')).json();
  assert.deepEqual(
    Object.values<{ did: string }>(versions).map((each) => each.did),
    ['v1', 'v2'],
  );
});

test('a blank record is filled once', async () => {
  const made = await bench.app.inject({
    method: 'POST',
    url: '/index/index/blank',
    headers,
    payload: { uploader: 'editor@example.org', file_name: 'x' },
  });
  assert.equal(made.statusCode, 201);
  const { did, rev } = made.json();
  const fill = (query: string) =>
    bench.app.inject({
      method: 'PUT',
      url: `/index/index/blank/${did}${query}`,
      headers,
      payload: { hashes: { md5 }, size: 5 },
    });
  assert.equal((await fill(`?rev=${rev}`)).statusCode, 200);
  assert.equal((await fill('')).statusCode, 400);
});

test('clients that leave the prefix out are understood', async () => {
  const made = await create({ did: 'rootless', urls: ['https://example.org/f'] }, '/index');
  assert.equal(made.statusCode, 200);
  assert.equal((await get('/index/rootless')).json().did, 'rootless');
  for (const prefix of ['/index', '']) {
    const bulk = await bench.app.inject({
      method: 'POST',
      url: `${prefix}/bulk/documents`,
      payload: ['rootless', 'unknown'],
    });
    assert.deepEqual(
      bulk.json().map((each: { did: string }) => each.did),
      ['rootless'],
    );
    assert.equal((await get(`${prefix}/guid/mint?count=3`)).json().guids.length, 3);
    assert.ok(Number.isInteger((await get(`${prefix}/_stats`)).json().fileCount));
    assert.deepEqual((await get(`${prefix}/_query/urls/q?include=example.org/f`)).json(), [
      { did: 'rootless', urls: ['https://example.org/f'] },
    ]);
    assert.equal((await get(`${prefix}/urls?ids=rootless`)).json().urls[0].url, 'https://example.org/f');
  }
  assert.equal((await get('/index/_status')).body, 'Healthy');
});
