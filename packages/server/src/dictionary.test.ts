import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { checkStoredNodes, type DictionaryReload } from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { createUser, loadPrincipal } from '@linnaea/identity';
import { buildDataDictionary, type DataDictionary } from '@linnaea/model';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from './app.ts';
import { runCommand } from './commands.ts';
import { type Configuration, readConfiguration } from './config.ts';
import { type OpenDictionary, openDictionary } from './dictionary.ts';
import { openServices, type Services } from './services.ts';

const token = 'a token that only this test knows';
const email = 'ada@example.org';
const password = 'twinflower under pines';
const logger = pino({ level: 'silent' });

type Multiplicity = 'many_to_one' | 'one_to_one';
interface Shape {
  tissues?: string[];
  /** Name of the property that holds a mass. */
  mass?: string;
  multiplicity?: Multiplicity;
  required?: string[];
  caseLink?: string;
  /** Kinds to leave out. */
  without?: string[];
}

/** A bundle of four kinds; each test changes what it is about. */
function bundle({ tissues = ['blood', 'bone'], mass = 'mass', ...shape }: Shape = {}): Record<string, object> {
  const { multiplicity = 'many_to_one', required = [], caseLink = 'cases', without = [] } = shape;
  const kind = (id: string, more: object) => ({
    id,
    title: id,
    type: 'object',
    category: 'administrative',
    additionalProperties: false,
    systemProperties: ['id', 'project_id', 'state', 'created_datetime', 'updated_datetime'],
    uniqueKeys: [['id'], ['project_id', 'submitter_id']],
    ...more,
  });
  const common = {
    id: { type: 'string' },
    type: { enum: ['case', 'sample'] },
    submitter_id: { type: 'string' },
    project_id: { type: 'string' },
    state: { type: 'string', default: 'validated' },
    created_datetime: { type: 'string' },
    updated_datetime: { type: 'string' },
  };
  const link = (name: string, target_type: string, backref: string, kindOfLink: Multiplicity = 'many_to_one') => ({
    ...{ name, target_type, backref, label: 'of', multiplicity: kindOfLink, required: true },
  });
  const named = { id: { type: 'string' }, type: { type: 'string' }, dbgap_accession_number: { type: 'string' } };
  const kinds = [
    kind('program', { uniqueKeys: [['id'], ['name']], properties: { ...named, name: { type: 'string' } } }),
    kind('project', {
      uniqueKeys: [['id'], ['code']],
      links: [link('programs', 'program', 'projects')],
      required: ['code', 'programs'],
      properties: { ...named, code: { type: 'string' }, programs: {} },
    }),
    kind('case', {
      links: [link('projects', 'project', 'cases')],
      required: ['submitter_id', 'projects'],
      properties: { ...common, projects: { type: 'object' } },
    }),
    kind('sample', {
      category: 'biospecimen',
      links: [link(caseLink, 'case', 'samples', multiplicity)],
      required: ['submitter_id', ...required],
      properties: {
        ...common,
        tissue: { enum: tissues },
        [mass]: { type: 'number' },
        volume: { type: 'number' },
        [caseLink]: { type: 'object' },
      },
    }),
  ];
  return Object.fromEntries(kinds.filter(({ id }) => !without.includes(id)).map((one) => [`${one.id}.yaml`, one]));
}

function dictionaryOf(shape: Shape): DataDictionary {
  const { dictionary, findings } = buildDataDictionary(
    new Map(Object.entries(JSON.parse(JSON.stringify(bundle(shape))))),
  );
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  );
  return dictionary;
}

let app: FastifyInstance;
let services: Services;
let configuration: Configuration;
let drop: () => Promise<void>;
let directory: string;
let source: string;
let cookie: string;

const provide = (shape: Shape) => writeFile(source, JSON.stringify(bundle(shape)));

