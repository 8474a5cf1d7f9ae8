import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createIndexRecord, findIndexRecord, objectOfIndexRecord } from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import { startSession } from '@linnaea/identity';
import { createTideServer, type TestServer } from './testing.ts';
import { readingNode, smallDictionary } from './testing-dictionary.ts';

const base = '/v0/submission/SEA/tide';
const bytes = 'high water at four\n';
let server: TestServer;

before(async () => {
  server = await createTideServer(smallDictionary({ 'reading.yaml': readingNode({ hasState: false }) }));
});
after(() => server?.close());

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

function isAnswer(value: unknown): value is { entities: { id: string }[] } {
  return typeof value === 'object' && value !== null && 'entities' in value;
}

/** Submits a node of a file; answers its id and that of the file. */
async function submit(name: string, text = bytes): Promise<{ id: string; did: string }> {
  const answer = await server.send('POST', base, {
    type: 'reading',
    submitter_id: name,
    projects: { code: 'tide' },
    file_name: `${name}.txt`,
    md5sum: md5(text),
    file_size: text.length,
  });
  assert.equal(answer.status, 201, answer.text);
  const result = answer.json();
  assert.ok(isAnswer(result));
  const id = result.entities[0]?.id ?? '';
  const row = await server.database.first<{ did: string }>(
    sql`select attributes->>'object_id' as did from record where uuid = ${id}`,
  );
  return { id, did: row?.did ?? '' };
}

async function stored(did: string): Promise<string | undefined> {
  const object = await objectOfIndexRecord(server.database, did);
  return object && Buffer.from((await server.deps.objects.get(object.key)) ?? []).toString();
}

test('the file of a node is put, checked against what the node tells, and taken away', async () => {
  const { id, did } = await submit('whole');
  const path = `${base}/files/${id}`;
  assert.equal((await server.send('GET', path)).status, 405);
  const dry = await server.send('PUT', `${path}/_dry_run`, bytes, { type: 'text/plain' });
  assert.equal(dry.status, 200);
  assert.equal(await stored(did), undefined);
  const other = await server.send('PUT', path, `${bytes}more`, { type: 'text/plain' });
  assert.equal(other.status, 400);
  assert.match(other.text, /MD5/);
  assert.equal(await stored(did), undefined);
  const put = await server.send('PUT', path, bytes, { type: 'application/json' });
  assert.equal(put.status, 200, put.text);
  assert.equal(put.headers.etag, `"${md5(bytes)}"`);
  assert.equal(await stored(did), bytes);
  assert.equal((await findIndexRecord(server.database, did))?.hashes.md5, md5(bytes));
  assert.equal((await server.send('DELETE', path)).status, 204);
  assert.equal(await stored(did), undefined);
  assert.ok(await findIndexRecord(server.database, did));
});

test('a file comes in parts, in any order, or is given up', async () => {
  const { id, did } = await submit('parts');
  const path = `${base}/files/${id}`;
  const start = async (of = path) => {
    const begun = await server.send('POST', `${of}?uploads`);
    assert.equal(begun.status, 200, begun.text);
    return encodeURIComponent(/<UploadId>([^<]+)</.exec(begun.text)?.[1] ?? '');
  };
  const upload = await start();
  const part = (number: number, text: string, id = upload) =>
    server.send('PUT', `${path}?partNumber=${number}&uploadId=${id}`, text, { type: 'application/octet-stream' });
  assert.equal((await part(2, bytes.slice(5))).status, 200);
  assert.equal((await part(0, 'x')).status, 400);
  const list = (numbers: number[]) =>
    `<CompleteMultipartUpload>${numbers.map((n) => `<Part><PartNumber>${n}</PartNumber><ETag>"x"</ETag></Part>`).join('')}</CompleteMultipartUpload>`;
  const complete = (body: string | undefined, id = upload) =>
    server.send('POST', `${path}?uploadId=${id}`, body, { type: 'text/xml' });
  assert.equal((await complete(list([1, 2]))).status, 400);
  await part(1, bytes.slice(0, 5));
  const parts = await server.send('GET', `${path}?uploadId=${upload}`);
  assert.match(parts.text, /<PartNumber>1<\/PartNumber><Size>5<\/Size>.*<PartNumber>2<\/PartNumber>/);
  const done = await complete(list([2, 1]));
  assert.equal(done.status, 200, done.text);
  assert.equal(await stored(did), bytes);

  const given = await start();
  await part(1, 'x', given);
  assert.equal((await server.send('DELETE', `${path}?uploadId=${given}`)).status, 204);
  assert.equal((await complete(undefined, given)).status, 400);
  const elsewhere = await submit('elsewhere', 'other');
  assert.equal((await server.send('GET', `${base}/files/${elsewhere.id}?uploadId=${upload}`)).status, 404);
  assert.equal((await server.send('GET', `${path}?uploadId=nonsense`)).status, 403);
  const astray = await server.send('PUT', `${path}?partNumber=1`, bytes, { type: 'text/plain' });
  assert.equal(astray.status, 403);
});

