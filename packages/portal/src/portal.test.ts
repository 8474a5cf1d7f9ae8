import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import { createSignInLink } from '@linnaea/identity';
import type { FastifyInstance } from 'fastify';
import { type TestCatalogue, testEmail, testPassword } from './testing.ts';
import { createTestPortal, type TestPortal } from './testing-app.ts';

let portal: TestPortal;
let catalogue: TestCatalogue;
let app: FastifyInstance;
let cookie: string;
let study: string;

before(async () => {
  portal = await createTestPortal();
  ({ app, catalogue } = portal);
  study = await catalogue.addStudy({
    attributes: { 'Study Title': 'Acral melanoma', 'Study Source': 'own', Colour: 'blue' },
    samples: [
      { 'Sample Source ID': 'S1', Tissue: 'biopsy of skin', Age: '61' },
      { 'Sample Source ID': 'S2', Tissue: ['skin', 'lymph node'], __proto__x: 'kept' },
    ],
    libraries: [{ 'Library ID': 'L1' }],
    data: ['Transcriptomics'],
  });
  await catalogue.addStudy({ attributes: { 'Study Title': 'Zebra fish regeneration' } });
  await catalogue.addProject('LNN', 'ONE', { case: 3, sample: 2 });
  cookie = await portal.signedIn(testEmail);
});

after(() => portal.close());

const read = (url: string, as = cookie) => portal.read(url, as);

test('the session cookie is HttpOnly and SameSite, and ends with signing out', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/portal/api/session',
    payload: { email: testEmail, password: testPassword },
  });
  const set = String(answer.headers['set-cookie']);
  assert.match(set, /^linnaea_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  const own = set.split(';')[0]!;
  assert.equal((await read('/whoami', own)).body.email, testEmail);
  assert.equal(
    (await app.inject({ method: 'DELETE', url: '/portal/api/session', headers: { cookie: own } })).statusCode,
    204,
  );
  const { status, body } = await read('/whoami', own);
  assert.deepEqual([status, body.error.code], [401, 'not-signed-in']);
});

test('a wrong password and a body without one are told apart', async () => {
  const send = (payload: object) => app.inject({ method: 'POST', url: '/portal/api/session', payload });
  const wrong = await send({ email: testEmail, password: 'wrong' });
  assert.deepEqual([wrong.statusCode, wrong.json().error.code], [401, 'sign-in-failed']);
  const missing = await send({ email: testEmail });
  assert.deepEqual([missing.statusCode, missing.json().error.code], [400, 'request-invalid']);
});

test('writes from other sites are refused before anything happens', async () => {
  const attempt = (headers: Record<string, string | undefined>) =>
    app.inject({
      method: 'POST',
      url: '/portal/api/tokens',
      payload: { name: 'stolen' },
      headers: { cookie, ...headers },
    });
  for (const headers of [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { referer: 'https://evil.example/' },
    { origin: 'null' },
  ]) {
    const answer = await attempt(headers);
    assert.deepEqual([answer.statusCode, answer.json().error.code], [403, 'foreign-origin'], JSON.stringify(headers));
  }
  assert.equal((await read('/tokens')).body.tokens.length, 0);
  assert.equal((await attempt({ 'sec-fetch-site': 'same-origin' })).statusCode, 201);
});

test('a sign-in link signs in once', async () => {
  const { token } = await createSignInLink(catalogue.database, catalogue.admin, catalogue.stranger.email);
  const use = () => app.inject({ method: 'POST', url: '/portal/api/session/link', payload: { secret: token } });
  const first = await use();
  assert.deepEqual([first.statusCode, first.json().email], [200, catalogue.stranger.email]);
  assert.equal((await use()).statusCode, 401);
});

test('a token is shown once, listed without its secret, and revoked', async () => {
  const made = await app.inject({
    method: 'POST',
    url: '/portal/api/tokens',
    payload: { name: 'laptop', expiresInDays: 30 },
    headers: { cookie },
  });
  const { token, id } = made.json();
  const principal = await catalogue.authenticator.authenticate({ kind: 'api-token', value: token });
  assert.equal(principal?.email, testEmail);
  const { body } = await read('/tokens');
  assert.equal(body.tokens[0].name, 'laptop');
  assert.ok(!JSON.stringify(body).includes(token));
  const gone = await app.inject({ method: 'DELETE', url: `/portal/api/tokens/${id}`, headers: { cookie } });
  assert.equal(gone.statusCode, 204);
  assert.equal(await catalogue.authenticator.authenticate({ kind: 'api-token', value: token }), undefined);
});

test('an API key is the object that clients keep, and can be revoked', async () => {
  const made = await app.inject({ method: 'POST', url: '/portal/api/api-keys', headers: { cookie } });
  const key = made.json();
  assert.deepEqual(Object.keys(key).sort(), ['api_key', 'key_id']);
  assert.equal((await read('/api-keys')).body.keys[0].id, key.key_id);
  await app.inject({ method: 'DELETE', url: `/portal/api/api-keys/${key.key_id}`, headers: { cookie } });
  assert.deepEqual((await read('/api-keys')).body.keys, []);
});

test('studies are listed with owner, samples and data classes, sorted and in pages', async () => {
  const { body } = await read('/studies?sort=title');
  assert.equal(body.total, 2);
  const [first, second] = body.studies;
  assert.deepEqual(
    [first.title, first.ownerName, first.sampleCount, first.dataClasses, second.sampleCount],
    ['Acral melanoma', 'Ada Kowal', 2, ['Transcriptomics'], 0],
  );
  assert.equal((await read('/studies?sort=samples')).body.studies[0].accession, study);
  const page = await read('/studies?sort=title&offset=1&limit=1');
  assert.deepEqual(
    [page.body.total, page.body.studies.length, page.body.studies[0].title],
    [2, 1, 'Zebra fish regeneration'],
  );
});

