// Plain JavaScript for any Node from 18 on: finds or brings Node 24, so that every other file may be TypeScript.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const nodeVersion = '24.21.0';
const npmVersion = '11.19.1';
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Returns the paths of a Node >= 24 and of an npm command line that runs under it, installing them when missing. */
export function findNode24() {
  if (Number(process.versions.node.split('.')[0]) >= 24 && process.env.npm_execpath?.endsWith('.js')) {
    return { node: process.execPath, npmCli: process.env.npm_execpath };
  }
  const home = join(root, '.node');
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const packageName = `node-${platform}-${process.arch}`;
  const node = join(home, 'node_modules', packageName, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const npmCli = join(home, 'node_modules', 'npm', 'bin', 'npm-cli.js');
  if (!existsSync(node) || !existsSync(npmCli)) {
    console.error(
      `Linnaea runs on Node 24; this is ${process.version}. Bringing Node ${nodeVersion} from npm into .node/ …`,
    );
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{"private":true}\n');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const wanted = [`${packageName}@${nodeVersion}`, `npm@${npmVersion}`];
    execFileSync(npm, ['install', '--no-audit', '--no-fund', '--loglevel=error', '--no-save', ...wanted], {
      cwd: home,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
      env: cleanEnvironment(),
    });
  }
  return { node, npmCli };
}

/** npm hands its own settings to scripts as variables; a nested npm must not inherit those of the outer call. */
export function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(config_(prefix|global|local_prefix|user_agent|workspace|noproxy)|lifecycle|package|command|execpath|node_execpath)/i.test(
        name,
      ),
  );
  return Object.fromEntries(kept);
}

/** Runs a program to its end with our Node first on the PATH; returns its exit status. */
export function run(node, args, environment = {}) {
  const separator = process.platform === 'win32' ? ';' : ':';
  const path = `${join(node, '..')}${separator}${process.env.PATH ?? ''}`;
  const done = spawnSync(node, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...cleanEnvironment(), PATH: path, ...environment },
  });
  if (done.error) throw done.error;
  return done.status ?? 1;
}
