import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '@linnaea/database';
import type { DataDictionary } from '@linnaea/model';
import { arbitraryGraph, type GraphEntity } from '@linnaea/model/testing';
import fc from 'fast-check';
import { defaultDictionaryFolder, loadDataDictionary } from '../dictionary-source.ts';
import { sharedData } from '../tables/shared-data.ts';
import { createTestServer, type TestServer } from './testing.ts';

/** What tells of any change in the catalogue. */
async function state(server: TestServer) {
  return server.database.query(sql`
    select r.kind, r.uuid, r.attributes, r.updated_at, (select count(*) from change) as changes,
      (select json_agg(array[l.name, l.parent_id::text] order by l.name, l.parent_id) from link l where l.child_id = r.id) as links
    from record r where r.deleted_change is null order by r.id`);
}

/**
 * What no data dictionary says of files but the index knows: their ids are its own (by chance two graphs would mean one
 * file, and tell differently of it), and their sizes are numbers of bytes.
 */
function asFilesAre({ document: { object_id: _own, ...document } }: GraphEntity) {
  return typeof document.file_size === 'number' ? { ...document, file_size: Math.abs(document.file_size) } : document;
}

async function roundTrip(server: TestServer, code: string, graph: readonly GraphEntity[]): Promise<void> {
  const base = `/v0/submission/P/${code}`;
  const documents = graph.map(asFilesAre);
  const made = await server.send('PUT', '/v0/submission/P', {
    type: 'project',
    code,
    dbgap_accession_number: 'phs1',
    name: code,
  });
  assert.equal(made.status, 200, made.text);
  const sent = await server.send('POST', base, documents);
  assert.equal(sent.status, 201, `${sent.text.slice(0, 2000)}\n${JSON.stringify(documents)}`);
  const before = await state(server);
  for (const type of new Set(graph.map((entity) => entity.node.type))) {
    for (const format of ['tsv', 'csv', 'json']) {
      const file = await server.send('GET', `${base}/export?node_label=${type}&format=${format}`);
      assert.equal(file.status, 200, file.text);
      const media =
        format === 'json' ? 'application/json' : `text/${format === 'tsv' ? 'tab-separated-values' : format}`;
      const text = format === 'json' ? file.text.slice('{ "data": '.length, -1) : file.text;
      const again = await server.send('PUT', base, text, { type: media });
      assert.equal(again.status, 200, `${type} ${format}: ${again.text.slice(0, 1500)}\n${text.slice(0, 3000)}`);
    }
  }
  assert.deepEqual(await state(server), before);
}

async function check(dictionary: DataDictionary, runs: number): Promise<void> {
  const server = await createTestServer(dictionary);
  try {
    const program = await server.send('PUT', '/v0/submission/', {
      type: 'program',
      name: 'P',
      dbgap_accession_number: 'phs1',
    });
    assert.equal(program.status, 200, program.text);
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 0x7fffffff }), async (seed) => {
        number += 1;
        const code = `J${number}`;
        const options = { project: { id: '00000000-0000-4000-8000-000000000001', key: code }, maximumEntities: 20 };
        const [graph] = fc.sample(arbitraryGraph(dictionary, options), { numRuns: 1, seed });
        if (graph && graph.length > 0) await roundTrip(server, code, graph);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  } finally {
    await server.close();
  }
}

test('what is exported and sent again changes nothing', async () => {
  const { dictionary } = await loadDataDictionary(defaultDictionaryFolder);
  await check(dictionary, 15);
});

const gdc = sharedData('gen3/gdcdictionary/');

test('the same with a large public dictionary', { skip: gdc.skip }, async () => {
  const { dictionary } = await loadDataDictionary(gdc.path('dictionary.bundled.json'));
  await check(dictionary, 6);
});
