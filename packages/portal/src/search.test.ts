import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import { testEmail } from './testing.ts';
import { createTestPortal, type TestPortal } from './testing-app.ts';

interface Hit {
  id: string;
  title: string;
  kind: string;
  model: string;
  matches: { name: string; text: string }[];
}

let portal: TestPortal;
let cookie: string;
let reader: string;
let study: string;

before(async () => {
  portal = await createTestPortal();
  const { catalogue } = portal;
  study = await catalogue.addStudy({
    attributes: { 'Study Title': 'Moss in the case-1 bog', Colour: 'green' },
    samples: [
      { 'Sample Source ID': 'S1', Tissue: 'leaf of moss' },
      { 'Sample Source ID': 'S2', Tissue: 'stem of moss' },
    ],
  });
  await catalogue.addProject('LNN', 'ONE', { case: 3, sample: 2 });
  cookie = await portal.signedIn(testEmail);
  reader = await portal.signedIn(catalogue.stranger.email);
});

after(() => portal.close());

const read = (url: string, as = cookie) => portal.read(url, as);

const search = (q: string, rest = '', as = cookie) => read(`/search?q=${encodeURIComponent(q)}${rest}`, as);
const found = async (...asked: Parameters<typeof search>) =>
  (await search(...asked)).body.hits.map((hit: Hit) => `${hit.model}.${hit.kind} ${hit.title}`);

test('studies and nodes are found by one search, and its kinds counted', async () => {
  const { body } = await search('"case-1"');
  assert.deepEqual(
    body.hits.map((hit: Hit & { place: object }) => [hit.title, hit.place]),
    [
      ['Moss in the case-1 bog', { kind: 'study', name: study, title: 'Moss in the case-1 bog' }],
      ['case-1', { kind: 'project', name: 'LNN-ONE', title: null }],
    ],
  );
  assert.deepEqual(body.counts, [
    { model: 'odm', kind: 'study', count: 1, more: false },
    { model: 'gen3', kind: 'case', count: 1, more: false },
  ]);
  assert.deepEqual(body.next, null);
});

test('one kind is listed alone, of the model that was asked for, in pages', async () => {
  assert.deepEqual(await found('moss', '&kind=odm.sample'), ['odm.sample S2', 'odm.sample S1']);
  assert.deepEqual(await found('moss', '&kind=gen3.sample'), []);
  const first = (await search('moss', '&limit=2')).body;
  assert.deepEqual([first.hits.length, first.counts.length], [2, 2]);
  const second = (await search('moss', `&limit=2&after=${first.next}`)).body;
  assert.deepEqual([second.hits.map((hit: Hit) => hit.title), second.next, second.counts], [['S1'], null, null]);
  assert.deepEqual(second.hits[0].matches, [{ name: 'Tissue', text: 'leaf of moss', start: 8, end: 12 }]);
});

test('a node is placed in the table of its kind', async () => {
  const { body } = await read('/nodes/LNN-ONE-case-1/place');
  assert.deepEqual(body, { project: 'LNN-ONE', kind: 'case', before: 1 });
  assert.equal((await read('/nodes/LNN-ONE-case-9/place')).status, 404);
  assert.equal((await read('/nodes/a%00b/place')).status, 400);
});

test('a session is needed, and nobody finds what others have', async () => {
  assert.equal((await read('/search?q=moss', '')).status, 401);
  assert.equal((await read('/nodes/LNN-ONE-case-1/place', '')).status, 401);
  for (const text of ['moss', '"case-1"', study, 'case*']) {
    const { body } = await search(text, '', reader);
    assert.deepEqual(body, { hits: [], next: null, counts: [] }, text);
  }
  assert.equal((await read('/nodes/LNN-ONE-case-1/place', reader)).status, 404);
});

test('readers do not find what is a draft, curators do', async () => {
  const { database, stranger } = portal.catalogue;
  await database.run(sql`update record set published = attributes,
    attributes = attributes || '{"Study Title": "Secret draft"}' where accession = ${study}`);
  await database.run(sql`insert into scope_grant (scope_id, subject_id, level)
    select s.id, u.id, 3 from scope s, user_account u where s.name = ${study} and u.email = ${stranger.email}`);
  assert.deepEqual(await found('secret'), ['odm.study Secret draft']);
  assert.deepEqual(await found('secret', '', reader), []);
  assert.deepEqual(await found('bog', '', reader), ['odm.study Moss in the case-1 bog']);
  const { body } = await search('moss', '', reader);
  assert.ok(body.hits.length === 3 && !JSON.stringify(body).includes('Secret'));
});

test('odd input gets a clear answer', async () => {
  const refused = async (q: string, rest = '') => {
    const { status, body } = await search(q, rest);
    assert.equal(status, 400, `${q.slice(0, 20)}: ${JSON.stringify(body)}`);
    return `${body.error.code}: ${body.error.message}`;
  };
  assert.match(await refused('"moss'), /^query-syntax: .*closing double quote/);
  assert.match(await refused('AND'), /^query-syntax: Expected a search term at character 1/);
  assert.match(await refused('moss AND'), /^query-syntax/);
  assert.match(await refused('moss\0'), /^query-syntax: .*NUL/);
  assert.match(await refused('   '), /^query-syntax/);
  assert.match(await refused('m '.repeat(5_000)), /^query-too-long: .*1000 characters/);
  assert.match(await refused('*oss'), /^query-too-wide: Name at least one word/);
  assert.match(await refused('moss', '&after=1'), /^cursor-invalid/);
  assert.match(await refused('moss', '&kind=sample'), /^request-invalid/);
  assert.match(await refused('moss', '&limit=1000'), /^request-invalid/);
  assert.equal((await read('/search')).status, 400);
  assert.match(await refused("moss'); drop table record; --"), /^query-syntax/);
  for (const q of ["it's moss", '((moss))', '%_\\ 🌿', 'm '.repeat(500)]) {
    assert.equal((await search(q)).status, 200, q.slice(0, 20));
  }
});
