import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { defaultTemplate } from '@linnaea/catalog';
import { createTestDatabase } from '@linnaea/database/testing';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from './app.ts';
import { readConfiguration } from './config.ts';
import { openServices, type Services } from './services.ts';
import { runUpkeep } from './upkeep.ts';

const token = 'a token that only this test knows';
let app: FastifyInstance;
let services: Services;
let drop: () => Promise<void>;
let directory: string;

before(async () => {
  const test = await createTestDatabase();
  drop = test.drop;
  directory = await mkdtemp(join(tmpdir(), 'linnaea-server-'));
  const configuration = readConfiguration({
    LINNAEA_DATABASE_URL: test.url,
    LINNAEA_DATA_DIR: directory,
    LINNAEA_ADMIN_TOKEN: token,
    LINNAEA_METRICS_TOKEN: 'for the collector',
    LINNAEA_ADMIN_PASSWORD: 'only for tests',
  });
  services = await openServices(configuration, pino({ level: 'silent' }));
  app = await buildApp(services);
});
after(async () => {
  await app.close();
  await services.close();
  await drop();
  await rm(directory, { recursive: true, force: true });
});

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });

test('the first start makes an administrator, vocabularies and a default template', async () => {
  assert.equal(services.firstStart.created, true);
  assert.ok(((await defaultTemplate(services.database))?.rules.length ?? 0) > 50);
});

test('both API families answer on one server, each with its own errors', async () => {
  const studies = await get('/api/v1/as-curator/studies', { 'genestack-api-token': token });
  assert.equal(studies.statusCode, 200);
  assert.deepEqual(studies.json().data, []);
  assert.equal((await get('/api/v1/as-curator/studies')).statusCode, 401);
  const programs = await get('/v0/submission/', { authorization: `bearer ${token}` });
  assert.deepEqual([programs.statusCode, programs.json()], [200, { links: [] }]);
  assert.match((await get('/v0/submission/nothing', { authorization: `bearer ${token}` })).json().message, /nothing/i);
});

test('legacy paths, double and trailing slashes reach the same place', async () => {
  for (const url of [
    '/frontend/rs/genestack/studyCurator/default-released/studies',
    '/api/v1/as-curator/studies/',
    '//api/v1/as-curator/studies',
  ]) {
    assert.equal((await get(url, { 'genestack-api-token': token })).statusCode, 200, url);
  }
});

test('health answers without a credential', async () => {
  assert.deepEqual((await get('/health')).json(), { status: 'UP' });
  assert.equal((await get('/frontend/endpoint/actuator/health')).statusCode, 200);
});

test('metrics are for their token and for administrators', async () => {
  for (const [authorization, status] of [
    ['Bearer for the collector', 200],
    [`bearer ${token}`, 200],
    ['Bearer for the collecto', 401],
    ['', 401],
  ] as const) {
    const answer = await get('/metrics', authorization === '' ? {} : { authorization });
    assert.equal(answer.statusCode, status, authorization);
    assert.equal(/process_resident_memory_bytes \d+/.test(answer.body), status === 200, authorization);
  }
});

test('every answer forbids sniffing and framing, and an unknown address is a 404', async () => {
  const answer = await get('/no/such/address');
  assert.equal(answer.statusCode, 404);
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.headers['x-frame-options'], 'DENY');
});

const isBuilt = existsSync(new URL('../../web/dist/index.html', import.meta.url));
test('pages of the interface run no script but their own', { skip: isBuilt ? false : 'not built' }, async () => {
  for (const url of ['/', '/studies/GSF000001']) {
    const answer = await get(url, { accept: 'text/html' });
    assert.equal(answer.statusCode, 200, url);
    const policy = String(answer.headers['content-security-policy']);
    assert.match(policy, /^default-src 'self';/, url);
    assert.doesNotMatch(policy, /script-src|unsafe-eval/, url);
    assert.doesNotMatch(answer.body, /<script(?![^>]* src=)/, url);
  }
});

test('upkeep leaves what is referred to', async () => {
  const kept = await services.objects.put('files/kept', Buffer.from('kept'));
  assert.equal(kept.size, 4);
  await runUpkeep(services);
  assert.ok(await services.objects.head('files/kept'), 'a young file is left alone');
});
