import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import type { Principal } from '@linnaea/model';
import { parseFullText } from '@linnaea/query';
import { findNodePlace, type SearchOptions, searchCatalogue } from './search.ts';

let db: Database;
let drop: () => Promise<void>;
let owner: Principal;
let other: Principal;

before(async () => {
  ({ database: db, drop } = await createTestDatabase());
  const people = await db.query<{ id: number }>(
    sql`insert into subject (kind) select 'user' from generate_series(1, 2) returning id`,
  );
  [owner, other] = people.map(({ id }) => ({
    userId: id,
    email: '',
    name: '',
    subjects: [id],
    curator: true,
    administrator: false,
    permissions: new Set(),
  })) as unknown as [Principal, Principal];
  await db.run(sql`insert into scope (kind, name, owner_id) values ('study', 'GSF1', ${owner.userId}),
    ('personal', 'mine', ${owner.userId}), ('project', 'P-ONE', ${owner.userId})`);
  await add('GSF1', 'odm', 'study', [{ 'Study Title': 'Moss of bogs', Place: 'a bog in the north' }]);
  await add('GSF1', 'odm', 'sample', [
    {
      'Sample Source ID': 'S1',
      Tissue: ['leaf', 'stem of moss'],
      Notes: `${'long '.repeat(100)}moss${' text'.repeat(100)}`,
    },
    { 'Sample Source ID': 'S2', Tissue: 'mosses' },
  ]);
  await add('mine', 'odm', 'library', [{ 'Library ID': 'L1', Kind: 'Moss' }]);
  await add('P-ONE', 'gen3', 'case', [{ submitter_id: 'case-1', habitat: { ground: ['peat', 'moss'] } }]);
  await add('P-ONE', 'gen3', 'root', [{ submitter_id: 'moss' }]);
});
after(() => drop());

async function add(scope: string, model: string, kind: string, rows: readonly object[]): Promise<void> {
  await db.run(sql`insert into record (model, kind, accession, scope_id, attributes)
    select ${model}, ${kind}, case when ${kind} = 'study' then s.name else ${kind} || '-' || gen_random_uuid() end, s.id, row
    from scope s, jsonb_array_elements(${JSON.stringify(rows)}::jsonb) as row where s.name = ${scope}`);
}

const search = (text: string, more: Partial<SearchOptions> = {}, principal = owner) =>
  searchCatalogue(db, principal, parseFullText(text, { defaultOperator: 'and' }), {
    view: 'draft',
    limit: 10,
    ...more,
  });
const titles = async (...asked: Parameters<typeof search>) => (await search(...asked)).hits.map(({ title }) => title);

test('records of both models are found, studies first, each with where it lives', async () => {
  const { hits, next, counts } = await search('moss');
  assert.deepEqual(
    hits.map(({ title, place }) => [title, place.kind, place.name, place.title]),
    [
      ['Moss of bogs', 'study', 'GSF1', 'Moss of bogs'],
      ['case-1', 'project', 'P-ONE', null],
      ['L1', 'personal', '', null],
      ['S1', 'study', 'GSF1', 'Moss of bogs'],
    ],
  );
  assert.equal(next, null);
  assert.deepEqual(counts, [
    { model: 'odm', kind: 'library', count: 1, more: false },
    { model: 'odm', kind: 'sample', count: 1, more: false },
    { model: 'odm', kind: 'study', count: 1, more: false },
    { model: 'gen3', kind: 'case', count: 1, more: false },
  ]);
  assert.deepEqual((await search('moss', {}, other)).hits, []);
});

test('what matches is shown around the word, and where the word stands', async () => {
  const sample = (await search('moss', { kind: { model: 'odm', kind: 'sample' } })).hits[0]!;
  const shown = sample.matches.map(({ name, text, start, end }) => [name, text.slice(start, end), text.length]);
  assert.deepEqual(shown, [
    ['Notes', 'moss', 160],
    ['Tissue', 'moss', 12],
  ]);
  assert.match(sample.matches[0]!.text, /^….*long moss text.*…$/);
  const node = (await search('MOSS "peat"', { kind: { model: 'gen3', kind: 'case' } })).hits[0]!;
  assert.deepEqual(node.matches, [{ name: 'habitat', text: 'peat', start: 0, end: 4 }]);
  // a title stands above its matches already
  assert.deepEqual((await search('bogs')).hits[0]?.matches, []);
  assert.equal((await search('mosse*')).hits[0]?.matches[0]?.name, 'Tissue');
});

test('a half character is never left at the end of a part', async () => {
  await add('mine', 'odm', 'preparation', [
    { 'Preparation ID': 'half', Text: `${'𝕏'.repeat(61)} needleword ${'𝕏'.repeat(200)}` },
  ]);
  const text = (await search('needleword')).hits[0]?.matches[0]?.text ?? '';
  assert.ok(text.includes('needleword') && text.length <= 160, text);
  assert.equal(text.isWellFormed(), true);
});

test('synonyms of a term are found and marked', async () => {
  await db.run(sql`insert into vocabulary (accession, name) values ('V1', 'Plants')`);
  await db.run(sql`with t as (insert into term (vocabulary, label) values ('V1', 'bryophyte') returning id)
    insert into term_synonym (term_id, vocabulary, label) select id, 'V1', 'moss' from t`);
  const { hits } = await search('bryophyte', { kind: { model: 'odm', kind: 'library' } });
  assert.deepEqual(hits[0]?.matches, [{ name: 'Kind', text: 'Moss', start: 0, end: 4 }]);
});

