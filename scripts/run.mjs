// The one entry of every npm script: `node scripts/run.mjs COMMAND [arguments]`, on any Node from 18 on.
// It brings Node 24, installs the dependencies when the lock file changed, builds the interface when its sources
// changed, and hands over to scripts/commands/COMMAND.ts.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode24, root, run } from './node24.mjs';

const [command, ...rest] = process.argv.slice(2);
const needsInterface = new Set(['start', 'demo', 'test', 'build']);
const { node, npmCli } = findNode24();

ensureDependencies();
if (needsInterface.has(command)) ensureInterface();
const script = join(root, 'scripts', 'commands', `${command}.ts`);
if (!existsSync(script)) {
  const known = readdirSync(join(root, 'scripts', 'commands')).map((name) => name.replace('.ts', ''));
  console.error(`Unknown command "${command}". Commands: ${known.join(', ')}.`);
  process.exit(2);
}
process.exit(run(node, [script, ...rest]));

function ensureDependencies() {
  const stamp = join(root, 'node_modules', '.linnaea-lock');
  const wanted = digest(readFileSync(join(root, 'package-lock.json')));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Installing dependencies …');
  const status = run(node, [npmCli, 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (status !== 0) process.exit(status);
  writeFileSync(stamp, wanted);
}

function ensureInterface() {
  const web = join(root, 'packages', 'web');
  const stamp = join(web, 'dist', '.sources');
  const wanted = digest(
    Buffer.from(
      listFiles(web)
        .map((file) => `${file}:${digest(readFileSync(file))}`)
        .join('\n'),
    ),
  );
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Building the web interface …');
  const status = run(node, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', web, '--logLevel', 'warn']);
  if (status !== 0) process.exit(status);
  writeFileSync(stamp, wanted);
}

function listFiles(folder) {
  return readdirSync(folder)
    .filter((name) => name !== 'dist' && name !== 'node_modules')
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? listFiles(path) : [path]))
    .sort();
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
