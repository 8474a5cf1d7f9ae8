import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expandIds, linkCrossReferences, linksOfCrossReferences, unlinkCrossReferences } from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import { createOdmBench, type OdmBench } from '../testing.ts';

let bench: OdmBench;
const file = 'TXNAME\tGENEID\nT1\tG1\nT2\tG1\nT3\tG2\nT1\tG1\n';

before(async () => {
  bench = await createOdmBench();
});
after(() => bench.close());

async function load(name: string, text: string, more: object = {}, token?: string) {
  const body = { xrefSetType: 'gene-transcript', dataLink: bench.serve(name, text), ...more };
  return bench.ask('POST', '/api/v1/xrefsets', { body, ...(token === undefined ? {} : { token }) });
}

test('a set is loaded from its link, told with its warnings, and searched from both sides', async () => {
  const made = await load('map.tsv', file, { metadata: { release: '42' }, dataSource: 'x' });
  assert.equal(made.status, 200, made.text);
  const { xrefSetId: id, warnings, createdDate } = made.body;
  assert.equal(made.body.xrefSetType, 'gene-transcript');
  assert.deepEqual(made.body.metadata, { release: '42' });
  assert.ok(Number.isInteger(createdDate));
  assert.match(warnings.join(' '), /duplicate/);
  const entries = async (query: string) =>
    (await bench.ask('GET', `/api/v1/xrefsets/${id}/entries${query}`)).body.result;
  assert.deepEqual(await entries('?sourceId=G1'), [{ xrefSetId: id, sourceId: 'G1', targetIds: ['T1', 'T2'] }]);
  assert.deepEqual(await entries('?targetId=T3&targetId=T2'), [
    { xrefSetId: id, sourceId: 'G1', targetIds: ['T2'] },
    { xrefSetId: id, sourceId: 'G2', targetIds: ['T3'] },
  ]);
  assert.deepEqual(await entries('?sourceId=G2&targetId=T1'), []);
  const described = await bench.ask(
    'GET',
    `/frontend/rs/genestack/reference-data/default-released/xrefsets/${id}/metadata`,
  );
  assert.deepEqual(described.body, {
    xrefSetId: id,
    createdBy: 'curator@example.org',
    createdDate,
    lastUpdated: made.body.lastUpdated,
    data: { release: '42' },
  });
});

test('pages are followed by their cursor over all sets until one is empty', async () => {
  await load('one.tsv', 'TXNAME\tGENEID\na#b%23\tg#1\nb\tg#1\n');
  await load('two.tsv', file);
  const pairs: string[] = [];
  for (let cursor = ''; ; ) {
    const page = (await bench.ask('GET', `/api/v1/xrefsets/entries?pageLimit=2&cursor=${encodeURIComponent(cursor)}`))
      .body;
    if (page.result.length === 0) break;
    for (const { xrefSetId, sourceId, targetIds } of page.result)
      pairs.push(...targetIds.map((each: string) => `${xrefSetId} ${sourceId} ${each}`));
    cursor = page.cursor;
  }
  assert.equal(new Set(pairs).size, pairs.length);
  assert.ok(pairs.some((pair) => pair.endsWith('g#1 a#b%23')));
  assert.equal((await bench.ask('GET', '/api/v1/xrefsets/entries?cursor=nonsense')).status, 400);
});

test('what is wrong is told: the file, the request, the id', async () => {
  const empty = await load('bad.tsv', 'ONE\nx\n');
  assert.equal(empty.status, 400);
  assert.match(empty.body.error.message, /two columns/);
  const type = await load('type.tsv', file, { xrefSetType: 'gene-protein' });
  assert.equal(type.status, 400);
  assert.equal((await bench.ask('GET', '/api/v1/xrefsets/nonsense/metadata')).status, 400);
  const missing = await bench.ask('GET', '/api/v1/xrefsets/GSF1/entries');
  assert.equal(missing.status, 404);
  assert.equal(missing.body.error.message, 'The xrefset does not exist.');
  assert.equal((await bench.ask('GET', `/api/v1/xrefsets/entries?sourceId=${'x'.repeat(256)}`)).status, 400);
  const long = await load('long.tsv', `TXNAME\tGENEID\n${'x'.repeat(256)}\tG\n`);
  assert.equal(long.status, 400);
  const inner = await bench.ask('POST', '/api/v1/xrefsets', {
    body: { xrefSetType: 'gene-transcript', dataLink: 'http://127.0.0.1:1/x' },
  });
  assert.equal(inner.status, 403);
});

test('only curators load, and only who loaded a set deletes it', async () => {
  assert.equal((await load('no.tsv', file, {}, bench.researcherToken)).status, 403);
  const { xrefSetId: id } = (await load('mine.tsv', file, {}, bench.administratorToken)).body;
  const refused = await bench.ask('DELETE', `/api/v1/xrefsets/${id}`);
  assert.equal(refused.status, 403);
  assert.equal(refused.body.error.message, 'Not enough permissions to work with the xrefset.');
  assert.equal((await bench.ask('DELETE', `/api/v1/xrefsets/${id}`, { token: bench.administratorToken })).status, 204);
  assert.equal((await bench.ask('GET', `/api/v1/xrefsets/${id}/metadata`)).status, 404);
});

test('a set is linked to a file of measurements once, expands its ids, and leaves with its links', async () => {
  const { xrefSetId: id } = (await load('linked.tsv', file)).body;
  const job = await bench.run({
    kind: 'expression',
    data: { link: bench.serve('counts.tsv', 'gene\tA\tB\nT1\t1\t2\nT3\t3\t4\n') },
    featureColumns: 1,
  });
  const group = String(job.result?.groupAccession);
  assert.match(group, /^GSF\d+$/, JSON.stringify(job.errors));
  const { database, curator } = bench;
  assert.equal(await linkCrossReferences(database, curator, id, group), true);
  assert.equal(await linkCrossReferences(database, curator, id, group), false);
  assert.deepEqual(await linksOfCrossReferences(database, curator, { sets: [id] }), [{ set: id, group }]);
  assert.deepEqual(await linksOfCrossReferences(database, bench.researcher, { groups: [group] }), []);
  const row = await database.first<{ id: number }>(sql`select id from record where accession = ${group}`);
  assert.deepEqual((await expandIds(database, row?.id ?? 0, ['G1'])).toSorted(), ['G1', 'T1', 'T2']);
  assert.deepEqual((await expandIds(database, row?.id ?? 0, ['T3'])).toSorted(), ['G2', 'T3']);
  await assert.rejects(linkCrossReferences(database, bench.researcher, id, group), /Curator/);
  await unlinkCrossReferences(database, curator, id, group);
  await assert.rejects(unlinkCrossReferences(database, curator, id, group), /does not exist/);
  await linkCrossReferences(database, curator, id, group);
  assert.equal((await bench.ask('DELETE', `/api/v1/xrefsets/${id}`)).status, 204);
  assert.deepEqual(await linksOfCrossReferences(database, curator, { groups: [group] }), []);
});
