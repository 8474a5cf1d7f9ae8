// The official command-line programs, unchanged: LINNAEA_TEST_ODM names a Python that has odm-sdk.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { listTemplates } from '@linnaea/catalog';
import { listUsers } from '@linnaea/identity';
import { exportTemplate, loadDefaultTemplate } from '@linnaea/model';
import { createOdmBench, type OdmBench } from '../testing.ts';

const python = process.env.LINNAEA_TEST_ODM ?? '';
const skip = python !== '' && existsSync(python) ? false : 'LINNAEA_TEST_ODM names no Python with the clients';

let bench: OdmBench;
let host: string;
let folder: string;

before(async () => {
  if (skip) return;
  bench = await createOdmBench();
  folder = await mkdtemp(join(tmpdir(), 'linnaea-odm-scripts-'));
  host = `${await bench.app.listen({ host: '127.0.0.1', port: 0 })}/frontend`;
});
after(async () => {
  await bench?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** Runs a program as an administrator; answers its exit code and all that it printed. */
function script(name: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const all = ['-H', host, '--token', bench.administratorToken, ...args];
  return new Promise((resolve) => {
    execFile(
      join(dirname(python), name),
      all,
      { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, NO_PROXY: '*' }, timeout: 60_000 },
      (error, output, errors) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: output + errors }),
    );
  });
}

test('odm-create-users makes users, and says of known ones that they are there', { skip }, async () => {
  await writeFile(join(folder, 'users.tsv'), 'one@example.org\tOne\ttwinflower under pines\n');
  for (let times = 0; times < 2; times += 1) {
    const { code, output } = await script('odm-create-users', '--file_with_users', 'users.tsv');
    assert.equal(code, 0, output);
  }
  const users = (await listUsers(bench.database, bench.administrator)).users;
  assert.ok(users.some((user) => user.email === 'one@example.org'));
});

test('odm-update-template makes a template, replaces it, and makes it the default one', { skip }, async () => {
  const items = exportTemplate(loadDefaultTemplate()).map(({ dictionaryAccession: _, ...item }) => item);
  await writeFile(join(folder, 'template.json'), JSON.stringify(items));
  const settings = { template_path: 'template.json', template_name: 'From script', replace: true, mark_default: true };
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  for (let times = 0; times < 2; times += 1) {
    const { code, output } = await script('odm-update-template', 'settings.json');
    assert.equal(code, 0, output);
  }
  const mine = (await listTemplates(bench.database)).filter((template) => template.name === 'From script');
  assert.equal(mine.length, 1);
  assert.equal(mine[0]?.isDefault, true);
  assert.ok((mine[0]?.rules.length ?? 0) >= items.length);
});

test('odm-share-study and odm-delete-study do so, and tell what is not there', { skip }, async () => {
  const link = bench.serve('study.tsv', 'Study Source ID\tStudy Title\nS1\tA study\n');
  const job = await bench.run({ kind: 'study', metadata: { link } });
  const accession = String(job.result?.accession);
  const share = (study: string) => script('odm-share-study', '--study_accession', study, '--group_name', 'All users');
  const shared = await share(accession);
  assert.equal(shared.code, 0, shared.output);
  assert.equal(
    (await bench.ask('GET', `/api/v1/as-user/studies/${accession}`, { token: bench.researcherToken })).status,
    200,
  );
  const missing = await share('GSF9');
  assert.notEqual(missing.code, 0);
  assert.match(missing.output, /GSF9/);
  const deleted = await script('odm-delete-study', '--accession', accession);
  assert.equal(deleted.code, 0, deleted.output);
  assert.equal((await bench.ask('GET', `/api/v1/as-curator/studies/${accession}`)).status, 404);
});
