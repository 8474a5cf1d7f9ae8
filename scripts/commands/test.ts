// `npm test [-- PATH …]`: type check, lint and every suite on a real embedded PostgreSQL; with paths, only the tests
// below them. Suites whose tool is missing skip with one line; with CI=true a missing tool is a failure.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { startTestServer } from '@linnaea/database/test-server';
import { checkTypesAndStyle, root } from '../steps.ts';

const asked = process.argv.slice(2);
const missing = missingTools();
for (const tool of missing) console.log(`skipped: ${tool}`);
if (missing.length > 0 && process.env.CI === 'true') {
  console.error('With CI=true a missing tool is a failure.');
  process.exit(1);
}
const checked = asked.length === 0 ? checkTypesAndStyle() : 0;
if (checked !== 0) process.exit(checked);

const everything = globSync(['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'], { cwd: root }).sort();
const files =
  asked.length === 0
    ? everything
    : everything.filter((file) => asked.some((path) => file.startsWith(path.replace(/^\.\//, ''))));
if (files.length === 0) {
  console.error('No test matches.');
  process.exit(1);
}
console.log(`— ${files.length} suites`);
const server = await startTestServer();
const s3 = await startS3();
const status = await runSuites(files, {
  ...process.env,
  ...toolEnvironment(),
  ...s3.environment,
  LINNAEA_TEST_DATABASE_URL: server.url,
});
s3.stop();
await server.stop();
process.exit(status);

function runSuites(suites: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const reporter = process.env.CI === 'true' ? 'spec' : 'dot';
  const args = [
    '--test',
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    '--test-concurrency=2',
    '--test-timeout=600000',
    ...suites,
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: environment });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

/** The Python environments and the browser that `.ci/run` installs, where the suites look for them. */
function toolEnvironment(): Record<string, string> {
  const paths: Record<string, string | undefined> = {
    LINNAEA_TEST_ODM: process.env.LINNAEA_TEST_ODM ?? join(root, '.cache', 'odm', 'bin', 'python'),
    LINNAEA_TEST_GEN3: process.env.LINNAEA_TEST_GEN3 ?? join(root, '.cache', 'gen3', 'bin', 'python'),
    LINNAEA_TEST_PYTHON: process.env.LINNAEA_TEST_PYTHON ?? join(root, '.cache', 'science', 'bin', 'python'),
    LINNAEA_TEST_CHROMIUM: process.env.LINNAEA_TEST_CHROMIUM ?? findOnPath('chromium') ?? findOnPath('google-chrome'),
  };
  return Object.fromEntries(
    Object.entries(paths).filter((pair): pair is [string, string] => pair[1] !== undefined && existsSync(pair[1])),
  );
}

/** A real S3 server from the Python environment, on a free port; without one the S3 suites skip. */
async function startS3(): Promise<{ environment: Record<string, string>; stop(): void }> {
  const program = join(root, '.cache', 'science', 'bin', 'moto_server');
  if (!existsSync(program)) return { environment: {}, stop: () => undefined };
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`The S3 server ended with status ${child.exitCode}.`);
    if ((await fetch(`${endpoint}/moto-api/`).catch(() => undefined))?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { environment: { LINNAEA_TEST_S3_ENDPOINT: endpoint }, stop: () => child.kill() };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}

function missingTools(): string[] {
  const found = toolEnvironment();
  const lines: string[] = [];
  if (!found.LINNAEA_TEST_ODM) lines.push('conformance with odm-api and odm-sdk (no .cache/odm; see .ci/run)');
  if (!found.LINNAEA_TEST_GEN3) lines.push('conformance with the gen3 SDK (no .cache/gen3; see .ci/run)');
  if (!found.LINNAEA_TEST_PYTHON) lines.push('Zarr read by Python tools, S3 (no .cache/science; see .ci/run)');
  if (!found.LINNAEA_TEST_CHROMIUM) lines.push('browser (no chromium on the PATH)');
  if (!findOnPath('bcftools')) lines.push('VCF compared with bcftools (not on the PATH)');
  return lines;
}

function findOnPath(program: string): string | undefined {
  const found = spawnSync('which', [program], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}
