import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sql } from '@linnaea/database';
import { loadPrincipal } from '@linnaea/identity';
import { startImport } from '@linnaea/imports';
import { openServices, readConfiguration, type Services } from '@linnaea/server';
import { pino } from 'pino';
import { gctInput, type Input, randomNumbers, samplesInput, vcfInput } from './inputs.ts';

const seed = Number(process.env.LINNAEA_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const inputs = [samplesInput(3_000), gctInput(3_000, 60), vcfInput(10_000, 10)];
const program = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));

const metricsToken = 'only for this test';

const postmasters = new Set<number>();
const servers = new Set<ChildProcess>();
let folder: string;
let settings: Record<string, string>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'linnaea-crash-server-'));
  await mkdir(join(folder, 'links'));
  for (const input of inputs) await writeFile(join(folder, 'links', input.name), input.text);
  settings = {
    LINNAEA_DATA_DIR: join(folder, 'data'),
    LINNAEA_PORT: '0',
    LINNAEA_LOG_LEVEL: 'warn',
    LINNAEA_LINK_LOCAL_DIRS: join(folder, 'links'),
    LINNAEA_ADMIN_EMAIL: 'root@example.org',
    LINNAEA_ADMIN_PASSWORD: 'only for tests',
    LINNAEA_METRICS_TOKEN: metricsToken,
  };
});
after(async () => {
  // those of a test that failed, which would keep it from ending
  for (const server of servers) server.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const kills = 20;

test('a server killed twenty times, at start and at work, starts again with what it had, and leaves no PostgreSQL', async (t) => {
  t.diagnostic(`seed ${seed} (LINNAEA_TEST_SEED repeats it)`);
  const next = randomNumbers(seed);
  const jobs = await withServices((services) => startImports(services, 12));
  for (let kill = 0; kill < kills; kill += 1) {
    const server = startServer();
    // every fourth is killed while it starts: before, during and after the recovery of its database
    const atWork = kill % 4 !== 1;
    if (atWork) await server.ready();
    await pause(next() * (atWork ? 600 : 2_000));
    await server.kill();
  }
  await withServices(expireLeases);
  const last = startServer();
  const address = await last.ready();
  await untilIdle(address);
  await last.stop();
  assertNoPostgres();
  await withServices((services) => checkImports(services, jobs));
  assertNoPostgres();
});

/** Opens the store in this process, without workers and HTTP. */
async function withServices<T>(use: (services: Services) => Promise<T>): Promise<T> {
  const services = await openServices(
    readConfiguration({ ...settings, LINNAEA_WORKERS: '0' }),
    pino({ level: 'warn' }, pino.destination(2)),
  );
  try {
    return await use(services);
  } finally {
    await services.close();
  }
}

async function startImports({ database, imports }: Services, times: number): Promise<Map<number, Input>> {
  const row = await database.first<{ id: number }>(sql`select id from user_account where email = 'root@example.org'`);
  const administrator = (await loadPrincipal(database, row!.id))!;
  const jobs = new Map<number, Input>();
  for (let time = 0; time < times; time += 1) {
    for (const input of inputs) {
      const source = { link: pathToFileURL(join(folder, 'links', input.name)).href };
      const job = await startImport(imports, administrator, {
        kind: input.kind,
        allowDuplicates: true,
        ...(input.kind === 'sample' ? { metadata: source } : { data: source }),
      });
      jobs.set(job.id, input);
    }
  }
  return jobs;
}

/** A killed worker's jobs are free after a minute; the test does not wait for it. */
async function expireLeases({ database }: Services): Promise<void> {
  await database.run(sql`update job set lease_until = now() where lease_until is not null`);
}

async function checkImports({ database, queue }: Services, jobs: ReadonlyMap<number, Input>): Promise<void> {
  let records = 0;
  for (const [id, input] of jobs) {
    const job = (await queue.get(id))!;
    assert.ok(
      job.state === 'completed' || job.errors.some((error) => error.code === 'worker-lost'),
      `${job.state} ${JSON.stringify(job.errors)}`,
    );
    if (job.state === 'completed') records += 1 + input.records;
  }
  assert.ok(records > 0);
  assert.deepEqual({ ...(await database.first(sql`select count(*)::int as n from record`)) }, { n: records });
}

async function untilIdle(address: string): Promise<void> {
  for (let look = 0; look < 600; look += 1) {
    const headers = { authorization: `Bearer ${metricsToken}` };
    const metrics = await (await fetch(`${address}/metrics`, { headers })).text();
    if (metrics.includes('linnaea_jobs{') && !/linnaea_jobs\{state="(queued|running|stopping)"\} [1-9]/.test(metrics))
      return;
    await pause(100);
  }
  throw new Error('The imports did not end');
}

function startServer() {
  const child = spawn(process.execPath, [program, 'serve'], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  servers.add(child);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const listening = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      const address = /^Linnaea is at (\S+)$/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    child.kill(signal);
    return exited;
  };
  return {
    /** The address, when the server answers. */
    async ready(): Promise<string> {
      const failed = exited.then(() => Promise.reject(new Error(`The server ended by itself: ${complaints}`)));
      failed.catch(() => undefined);
      const address = await Promise.race([listening, failed]);
      assert.deepEqual(await (await fetch(`${address}/health`)).json(), { status: 'UP' });
      notePostgres();
      return address;
    },
    async kill(): Promise<void> {
      notePostgres();
      assert.deepEqual(await end('SIGKILL'), [null, 'SIGKILL'], complaints);
      notePostgres();
    },
    stop: async () => assert.deepEqual(await end('SIGTERM'), [0, null], complaints),
  };
}

const postmasterFile = () => join(folder, 'data', 'database', 'data', 'postmaster.pid');

/** Remembers which process serves the database now, or did until its owner was killed. */
function notePostgres(): void {
  if (existsSync(postmasterFile())) postmasters.add(Number(readFileSync(postmasterFile(), 'utf8').split('\n')[0]));
}

function assertNoPostgres(): void {
  assert.ok(postmasters.size > 0);
  assert.equal(existsSync(postmasterFile()), false, 'the database was not stopped');
  for (const pid of postmasters)
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, `PostgreSQL ${pid} is still there`);
}
