// The arrows of ARCHITECTURE.md: which package may import which. Any other arrow fails here.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pure = ['model', 'query', 'formats'];
const storage = [...pure, 'database', 'objects'];
const domain = [...storage, 'signals', 'identity', 'jobs'];
const allowed: Record<string, readonly string[]> = {
  model: [],
  query: ['model'],
  formats: ['model'],
  database: ['model'],
  objects: ['model'],
  identity: storage,
  jobs: storage,
  signals: storage,
  // the catalogue asks identity who may see what
  catalog: [...storage, 'identity'],
  imports: [...domain, 'catalog'],
  omics: [...domain, 'catalog'],
  odm: [...domain, 'catalog', 'imports', 'omics'],
  gen3: [...domain, 'catalog', 'imports', 'omics'],
  portal: [...domain, 'catalog', 'imports', 'omics'],
  server: [...domain, 'catalog', 'imports', 'omics', 'odm', 'gen3', 'portal'],
  web: [],
};
const pureModules = [
  'node:events',
  'node:zlib',
  'node:stream',
  'node:string_decoder',
  'node:buffer',
  'node:util',
  'node:crypto',
];

for (const [name, targets] of Object.entries(allowed)) {
  test(`${name} imports only what it may`, () => {
    for (const { file, specifier } of importsOf(name)) {
      const target = /^@linnaea\/([a-z0-9]+)/.exec(specifier)?.[1];
      if (target !== undefined) assert.ok(targets.includes(target) || target === name, `${file} imports ${specifier}`);
      assert.ok(
        !/\.\.\/\.\.\/[a-z0-9]+\/src/.test(specifier),
        `${file} reaches into another package by path: ${specifier}`,
      );
      if (pure.includes(name) && specifier.startsWith('node:')) {
        assert.ok(pureModules.includes(specifier), `${file} is pure and imports ${specifier}`);
      }
    }
  });
}

test('facades hold no SQL', () => {
  for (const name of ['odm', 'gen3', 'portal']) {
    for (const { file, specifier } of importsOf(name)) {
      assert.ok(!/^(pg|sql-template-tag|kysely)/.test(specifier), `${file} imports ${specifier}`);
      assert.ok(!/\bsql`/.test(readFileSync(file, 'utf8')), `${file} writes SQL`);
    }
  }
});

function importsOf(name: string): { file: string; specifier: string }[] {
  const files = globSync(`packages/${name}/src/**/*.{ts,tsx}`, { cwd: root })
    .filter((file) => !/\.test\.tsx?$/.test(file) && !/testing|test-support/.test(file))
    .map((file) => `${root}${file}`);
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => ({
      file,
      specifier: match[1]!,
    })),
  );
}
