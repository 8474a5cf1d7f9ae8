import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Database, sql } from '@linnaea/database';
import { startImport } from '@linnaea/imports';
import { createImportBench, type ImportBench } from '@linnaea/imports/testing';
import type { Job } from '@linnaea/jobs';
import { localStore, type ObjectStore, sweep } from '@linnaea/objects';
import { deleteUnusedFeatures, isReferenced, openMatrix, openVariants } from '@linnaea/signals';
import { digestOf, gctInput, type Input, randomNumbers, samplesInput, vcfInput } from './inputs.ts';
import type { WorkerOptions } from './worker.ts';

const kills = 20;
const seed = Number(process.env.LINNAEA_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const ended = new Set(['completed', 'failed', 'stopped']);
const inputs = [samplesInput(8_000), gctInput(8_000, 100), vcfInput(25_000, 20)];

let bench: ImportBench;
let folder: string;
let objects: ObjectStore;
let options: WorkerOptions;
const links: string[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'linnaea-crash-'));
  bench = await createImportBench({ workers: 0 });
  objects = localStore(folder);
  for (const input of inputs) links.push(bench.serve(input.name, input.text));
  options = { databaseUrl: bench.databaseUrl, objects: folder, allowHost: new URL(links[0]!).host, concurrency: 2 };
});

after(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

test(`${kills} workers killed in the middle of imports leave whole imports or nothing`, async (t) => {
  t.diagnostic(`seed ${seed} (LINNAEA_TEST_SEED repeats it)`);
  const next = randomNumbers(seed);
  const jobs = new Map<number, Input>();
  const durations = await measureImports(jobs);
  for (let kill = 0; kill < kills; kill += 1) {
    const place = kill % inputs.length;
    const id = await start(place, jobs);
    // Each part of an import's time gets its kill, the last one around its commit.
    const part = Math.floor(kill / inputs.length) + next();
    const delay = (part / Math.ceil(kills / inputs.length)) * 1.05 * durations[place]!;
    const worker = startWorker();
    await worker.begun(id);
    await pause(delay);
    const { state, progress } = (await bench.queue.get(id))!;
    await worker.kill();
    t.diagnostic(
      `kill ${kill}: ${inputs[place]!.kind}, ${Math.round(delay)} of ${Math.round(durations[place]!)} ms, ${state}, ${progress.step} ${progress.rows}`,
    );
  }
  const last = startWorker();
  const all = await untilEnded(jobs);
  await last.kill();
  assert.ok(
    all.some((job) => job.state === 'completed' && job.interruptions.length > 0),
    'no import came through after a kill',
  );
  for (const job of all) {
    assert.notEqual(job.state, 'stopped');
    if (job.state === 'failed')
      assert.deepEqual(
        job.errors.map((error) => error.code),
        ['worker-lost'],
      );
  }
  const completed = all.filter((job) => job.state === 'completed');
  t.diagnostic(
    `${completed.length} completed, ${all.length - completed.length} failed, ${all.reduce((sum, job) => sum + job.interruptions.length, 0)} interruptions`,
  );
  await sweepEverything(bench.database, objects);
  for (const job of completed) await checkWhole(job, jobs.get(job.id)!);
  await checkNothingElse(completed.map((job) => [job, jobs.get(job.id)!]));
  await checkObjects();
});

/** Imports each input once, undisturbed, one after the other in a new process; answers how long each takes there (ms). */
async function measureImports(jobs: Map<number, Input>): Promise<number[]> {
  const durations: number[] = [];
  for (const place of inputs.keys()) {
    const id = await start(place, jobs);
    const worker = startWorker();
    await worker.begun(id);
    const begun = performance.now();
    assert.deepEqual(
      (await untilEnded(new Map([[id, inputs[place]!]]))).map((job) => [job.state, job.errors]),
      [['completed', []]],
    );
    durations.push(performance.now() - begun);
    await worker.kill();
  }
  return durations;
}

async function start(place: number, jobs: Map<number, Input>): Promise<number> {
  const input = inputs[place]!;
  const source = { link: links[place]! };
  const job = await startImport(bench.deps, bench.curator, {
    kind: input.kind,
    allowDuplicates: true,
    ...(input.kind === 'sample' ? { metadata: source } : { data: source }),
  });
  jobs.set(job.id, input);
  return job.id;
}

async function untilEnded(jobs: ReadonlyMap<number, Input>): Promise<Job[]> {
  return Promise.all(
    [...jobs.keys()].map(async (id) => {
      for await (const job of bench.queue.watch(id, AbortSignal.timeout(60_000))) if (ended.has(job.state)) return job;
      throw new Error(`Job ${id} did not end`);
    }),
  );
}

function startWorker() {
  const program = fileURLToPath(new URL('worker.ts', import.meta.url));
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: 'pipe',
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const exited = once(child, 'exit');
  const begun = new Set<number>();
  const waiting = new Map<number, () => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const id = Number(line.split(' ')[1]);
    begun.add(id);
    waiting.get(id)?.();
  });
  return {
    /** Resolves when the worker has begun the job. */
    async begun(id: number): Promise<void> {
      if (begun.has(id)) return;
      const failed = exited.then(() => Promise.reject(new Error(`The worker ended by itself: ${complaints}`)));
      failed.catch(() => undefined);
      await Promise.race([new Promise<void>((resolve) => waiting.set(id, resolve)), failed]);
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      const [code, signal] = await exited;
      assert.deepEqual([code, signal], [null, 'SIGKILL'], complaints);
    },
  };
}

