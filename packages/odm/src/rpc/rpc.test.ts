import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createUser, setPassword } from '@linnaea/identity';
import { exportTemplate, loadDefaultTemplate } from '@linnaea/model';
import { createOdmBench, type OdmBench } from '../testing.ts';

let bench: OdmBench;

before(async () => {
  bench = await createOdmBench();
});
after(() => bench.close());

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: { result?: unknown; error?: string; errorStackTrace?: string; log?: unknown };
}

async function invoke(method: string, args: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const payload = typeof args === 'string' ? args : JSON.stringify(args);
  const answer = await bench.app.inject({
    method: 'POST',
    url: `/frontend/endpoint/application/invoke/genestack/${method}`,
    headers,
    payload,
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}
const as = (token: string) => ({ 'Genestack-API-Token': token });
async function result(method: string, args: unknown[], token = bench.administratorToken) {
  const { status, body } = await invoke(method, args, as(token));
  assert.equal(status, 200);
  assert.equal(body.error, undefined);
  assert.deepEqual(body.log, []);
  return body.result;
}

test('signing in by token sets a cookie, which alone is shown afterwards, until signing out', async () => {
  const signedIn = await invoke('signin/authenticateByApiToken', [bench.curatorToken]);
  assert.deepEqual(signedIn.body, { result: { authenticated: true }, log: [] });
  const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? '';
  assert.equal((await invoke('signin/whoami', [], { cookie })).body.result, 'curator@example.org');
  assert.deepEqual((await invoke('signin/signOut', [], { cookie })).body, { result: null, log: [] });
  assert.equal((await invoke('signin/whoami', [], { cookie })).status, 401);
});

test('signing in by password answers false for a wrong one and an unknown email alike', async () => {
  await createUser(bench.database, bench.administrator, { email: 'pass@example.org', name: 'Pass' });
  await setPassword(bench.database, bench.administrator, 'pass@example.org', 'twinflower under pines');
  assert.deepEqual((await invoke('signin/authenticate', ['pass@example.org', 'twinflower under pines'])).body.result, {
    authenticated: true,
  });
  for (const email of ['pass@example.org', 'nobody@example.org']) {
    const wrong = await invoke('signin/authenticate', [email, 'something else']);
    assert.deepEqual(wrong.body.result, { authenticated: false });
    assert.equal(wrong.headers['set-cookie'], undefined);
  }
  assert.deepEqual((await invoke('signin/authenticateByApiToken', ['nonsense'])).body.result, { authenticated: false });
});

test('failures are answered with 200 and never with anything from inside', async () => {
  const cases: [string, unknown, RegExp][] = [
    ['nonsense/method', [], /no method/],
    ['study-metainfotemplateeditor/loadTemplate', ['GSF1'], /File GSF1 not found/],
    ['study-metainfotemplateeditor/loadTemplate', [], /Argument 1/],
    ['signin/whoami', '{"a":1}', /array/],
    ['signin/whoami', '[', /JSON/],
  ];
  for (const [method, args, expected] of cases) {
    const { status, body } = await invoke(method, args, as(bench.curatorToken));
    assert.equal(status, 200);
    assert.match(body.error ?? '', expected);
    assert.equal(body.errorStackTrace, `GenestackRestApiException: ${body.error}\n`);
    assert.deepEqual(body.log, []);
  }
  assert.equal((await invoke('study-metainfotemplateeditor/listTemplates', [])).status, 401);
});

test('a page of another site cannot call with a session', async () => {
  const signedIn = await invoke('signin/authenticateByApiToken', [bench.curatorToken]);
  const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? '';
  const { body } = await invoke('signin/whoami', [], { cookie, origin: 'https://evil.example.org' });
  assert.match(body.error ?? '', /another site/);
});

test('templates are listed, made, filled type by type, and made the default one', async () => {
  const list = async () =>
    (await result('study-metainfotemplateeditor/listTemplates', [])) as {
      accession: string;
      name: string;
      isDefault: boolean;
    }[];
  assert.equal((await list()).filter((each) => each.isDefault).length, 1);
  const accession = await result('study-metainfotemplateeditor/createTemplateFile', ['Mine']);
  const items = exportTemplate(loadDefaultTemplate())
    .filter((item) => item.dataType === 'genestack:sampleObject')
    .map(({ dictionaryName: _, ...item }) => ({ ...item, dictionaryAccession: null }));
  assert.ok(items.length > 0);
  await result('study-metainfotemplateeditor/setKeyInfosForFileKind', [accession, 'genestack:sampleObject', items]);
  const loaded = (await result('study-metainfotemplateeditor/loadTemplate', [accession])) as {
    keyInfos: { name: string }[];
  };
  assert.deepEqual(
    loaded.keyInfos.map((each) => each.name),
    items.map((each) => each.name),
  );
  await result('study-metainfotemplateeditor/setDefaultTemplate', [accession]);
  assert.deepEqual(
    (await list()).filter((each) => each.isDefault).map((each) => each.name),
    ['Mine'],
  );
  assert.equal(
    await result('filesUtil/getFileByName', ['Mine', 'public', 'com.genestack.api.files.IApplicationPageFile']),
    accession,
  );
  assert.equal(
    await result('filesUtil/getFileByName', ['No such', 'public', 'com.genestack.api.files.IApplicationPageFile']),
    null,
  );
  const refused = await invoke('study-metainfotemplateeditor/setDefaultTemplate', [accession], as(bench.curatorToken));
  assert.match(refused.body.error ?? '', /MANAGE_TEMPLATES/);
  const wrong = await invoke(
    'study-metainfotemplateeditor/setKeyInfosForFileKind',
    [accession, 'genestack:sampleObject', [{ name: 'x' }]],
    as(bench.administratorToken),
  );
  assert.match(wrong.body.error ?? '', /dataType/);
});

test('users, permissions, groups and tokens are made', async () => {
  await result('usersadmin-api/createUser', ['new@example.org', 'twinflower under pines', 'New']);
  const twice = await invoke(
    'usersadmin-api/createUser',
    ['new@example.org', 'twinflower under pines', 'New'],
    as(bench.administratorToken),
  );
  assert.match(twice.body.error ?? '', /is already taken/);
  const users = (await result('usersadmin-api/listUsers', [])) as { email: string; permissions: string[] }[];
  assert.ok(users.some((each) => each.email === 'new@example.org'));
  const available = (await result('usersadmin-api/getAvailableDomainPermissions', [])) as { id: string }[];
  assert.ok(available.some((each) => each.id === 'MANAGE_TEMPLATES'));
  await result('usersadmin-api/setUserDomainPermissions', ['new@example.org', ['MANAGE_TEMPLATES']]);
  const { accession } = (await result('groupsadmin-api/createGroup', ['Lab'])) as { accession: string };
  await result('groupsadmin-api/addMemberToGroup', [accession, 'new@example.org']);
  const { groups } = (await result('groupsadmin-api/getData', [])) as {
    groups: { accession: string; members: { email: string }[] }[];
  };
  assert.ok(
    groups.find((each) => each.accession === accession)?.members.some((each) => each.email === 'new@example.org'),
  );
  assert.equal(await result('groupsUtil/findGroupByName', ['Lab']), accession);
  assert.equal(Reflect.get((await result('shareutils/getGroupsToShare', [])) as object, accession), 'Lab');
  await result('profile-api/createApiTokenDirectly', ['mine', 'abcdefghijklmnop-own-token']);
  assert.equal(
    (await invoke('signin/whoami', [], as('abcdefghijklmnop-own-token'))).body.result,
    bench.administrator.email,
  );
  const refused = await invoke(
    'usersadmin-api/createUser',
    ['x@example.org', 'twinflower under pines', 'X'],
    as(bench.curatorToken),
  );
  assert.match(refused.body.error ?? '', /MANAGE_ORGANIZATION/);
});

test('a study is shared, moved to the bin, and a second time is no mistake', async () => {
  const metadataLink = bench.serve('study.tsv', 'Study Source ID\tStudy Title\nS1\tA study\n');
  const job = await bench.run({ kind: 'study', metadata: { link: metadataLink } });
  const accession = String(job.result?.accession);
  assert.match(accession, /^GSF\d+$/);
  const { accession: group } = (await result('groupsadmin-api/createGroup', ['Readers'])) as { accession: string };
  await result('groupsadmin-api/addMemberToGroup', [group, 'researcher@example.org']);
  await result('shareutils/shareFiles', [[accession], [group], ['VIEW']]);
  assert.equal(
    (await bench.ask('GET', `/api/v1/as-user/studies/${accession}`, { token: bench.researcherToken })).status,
    200,
  );
  const unknown = await invoke('shareutils/shareFiles', [['GSF9'], [group], ['VIEW']], as(bench.administratorToken));
  assert.match(unknown.body.error ?? '', /File GSF9 not found/);
  const refused = await invoke('study-metainfo-editor/wipeStudy', [accession], as(bench.curatorToken));
  assert.match(refused.body.error ?? '', /Not enough/);
  for (let times = 0; times < 2; times += 1) await result('study-metainfo-editor/wipeStudy', [accession]);
  assert.equal((await bench.ask('GET', `/api/v1/as-curator/studies/${accession}`)).status, 404);
});

test('the shell is told what there is, and jobs are counted', async () => {
  const commands = (await result('shell/getCommands', [])) as {
    name: string;
    params: string[];
    returns: string;
    docs: string;
  }[];
  assert.ok(commands.some((each) => each.name === 'genestack/shell/getCommands'));
  assert.ok(commands.every((each) => each.docs !== '' && Array.isArray(each.params)));
  assert.deepEqual(await result('taskmanager/getRecentTaskCountsByStatus', [20]), { running: 0, queued: 0 });
});
