// `npm start`: an empty server on the embedded store, or on what LINNAEA_… says.
import { spawn } from 'node:child_process';
import { root } from '../steps.ts';

const child = spawn(process.execPath, ['packages/server/src/main.ts', 'serve', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