/** What upkeep does every hour with things that are old, done with everything. */
async function sweepEverything(database: Database, store: ObjectStore): Promise<void> {
  const olderThan = new Date(Date.now() + 1_000);
  await deleteUnusedFeatures(database);
  await sweep({ store, prefix: 'signals', olderThan, isReferenced: (keys) => isReferenced(database, keys) });
  await sweep({
    store,
    prefix: 'files',
    olderThan,
    isReferenced: async (keys) => new Set((await referencedFiles(keys)).map((row) => row.key)),
  });
  await database.run(
    sql`delete from stored_object o where not exists (select from record_source s where s.object_id = o.id)`,
  );
}

function referencedFiles(keys: readonly string[]): Promise<{ key: string; size: number }[]> {
  return bench.database.query(sql`
    select o.key, o.size from stored_object o where o.key = any(${[...keys]}::text[]) and exists (select from record_source s where s.object_id = o.id)`);
}

async function checkWhole(job: Job, input: Input): Promise<void> {
  const group = await bench.database.first<{ id: number; name: string }>(sql`
    select r.id, o.file_name as name from record r join record_source s on s.record_id = r.id join stored_object o on o.id = s.object_id
    where r.accession = ${String(job.result?.groupAccession)}`);
  assert.equal(group?.name, input.name);
  const members = await bench.database.query<{ position: number; attributes: Record<string, string> }>(sql`
    select position, attributes from record where group_id = ${group!.id} order by position`);
  assert.deepEqual(
    members.map((member) => member.position),
    Array.from({ length: input.records }, (_, i) => i),
  );
  const read = { sample: async () => samplesDigest(members), expression: matrixDigest, variant: variantsDigest };
  assert.equal(await read[input.kind](group!.id), input.digest, `job ${job.id}`);
}

function samplesDigest(members: readonly { attributes: Record<string, string> }[]): string {
  const names = inputs[0]!.text.slice(0, inputs[0]!.text.indexOf('\n')).split('\t');
  return digestOf(members.map(({ attributes }) => `${names.map((name) => attributes[name]).join('\t')}\n`));
}

async function prefixOf(groupId: number): Promise<string> {
  const row = await bench.database.first<{ prefix: string }>(
    sql`select prefix from signal where group_id = ${groupId}`,
  );
  assert.ok(row, `file ${groupId} has no measurements`);
  return row.prefix;
}

async function matrixDigest(groupId: number): Promise<string> {
  const { values } = await (await openMatrix({ store: objects, prefix: await prefixOf(groupId) })).read({});
  return digestOf([new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]);
}

async function variantsDigest(groupId: number): Promise<string> {
  const reader = await openVariants({ store: objects, prefix: await prefixOf(groupId) });
  let text = '';
  for await (const part of reader.streamVcf()) text += Buffer.from(part).toString();
  return digestOf(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => `${line}\n`),
  );
}

/** Counts of every table that an import writes, which are those of the completed imports and no more. */
async function checkNothingElse(completed: readonly (readonly [Job, Input])[]): Promise<void> {
  const sum = (of: (input: Input) => number) => completed.reduce((total, [, input]) => total + of(input), 0);
  const runs = (input: Input) => (input.kind === 'sample' ? 0 : input.records);
  const expected = {
    groups: completed.map(([job]) => String(job.result?.groupAccession)).sort(),
    records: completed.length + sum((input) => input.records),
    changes: completed.length,
    sources: completed.length,
    signals: sum((input) => (input.kind === 'sample' ? 0 : 1)),
    signalRuns: sum(runs),
    featureSets: completed.some(([, input]) => input.kind === 'expression') ? 1 : 0,
  };
  const found = await bench.database.first(sql`
    select (select array_agg(accession order by accession) from record where group_id is null) as groups,
      (select count(*)::int from record) as records, (select count(*)::int from change where action = 'import') as changes,
      (select count(*)::int from record_source) as sources, (select count(*)::int from signal) as signals,
      (select count(*)::int from signal_run) as "signalRuns", (select count(*)::int from feature_set) as "featureSets"`);
  assert.deepEqual({ ...found }, expected);
}

/** After the sweep the store holds what is referred to, whole, and nothing else, not even on the disk. */
async function checkObjects(): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of objects.list('')) keys.push(key);
  const files = keys.filter((key) => key.startsWith('files/'));
  const signals = keys.filter((key) => key.startsWith('signals/'));
  assert.equal(files.length + signals.length, keys.length);
  assert.deepEqual((await referencedFiles(files)).map((row) => row.key).sort(), [...files].sort());
  assert.equal((await isReferenced(bench.database, signals)).size, signals.length);
  const rows = await bench.database.query<{ key: string; size: number }>(sql`select key, size from stored_object`);
  for (const { key, size } of rows) assert.equal((await objects.head(key))?.size, size, key);
  const onDisk = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  assert.equal(
    onDisk.length,
    keys.length,
    onDisk
      .map((entry) => entry.name)
      .filter((name) => !keys.some((key) => key.endsWith(name)))
      .join(),
  );
}
