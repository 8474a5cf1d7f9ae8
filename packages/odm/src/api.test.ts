// The routes on a real database: what each family promises, and what it refuses.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answered, createOdmBench, type OdmBench } from './testing.ts';

let bench: OdmBench;
let study: string;
let sampleGroup: string;
let libraryGroup: string;
let expression: string;

before(async () => {
  bench = await createOdmBench();
  study = await imported('study', {
    metadataLink: bench.serve('study.tsv', 'Study Title\tStudy Source\tTarget Disease\nFirst\tlab\tHealthy\n'),
  });
  sampleGroup = await imported('samples', {
    metadataLink: bench.serve(
      'samples.tsv',
      'Sample Source ID\tSample Source\tSex\tMarkers\nS1\tlab\tM\ta|b\nS2\tlab\tfemale\t\nS3\tlab\tM\tc\n',
    ),
  });
  libraryGroup = await imported('libraries', {
    metadataLink: bench.serve('libraries.tsv', 'Library ID\tSample Source ID\nL1\tS1|S2\nL2\tS9\n'),
  });
  expression = await imported('expression', {
    dataLink: bench.serve('e.gct', '#1.2\n1\t3\nName\tDescription\tS1\tS2\tS9\nG1\t\t1\t2\t3\n'),
    metadataLink: bench.serve('e.gct.tsv', 'Normalization Method\nTPM\n'),
  });
  assert.equal((await bench.ask('POST', link(`sample/group/${sampleGroup}/to/study/${study}`))).status, 204);
});
after(() => bench.close());

async function imported(kind: string, body: Record<string, unknown>): Promise<string> {
  const started = await bench.ask('POST', `/api/v1/jobs/import/${kind}`, { body });
  assert.equal(started.status, 200, started.text);
  const output = await finished(started.body.jobExecId);
  assert.equal(output.body.status, 'COMPLETED', output.text);
  return output.body.result.groupAccession;
}

async function finished(id: number): Promise<Answered> {
  for await (const job of bench.queue.watch(id, AbortSignal.timeout(30_000))) void job;
  return bench.ask('GET', `/api/v1/jobs/${id}/output`);
}

const link = (path: string) => `/api/v1/as-curator/integration/link/${path}`;
const get = (path: string, token?: string | null) =>
  bench.ask('GET', `/api/v1/${path}`, token === undefined ? {} : { token });

describe('who may', () => {
  test('nobody gets 401, whatever the path, before anything else is looked at', async () => {
    for (const path of ['as-user/studies?wrong=1', `as-curator/studies/${study}`, 'jobs/1/info', 'scim/Users']) {
      for (const token of [null, 'not-a-token-that-exists']) {
        const answer = await get(path, token);
        assert.equal(answer.status, 401, path);
        assert.deepEqual(answer.body, { error: { message: 'User is not authenticated.' } });
      }
    }
    const body = await bench.ask('POST', '/api/v1/jobs/import/study', { token: null, body: '{not json' });
    assert.equal(body.status, 401);
  });

  test('Authorization wins over the API token, with or without Bearer in any case', async () => {
    for (const value of [bench.researcherToken, `Bearer ${bench.researcherToken}`, `bearer ${bench.researcherToken}`]) {
      const answer = await bench.ask('GET', '/api/v1/as-curator/studies', { headers: { authorization: value } });
      assert.equal(answer.status, 403);
    }
    assert.equal(
      (await bench.ask('GET', '/api/v1/as-user/studies', { headers: { authorization: 'Bearer wrong-wrong-wrong' } }))
        .status,
      401,
    );
  });

  test('a researcher reads only by as-user and imports nothing', async () => {
    const { researcherToken: token } = bench;
    assert.equal((await get('as-user/studies', token)).status, 200);
    assert.equal((await get('as-curator/studies', token)).status, 403);
    assert.equal(
      (await bench.ask('POST', '/api/v1/jobs/import/study', { token, body: { metadataLink: 'https://example.org/a' } }))
        .status,
      403,
    );
    assert.equal(
      (await bench.ask('PATCH', `/api/v1/as-curator/studies/${study}`, { token, body: { a: 1 } })).status,
      403,
    );
  });

  test('what is not shared is not found, and not in any list', async () => {
    const { researcherToken: token } = bench;
    assert.equal((await get(`as-user/studies/${study}`, token)).status, 404);
    assert.equal((await get('as-user/studies', token)).body.meta.pagination.total, 0);
    assert.equal((await get(`as-user/integration/link/samples/by/study/${study}`, token)).status, 400);
    const search = await bench.ask('POST', '/api/v1/as-user/integration/fulltext/search/studies', {
      token,
      body: { filters: [] },
    });
    assert.equal(search.body.objectsPage.filteredCount, 0);
  });
});

