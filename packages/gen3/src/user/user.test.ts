import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { mergeSlashes } from './slashes.ts';
import { createGen3Bench, type Gen3Bench } from './testing.ts';

let bench: Gen3Bench;
let editor: Principal;
let outsider: Principal;

before(async () => {
  bench = await createGen3Bench();
  editor = await bench.person('editor', 'edit');
  outsider = await bench.person('outsider');
});
after(() => bench.close());

const own = { origin: 'http://127.0.0.1:8080' };

async function newKey(principal: Principal): Promise<{ api_key: string; key_id: string }> {
  const headers = { ...(await bench.browser(principal)), ...own };
  const made = await bench.app.inject({
    method: 'POST',
    url: '/user/credentials/cdis/',
    headers,
    payload: '{"scope":["data","user"]}',
  });
  assert.equal(made.statusCode, 200, made.body);
  return made.json();
}

test('a key is made by a browser, exchanged without authentication, listed, and revoked', async () => {
  const key = await newKey(editor);
  const exchanged = await bench.app.inject({
    method: 'POST',
    url: '/user/credentials/cdis/access_token',
    payload: key,
  });
  assert.equal(exchanged.statusCode, 200);
  const headers = { authorization: `Bearer ${exchanged.json().access_token}` };
  const listed = await bench.app.inject({ url: '/user/credentials/api', headers });
  assert.deepEqual(
    listed.json().jtis.map((each: { jti: string }) => each.jti),
    [key.key_id],
  );
  const gone = await bench.app.inject({ method: 'DELETE', url: `/user/credentials/cdis/${key.key_id}`, headers });
  assert.equal(gone.statusCode, 204);
  assert.equal(gone.body, '');
  const again = await bench.app.inject({ method: 'POST', url: '/user/credentials/cdis/access_token', payload: key });
  assert.equal(again.statusCode, 401);
  assert.equal((await bench.app.inject({ url: '/user/user', headers })).statusCode, 401);
});

test('an access token cannot make a key', async () => {
  const headers = await bench.bearer(editor);
  const refused = await bench.app.inject({ method: 'POST', url: '/user/credentials/api', headers, payload: {} });
  assert.equal(refused.statusCode, 403);
});

test('the issuer of a key is the address that it was asked for by, of those that are ours', async () => {
  const issuerFor = async (host: string) => {
    const headers = { ...(await bench.browser(editor)), 'x-csrf-token': '1', host };
    const { api_key: key } = (
      await bench.app.inject({ method: 'POST', url: '/user/credentials/cdis', headers })
    ).json();
    return JSON.parse(Buffer.from(key.split('.')[1], 'base64url').toString()).iss;
  };
  assert.equal(await issuerFor('localhost:8080'), 'http://localhost:8080/user');
  assert.equal(await issuerFor('evil.example.org'), 'http://127.0.0.1:8080/user');
});