before(async () => {
  const database = await createTestDatabase();
  drop = database.drop;
  directory = await mkdtemp(join(tmpdir(), 'linnaea-dictionary-'));
  source = join(directory, 'dictionary.json');
  await provide({});
  configuration = readConfiguration({
    LINNAEA_DATABASE_URL: database.url,
    LINNAEA_DATA_DIR: directory,
    LINNAEA_DICTIONARY: source,
    LINNAEA_ADMIN_TOKEN: token,
    LINNAEA_ADMIN_EMAIL: email,
    LINNAEA_ADMIN_PASSWORD: password,
    LINNAEA_WORKERS: '0',
  });
  services = await openServices(configuration, logger);
  app = await buildApp(services);
  await submit('PUT', '/', { type: 'program', name: 'LNN', dbgap_accession_number: 'LNN' });
  await submit('PUT', '/LNN', { type: 'project', code: 'ONE', dbgap_accession_number: 'ONE' });
  await submit('PUT', '/LNN/ONE', [
    { type: 'case', submitter_id: 'C1', projects: { code: 'ONE' } },
    { type: 'sample', submitter_id: 'S1', tissue: 'blood', mass: 1, cases: { submitter_id: 'C1' } },
    { type: 'sample', submitter_id: 'S2', tissue: 'bone', mass: 2, cases: { submitter_id: 'C1' } },
    { type: 'sample', submitter_id: 'S3', tissue: 'bone', cases: { submitter_id: 'C1' } },
  ]);
  const signedIn = await app.inject({ method: 'POST', url: '/portal/api/session', payload: { email, password } });
  cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
});
after(async () => {
  await app?.close();
  await services?.close();
  await drop?.();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  await provide({});
  await services.dictionary.reload({ force: true });
});

async function submit(method: 'PUT' | 'POST', path: string, payload: object) {
  const headers = { authorization: `bearer ${token}` };
  const answer = await app.inject({ method, url: `/v0/submission${path}`, headers, payload });
  assert.equal(answer.statusCode, 200, answer.body);
}

