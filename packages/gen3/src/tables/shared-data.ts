/** Test support: the large test data beside the repository, absent in most checkouts. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../../../shared/data/', import.meta.url);

export function sharedData(folder: string): { skip: string | false; path(name: string): string } {
  const base = new URL(folder, root);
  return {
    skip: existsSync(base) ? false : 'the shared test data are absent',
    path: (name) => fileURLToPath(new URL(name, base)),
  };
}