test('pages follow each other without a gap, whether few match or very many', async () => {
  await add(
    'GSF1',
    'odm',
    'sample',
    Array.from({ length: 60 }, (_, i) => ({ 'Sample Source ID': `F${i}`, Word: 'few' })),
  );
  await db.run(sql`insert into record (model, kind, accession, scope_id, attributes)
    select case when i % 2 = 0 then 'odm' else 'gen3' end, 'sample', 'many-' || i, s.id,
      jsonb_build_object('submitter_id', i::text, 'Name', i::text, 'word', 'common') || case when i <= 40 then '{"age": "early"}'::jsonb else '{}' end
    from scope s, generate_series(1, 10100) i where s.name = 'P-ONE'`);
  await db.run(sql`update record set attributes = attributes || '{"word": "common few"}' where accession = 'GSF1'`);
  for (const [text, pages] of [
    ['few', 7],
    ['common', 7],
  ] as const) {
    const seen: string[] = [];
    let after: string | null = '';
    for (let page = 0; page < pages && after !== null; page += 1) {
      const answer = await search(text, after === '' ? {} : { after });
      seen.push(...answer.hits.map(({ id }) => id));
      assert.equal(answer.counts === null, page > 0);
      after = answer.next;
    }
    assert.equal(seen[0], 'GSF1');
    assert.equal(new Set(seen).size, text === 'few' ? 61 : 70, text);
    assert.equal(after === null, text === 'few');
  }
  const first = ['Moss of bogs', '10100', '10099'];
  assert.deepEqual(await titles('common', { limit: 3 }), first);
  await db.run(sql`insert into record (model, kind, accession, scope_id, attributes)
    select 'odm', 'file', 'newer-' || i, s.id, '{}' from scope s, generate_series(1, 2100) i where s.name = 'GSF1'`);
  assert.deepEqual(await titles('common', { limit: 3 }), first, 'none is among the newest, which are looked at first');
  const early = await titles('common early', { limit: 50 });
  assert.deepEqual([early.length, early[0], early.at(-1)], [40, '40', '1']);
});

test('counting stops, says so, and still has the kinds of which there are few', async () => {
  const { counts } = await search('common');
  const of = (model: string, kind: string) => counts?.find((count) => count.model === model && count.kind === kind);
  assert.deepEqual(of('odm', 'study'), { model: 'odm', kind: 'study', count: 1, more: false });
  assert.equal(of('gen3', 'sample')?.more, true);
  assert.ok(of('gen3', 'sample')!.count > 250 && of('odm', 'sample')!.count <= 10_000);
  assert.equal(of('gen3', 'root'), undefined);
  assert.equal(of('gen3', 'case'), undefined, 'all of its few records were looked at');
});

test('a very broad query of one kind goes down that kind alone', async () => {
  const { hits, next } = await search('common', { kind: { model: 'gen3', kind: 'sample' }, limit: 3 });
  assert.deepEqual(
    hits.map(({ title }) => title),
    ['10099', '10097', '10095'],
  );
  const then = await search('common', { kind: { model: 'gen3', kind: 'sample' }, limit: 2, after: next! });
  assert.deepEqual(
    then.hits.map(({ title }) => title),
    ['10093', '10091'],
  );
});

test('readers never find the words of a draft', async () => {
  await db.run(sql`update record set published = attributes, attributes = '{"Library ID": "L1", "Kind": "secretdraft"}'
    where kind = 'library'`);
  assert.deepEqual(await titles('secretdraft'), ['L1']);
  assert.deepEqual(await titles('secretdraft', { view: 'published' }), []);
  const { hits } = await search('moss', { view: 'published', kind: { model: 'odm', kind: 'library' } });
  assert.deepEqual(hits[0]?.matches, [{ name: 'Kind', text: 'Moss', start: 0, end: 4 }]);
  await db.run(sql`update record set is_published = false where accession = 'GSF1'`);
  assert.equal((await search('S2', { view: 'published' })).hits[0]?.place.title, null);
  assert.equal((await search('bogs', { view: 'published' })).hits.length, 0);
});

test('what the index cannot serve is refused with its reason', async () => {
  for (const text of ['-moss', '*oss', 'm?ss', 'moss OR *x', 'NOT (moss)', '*']) {
    await assert.rejects(search(text), { code: 'query-too-wide' }, text);
  }
  assert.equal((await search('moss *ong')).hits.length, 1);
  assert.equal((await search('moss -peat', { kind: { model: 'gen3', kind: 'case' } })).hits.length, 0);
  await assert.rejects(search('moss', { after: 'r1; drop' }), { code: 'cursor-invalid' });
});

test('a node is placed where the table of its kind shows it', async () => {
  await db.run(sql`update record set updated_at = now() + interval '1 day' where accession = 'many-7'`);
  const place = async (id: string) => (await findNodePlace(db, owner, id)).before;
  assert.deepEqual(await findNodePlace(db, owner, 'many-7'), { project: 'P-ONE', kind: 'sample', before: 0 });
  assert.deepEqual([await place('many-1'), await place('many-3'), await place('many-9')], [1, 2, 4]);
  await assert.rejects(findNodePlace(db, other, 'many-7'), { kind: 'not-found' });
  await assert.rejects(findNodePlace(db, owner, 'GSF1'), { kind: 'not-found' });
});
