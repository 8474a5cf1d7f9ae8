// `npm run bench -- NAME [arguments]`: runs bench/NAME.ts, which prints one JSON line a figure.
import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root, runTool } from '../steps.ts';

const [name, ...rest] = process.argv.slice(2);
const script = join('bench', `${name}.ts`);
if (name === undefined || !existsSync(join(root, script))) {
  console.error(
    `usage: npm run bench -- NAME, one of ${globSync('bench/*.ts', { cwd: root })
      .map((file) => basename(file, '.ts'))
      .join(', ')}`,
  );
  process.exit(2);
}
process.exit(runTool(script, rest));