describe('the check of what is stored', () => {
  const check = (shape: Shape, before?: Shape) =>
    checkStoredNodes(services.database, dictionaryOf(shape), {
      limit: 1,
      ...(before && { before: dictionaryOf(before) }),
    });
  const brief = ({ groups }: Awaited<ReturnType<typeof check>>) =>
    groups.map(({ kind, code, attribute, count }) => ({ kind, code, attribute, count }));

  test('finds nothing wrong with nodes by the dictionary that they were submitted under', async () => {
    assert.deepEqual(await check({}), {
      ...{ checked: 6, invalid: 0, becameInvalid: 0, findings: 0, groups: [], ungrouped: 0 },
    });
  });

  test('counts a value that is gone, with examples up to the limit', async () => {
    const report = await check({ tissues: ['blood'] });
    assert.deepEqual([report.checked, report.invalid, report.becameInvalid, report.findings], [6, 2, 2, 2]);
    const [group] = report.groups;
    assert.deepEqual(brief(report), [{ kind: 'sample', code: 'value-not-allowed', attribute: 'tissue', count: 2 }]);
    assert.match(group?.messages[0]?.message ?? '', /'bone' is not one of \['blood'/);
    assert.deepEqual(group?.messages[0]?.count, 2);
    assert.deepEqual(
      group?.examples.map(({ submitterId, project }) => [submitterId, project]),
      [['S2', 'LNN-ONE']],
    );
    assert.match(group?.examples[0]?.id ?? '', /^[0-9a-f-]{36}$/);
  });

  test('a property that was renamed is unknown; only nodes that have it are counted', async () => {
    const report = await check({ mass: 'weight' });
    assert.deepEqual(brief(report), [{ kind: 'sample', code: 'property-unknown', attribute: null, count: 2 }]);
    assert.match(report.groups[0]?.messages[0]?.message ?? '', /'mass' was unexpected/);
  });

  test('a required property that is missing, a kind that is gone, a link that is another', async () => {
    assert.deepEqual(brief(await check({ required: ['mass'] })), [
      { kind: 'sample', code: 'required-missing', attribute: 'mass', count: 1 },
    ]);
    assert.deepEqual(brief(await check({ without: ['sample'] })), [
      { kind: 'sample', code: 'type-unknown', attribute: 'type', count: 3 },
    ]);
    const renamed = brief(await check({ caseLink: 'donors' })).sort((a, b) => (a.code < b.code ? -1 : 1));
    assert.deepEqual(renamed, [
      { kind: 'sample', code: 'link-required', attribute: 'donors', count: 3 },
      { kind: 'sample', code: 'link-unknown', attribute: 'cases', count: 3 },
    ]);
  });

  test('a link that now allows one child only, on a target with three', async () => {
    assert.deepEqual(brief(await check({ multiplicity: 'one_to_one' })), [
      { kind: 'sample', code: 'link-multiplicity', attribute: 'cases', count: 3 },
    ]);
  });

  test('what the dictionary before found wrong as well did not become wrong', async () => {
    const report = await check({ tissues: ['blood', 'skin'], required: ['mass'] }, { tissues: ['blood'] });
    assert.deepEqual([report.invalid, report.becameInvalid], [2, 1]);
    assert.deepEqual(
      report.groups.map(({ code, count, became }) => [code, count, became]),
      [
        ['value-not-allowed', 2, 0],
        ['required-missing', 1, 1],
      ],
    );
  });

  test('nodes in the bin are not judged', async () => {
    await services.database.transaction(async (tx) => {
      const change = await tx.first<{ id: number }>(
        sql`insert into change (origin, action) values ('gen3', 'delete') returning id`,
      );
      await tx.run(sql`update record set deleted_change = ${change?.id} where natural_key = 'sample/s2'`);
    });
    try {
      const report = await check({ tissues: ['blood'] });
      assert.deepEqual([report.checked, report.invalid], [5, 1]);
    } finally {
      await services.database.run(sql`update record set deleted_change = null where natural_key = 'sample/s2'`);
    }
  });
});

describe('reloading', () => {
  const reload = async (payload?: object, as = cookie): Promise<DictionaryReload> => {
    const answer = await app.inject({
      method: 'POST',
      url: '/portal/api/dictionary/reload',
      headers: { cookie: as },
      ...(payload && { payload }),
    });
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json();
  };
  const versions = async () =>
    (await app.inject({ url: '/portal/api/dictionary/versions', headers: { cookie } })).json().versions;

  test('is refused while something stored would become invalid, and forced', async () => {
    const old = services.dictionary.current().version;
    const count = (await versions()).length;
    await provide({ tissues: ['blood'] });
    const dry = await reload({ dryRun: true, force: true });
    assert.deepEqual([dry.outcome, dry.check?.becameInvalid], ['dry-run', 2]);
    const refused = await reload();
    assert.deepEqual([refused.outcome, refused.from, refused.check?.becameInvalid], ['refused-stored-data', old, 2]);
    assert.equal(services.dictionary.current().version, old);
    assert.equal((await versions()).length, count);
    const forced = await reload({ force: true });
    assert.deepEqual([forced.outcome, forced.from], ['switched', old]);
    assert.equal(services.dictionary.current().version, forced.to);
    const [newest] = await versions();
    assert.deepEqual(
      [newest.digest, newest.reason, newest.nodeKinds, newest.findings.becameInvalid, newest.source],
      [forced.to, 'reload', 4, 2, source],
    );
    assert.ok(newest.loadedBy);
    assert.equal((await reload()).outcome, 'unchanged');
  });

  test('a faulty dictionary is refused even with force', async () => {
    const old = services.dictionary.current().version;
    await writeFile(source, '{"case.yaml": ');
    const report = await reload({ force: true });
    assert.deepEqual([report.outcome, report.findings[0]?.code], ['refused-faulty', 'json-malformed']);
    assert.equal(services.dictionary.current().version, old);
  });

  test('is for administrators', async () => {
    const root = await services.database.first<{ id: number }>(sql`select id from user_account where email = ${email}`);
    const admin = await loadPrincipal(services.database, root?.id ?? 0);
    assert.ok(admin);
    const stranger = { email: 'bo@example.org', password };
    await createUser(services.database, admin, { ...stranger, name: 'Bo' });
    const signedIn = await app.inject({ method: 'POST', url: '/portal/api/session', payload: stranger });
    const other = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
    const statuses = [];
    for (const headers of [{}, { cookie: other }]) {
      statuses.push((await app.inject({ method: 'POST', url: '/portal/api/dictionary/reload', headers })).statusCode);
      statuses.push((await app.inject({ url: '/portal/api/dictionary/versions', headers })).statusCode);
    }
    assert.deepEqual(statuses, [401, 401, 403, 403]);
  });

  test('GraphQL, templates, the served dictionary and submission follow at once', async () => {
    const headers = { authorization: `bearer ${token}` };
    const ask = (property: string) =>
      app.inject({
        method: 'POST',
        url: '/v0/submission/graphql',
        headers,
        payload: { query: `{ sample(order_by_asc: "submitter_id") { submitter_id ${property} } }` },
      });
    const template = () => app.inject({ url: '/v0/submission/template/sample?format=tsv', headers });
    assert.equal((await ask('mass')).json().data.sample[0].mass, 1);
    assert.match((await template()).body, /\tmass\b/);
    await provide({ mass: 'weight' });
    assert.equal((await reload({ force: true })).outcome, 'switched');
    assert.match(JSON.stringify((await ask('mass')).json().errors), /mass/);
    assert.deepEqual((await ask('weight')).json().data.sample.length, 3);
    const after = (await template()).body;
    assert.match(after, /\tweight\b/);
    assert.doesNotMatch(after, /\tmass\b/);
    const served = await app.inject({ url: '/v0/submission/_dictionary/sample', headers });
    assert.ok('weight' in served.json().properties);
    await submit('PUT', '/LNN/ONE/_dry_run', [
      { type: 'sample', submitter_id: 'S9', weight: 1, cases: { submitter_id: 'C1' } },
    ]);
  });

  test('two processes follow each other, and a start alone switches nobody', async () => {
    const open = () => openDictionary({ source, database: services.database, logger, pollMs: 20 });
    const others: OpenDictionary[] = [await open()];
    const old = services.dictionary.current().version;
    try {
      const [other] = others;
      await provide({ tissues: ['blood', 'bone', 'skin'] });
      others.push(await open());
      assert.notEqual(others[1]?.current().version, other?.current().version);
      const { outcome, from, to } = await services.dictionary.reload();
      assert.deepEqual([outcome, from], ['switched', old]);
      await until(() => other?.current().version === to);
      await provide({ tissues: ['blood', 'bone', 'hair'] });
      const back = await other?.reload();
      assert.equal(back?.outcome, 'switched');
      await until(() => services.dictionary.current().version === back?.to);
    } finally {
      for (const one of others) await one.close();
    }
  });

  test('a process whose source is behind keeps its dictionary until the source has caught up', async () => {
    const late = join(directory, 'late.json');
    await writeFile(late, JSON.stringify(bundle()));
    const warnings: string[] = [];
    const listening = {
      info: () => {},
      error: () => {},
      warn: (_: object, message: string) => void warnings.push(message),
    };
    const other = await openDictionary({ source: late, database: services.database, logger: listening, pollMs: 20 });
    try {
      const old = other.current().version;
      await provide({ tissues: ['blood', 'bone', 'skin'] });
      const { to } = await services.dictionary.reload();
      await until(() => warnings.length > 0);
      assert.equal(other.current().version, old);
      await writeFile(late, JSON.stringify(bundle({ tissues: ['blood', 'bone', 'skin'] })));
      await until(() => other.current().version === to);
      assert.equal(warnings.length, 1);
    } finally {
      await other.close();
    }
  });

  test('the command judges a source without putting it into use', async (t) => {
    const printed: string[] = [];
    t.mock.method(console, 'log', (text: string) => void printed.push(text));
    t.mock.method(console, 'error', () => undefined);
    const count = (await versions()).length;
    await provide({ tissues: ['blood'] });
    assert.equal(await runCommand('dictionary-check', [], configuration, logger), 1);
    assert.deepEqual(JSON.parse(printed[0] ?? '').check.invalid, 2);
    await provide({});
    assert.equal(await runCommand('dictionary-check', [source], configuration, logger), 0);
    assert.equal((await versions()).length, count);
  });
});

/** Waits for something that another connection is to bring about; fails after a while. */
async function until(happened: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (happened()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('It did not happen');
}
