import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { findIndexRecord, findProject, objectOfIndexRecord } from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import { createUser, grant, loadPrincipal } from '@linnaea/identity';
import { createTideServer, type TestServer } from './testing.ts';
import { readingNode, smallDictionary } from './testing-dictionary.ts';

const base = '/v0/submission/SEA/tide';
/** The bytes of each file are its own, or its node would find those of another. */
const bytesOf = (name: string) => `high water at ${name}\n`;
let server: TestServer;

before(async () => {
  server = await createTideServer(smallDictionary({ 'reading.yaml': readingNode({ hasState: true }) }));
});
after(() => server?.close());

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

function entityOf(name: string) {
  return {
    type: 'reading',
    submitter_id: name,
    projects: { code: 'tide' },
    file_name: `${name}.txt`,
    md5sum: md5(bytesOf(name)),
    file_size: bytesOf(name).length,
  };
}

interface Stored {
  id: string;
  did: string;
  state: string | null;
}

async function stored(name: string): Promise<Stored> {
  const row = await server.database.first<Stored>(sql`
    select uuid as id, attributes->>'object_id' as did, attributes->>'file_state' as state
    from record where attributes->>'submitter_id' = ${name} and deleted_change is null`);
  assert.ok(row);
  return row;
}

/** Submits a node of a file; answers where its bytes go. */
async function submit(name: string): Promise<string> {
  const answer = await server.send('POST', base, entityOf(name));
  assert.equal(answer.status, 201, answer.text);
  return `${base}/files/${(await stored(name)).id}`;
}

const stateOf = async (name: string) => (await stored(name)).state;
const setState = (name: string, state: string) =>
  server.database.run(sql`
    update record set attributes = attributes || jsonb_build_object('file_state', ${state}::text)
    where attributes->>'submitter_id' = ${name}`);

/** The states that the history of a node tells of, and who moved it there. */
async function history(name: string): Promise<string[]> {
  const rows = await server.database.query<{ told: string }>(sql`
    select format('%s>%s by %s', i.before->>'file_state', i.after->>'file_state', c.author_id) as told
    from change_item i join change c on c.id = i.change_id join record r on r.id = i.record_id
    where r.attributes->>'submitter_id' = ${name} and c.origin = 'gen3' and c.scope_id = r.scope_id order by c.id`);
  return rows.map((row) => row.told);
}

const put = (path: string, text: string) => server.send('PUT', path, text, { type: 'text/plain' });

/** Has something happen in the middle of what follows: when the bytes of a file go to the store. */
async function amid<T>(happens: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  const { objects } = server.deps;
  const put = objects.put.bind(objects);
  objects.put = async (...args) => {
    objects.put = put;
    await happens();
    return put(...args);
  };
  try {
    return await work();
  } finally {
    objects.put = put;
  }
}

test('the bytes of a file move its state: registered, uploading, uploaded, and back', async () => {
  const path = await submit('whole');
  assert.equal(await stateOf('whole'), 'registered');
  assert.equal((await put(`${path}/_dry_run`, bytesOf('whole'))).status, 200);
  assert.equal(await stateOf('whole'), 'registered');

  // refused bytes leave the file as it was
  assert.equal((await put(path, 'other')).status, 400);
  assert.equal(await stateOf('whole'), 'registered');

  assert.equal((await put(path, bytesOf('whole'))).status, 200);
  assert.equal(await stateOf('whole'), 'uploaded');
  const by = server.admin.userId;
  const twice = `registered>uploading by ${by}`;
  assert.deepEqual(await history('whole'), [
    twice,
    `uploading>registered by ${by}`,
    twice,
    `uploading>uploaded by ${by}`,
  ]);

  // what is there must go before it comes again, and before its node goes
  const again = await put(path, bytesOf('whole'));
  assert.equal(again.status, 400);
  assert.match(again.text, /File in uploaded state, upload not allowed/);
  assert.equal((await put(`${path}/_dry_run`, bytesOf('whole'))).status, 400);
  assert.equal((await server.send('POST', `${path}?uploads`)).status, 400);
  const { id, did } = await stored('whole');
  const kept = await server.send('DELETE', `${base}/entities/${id}`);
  assert.equal(kept.status, 400);
  assert.match(kept.text, /"keys":\["file_state"\]/);

  assert.equal((await server.send('DELETE', path)).status, 204);
  assert.equal(await stateOf('whole'), 'registered');
  assert.equal(await objectOfIndexRecord(server.database, did), undefined);
  assert.equal((await server.send('DELETE', `${base}/entities/${id}`)).status, 200);
});

