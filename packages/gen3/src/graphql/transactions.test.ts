import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestServer } from '../submission/testing.ts';
import { createGraphServer } from './testing.ts';

let server: TestServer;

before(async () => {
  server = await createGraphServer();
  const send = (path: string, body: unknown) => server.send('POST', path, body);
  await send('/v0/submission', { type: 'program', name: 'P', dbgap_accession_number: 'phs1' });
  await send('/v0/submission/P', { type: 'project', code: 'one', name: 'One', dbgap_accession_number: 'phs2' });
  const node = (name: string) => ({ type: 'case', submitter_id: name, projects: { code: 'one' } });
  await send('/v0/submission/P/one', node('c1'));
  await send('/v0/submission/P/one/_dry_run', node('c2'));
  await send('/v0/submission/P/one', { type: 'case', site: 'nowhere' });
});
after(() => server.close());

async function data(query: string): Promise<Record<string, unknown>> {
  const answer = await server.send('POST', '/v0/submission/graphql', { query });
  assert.equal(answer.status, 200, answer.text);
  return Object(answer.json()).data;
}

test('the log with documents and their answers', async () => {
  const found = Object(
    await data(`{ transaction_log(id: 2) { id type role state is_dry_run closed submitter project_id program committed_by
      documents { doc_format doc_size doc response { success message entities { type action valid errors { message } } } } snapshots { action } } _transaction_log_count }`),
  );
  assert.equal(found._transaction_log_count, 4);
  const [log] = found.transaction_log;
  assert.deepEqual(
    { ...log, documents: undefined },
    {
      id: '2',
      type: 'upload',
      role: 'create',
      state: 'SUCCEEDED',
      is_dry_run: false,
      closed: false,
      submitter: 'root@example.org',
      project_id: 'P-one',
      program: 'P',
      committed_by: null,
      documents: undefined,
      snapshots: [{ action: 'create' }],
    },
  );
  const [document] = log.documents;
  assert.deepEqual([document.doc_format, document.doc_size], ['JSON', document.doc.length]);
  assert.equal(document.response.success, true);
  assert.deepEqual(document.response.entities, [{ type: 'case', action: 'create', valid: true, errors: [] }]);
});

const filters: [args: string, ids: string[]][] = [
  ['', ['1', '2', '3', '4']],
  ['last: 2', ['4', '3']],
  ['offset: 1, first: 1', ['2']],
  ['id: "2"', ['2']],
  ['quick_search: "2"', ['2']],
  ['id: "x"', []],
  ['is_dry_run: true', ['3']],
  ['committable: true', ['3']],
  ['state: "FAILED"', ['4']],
  ['type: "upload"', ['1', '2', '3', '4']],
  ['type: "delete"', []],
  ['project: "one", program: "P"', ['1', '2', '3', '4']],
  ['project: "two"', []],
  ['project_id: "P-one", order_by_desc: "id"', ['4', '3', '2', '1']],
  ['closed: true', []],
];
for (const [args, ids] of filters) {
  test(`transaction_log(${args})`, async () => {
    const found = Object(await data(`{ transaction_log${args && `(${args})`} { id } }`));
    assert.deepEqual(
      found.transaction_log.map((log: { id: string }) => log.id),
      ids,
    );
  });
}

test('the transactions of a node, from both ends', async () => {
  const found = Object(await data('{ case { id _transaction_logs_count _transaction_logs { id } } }'));
  const [{ id, ...logs }] = found.case;
  assert.deepEqual(logs, { _transaction_logs_count: 1, _transaction_logs: [{ id: '2' }] });
  assert.deepEqual(await data(`{ transaction_log(entities: ["${id}"]) { id } }`), { transaction_log: [{ id: '2' }] });
});

test('the snapshot of a creation shows the node as it was made, whatever became of it', async () => {
  const send = async (name: string, site: string | null) => {
    const document = { type: 'case', submitter_id: name, projects: { code: 'one' }, site };
    assert.equal((await server.send('PUT', '/v0/submission/P/one', document)).status, 200);
  };
  for (const site of ['lung', 'liver', null]) await send('c3', site);
  for (const site of [null, 'lung']) await send('c4', site);
  const query = (name: string) =>
    data(
      `{ case(submitter_id: "${name}") { _transaction_logs(order_by_asc: "id") { snapshots { action old_props new_props } } } }`,
    );
  const seen = async (name: string) =>
    Object(await query(name)).case[0]._transaction_logs.map((log: { snapshots: Record<string, string>[] }) =>
      log.snapshots.map(({ action, old_props, new_props }) => [
        action,
        JSON.parse(old_props ?? 'null'),
        JSON.parse(new_props ?? 'null'),
      ]),
    );
  assert.deepEqual(await seen('c3'), [
    [['create', null, { project_id: 'P-one', submitter_id: 'c3', site: 'lung' }]],
    [['update', { site: 'lung' }, { site: 'liver' }]],
    [['update', { site: 'liver' }, { site: null }]],
  ]);
  assert.deepEqual(await seen('c4'), [
    [['create', null, { project_id: 'P-one', submitter_id: 'c4' }]],
    [['update', { site: null }, { site: 'lung' }]],
  ]);
});