test('search joins the words of a study and of its samples', async () => {
  const found = async (query: string) => (await read(`/studies?query=${encodeURIComponent(query)}`)).body.total;
  assert.equal(await found('melanoma biopsy'), 1);
  assert.equal(await found('melanoma regeneration'), 0);
  assert.equal(await found('melanoma || regeneration'), 2);
  assert.equal(await found(study), 1);
  const broken = await read(`/studies?query=${encodeURIComponent('(melanoma')}`);
  assert.equal(broken.status, 400);
});

test('the page of a study has its attributes in order and the counts of its tabs', async () => {
  const { body } = await read(`/studies/${study}`);
  assert.deepEqual(body.counts, { sample: 2, library: 1, preparation: 0, data: 1, file: 0 });
  const names: string[] = body.attributes.map((attribute: { name: string }) => attribute.name);
  assert.ok(names.indexOf('Study Source') < names.indexOf('Colour'), names.join());
  const files = await read(`/studies/${study}/files`);
  assert.deepEqual([files.body.files[0].dataClass, files.body.files[0].runCount], ['Transcriptomics', 2]);
});

test('tables have the key first, an attribute that only a later row has, and rows by block', async () => {
  const layout = (await read(`/studies/${study}/tables/sample`)).body;
  const names = layout.columns.map((column: { name: string }) => column.name);
  assert.deepEqual([layout.key, names[0], layout.total], ['Sample Source ID', 'Sample Source ID', 2]);
  assert.ok(names.includes('__proto__x') && names.includes('Tissue'));
  const { rows } = (await read(`/studies/${study}/tables/sample/rows?offset=1&limit=10`)).body;
  assert.deepEqual(
    rows.map((row: { attributes: object }) => row.attributes),
    [{ 'Sample Source ID': 'S2', Tissue: ['skin', 'lymph node'], __proto__x: 'kept' }],
  );
  assert.equal((await read(`/studies/${study}/tables/study`)).status, 400);
});

test('who may not read a study does not learn that it exists', async () => {
  const stranger = await portal.signedIn(catalogue.stranger.email);
  assert.equal((await read('/studies', stranger)).body.total, 0);
  assert.equal((await read('/projects', stranger)).body.projects.length, 0);
  for (const path of ['', '/files', '/tables/sample', '/tables/sample/rows']) {
    assert.equal((await read(`/studies/${study}${path}`, stranger)).status, 404, path);
  }
  assert.equal((await read('/projects/LNN-ONE', stranger)).status, 404);
});

test('readers see the published state, curators the draft', async () => {
  const { database } = catalogue;
  // what an edit leaves: the draft in `attributes`, what readers see in `published`; and a grant to read
  await database.run(sql`update record set published = attributes,
    attributes = attributes || '{"Study Title": "Secret draft"}' where accession = ${study}`);
  await database.run(sql`insert into scope_grant (scope_id, subject_id, level)
    select s.id, u.id, 3 from scope s, user_account u where s.name = ${study} and u.email = ${catalogue.stranger.email}`);
  const { body } = await read(`/studies/${study}`);
  assert.deepEqual([body.summary.title, body.summary.isDraft], ['Secret draft', true]);
  const reader = await portal.signedIn(catalogue.stranger.email);
  const asReader = (await read(`/studies/${study}`, reader)).body;
  assert.equal(asReader.summary.title, 'Acral melanoma');
  assert.ok(!JSON.stringify(asReader).includes('Secret'));
  assert.equal((await read('/studies?query=secret', reader)).body.total, 0);
  assert.equal((await read('/studies?query=acral', reader)).body.total, 1);
});

test('jobs are listed and followed until they end, by those who started them', async () => {
  const { queue, database, admin } = catalogue;
  const job = await queue.enqueue(database, {
    kind: 'test',
    input: { link: 'https://user:secret@example.org' },
    startedBy: admin.userId,
    startedByEmail: admin.email,
  });
  const listed = await read('/jobs');
  assert.equal(listed.body.jobs[0].state, 'queued');
  assert.ok(!JSON.stringify(listed.body).includes('secret'), 'the input stays on the server');
  const stream = app.inject({ url: `/portal/api/jobs/events?ids=${job.id}`, headers: { cookie } });
  const stopped = await app.inject({ method: 'POST', url: `/portal/api/jobs/${job.id}/stop`, headers: { cookie } });
  assert.equal(stopped.json().state, 'stopped');
  const events = (await stream).body;
  assert.match(events, /event: job\ndata: .*"state":"stopped".*\n\nevent: done/);
  const stranger = await portal.signedIn(catalogue.stranger.email);
  assert.equal((await read(`/jobs/events?ids=${job.id}`, stranger)).status, 404);
  assert.deepEqual((await read('/jobs', stranger)).body.jobs, []);
});

test('projects come with counts, and the data dictionary as nodes and links', async () => {
  const { body } = await read('/projects/LNN-ONE');
  assert.deepEqual([body.program, body.code, body.counts, body.total], ['LNN', 'ONE', { case: 3, sample: 2 }, 5]);
  const dictionary = (await read('/dictionary')).body;
  assert.ok(dictionary.nodes.some((node: { type: string }) => node.type === 'sample'));
  assert.ok(
    dictionary.links.some(
      (link: { child: string; parent: string }) => link.child === 'sample' && link.parent === 'case',
    ),
  );
});

test('errors have one shape and are not cached', async () => {
  const { status, body, headers } = await read('/nothing');
  assert.deepEqual([status, body.error.code, headers['cache-control']], [404, 'not-found', 'no-store']);
});