test('a file is being uploaded while a request brings its bytes', async () => {
  const path = await submit('slow');
  const { did } = await stored('slow');
  let seen: string | null = null;
  const answer = await amid(
    async () => {
      seen = await stateOf('slow');
    },
    () => put(path, bytesOf('slow')),
  );
  assert.equal(answer.status, 200, answer.text);
  assert.equal(seen, 'uploading');
  assert.equal(await stateOf('slow'), 'uploaded');
  assert.ok(await objectOfIndexRecord(server.database, did));
});

test('parts are taken only while a file is being uploaded', async () => {
  const path = await submit('parts');
  const begin = async () => {
    const begun = await server.send('POST', `${path}?uploads`);
    assert.equal(begun.status, 200, begun.text);
    return encodeURIComponent(/<UploadId>([^<]+)</.exec(begun.text)?.[1] ?? '');
  };
  const given = await begin();
  assert.equal(await stateOf('parts'), 'uploading');
  assert.equal((await server.send('DELETE', `${path}?uploadId=${given}`)).status, 204);
  assert.equal(await stateOf('parts'), 'registered');
  const late = await put(`${path}?partNumber=1&uploadId=${given}`, bytesOf('parts'));
  assert.equal(late.status, 400);
  assert.match(late.text, /File in registered state, upload_part not allowed/);
  assert.match(
    (await server.send('GET', `${path}?uploadId=${given}`)).text,
    /File in registered state, list_parts not allowed/,
  );

  const upload = await begin();
  assert.equal((await put(`${path}?partNumber=1&uploadId=${upload}`, 'wrong')).status, 200);
  assert.equal((await server.send('POST', `${path}?uploadId=${upload}`)).status, 400);
  assert.equal(await stateOf('parts'), 'uploading');
  assert.equal((await put(`${path}?partNumber=1&uploadId=${upload}`, bytesOf('parts'))).status, 200);
  assert.equal((await server.send('POST', `${path}?uploadId=${upload}`)).status, 200);
  assert.equal(await stateOf('parts'), 'uploaded');
});

test('a file node is changed until its file was judged, and takes bytes after an error', async () => {
  const path = await submit('judged');
  const update = () => server.send('PUT', base, { ...entityOf('judged'), file_name: 'renamed.txt' });
  for (const state of ['registered', 'uploading', 'uploaded', 'validating']) {
    await setState('judged', state);
    assert.equal((await update()).status, 200, state);
  }
  for (const state of ['validated', 'submitted', 'processing', 'processed', 'released', 'error']) {
    await setState('judged', state);
    const refused = await update();
    assert.equal(refused.status, 400, state);
    assert.match(refused.text, new RegExp(`already in file_state '${state}' and cannot be updated`));
    assert.match(refused.text, /"keys":\["file_state"\],"type":"INVALID_PERMISSIONS"/);
  }
  assert.equal((await put(path, bytesOf('judged'))).status, 200);
  assert.equal(await stateOf('judged'), 'uploaded');
});

test('of two uploads at once the first to end is kept, and a change of the node beside them too', async () => {
  const path = await submit('twice');
  const { did } = await stored('twice');
  let kept: string | undefined;
  const last = await amid(
    async () => {
      const renamed = await server.send('PUT', base, { ...entityOf('twice'), file_name: 'renamed.txt' });
      assert.equal(renamed.status, 200);
      assert.equal((await put(path, bytesOf('twice'))).status, 200);
      kept = (await objectOfIndexRecord(server.database, did))?.key;
    },
    () => put(path, bytesOf('twice')),
  );
  assert.equal(last.status, 400);
  assert.match(last.text, /File in uploaded state, upload not allowed/);
  assert.equal(await stateOf('twice'), 'uploaded');
  assert.ok(kept);
  assert.equal((await objectOfIndexRecord(server.database, did))?.key, kept);
  const names = sql`select attributes->>'file_name' as name from record where attributes->>'submitter_id' = 'twice'`;
  assert.deepEqual(await server.database.query(names), [{ name: 'renamed.txt' }]);
});

test('bytes of a node that was deleted meanwhile are not kept', async () => {
  const path = await submit('gone');
  const { id, did } = await stored('gone');
  const late = await amid(
    async () => {
      assert.equal((await server.send('DELETE', path)).status, 204);
      assert.equal((await server.send('DELETE', `${base}/entities/${id}`)).status, 200);
    },
    () => put(path, bytesOf('gone')),
  );
  assert.equal(late.status, 404);
  assert.equal(await objectOfIndexRecord(server.database, did), undefined);
});