test('who may not write to the project sends no file, and what is no file takes none', async () => {
  const { id, did } = await submit('guarded', 'guarded');
  const put = (as: 'reader' | 'noaccess' | null, of = id) =>
    server.send('PUT', `${base}/files/${of}`, 'guarded', { as, type: 'text/plain' });
  assert.deepEqual(
    [(await put('reader')).status, (await put('noaccess')).status, (await put(null)).status],
    [403, 403, 401],
  );
  assert.equal(await stored(did), undefined);
  const missing = await server.send('PUT', `${base}/files/00000000-0000-4000-8000-000000000000`, 'x');
  assert.equal(missing.status, 404);
});

test('a node that names no file finds the one that was uploaded before by its sum and size', async () => {
  const text = 'low water at ten\n';
  const record = { hashes: { md5: md5(text) }, size: text.length };
  await server.database.transaction(async (tx) => {
    await createIndexRecord(tx, server.admin, { ...record, did: 'of/others', authz: ['/programs/LAKE/projects/x'] });
    await createIndexRecord(tx, server.admin, { ...record, did: 'mine', size: text.length + 1 });
    await createIndexRecord(tx, server.admin, { ...record, did: 'uploaded', uploader: 'root@example.org' });
  });
  assert.equal((await submit('found', text)).did, 'uploaded');
  const taken = await findIndexRecord(server.database, 'uploaded');
  assert.deepEqual(taken?.authz, ['/programs/SEA/projects/tide']);
  assert.equal(taken?.uploader, null);
  assert.match((await submit('none', 'never seen')).did, /^[0-9a-f-]{36}$/);
});

test('a manifest without ids lists every file of the project', async () => {
  const answer = await server.send('GET', `${base}/manifest`);
  assert.equal(answer.status, 200);
  const rows = await server.database.query(sql`select 1 from record where kind = 'reading'`);
  assert.equal(answer.text.match(/^- /gm)?.length, rows.length);
  assert.match(answer.text, /local_file_path: whole\.txt/);
  assert.equal((await server.send('GET', `${base}/manifest?ids=`)).status, 400);
  assert.equal((await server.send('GET', `${base}/manifest`, undefined, { as: 'noaccess' })).status, 403);
});

test('another site cannot have a signed-in browser submit', async () => {
  const cookie = `linnaea_session=${(await startSession(server.database, server.admin)).value}`;
  const send = (headers: Record<string, string>, name: string) =>
    server.send(
      'POST',
      base,
      { type: 'reading', submitter_id: name, projects: { code: 'tide' } },
      { as: null, headers: { cookie, ...headers } },
    );
  assert.equal((await send({ 'sec-fetch-site': 'cross-site' }, 'forged')).status, 403);
  assert.equal((await send({ origin: 'https://elsewhere.example' }, 'forged')).status, 403);
  assert.equal((await send({ 'x-csrf-token': '1' }, 'ours')).status, 201);
  const read = await server.send('GET', `${base}/export?node_label=reading&format=tsv`, undefined, {
    as: null,
    headers: { cookie },
  });
  assert.equal(read.status, 200);
  assert.ok(!read.text.includes('forged') && read.text.includes('ours'));
});
