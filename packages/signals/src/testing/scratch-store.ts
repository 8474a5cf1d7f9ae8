import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { localStore, type ObjectStore } from '@linnaea/objects';

/** A local object store in a folder of its own, gone when the process ends. */
export async function scratchStore(): Promise<ObjectStore & { localPath(key: string): string }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'linnaea-signals-'));
  // not a hook of the test runner: one that is added within another hook does not run
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return localStore(folder);
}
