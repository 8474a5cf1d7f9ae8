// Imports as jobs: refusals, failures, progress, uploads.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApiToken, startSession } from '@linnaea/identity';
import { makeUser } from '@linnaea/imports/testing';
import { type Answered, createOdmBench, type OdmBench } from './testing.ts';

let bench: OdmBench;
let study: string;
const studyText = 'Study Title\tStudy Source\nFirst\tlab\n';

before(async () => {
  bench = await createOdmBench();
  const started = await bench.ask('POST', '/api/v1/jobs/import/study', {
    body: { metadataLink: bench.serve('study.tsv', studyText) },
  });
  study = (await finished(started.body.jobExecId)).body.result.accession;
});
after(() => bench.close());

async function finished(id: number): Promise<Answered> {
  for await (const job of bench.queue.watch(id, AbortSignal.timeout(30_000))) void job;
  return bench.ask('GET', `/api/v1/jobs/${id}/output`);
}

const get = (path: string, token?: string | null) =>
  bench.ask('GET', `/api/v1/${path}`, token === undefined ? {} : { token });

describe('jobs and uploads', () => {
  test('the same link again is refused with the number of its job', async () => {
    const body = {
      metadataLink: bench.serve('study.tsv', studyText),
    };
    const answer = await bench.ask('POST', '/frontend/rs/genestack/job/default-released/import/study', { body });
    assert.equal(answer.status, 409);
    assert.match(answer.body.error.message, /job instance already exists .+ jobExecId=([0-9]+)/);
    const again = await bench.ask('POST', '/api/v1/jobs/import/study?allow_dups=true', { body });
    assert.equal((await finished(again.body.jobExecId)).body.status, 'COMPLETED');
  });

  test('a failed import tells the line; it can be restarted, a finished one cannot', async () => {
    const started = await bench.ask('POST', '/api/v1/jobs/import/samples', {
      body: { metadataLink: bench.serve('bad.tsv', 'Sample Source ID\tSample Source ID\na\tb\n') },
    });
    const output = await finished(started.body.jobExecId);
    assert.equal(output.body.status, 'FAILED');
    assert.equal(output.body.result, null);
    assert.match(JSON.stringify(output.body.errors), /bad\.tsv.*line 1/);
    assert.equal((await bench.ask('PUT', `/api/v1/jobs/${started.body.jobExecId}/restart`)).status, 200);
    await finished(started.body.jobExecId);
    assert.equal((await bench.ask('PUT', '/api/v1/jobs/1/restart')).status, 409);
    const creation = await bench.ask('POST', '/api/v1/as-curator/samples', {
      body: { link: bench.serve('bad.tsv', 'Sample Source ID\tSample Source ID\na\tb\n') },
    });
    assert.equal(creation.status, 400);
    assert.match(creation.body.error.message, /bad\.tsv, line 1/);
  });

  test('a curator learns what another curator imported, not what was wrong with it, and cannot stop it', async () => {
    const other = await makeUser(bench.database, bench.administrator, 'second@example.org', true);
    const { token } = await createApiToken(bench.database, other, { name: 'test' });
    const bad = { metadataLink: bench.serve('secret.tsv', 'Sample Source ID\tSample Source ID\na\tb\n') };
    const id = (await bench.ask('POST', '/api/v1/jobs/import/samples', { body: bad })).body.jobExecId;
    await finished(id);
    const output = await get(`jobs/${id}/output`, token);
    assert.equal(output.body.status, 'FAILED');
    assert.ok(!output.text.includes('secret.tsv'), output.text);
    assert.equal((await bench.ask('PUT', `/api/v1/jobs/${id}/restart`, { token })).status, 403);
    assert.equal((await bench.ask('PUT', `/api/v1/jobs/${id}/stop`, { token })).status, 403);
    assert.equal((await get('jobs/1/output', token)).body.result.accession, study);
    assert.equal((await bench.ask('PUT', `/api/v1/jobs/${id}/stop`, { token: bench.administratorToken })).status, 200);
  });

  test('job ids', async () => {
    assert.equal((await get('jobs/999999/info')).status, 404);
    assert.equal((await get('jobs/x/info')).status, 400);
    const info = (await get('jobs/1/info')).body;
    assert.deepEqual(Object.keys(info), ['jobExecId', 'startedBy', 'jobName', 'status', 'createTime', 'endTime']);
    assert.match(info.createTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal((await get('jobs/1/info', bench.researcherToken)).status, 404);
  });

  test('progress as server-sent events', async () => {
    const started = await bench.ask('POST', '/api/v1/jobs/import/study', {
      body: { metadataLink: bench.serve('followed.tsv', 'Study Title\nx\n') },
    });
    const events = await bench.ask('GET', `/api/v1/jobs/${started.body.jobExecId}/events`);
    assert.match(events.type, /^text\/event-stream/);
    const last = events.text.trim().split('\n\n').at(-1)!.split('\n');
    assert.equal(last[0], 'event: end');
    assert.equal(JSON.parse(last[1]!.slice('data: '.length)).status, 'COMPLETED');
  });

  test('an upload streams in; fields may stand anywhere', async () => {
    const form = multipart([
      { name: 'studyId', value: study },
      { name: 'file', value: 'Sample Source ID\tSample Source\nU1\tlab\n', file: 'up.tsv' },
      { name: 'templateId', value: '' },
    ]);
    const started = await bench.ask('POST', '/api/v1/jobs/import/samples/multipart', form);
    assert.equal(started.status, 200, started.text);
    assert.equal((await finished(started.body.jobExecId)).body.status, 'COMPLETED');
  });

  test('wrong uploads are refused', async () => {
    const path = '/api/v1/jobs/import/samples/multipart';
    const part = { name: 'file', value: 'x', file: 'x.tsv' };
    assert.equal((await bench.ask('POST', path, multipart([{ name: 'templateId', value: 'x' }]))).status, 400);
    assert.equal((await bench.ask('POST', path, multipart([{ ...part, name: 'other' }]))).status, 400);
    assert.ok([400, 413].includes((await bench.ask('POST', path, multipart([part, part]))).status));
    assert.equal((await bench.ask('POST', path, multipart([part, { name: 'templateId', value: 'GSF1' }]))).status, 400);
    assert.equal((await bench.ask('POST', path, { body: {} })).status, 400);
    const huge = multipart([{ ...part, value: 'x'.repeat(50_000_001) }]);
    assert.equal((await bench.ask('POST', path, huge)).status, 413);
  });
});

function multipart(parts: readonly { name: string; value: string; file?: string }[]): {
  body: Buffer;
  headers: Record<string, string>;
} {
  const text = parts
    .map(
      ({ name, value, file }) =>
        `--frontier\r\nContent-Disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}\r\n\r\n${value}\r\n`,
    )
    .join('');
  return {
    body: Buffer.from(`${text}--frontier--\r\n`),
    headers: { 'content-type': 'multipart/form-data; boundary=frontier' },
  };
}

describe('bodies', () => {
  test('nothing is nothing, however it is called; JSON needs no name; anything else is refused', async () => {
    const path = '/api/v1/as-curator/integration/link/sample/group/GSF1/to/study/GSF2';
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
      assert.equal((await bench.ask('POST', path, { headers: { 'content-type': type }, body: '' })).status, 404, type);
    }
    const json = JSON.stringify({ metadataLink: 'no link' });
    const send = (headers: Record<string, string>) =>
      bench.app.inject({
        method: 'POST',
        url: '/api/v1/jobs/import/study',
        payload: Buffer.from(json),
        headers: { 'genestack-api-token': bench.curatorToken, ...headers },
      });
    assert.match((await send({})).body, /The link is not a URL/);
    assert.match((await send({ 'content-type': 'application/json; charset=utf-8' })).body, /The link is not a URL/);
    assert.equal((await send({ 'content-type': 'text/csv' })).statusCode, 415);
  });

  test('a session cookie changes nothing for the pages of others', async () => {
    const session = await startSession(bench.database, bench.curator);
    const headers = { cookie: `linnaea_session=${session.value}` };
    const ask = (method: string, more: Record<string, string>) =>
      bench.ask(method, `/api/v1/as-curator/studies/${study}`, {
        token: null,
        headers: { ...headers, ...more },
        ...(method === 'PATCH' ? { body: { a: 1 } } : {}),
      });
    assert.equal((await ask('GET', { 'sec-fetch-site': 'cross-site' })).status, 200);
    assert.equal((await ask('PATCH', { 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await ask('PATCH', { origin: 'https://elsewhere.example' })).status, 403);
    assert.equal((await ask('PATCH', { 'sec-fetch-site': 'same-origin' })).status, 200);
  });
});
