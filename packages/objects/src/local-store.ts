import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { type Body, digestBytes, digesting, emptyStream } from './digest.ts';
import { checkKey, checkPrefix, checkRange } from './keys.ts';
import { OpenFiles } from './open-files.ts';
import type { ObjectInfo, ObjectStore, StoredObject } from './types.ts';

/** Folder of the pieces that are being written; on the same file system, because a rename must not copy. */
const incoming = '.incoming';

/** Objects as files below a folder, which is made when absent. Several processes may share it. */
export function localStore(directory: string): Required<Omit<ObjectStore, 'signedUrl'>> {
  const root = path.resolve(directory);
  const files = new OpenFiles(256);

  function pathOf(key: string): string {
    if (checkKey(key).split('/', 1)[0] === incoming) throw new RangeError(`The object key ${key} is reserved`);
    return path.join(root, key);
  }

  async function put(key: string, body: Body): Promise<StoredObject> {
    const target = pathOf(key);
    const draft = path.join(root, incoming, randomUUID());
    try {
      const stored = await writeDraft(draft, body);
      await moveInto(draft, target);
      files.forget(target);
      return stored;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async function stream(key: string, range?: { start: number; length?: number }): Promise<Readable | undefined> {
    if (range !== undefined) checkRange(range);
    const handle = await open(pathOf(key), 'r').catch(absent);
    if (handle === undefined) return undefined;
    if (range?.length === 0 || !(await handle.stat()).isFile()) {
      await handle.close();
      return range?.length === 0 ? emptyStream() : undefined;
    }
    const start = range?.start ?? 0;
    const end = range?.length === undefined ? undefined : start + range.length - 1;
    return handle.createReadStream({ start, ...(end === undefined ? {} : { end }) });
  }

  async function remove(key: string): Promise<void> {
    const target = pathOf(key);
    files.forget(target);
    if ((await infoOf(key, target)) === undefined) return;
    await rm(target, { force: true });
    await removeEmptyFolders(path.dirname(target), root);
  }

  async function removeAll(prefix: string): Promise<void> {
    const folder = checkPrefix(prefix);
    if (folder === '') {
      const names = await readdir(root).catch(absent);
      for (const name of names ?? [])
        if (name !== incoming) await rm(path.join(root, name), { recursive: true, force: true });
      return files.forgetBelow(root);
    }
    const target = pathOf(folder.slice(0, -1));
    files.forgetBelow(`${target}${path.sep}`);
    if (!(await stat(target).catch(absent))?.isDirectory()) return;
    await rm(target, { recursive: true, force: true, maxRetries: 3 });
    await removeEmptyFolders(path.dirname(target), root);
  }

  async function get(key: string, range?: { start: number; length: number }): Promise<Uint8Array | undefined> {
    if (range !== undefined) checkRange(range);
    try {
      return await files.read(pathOf(key), range?.start ?? 0, range?.length);
    } catch (error) {
      if (codeOf(error) === 'EISDIR') return undefined;
      throw error;
    }
  }

  return {
    put,
    get,
    stream,
    head: async (key) => infoOf(key, pathOf(key)),
    list: (prefix) => walk(root, checkPrefix(prefix)),
    delete: remove,
    deleteAll: removeAll,
    discardUnfinished: (olderThan) => discardDrafts(path.join(root, incoming), olderThan),
    localPath: pathOf,
  };
}

async function writeDraft(draft: string, body: Body): Promise<StoredObject> {
  const handle = await open(draft, 'wx').catch(async (error) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    await mkdir(path.dirname(draft), { recursive: true });
    return open(draft, 'wx');
  });
  try {
    const stored = body instanceof Uint8Array ? digestBytes(body) : undefined;
    const source = body instanceof Uint8Array ? undefined : digesting(body);
    if (body instanceof Uint8Array) await handle.writeFile(body);
    if (source !== undefined) for await (const piece of source.pieces) await handle.writeFile(piece);
    // a row that refers to the object may be committed right after this
    await handle.sync();
    const result = stored ?? source?.result();
    if (result === undefined) throw new Error('There was nothing to write');
    return result;
  } finally {
    await handle.close();
  }
}

async function moveInto(draft: string, target: string): Promise<void> {
  const folder = path.dirname(target);
  for (let tries = 0; ; tries += 1) {
    try {
      await rename(draft, target);
      return await syncFolder(folder);
    } catch (error) {
      // absent at first, or removed as empty by a deletion between these lines
      if (codeOf(error) !== 'ENOENT' || tries === 10) throw error;
      await mkdir(folder, { recursive: true });
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function infoOf(key: string, file: string): Promise<ObjectInfo | undefined> {
  const found = await stat(file).catch(absent);
  return found?.isFile() ? { key, size: found.size, modified: found.mtime } : undefined;
}

async function* walk(root: string, prefix: string): AsyncGenerator<ObjectInfo> {
  const entries = await readdir(path.join(root, prefix), { withFileTypes: true }).catch(absent);
  for (const name of sortedNames(entries ?? [])) {
    if (prefix === '' && name === `${incoming}/`) continue;
    const key = prefix + name;
    if (name.endsWith('/')) {
      yield* walk(root, key);
      continue;
    }
    const info = await infoOf(key, path.join(root, key));
    if (info !== undefined) yield info; // else deleted meanwhile
  }
}

/** Names in the order that their keys have: a folder counts as its name with a `/`, by the bytes of UTF-8. */
function sortedNames(entries: readonly Dirent[]): string[] {
  return entries
    .map((entry) => Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort(Buffer.compare)
    .map((name) => name.toString());
}

async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let current = folder; current !== root; current = path.dirname(current)) {
    try {
      await rmdir(current);
    } catch {
      return; // not empty, or gone already
    }
  }
}

async function discardDrafts(folder: string, olderThan: Date): Promise<number> {
  let count = 0;
  for (const name of (await readdir(folder).catch(absent)) ?? []) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(absent);
    if (found === undefined || found.mtime >= olderThan) continue;
    await rm(file, { force: true });
    count += 1;
  }
  return count;
}

function absent(error: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