describe('lists and objects', () => {
  test('paging, sorting, filtering and full text', async () => {
    const page = await get('as-curator/samples?pageLimit=1&pageOffset=1&sort=-id');
    assert.deepEqual(page.body.meta.pagination, { count: 1, total: 3, offset: 1, limit: 1 });
    assert.equal(page.body.data[0]['Sample Source ID'], 'S2');
    assert.equal((await get('as-curator/samples?filter=Markers%3Db')).body.data[0]['Sample Source ID'], 'S1');
    assert.equal((await get('as-curator/samples?query=female')).body.data[0]['Sample Source ID'], 'S2');
    assert.equal((await get('as-curator/samples?pageLimit=0')).body.meta.pagination.total, 3);
    assert.equal((await get('as-curator/samples/?sort=+name')).status, 200);
  });

  test('wrong requests are told so', async () => {
    for (const query of [
      'pageLimit=2001',
      'pageOffset=-1',
      'sort=size',
      'filter=%3D',
      'query=(',
      'page=1',
      'returnedMetadataFields=most',
      'pageLimit=1&pageLimit=2',
    ]) {
      const answer = await get(`as-curator/samples?${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(typeof answer.body.error.message, 'string');
    }
    assert.equal((await get('as-curator/samples/GSF1')).status, 404);
    assert.equal((await get(`as-curator/samples/${study}`)).status, 404);
    assert.equal((await get('as-curator/samples/GSF1-A%2FB%20C%2B1%00')).status, 404);
  });

  test('how much metadata is answered', async () => {
    const [sample] = (await get('as-curator/samples?pageLimit=1')).body.data;
    const id = sample['genestack:accession'];
    assert.deepEqual(sample.Markers, ['a', 'b']);
    assert.equal(sample.groupId, sampleGroup);
    assert.equal(sample.Organism, null);
    const less = (await get(`as-user/samples/${id}`)).body;
    assert.equal(less.Markers, undefined);
    assert.equal(less.Organism, null);
    for (const alias of ['all', 'original_data_included']) {
      assert.deepEqual((await get(`as-user/samples/${id}?returnedMetadataFields=${alias}`)).body.Markers, ['a', 'b']);
    }
    const terms = (await get(`as-curator/samples/${id}?responseFormat=term_id`)).body;
    assert.equal(terms.Sex.value, 'M');
    assert.match(terms.Sex.dictionaryAccession, /^GSF\d+$/);
  });

  test('tab-separated rows for who accepts only them', async () => {
    const answer = await bench.ask('GET', '/api/v1/as-curator/samples', {
      headers: { accept: 'text/tab-separated-values' },
    });
    assert.match(answer.type, /^text\/tab-separated-values/);
    assert.equal(answer.text.split('\r\n').length, 5);
    assert.match(answer.text, /\ta\|b\t/);
  });

  test('members of a group', async () => {
    assert.equal((await get(`as-curator/libraries/by/group/${libraryGroup}`)).body.meta.pagination.total, 2);
    assert.equal((await get(`as-curator/libraries/by/group/${sampleGroup}`)).status, 404);
  });
});

describe('edits, versions and publishing', () => {
  test('an edit is a draft until it is published', async () => {
    const path = `/api/v1/as-curator/studies/${study}`;
    const edited = await bench.ask('PATCH', path, {
      body: { 'Target Disease': null, Phase: 2, Blind: true, Sites: ['a', 'b'] },
    });
    assert.equal(edited.status, 200);
    assert.deepEqual(
      [edited.body.Phase, edited.body.Blind, edited.body.Sites, edited.body['Target Disease']],
      [2, true, ['a', 'b'], undefined],
    );
    const published = async () => (await get(`as-user/studies/${study}?returnedMetadataFields=all`)).body;
    assert.equal((await published())['Target Disease'], 'Healthy');
    const versions = (await get(`as-curator/studies/${study}/versions`)).body;
    assert.equal(versions.length, 2);
    assert.equal(versions[1].message, 'Initial version');
    assert.ok(Number.isInteger(versions[0].timestamp) && typeof versions[0].version === 'string');
    assert.equal(
      (await get(`as-curator/studies/${study}/versions/${versions[1].version}`)).body['Target Disease'],
      'Healthy',
    );
    assert.equal((await get(`as-curator/studies/${study}/versions/0`)).status, 404);

    const task = await bench.ask(
      'POST',
      `/api/v1/as-curator/integration/studies/${study}/tasks/publish-versions?versionMessage=now`,
    );
    assert.equal(task.status, 200, task.text);
    for await (const job of bench.queue.watch(Number(task.body.id), AbortSignal.timeout(30_000))) void job;
    assert.equal((await get(`tasks/${task.body.id}`)).body.status, 'DONE');
    assert.equal((await published()).Phase, 2);
    assert.equal((await get(`as-user/studies/${study}/versions`)).body[0].message, 'now');
    assert.equal((await get('tasks/999999')).status, 404);
    assert.equal((await get(`tasks/${task.body.id}`, bench.researcherToken)).status, 404);
  });

  test('what no metadata can be is refused', async () => {
    const path = `/api/v1/as-curator/studies/${study}`;
    for (const body of [
      '[]',
      '{}',
      '{',
      '"x"',
      '{"a":{"b":1}}',
      '{"a":[[1]]}',
      '{"genestack:accession":"x"}',
      '{"":1}',
      '{"__proto__":1}',
    ]) {
      assert.equal((await bench.ask('PATCH', path, { body })).status, 400, body);
    }
    assert.equal((await bench.ask('PATCH', path, { headers: { 'content-type': 'application/json' } })).status, 400);
    assert.equal((await bench.ask('PATCH', '/api/v1/as-curator/studies/GSF1', { body: { a: 1 } })).status, 404);
  });

  test('the validation summary counts samples by value', async () => {
    const { samples } = (await get(`as-curator/integration/studies/${study}/validation-summary`)).body;
    const [sex] = samples[0].attributes.filter((each: { attributeName: string }) => each.attributeName === 'Sex');
    assert.equal(samples[0].groupAccession, sampleGroup);
    assert.equal(sex.attributeInvalidValues.length, 1);
    assert.equal(sex.attributeInvalidValues[0].value, 'M');
    assert.equal(sex.attributeInvalidValues[0].count, 2);
    assert.equal(sex.attributeInvalidValues[0].errors[0].errorType, 'SYNONYM_ATTRIBUTE');
  });
});

describe('links', () => {
  test('a group of runs of which one finds no sample is linked in part', async () => {
    const answer = await bench.ask('POST', link(`expression/group/${expression}/to/sample/group/${sampleGroup}`));
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([answer.body.linked, answer.body.unlinked], [2, 1]);
    assert.equal(answer.body.message, 'Not all signal data were linked to the samples.');
    const pairs = (await get(`as-curator/integration/link/expression/run-to-samples/by/group/${expression}`)).body;
    assert.equal(pairs.data.length, 2);
    assert.equal(pairs.meta.pagination.total, 3);
    const runs = (await get(`as-curator/expressions/runs/by/group/${expression}`)).body;
    assert.deepEqual(
      runs.data.map((run: Record<string, unknown>) => [run['Sample Source ID'], run['Normalization Method']]),
      [
        ['S1', 'TPM'],
        ['S2', 'TPM'],
        ['S9', 'TPM'],
      ],
    );
    assert.deepEqual((await get(`as-curator/expressions/runs/by/group/${expression}?cursor=${runs.cursor}`)).body, {
      data: [],
    });
    assert.equal((await get(`as-curator/expressions/group/by/run/${runs.data[0].id}`)).body.itemId, expression);
  });

  test('a file is edited as a whole; a run keeps what is its own', async () => {
    const path = '/api/v1/as-curator/expressions';
    const edited = await bench.ask('PATCH', `${path}/${expression}`, { body: { Scale: 'log2' } });
    assert.equal(edited.body.Scale, 'log2');
    assert.equal((await get(`as-curator/expressions/group/${expression}`)).body.metadata.Scale, 'log2');
    assert.equal((await get(`as-user/expressions/group/${expression}`)).body.metadata.Scale, null);
    const [run] = (await get(`as-curator/expressions/runs/by/group/${expression}?pageLimit=1`)).body.data;
    assert.equal(run.Scale, 'log2');
    assert.equal((await bench.ask('PATCH', `${path}/${run.id}`, { body: { Lane: 3 } })).body.Lane, 3);
    assert.equal((await get(`as-curator/expressions/${run.id}/versions`)).body.length, 2);
    const listed = (await get('as-curator/expressions/group?filter=Scale%3Dlog2')).body;
    assert.deepEqual(
      listed.data.map((each: { itemId: string }) => each.itemId),
      [expression],
    );
    assert.equal((await get('as-curator/expressions/group?useVersions=v3')).body.meta.pagination.total, 0);
    assert.equal((await get('as-curator/expressions/group?useVersions=*')).body.meta.pagination.total, 1);
  });

  test('nothing to link: 400 or 404 by type; an attribute that no sample has', async () => {
    const path = link(`expression/group/${expression}/to/sample/group/${sampleGroup}?linkingAttribute=Nothing`);
    assert.equal((await bench.ask('POST', path)).status, 400);
    assert.equal((await bench.ask('POST', link('expression/group/GSF1/to/sample/group/GSF2'))).status, 400);
    assert.equal((await bench.ask('POST', link('variant/group/GSF1/to/sample/group/GSF2'))).status, 404);
    assert.equal(
      (await bench.ask('POST', link(`library/group/${libraryGroup}/to/sample/group/${sampleGroup}?linkingAttribute=x`)))
        .status,
      400,
    );
  });

  test('generic links say the same, and can be made and deleted', async () => {
    const ends = { firstId: sampleGroup, firstType: 'sampleGroup', secondId: libraryGroup, secondType: 'libraryGroup' };
    const path = '/api/v1/as-curator/links';
    assert.equal((await bench.ask('POST', path, { body: [ends] })).status, 201);
    assert.equal((await bench.ask('POST', path, { body: [ends] })).status, 200);
    const found = (await get(`as-curator/links?firstId=${sampleGroup}`)).body;
    assert.deepEqual(found.data.map((each: { secondType: string }) => each.secondType).sort(), [
      'expressionGroup',
      'libraryGroup',
      'study',
    ]);
    // measured in libraries: that they have samples makes no link between these and the file
    const ofLibraries = await imported('expression', {
      dataLink: bench.serve('of-libraries.gct', '#1.2\n1\t1\nName\tDescription\tL1\nG1\t\t1\n'),
    });
    const toLibraries = link(`expression/group/${ofLibraries}/to/library/group/${libraryGroup}`);
    assert.equal((await bench.ask('POST', toLibraries)).status, 204);
    assert.deepEqual((await get(`as-curator/links?firstId=${ofLibraries}`)).body.data, [
      { firstId: ofLibraries, firstType: 'expressionGroup', secondId: libraryGroup, secondType: 'libraryGroup' },
    ]);
    assert.equal((await bench.ask('DELETE', toLibraries)).status, 204);
    const page = (await get(`as-curator/links?firstId=${sampleGroup}&offset=2&limit=5`)).body;
    assert.deepEqual(page.meta.pagination, { count: 1, total: 3, offset: 2, limit: 5 });
    assert.deepEqual(
      (await get(`as-curator/links?firstId=${sampleGroup}&secondId=${study}&secondType=study`)).body.data.map(
        (each: { secondId: string }) => each.secondId,
      ),
      [study],
    );
    const batch = await bench.ask('POST', `${path}/get-batch`, {
      body: { firstType: 'study', firstIds: [study], limit: 1 },
    });
    assert.equal(batch.body.data.length, 1);
    assert.equal(
      (await get(`as-curator/integration/link/samples/by/libraries?filter=${encodeURIComponent('"Library ID"=L1')}`))
        .body.data.length,
      2,
    );
    const query = `firstId=${libraryGroup}&secondId=${sampleGroup}`;
    assert.equal((await bench.ask('DELETE', `${path}?${query}`)).status, 204);
    assert.equal((await bench.ask('DELETE', `${path}?${query}`)).status, 404);
    assert.equal((await bench.ask('POST', path, { body: [{ ...ends, secondType: 'study' }] })).status, 404);
    for (const body of [
      [],
      {},
      [{}],
      [{ ...ends, firstType: 'wrong' }],
      [{ ...ends, secondType: 'expressionGroup', firstType: 'study' }],
    ]) {
      assert.equal((await bench.ask('POST', path, { body })).status, 400, JSON.stringify(body));
    }
    assert.ok((await get('as-user/data-types')).body.includes('expressionGroup'));
    assert.deepEqual(
      (await get('as-user/data-types/links?type=study')).body.map((each: { firstType: string }) => each.firstType),
      ['sample', 'sampleGroup'],
    );
  });

  test('reads across the graph', async () => {
    const [sample] = (await get('as-curator/samples?pageLimit=1')).body.data;
    const id = sample['genestack:accession'];
    assert.equal((await get(`as-curator/integration/link/study/by/sample/${id}`)).body['genestack:accession'], study);
    assert.equal((await get(`as-curator/integration/link/expression/by/sample/${id}`)).body.data.length, 1);
    assert.equal(
      (await get(`as-curator/integration/link/expression/by/sample/${id}?useVersions=v7`)).body.data.length,
      0,
    );
    assert.equal((await get(`as-user/integration/link/expression/group/by/study/${study}`)).body[0].itemId, expression);
    assert.equal((await get('as-curator/integration/link/samples/by/study/GSF1')).status, 400);
  });
});

describe('search, deletion, people, documentation', () => {
  test('studies by text of their samples, and by a value', async () => {
    const search = (filters: unknown) =>
      bench.ask('POST', '/api/v1/as-user/integration/fulltext/search/studies', { body: { filters } });
    const found = await search([{ type: 'FULL_TEXT', match: 'female', mode: 'STRICT' }]);
    assert.deepEqual(
      found.body.objectsPage.content.map((each: { accession: string }) => each.accession),
      [study],
    );
    assert.equal(found.body.objectsPage.content[0].size, 3);
    const option = Buffer.from('METADATA_Study_Source:lab').toString('base64');
    assert.equal((await search([{ type: 'SELECT', filterOptionId: option }])).body.objectsPage.filteredCount, 1);
    for (const filters of [
      {},
      [{ type: 'OTHER' }],
      [{ type: 'SELECT', filterOptionId: 'eA==' }],
      [
        { type: 'FULL_TEXT', match: 'a' },
        { type: 'FULL_TEXT', match: 'b' },
      ],
    ]) {
      assert.equal((await search(filters)).status, 400, JSON.stringify(filters));
    }
  });

  test('detached objects and deletion are for administrators', async () => {
    const token = bench.administratorToken;
    await imported('study', { metadataLink: bench.serve('lonely.tsv', 'Study Title\nLonely\n') });
    assert.equal((await get('manage-data/detached-objects')).status, 403);
    const detached = (await get('manage-data/detached-objects?detachedObjectType=LIBRARY_GROUP', token)).body.data;
    assert.deepEqual(
      detached.map((each: Record<string, unknown>) => each['genestack:accession']),
      [libraryGroup],
    );
    assert.equal(detached[0].ownerEmail, 'curator@example.org');
    const all = (await get('manage-data/detached-objects?limit=1', token)).body;
    assert.equal(all.data.length, 1);
    assert.equal((await get(`manage-data/detached-objects?limit=1&cursor=${all.cursor}`, token)).body.data.length, 1);
    const remove = (accessions: string, who: string = token) =>
      bench.ask('DELETE', `/api/v1/manage-data/data?accessions=${accessions}`, { token: who });
    assert.equal((await remove(libraryGroup, bench.curatorToken)).status, 403);
    assert.equal((await remove(`${libraryGroup},GSF1`)).status, 404);
    const [sample] = (await get('as-curator/samples?pageLimit=1')).body.data;
    assert.equal((await remove(sample['genestack:accession'])).status, 406);
    assert.equal((await get(`as-curator/libraries/by/group/${libraryGroup}`)).status, 200);
    const removed = await remove(libraryGroup);
    assert.equal(removed.status, 202);
    assert.equal(removed.body[0].objectType, 'LIBRARY_GROUP');
    assert.equal((await get(`as-curator/libraries/by/group/${libraryGroup}`)).status, 404);
  });

  test('users and groups by SCIM', async () => {
    const token = bench.administratorToken;
    assert.equal((await get('scim/Users')).status, 403);
    const made = await bench.ask('POST', '/api/v1/scim/Users', {
      token,
      body: { active: true, displayName: 'Ada', emails: [{ value: 'ada@example.org' }] },
    });
    assert.equal(made.status, 201, made.text);
    assert.match(made.type, /^application\/scim\+json/);
    const found = await get(`scim/Users?filter=${encodeURIComponent('userName eq "ADA@example.org"')}`, token);
    assert.equal(found.body.totalResults, 1);
    const patched = await bench.ask('PATCH', `/api/v1/scim/Users/${made.body.id}`, {
      token,
      body: { Operations: [{ op: 'replace', value: { displayName: 'Ada L' } }] },
    });
    assert.equal(patched.body.displayName, 'Ada L');
    const group = await bench.ask('POST', '/api/v1/scim/Groups', { token, body: { displayName: 'Readers' } });
    assert.equal(group.status, 201, group.text);
    const add = { Operations: [{ op: 'add', path: 'members', value: [{ value: made.body.id }] }] };
    assert.equal((await bench.ask('PATCH', `/api/v1/scim/Groups/${group.body.id}`, { token, body: add })).status, 204);
    assert.ok(
      (await get(`scim/Groups/${group.body.id}`, token)).body.members.some(
        (member: { value: string }) => member.value === made.body.id,
      ),
    );
    assert.equal((await bench.ask('DELETE', `/api/v1/scim/Groups/${group.body.id}`, { token })).status, 204);
    assert.equal((await bench.ask('DELETE', `/api/v1/scim/Users/${made.body.id}`, { token })).status, 204);
    assert.equal((await get(`scim/Users/${made.body.id}`, token)).body.active, false);
    const unknown = await get('scim/Users/999999', token);
    assert.equal(unknown.status, 404);
    assert.equal(unknown.body.status, '404');
    assert.equal((await get('scim/Users?filter=x', token)).body.scimType, 'invalidFilter');
  });

  test('the documentation needs no sign-in and nothing from elsewhere', async () => {
    const page = await bench.ask('GET', '/api-docs', { token: null });
    assert.equal(page.status, 200);
    for (const [, path] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      assert.ok(path!.startsWith('/api-docs/'), path);
      assert.equal((await bench.ask('GET', path!, { token: null })).status, 200, path);
    }
    const document = await bench.ask('GET', '/api/v1/openapi.json', { token: null });
    assert.ok(document.body.paths['/api/v1/as-user/studies/{id}'].get);
    assert.ok(document.body.paths['/api/v1/xrefsets'], 'routes of the other families are described too');
  });
});
