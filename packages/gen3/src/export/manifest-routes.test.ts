import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from '@linnaea/database';
import { createTideServer, type TestServer } from '../submission/testing.ts';
import { smallDictionary } from '../submission/testing-dictionary.ts';

const common = `
uniqueKeys: [[id], [project_id, submitter_id]]
systemProperties: [id, project_id]
required: [type, submitter_id]
additionalProperties: false
links: [{name: projects, backref: of_project, label: in, target_type: project, multiplicity: many_to_one, required: true}]
properties:
  type: {type: string}
  id: {type: string}
  project_id: {type: string}
  submitter_id: {type: string}
  file_name: {type: string}
  projects: {type: object}`;
const files: Record<string, string> = {
  'reading.yaml': `id: reading\ncategory: data_file${common}`,
  'buoy.yaml': `id: buoy\ncategory: biospecimen${common.replace('of_project', 'buoys')}`,
};

const base = '/v0/submission/SEA/tide';
const unknown = '00000000-0000-4000-8000-000000000000';
let server: TestServer;

before(async () => {
  server = await createTideServer(smallDictionary(files));
  const entities = ['reading', 'buoy'].map((type) => ({
    type,
    submitter_id: `${type}-1`,
    file_name: `${type}.txt`,
    projects: { code: 'tide' },
  }));
  assert.equal((await server.send('POST', base, entities)).status, 201);
});
after(() => server?.close());

async function idOf(type: string): Promise<string> {
  const row = await server.database.first<{ id: string }>(sql`select uuid as id from record where kind = ${type}`);
  return row?.id ?? '';
}

test('a manifest tells of the files that are asked for, and refuses what is none', async () => {
  const [reading, buoy] = [await idOf('reading'), await idOf('buoy')];
  for (const route of ['manifest', 'upload_manifest']) {
    const get = (ids: string) => server.send('GET', `${base}/${route}?ids=${ids}`);
    const found = await get(`${reading},${unknown}`);
    assert.equal(found.status, 200);
    assert.equal(found.headers['content-disposition'], 'attachment; filename=submission_manifest.yaml');
    assert.match(
      found.text,
      new RegExp(`^files:\\n- .*\\n {2}id: ${reading}\\n {2}local_file_path: reading\\.txt\\n`, 's'),
    );
    assert.equal(found.text.match(/^- /gm)?.length, 1);

    const other = await get(`${reading},${buoy}`);
    assert.equal(other.status, 400);
    assert.deepEqual(other.json(), { message: `buoy ${buoy} is not a data file.` });
    const missing = await get(`${unknown},nonsense`);
    assert.equal(missing.status, 404);
    assert.deepEqual(missing.json(), { message: `Unable to find ${unknown}, nonsense` });
    for (const none of ['', '%20', ',']) {
      const blank = await get(none);
      assert.equal(blank.status, 400, none);
      assert.deepEqual(blank.json(), { message: "No ids specified. Use query parameter 'ids', e.g. 'ids=id1,id2'." });
    }
  }
});

function isVerdict(value: unknown): value is { valid: boolean; errors?: string[] } {
  return typeof value === 'object' && value !== null && 'valid' in value;
}

async function judge(body: unknown, type = 'application/json'): Promise<{ valid: boolean; errors?: string[] }> {
  const answer = await server.send('POST', '/v0/submission/validation/upload_manifest', body, { as: null, type });
  assert.equal(answer.status, 200, answer.text);
  const verdict = answer.json();
  assert.ok(isVerdict(verdict));
  return verdict;
}

test('a manifest is judged by what an upload needs of it', async () => {
  const file = { id: unknown, file_name: 'a.txt', project_id: 'SEA-tide' };
  const { file_name: _, ...nameless } = file;
  assert.deepEqual(await judge({ files: [file, { ...nameless, local_file_path: 'b/a.txt' }] }), { valid: true });
  assert.deepEqual(await judge({ files: [{ ...file, file_size: 5, md5sum: 'a'.repeat(32), more: 1 }] }), {
    valid: true,
  });
  const wrong = async (change: object) => (await judge({ files: [{ ...file, ...change }] })).errors;
  assert.deepEqual(await wrong({ file_size: 1.5 }), ["1.5 is not of type 'integer'"]);
  assert.deepEqual(await wrong({ md5sum: 'A' }), ["'A' does not match '^[a-f0-9]{32}$'"]);
  assert.deepEqual(await wrong({ project_id: 5 }), ["5 is not of type 'string'"]);
  for (const lacking of ['id', 'file_name', 'project_id'] as const) {
    const { [lacking]: _gone, ...rest } = file;
    const { valid, errors } = await judge({ files: [rest] });
    assert.equal(valid, false, lacking);
    assert.match(errors?.[0] ?? '', /is not valid under any of the given schemas/);
  }
  for (const body of [[], {}, { files: 'x' }]) assert.equal((await judge(body)).valid, false);
});

test('a manifest is read as YAML, and what cannot be read is told with its place', async () => {
  const yaml = `files:\n- id: ${unknown}\n  local_file_path: a.txt\n  project_id: SEA-tide\n`;
  assert.deepEqual(await judge(yaml, 'text/x-yaml'), { valid: true });
  const { valid, errors } = await judge('files:\n- {id: 1, id: 2}', 'text/x-yaml');
  assert.equal(valid, false);
  assert.match(errors?.[0] ?? '', /line 2, column 11\)/);
  assert.equal((await judge('{"files": [], "files": []}')).valid, false);
  assert.equal((await judge('', 'text/x-yaml')).valid, false);
});

test('a manifest that refers to itself is refused before it grows', async () => {
  const growing = [...Array(9).keys()].map((n) => `a${n}: &a${n} [${Array(10).fill(n === 0 ? 1 : `*a${n - 1}`)}]\n`);
  for (const text of [`${growing.join('')}files: [*a8]\n`, 'files: &a\n- *a\n', 'files: &a [{id: 1}, *a]']) {
    const { valid, errors } = await judge(text, 'text/x-yaml');
    assert.equal(valid, false);
    assert.match(errors?.join() ?? '', /alias/);
  }
  const deep = await judge(`files: ${'['.repeat(20_000)}`, 'text/x-yaml');
  assert.equal(deep.valid, false);
  const closed = await judge(`files: [${'['.repeat(3_000)}${']'.repeat(3_000)}]`, 'text/x-yaml');
  assert.equal(closed.valid, false);
});

test('a manifest that is too large, or too wrong, is not answered at any length', async () => {
  const { errors } = await judge({ files: Array(1500).fill(1) });
  assert.equal(errors?.length, 1001);
  assert.match(errors?.at(-1) ?? '', /500 more/);
  const large = await server.send('POST', '/v0/submission/validation/upload_manifest', ' '.repeat(9 * 1024 * 1024));
  assert.equal(large.status, 413);
});