test('writes by session are taken from our own pages only; bearer calls are exempt', async () => {
  const cookie = await bench.browser(editor);
  const status = async (headers: Record<string, string>) =>
    (await bench.app.inject({ method: 'POST', url: '/user/credentials/cdis', headers: { ...cookie, ...headers } }))
      .statusCode;
  assert.equal(await status({}), 403);
  assert.equal(await status({ origin: 'https://evil.example.org' }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'cross-site', ...own }), 403);
  assert.equal(await status({ 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await status({ 'x-csrf-token': 'any' }), 200);
  const upload = await bench.app.inject({
    method: 'POST',
    url: '/user/data/upload',
    headers: await bench.bearer(editor),
    payload: { file_name: 'a' },
  });
  assert.equal(upload.statusCode, 201);
});

test('/user/user tells who somebody is, and nobody to log in', async () => {
  assert.deepEqual((await bench.app.inject({ url: '/user/user' })).json().message, 'Please login');
  const info = (await bench.app.inject({ url: '/user/user/', headers: await bench.bearer(editor) })).json();
  assert.equal(info.username, 'editor@example.org');
  assert.equal(info.is_admin, false);
  assert.ok(info.authz['/programs/P/projects/J'].some((each: { method: string }) => each.method === 'create'));
});

test('the keys that sign are told in both ways', async () => {
  const pairs = (await bench.app.inject({ url: '/user/jwt/keys' })).json().keys;
  assert.match(pairs[0][1], /^-----BEGIN PUBLIC KEY-----/);
  const set = (await bench.app.inject({ url: '/user/.well-known/jwks' })).json();
  assert.equal(set.keys[0].kid, pairs[0][0]);
  assert.equal(set.keys[0].d, undefined);
});

test('signing out ends the session and leads nowhere else', async () => {
  const headers = await bench.browser(editor);
  const out = await bench.app.inject({ url: '/user/logout?next=https://evil.example.org/x', headers });
  assert.equal(out.statusCode, 302);
  assert.equal(out.headers.location, '/');
  assert.equal((await bench.app.inject({ url: '/user/user', headers })).statusCode, 401);
  const other = await bench.browser(editor);
  const foreign = { ...other, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
  await bench.app.inject({ url: '/user/logout', headers: foreign });
  assert.equal((await bench.app.inject({ url: '/user/user', headers: other })).statusCode, 200);
  const slashes = await bench.app.inject({ url: '/user/logout?next=%2F%2Fevil.example.org%2Fx', headers: other });
  assert.equal(slashes.headers.location, '/');
});

test('the workspace token service lists our aliases and hands the shown token back', async () => {
  const { providers } = (await bench.app.inject({ url: '/wts/external_oidc/' })).json();
  assert.ok(providers.some((each: { base_url: string }) => each.base_url === 'http://localhost:8080'));
  const headers = await bench.bearer(editor);
  const { token } = (await bench.app.inject({ url: '/wts/token/?idp=self', headers })).json();
  assert.equal(`bearer ${token}`, headers.authorization);
});

test('authz answers by resource, the resources below it and method', async () => {
  const ask = async (who: Principal | undefined, resource: string, method: string) => {
    const headers = who === undefined ? {} : await bench.bearer(who);
    const query = new URLSearchParams({ resource, method, service: 'sheepdog' });
    return (await bench.app.inject({ url: `/authz?${query}`, headers })).statusCode;
  };
  assert.equal(await ask(editor, '/programs/P/projects/J', 'update'), 200);
  assert.equal(await ask(editor, '/programs/P/projects/Jx', 'read'), 403);
  assert.equal(await ask(outsider, '/programs/P/projects/J', 'read'), 403);
  assert.equal(await ask(undefined, '/programs/P/projects/J', 'read'), 401);
  assert.deepEqual((await bench.app.inject({ url: '/authz/mapping' })).json(), {});
});

async function uploaded(principal: Principal, body: object, content: string): Promise<string> {
  const headers = await bench.bearer(principal);
  const made = await bench.app.inject({ method: 'POST', url: '/user/data/upload', headers, payload: body });
  assert.equal(made.statusCode, 201, made.body);
  const { guid, url } = made.json();
  const put = await bench.app.inject({
    method: 'PUT',
    url: url.replace(/^http:\/\/[^/]+/, ''),
    payload: content,
    headers: { 'content-type': 'text/plain' },
  });
  assert.equal(put.statusCode, 200, put.body);
  return guid;
}

test('a file goes up and comes down by signed links, in ranges too', async () => {
  const guid = await uploaded(editor, { file_name: 'réads.txt', authz: ['/programs/P/projects/J'] }, '0123456789');
  const record = (await bench.app.inject({ url: `/index/index/${guid}` })).json();
  assert.equal(record.size, 10);
  assert.equal(record.hashes.md5, '781e5e245d69b566979b86e28d23f2c7');
  const link = await bench.app.inject({ url: `/user/data/download/${guid}`, headers: await bench.bearer(editor) });
  const path = link.json().url.replace('http://127.0.0.1:8080', '');
  const whole = await bench.app.inject({ url: path });
  assert.equal(whole.body, '0123456789');
  assert.equal(whole.headers['content-length'], '10');
  assert.match(String(whole.headers['content-disposition']), /r%C3%A9ads\.txt/);
  const part = await bench.app.inject({ url: path, headers: { range: 'bytes=2-4' } });
  assert.equal(part.statusCode, 206);
  assert.equal(part.body, '234');
  assert.equal(part.headers['content-range'], 'bytes 2-4/10');
  assert.equal((await bench.app.inject({ url: path, headers: { range: 'bytes=-3' } })).body, '789');
  assert.equal((await bench.app.inject({ url: path, headers: { range: 'bytes=10-' } })).statusCode, 416);
  const head = await bench.app.inject({ method: 'HEAD', url: path });
  assert.equal(head.headers['content-length'], '10');
  assert.equal(head.body, '');
});

test('an uploaded file counts as needed until its record is deleted', async () => {
  const guid = await uploaded(editor, { file_name: 'kept' }, 'kept');
  const needed = async () =>
    (
      await bench.database.query(sql`
      select from object_reference r join stored_object o on o.id = r.object_id where o.file_name = 'kept'`)
    ).length;
  assert.equal(await needed(), 1);
  await bench.app.inject({ method: 'DELETE', url: `/user/data/${guid}`, headers: await bench.bearer(editor) });
  assert.equal(await needed(), 0);
});

test('links are for one record, one use and a time', async () => {
  const guid = await uploaded(editor, { file_name: 'a', authz: ['/programs/P/projects/J'] }, 'a');
  const link = await bench.app.inject({ url: `/user/data/download/${guid}`, headers: await bench.bearer(editor) });
  const path: string = link.json().url.replace('http://127.0.0.1:8080', '');
  const other = await uploaded(editor, { file_name: 'b', authz: ['/programs/P/projects/J'] }, 'b');
  assert.equal((await bench.app.inject({ url: path.replace(guid, other) })).statusCode, 403);
  assert.equal((await bench.app.inject({ method: 'PUT', url: path, payload: 'x' })).statusCode, 403);
  assert.equal((await bench.app.inject({ url: path.replace(/expires=(\d)/, 'expires=9$1') })).statusCode, 403);
  assert.equal((await bench.app.inject({ url: path.replace(/signature=../, 'signature=__') })).statusCode, 403);
});

test('only who may fetch a file gets a link to it', async () => {
  const guid = await uploaded(editor, { file_name: 'a', authz: ['/programs/P/projects/J'] }, 'a');
  const status = async (headers: Record<string, string>) =>
    (await bench.app.inject({ url: `/user/data/download/${guid}`, headers })).statusCode;
  assert.equal(await status({}), 401);
  assert.equal(await status(await bench.bearer(outsider)), 403);
  assert.equal(await status(await bench.bearer(await bench.person('reader', 'read'))), 403);
  assert.equal(await status(await bench.bearer(await bench.person('loader', 'download'))), 200);
  const alone = await uploaded(editor, { file_name: 'mine' }, 'x');
  const mine = await bench.app.inject({
    url: `/user/data/download/${alone}`,
    headers: await bench.bearer(bench.admin),
  });
  assert.equal(mine.statusCode, 200);
  const others = await bench.app.inject({ url: `/user/data/download/${alone}`, headers: await bench.bearer(outsider) });
  assert.equal(others.statusCode, 403);
});

test('nobody without a project to edit uploads, nor anybody into the project of others', async () => {
  const headers = await bench.bearer(outsider);
  for (const payload of [{ file_name: 'a' }, { file_name: 'a', authz: ['/programs/P/projects/J'] }]) {
    assert.equal(
      (await bench.app.inject({ method: 'POST', url: '/user/data/upload', headers, payload })).statusCode,
      403,
    );
  }
});

test('an upload that is too large is refused and leaves no file', async () => {
  const headers = await bench.bearer(editor);
  const { guid, url } = (
    await bench.app.inject({ method: 'POST', url: '/user/data/upload', headers, payload: { file_name: 'big' } })
  ).json();
  const put = await bench.app.inject({
    method: 'PUT',
    url: url.replace('http://127.0.0.1:8080', ''),
    payload: Buffer.alloc(2 ** 20 + 1),
  });
  assert.equal(put.statusCode, 413);
  assert.equal((await bench.app.inject({ url: `/index/index/${guid}` })).json().size, null);
});

test('a file that comes in parts is put together in their order', async () => {
  const headers = await bench.bearer(editor);
  const post = async (path: string, payload: object) =>
    bench.app.inject({ method: 'POST', url: `/user/data/multipart/${path}`, headers, payload });
  const { guid, uploadId } = (await post('init', { file_name: 'parts.txt' })).json();
  const etags = new Map<number, string>();
  for (const [partNumber, text] of [
    [2, 'world'],
    [1, 'hello '],
  ] as const) {
    const { presigned_url: url } = (await post('upload', { key: `${guid}/parts.txt`, uploadId, partNumber })).json();
    const put = await bench.app.inject({ method: 'PUT', url: url.replace('http://127.0.0.1:8080', ''), payload: text });
    etags.set(partNumber, String(put.headers.etag));
  }
  assert.notEqual(etags.get(1), etags.get(2));
  const lacking = await post('complete', {
    uploadId,
    parts: [{ PartNumber: 1 }, { PartNumber: 2 }, { PartNumber: 3 }],
  });
  assert.equal(lacking.statusCode, 400);
  const parts = [...etags].map(([PartNumber, ETag]) => ({ PartNumber, ETag }));
  assert.equal((await post('complete', { key: `${guid}/parts.txt`, uploadId, parts })).statusCode, 200);
  const link = await bench.app.inject({ url: `/user/data/download/${guid}`, headers });
  const down = await bench.app.inject({ url: link.json().url.replace('http://127.0.0.1:8080', '') });
  assert.equal(down.body, 'hello world');
  assert.equal((await post('upload', { uploadId: `${uploadId}x`, partNumber: 1 })).statusCode, 403);
});

test('deleting a file takes it out of the index', async () => {
  const guid = await uploaded(editor, { file_name: 'a' }, 'a');
  assert.equal(
    (await bench.app.inject({ method: 'DELETE', url: `/user/data/${guid}`, headers: await bench.bearer(outsider) }))
      .statusCode,
    403,
  );
  assert.equal(
    (await bench.app.inject({ method: 'DELETE', url: `/user/data/${guid}`, headers: await bench.bearer(editor) }))
      .statusCode,
    204,
  );
  assert.equal((await bench.app.inject({ url: `/index/index/${guid}` })).statusCode, 404);
});

test('doubled slashes are merged where clients write them, and nowhere else', () => {
  assert.equal(mergeSlashes('//user/user?next=//x'), '/user/user?next=//x');
  assert.equal(mergeSlashes('/api/v0/submission/P//?a=b//c'), '/api/v0/submission/P/?a=b//c');
  assert.equal(mergeSlashes('/mds/metadata/https://example.org/x'), '/mds/metadata/https://example.org/x');
});
