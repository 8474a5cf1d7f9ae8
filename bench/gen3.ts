/**
 * Gen3 submission and reading against sheepdog 5.2.4 and peregrine 3.2.6, whose figures were measured with the same load on
 * a machine of 2 cores: a server process with its own PostgreSQL answers the load scripts beside the repository.
 * The peers' reading times, with 20,000 entities, are in the reference beside the repository.
 * Arguments: entities (1,000), entities in a transaction (100). Compare processor time where the machine is shared.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { print } from './support/measure.ts';

const entities = process.argv[2] ?? '1000';
const perTransaction = process.argv[3] ?? '100';
const tools = fileURLToPath(new URL('../../shared/tools/', import.meta.url));
/** The dictionary that the load is written for, which the peers had too. */
const dictionary = fileURLToPath(
  new URL('../../shared/data/gen3/datadictionary/dictionary.bundled.json', import.meta.url),
);
const main = fileURLToPath(new URL('../packages/server/src/main.ts', import.meta.url));
/** Entities a second, by processor time of all server processes, for a transaction of so many. */
const peers: Readonly<Record<string, { wall: number; processor: number }>> = {
  '100': { wall: 188, processor: 210 },
  '1000': { wall: 220, processor: 233 },
};

interface Submission {
  entities: number;
  per_tx: number;
  entities_per_s: number;
  entities_per_cpu_s: number | null;
  tx_p50_s: number;
  project: string;
}

interface Reading {
  name: string;
  p50_ms: number;
  cpu_ms: number;
}

async function listening(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('The server has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    const address = /^Linnaea is at (\S+)$/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('The server did not start');
}

/** Runs a load script, which prints a line of JSON for each of its measurements. */
function load<T>(script: string, args: readonly string[]): T[] {
  const text = execFileSync('python3', [join(tools, script), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): T => JSON.parse(line));
}

if (!existsSync(tools)) throw new Error('The load scripts are not beside the repository');
const folder = mkdtempSync(join(tmpdir(), 'linnaea-bench-gen3-'));
const token = randomBytes(24).toString('hex');
const server = spawn(process.execPath, [main, 'serve'], {
  env: {
    PATH: process.env.PATH,
    LINNAEA_DATA_DIR: folder,
    LINNAEA_PORT: '0',
    LINNAEA_LOG_LEVEL: 'error',
    LINNAEA_ADMIN_TOKEN: token,
    LINNAEA_DICTIONARY: dictionary,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const base = await listening(server);
  const pids = `${server.pid},${join(folder, 'database', 'data', 'postmaster.pid')}`;
  const common = ['--base', base, '--token', token, '--prefix', '/api/v0/submission', '--cpu-pids', pids];
  const submitted = load<Submission>('gen3-bench-submit.py', [...common, '--n', entities, '--tx', perTransaction]);
  for (const run of submitted) {
    const name = `Gen3 submission, ${run.entities} entities, ${run.per_tx} in a transaction`;
    const peer = peers[String(run.per_tx)];
    print(name, run.entities_per_s, 'entities/s', peer && { name: 'sheepdog', value: peer.wall });
    if (run.entities_per_cpu_s !== null)
      print(
        name,
        run.entities_per_cpu_s,
        'entities/s of processor time',
        peer && { name: 'sheepdog', value: peer.processor },
      );
  }
  const project = submitted.at(-1)?.project ?? '';
  for (const { name, p50_ms, cpu_ms } of load<Reading>('gen3-bench-read.py', [...common, '--project', project])) {
    print(`Gen3 ${name}, median`, p50_ms, 'ms');
    print(`Gen3 ${name}, processor time`, cpu_ms, 'ms');
  }
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