test('a project that is closed while bytes come takes none', async () => {
  const path = await submit('late');
  const late = await amid(
    async () => assert.equal((await server.send('PUT', `${base}/review`)).status, 200),
    () => put(path, bytesOf('late')),
  );
  assert.equal(late.status, 400);
  assert.match(late.text, /Project is in state 'review'/);
  assert.equal(await stateOf('late'), 'registered');
  assert.equal(await objectOfIndexRecord(server.database, (await stored('late')).did), undefined);
  assert.equal((await server.send('PUT', `${base}/open`)).status, 200);
});

const reassignPath = async (name: string) => `/v0/submission/admin/SEA/tide/files/${(await stored(name)).id}/reassign`;

test('an administrator says where the bytes of a file are', async () => {
  const direct = await submit('moved');
  const path = await reassignPath('moved');
  const { did } = await stored('moved');
  assert.equal((await put(direct, bytesOf('moved'))).status, 200);
  assert.equal((await server.send('DELETE', direct)).status, 204);
  const answer = await server.send('PUT', path, { s3_url: 's3://basin/high' });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json(), { message: 'URL successfully reassigned. New url: s3://basin/high' });
  const record = await findIndexRecord(server.database, did);
  assert.deepEqual(record?.urls, ['s3://basin/high']);
  assert.equal(record?.hashes.md5, md5(bytesOf('moved')));
  assert.equal(await stateOf('moved'), 'uploaded');
  assert.equal((await history('moved')).at(-1), `registered>uploaded by ${server.admin.userId}`);

  // once more, without another change of state; and the address goes with the content
  assert.equal((await server.send('PUT', `${path}/`, { s3_url: 's3://basin/low' })).status, 200);
  assert.deepEqual((await findIndexRecord(server.database, did))?.urls, ['s3://basin/low']);
  assert.equal((await server.send('DELETE', direct)).status, 204);
  assert.deepEqual((await findIndexRecord(server.database, did))?.urls, []);
  assert.equal(await stateOf('moved'), 'registered');
});

test('a reassignment takes the place of bytes that are kept here', async () => {
  const direct = await submit('replaced');
  assert.equal((await put(direct, bytesOf('replaced'))).status, 200);
  const { did } = await stored('replaced');
  assert.equal((await server.send('PUT', await reassignPath('replaced'), { s3_url: 's3://basin/x' })).status, 200);
  assert.equal(await objectOfIndexRecord(server.database, did), undefined);
  assert.deepEqual((await findIndexRecord(server.database, did))?.urls, ['s3://basin/x']);
});

test('what is no address, no file or no administrator reassigns nothing', async () => {
  await submit('fixed');
  const path = await reassignPath('fixed');
  const { did } = await stored('fixed');
  const format = /Unable to parse json\. Use the format {'s3_url':'s3:\/\/\.\.\.'}/;
  for (const body of ['', 'x', '[]', '{}', '{"s3_url": 5}', '{"s3_url": "high"}', '{"s3_url": "s3://a b"}']) {
    const refused = await server.send('PUT', path, body);
    assert.equal(refused.status, 400, body);
    assert.match(refused.text, format);
  }
  const missing = path.replace(/[0-9a-f-]{36}/, '00000000-0000-4000-8000-000000000000');
  assert.equal((await server.send('PUT', missing, { s3_url: 's3://a/b' })).status, 404);
  assert.equal((await server.send('PUT', path.replace('tide', 'ebb'), { s3_url: 's3://a/b' })).status, 404);
  assert.equal((await server.send('GET', path)).status, 405);

  const project = await findProject(server.database, 'SEA', 'tide');
  assert.ok(project);
  const user = await createUser(server.database, server.admin, { email: 'editor@example.org', name: 'editor' });
  await grant(server.database, { scopeId: project.scopeId, subjectId: user.id, level: 'edit', by: server.admin });
  const editor = await loadPrincipal(server.database, user.id);
  assert.ok(editor);
  const { access_token: token } = await server.deps.gen3Credentials.issueAccessToken(editor);
  const byEditor = await server.send(
    'PUT',
    path,
    { s3_url: 's3://a/b' },
    {
      as: null,
      headers: { authorization: `bearer ${token}` },
    },
  );
  assert.equal(byEditor.status, 403);
  assert.match(byEditor.text, /project admin/);
  for (const [as, status] of [
    ['reader', 403],
    ['noaccess', 403],
    [null, 401],
  ] as const)
    assert.equal((await server.send('PUT', path, { s3_url: 's3://a/b' }, { as })).status, status);
  assert.deepEqual((await findIndexRecord(server.database, did))?.urls, []);
  assert.equal(await stateOf('fixed'), 'registered');
});
