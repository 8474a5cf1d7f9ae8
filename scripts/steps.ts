// Steps that several commands share. Each answers an exit status; 0 is success.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program of node_modules under this Node, showing its output. */
export function runTool(script: string, args: readonly string[], environment: Record<string, string> = {}): number {
  const done = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  return done.status ?? 1;
}

export function checkTypesAndStyle(): number {
  console.log('— types');
  const types =
    runTool('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.json']) ||
    runTool('node_modules/typescript/bin/tsc', ['-p', 'packages/web/tsconfig.json']);
  console.log('— style');
  return types || runTool('node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings']);
}
