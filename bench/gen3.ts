/**
 * Gen3 submission, export and reading through a server process with its own PostgreSQL, one line of JSON a figure.
 * Processor time is that of the server and its database; the load of the machine stands beside every figure.
 * Sheepdog 5.2.4 took 220 entities a second in transactions of 1,000 on a machine of 2 cores, and 225 in a second of
 * processor time. As with it, a first load that is not measured lets the server settle.
 * Arguments: entities of the submission (10,000), records of the large export (200,000; the goals speak of 1,000,000).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { load, peakMegabytes, processorSeconds, resetPeak } from './support/processes.ts';

const submitted = Number(process.argv[2] ?? 10_000);
const exported = Number(process.argv[3] ?? 200_000);
const perRequest = 1000;
const sheepdog = { name: 'sheepdog', wall: 220, processor: 225 };

interface Measured {
  milliseconds: number;
  processorMilliseconds: number;
  bytes: number;
}

const folder = mkdtempSync(join(tmpdir(), 'linnaea-bench-gen3-'));
const token = randomBytes(24).toString('hex');
const server = spawn(
  process.execPath,
  [fileURLToPath(new URL('../packages/server/src/main.ts', import.meta.url)), 'serve'],
  {
    env: {
      PATH: process.env.PATH,
      LINNAEA_DATA_DIR: folder,
      LINNAEA_PORT: '0',
      LINNAEA_LOG_LEVEL: 'error',
      LINNAEA_ADMIN_TOKEN: token,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
let base = '';
let processes: number[] = [];

async function listening({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('The server has no output');
  for await (const line of createInterface({ input: stdout })) {
    const address = /^Linnaea is at (\S+)$/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('The server did not start');
}

/** Sends a request, reads the whole answer and throws it away; answers its size. */
async function send(method: string, path: string, content?: unknown): Promise<number> {
  const body = content === undefined || typeof content === 'string' ? content : JSON.stringify(content);
  const type = typeof content === 'string' ? 'text/tab-separated-values' : 'application/json';
  const response = await fetch(`${base}/api/v0/submission/${path}`, {
    method,
    headers: { authorization: `bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${(await response.text()).slice(0, 500)}`);
  let bytes = 0;
  for await (const chunk of response.body ?? []) bytes += chunk.length;
  return bytes;
}

function processor(): number {
  return processorSeconds(processes);
}

async function measure(work: () => Promise<number>): Promise<Measured> {
  const used = processor();
  const start = performance.now();
  const bytes = await work();
  const milliseconds = performance.now() - start;
  return { milliseconds, processorMilliseconds: (processor() - used) * 1000, bytes };
}

/** Median of some runs after others that warm up; processor time is their mean, for the clock behind it is coarse. */
async function median(runs: number, work: () => Promise<number>, warmUp = 2): Promise<Measured> {
  for (let run = 0; run < warmUp; run += 1) await work();
  const times: number[] = [];
  const all = await measure(async () => {
    let bytes = 0;
    for (let run = 0; run < runs; run += 1) {
      const { milliseconds, bytes: size } = await timeOnly(work);
      times.push(milliseconds);
      bytes = size;
    }
    return bytes;
  });
  const middle = times.sort((left, right) => left - right)[Math.floor(runs / 2)] ?? 0;
  return { milliseconds: middle, processorMilliseconds: all.processorMilliseconds / runs, bytes: all.bytes };
}

async function timeOnly(work: () => Promise<number>) {
  const start = performance.now();
  const bytes = await work();
  return { milliseconds: performance.now() - start, bytes };
}

function print(name: string, value: number, unit: string, more: Readonly<Record<string, unknown>> = {}): void {
  const round = (number: unknown) => (typeof number === 'number' ? Number(number.toPrecision(4)) : number);
  const rest = Object.fromEntries(Object.entries({ ...more, load: load() }).map(([key, other]) => [key, round(other)]));
  console.log(JSON.stringify({ name, value: round(value), unit, ...rest }));
}

function printTime(name: string, { milliseconds, processorMilliseconds, bytes }: Measured, goal: number): void {
  print(name, milliseconds, 'ms', { goal, processor_ms: processorMilliseconds, bytes });
}

const seven = (place: number) => String(place).padStart(7, '0');

function caseOf(place: number) {
  return {
    type: 'case',
    submitter_id: `case-${seven(place)}`,
    experiments: { submitter_id: 'exp-1' },
    primary_site: place % 3 ? 'Lung' : 'Breast',
    disease_type: `type ${place % 17}`,
  };
}

function sampleOf(place: number, parent: number) {
  return {
    type: 'sample',
    submitter_id: `sample-${seven(place)}`,
    cases: { submitter_id: `case-${seven(parent)}` },
    sample_type: place % 2 ? 'Primary Tumor' : 'Blood Derived Normal',
    composition: 'Cell',
    current_weight: place * 0.5,
    days_to_collection: place % 900,
    initial_weight: place * 0.7,
    tissue_type: place % 2 ? 'Tumor' : 'Normal',
    longest_dimension: place % 50,
    freezing_method: 'LN2',
    time_between_clamping_and_freezing: 5,
    preservation_method: place % 4 === 0 ? 'FFPE' : 'Snap Frozen',
  };
}

async function makeProject(code: string): Promise<string> {
  const project = { type: 'project', code, name: code, dbgap_accession_number: `phs-${code}` };
  await send('PUT', 'BENCH', project);
  await send('PUT', `BENCH/${code}`, { type: 'experiment', submitter_id: 'exp-1', projects: { code } });
  return `BENCH/${code}`;
}

/** Half of each request are cases, the other half their samples, as in the measurement of the peer. */
function pairs(count: number): object[][] {
  const half = perRequest / 2;
  return Array.from({ length: Math.ceil(count / perRequest) }, (_, request) => {
    const places = Array.from({ length: half }, (_, place) => request * half + place);
    return [...places.map(caseOf), ...places.map((place) => sampleOf(place, place))];
  });
}

async function benchSubmission(): Promise<void> {
  const sendAll = async (path: string, bodies: readonly object[][]) => {
    for (const documents of bodies) await send('POST', path, documents);
    return 0;
  };
  await sendAll(await makeProject('warm-up'), pairs(10_000));
  const path = await makeProject('submission');
  const bodies = pairs(submitted);
  const { milliseconds, processorMilliseconds } = await measure(() => sendAll(path, bodies));
  const name = `Gen3 submission, ${submitted} entities, ${perRequest} in a request`;
  const peer = { peer: sheepdog.name, peer_value: sheepdog.wall, goal: 10_000 };
  print(name, (submitted * 1000) / milliseconds, 'entities/s', peer);
  const rate = (submitted * 1000) / processorMilliseconds;
  const used = { peer: sheepdog.name, peer_value: sheepdog.processor, goal: 50 * sheepdog.processor };
  print(name, rate, 'entities/s of processor time', used);
  await benchSmall(path);
}

async function benchSmall(path: string): Promise<void> {
  let round = 0;
  const table = () => {
    round += 1;
    const rows = Array.from({ length: 30 }, (_, row) => `sample\tsmall-${round}-${row}\tcase-0000001\tCell\t${row}`);
    return `type\tsubmitter_id\tcases.submitter_id\tcomposition\tdays_to_collection\n${rows.join('\n')}\n`;
  };
  printTime('Gen3 PUT of a table of 30 rows, median', await median(20, () => send('PUT', path, table())), 25);
  const project = JSON.stringify(path.replace('/', '-'));
  const ask = (query: string) => () => send('POST', 'graphql', { query });
  const fields = 'id submitter_id type project_id sample_type composition current_weight days_to_collection';
  const samples = `{ sample(project_id:${project}, first:1000) { ${fields} cases { submitter_id primary_site } } }`;
  printTime('Gen3 1000 samples with their case, median', await median(10, ask(samples)), 40);
  printTime('Gen3 _sample_count, median', await median(20, ask(`{ _sample_count(project_id:${project}) }`)), 4);
}

async function benchExport(name: string, records: number): Promise<void> {
  const path = await makeProject(name);
  const cases = Math.ceil(records / 10);
  const documents = function* () {
    for (let place = 0; place < cases; place += 1) yield caseOf(place);
    for (let place = 0; place < records; place += 1) yield sampleOf(place, place % cases);
  };
  let request: object[] = [];
  for (const document of documents()) {
    if (request.push(document) < perRequest) continue;
    await send('POST', path, request);
    request = [];
  }
  if (request.length > 0) await send('POST', path, request);
  printTime(
    `Gen3 export of no record beside ${records}, median`,
    await median(9, () => send('GET', `${path}/export?node_label=diagnosis`)),
    60,
  );
  for (const format of ['tsv', 'json'])
    await printExport(`${path}/export?node_label=sample&format=${format}`, records, format);
}

async function printExport(address: string, records: number, format: string): Promise<void> {
  const name = `Gen3 export of ${records} records, ${format.toUpperCase()}`;
  const work = () => send('GET', address);
  if (records <= 10_000) {
    printTime(`${name}, median`, await median(15, work, 40), 60);
    return;
  }
  const pid = server.pid ?? 0;
  resetPeak(pid);
  const measured = await measure(work);
  const rate = (records * 1000) / measured.milliseconds;
  const note = records === 1_000_000 ? {} : { note: 'the goal is of 1,000,000 records' };
  const used = { processor_s: measured.processorMilliseconds / 1000, server_peak_mb: peakMegabytes(pid) };
  print(name, rate, 'records/s', { goal: 100_000, bytes: measured.bytes, ...used, ...note });
}

try {
  base = await listening(server);
  const database = readFileSync(join(folder, 'database', 'data', 'postmaster.pid'), 'utf8');
  processes = [server.pid ?? 0, Number.parseInt(database, 10)];
  await send('PUT', '', { type: 'program', name: 'BENCH', dbgap_accession_number: 'phs1' });
  await benchSubmission();
  await benchExport('ten-thousand', 10_000);
  await benchExport('many', exported);
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
