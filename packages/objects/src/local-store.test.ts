import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { localStore } from './local-store.ts';
import { pattern, testStore } from './testing/conformance.ts';

const root = await mkdtemp(path.join(os.tmpdir(), 'linnaea-objects-'));
after(() => rm(root, { recursive: true, force: true }));

let count = 0;
function freshFolder(): string {
  count += 1;
  return path.join(root, String(count));
}

describe('the local store', () => {
  testStore(async () => localStore(freshFolder()));

  test('holds an object as the file that localPath names', async () => {
    const store = localStore(freshFolder());
    await store.put('a/b', pattern(10));
    assert.deepEqual(await readFile(store.localPath('a/b')), pattern(10));
  });

  test('keeps its unfinished files to itself and discards them by age', async () => {
    const folder = freshFolder();
    const store = localStore(folder);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = (): void => {};
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    async function* slow() {
      yield pattern(10);
      begun();
      await held;
    }
    const writing = store.put('k', slow());
    await started;
    const seen: string[] = [];
    for await (const info of store.list('')) seen.push(info.key);
    assert.deepEqual(seen, []);
    assert.equal(await store.discardUnfinished(new Date(0)), 0);
    assert.equal(await store.discardUnfinished(new Date(Date.now() + 60_000)), 1);
    release();
    await assert.rejects(writing, { code: 'ENOENT' });
    await assert.rejects(store.put('.incoming/x', pattern(1)), RangeError);
  });

  test('leaves no empty folders and no drafts behind', async () => {
    const folder = freshFolder();
    const store = localStore(folder);
    await store.put('a/b/c/d', pattern(1));
    await store.delete('a/b/c/d');
    await store.put('e/f/g', pattern(1));
    await store.deleteAll('e/f');
    assert.deepEqual(await readdir(folder), ['.incoming']);
    assert.deepEqual(await readdir(path.join(folder, '.incoming')), []);
  });

  test('survives writing and deleting in one folder at once', async () => {
    const store = localStore(freshFolder());
    const rounds = Array.from({ length: 60 }, async (_, index) => {
      await store.put(`x/y/${index}`, pattern(3));
      if (index % 2 === 0) await store.delete(`x/y/${index}`);
    });
    await Promise.all(rounds);
    let left = 0;
    for await (const _ of store.list('x')) left += 1;
    assert.equal(left, 30);
  });

  test('reads more objects than it keeps open, many times at once', async () => {
    const store = localStore(freshFolder());
    const data = pattern(4_000);
    const names = Array.from({ length: 300 }, (_, index) => `n/${index}`);
    await Promise.all(names.map((name, index) => store.put(name, data.subarray(index))));
    const reads = [...names, ...names].map(async (name) => {
      const index = Number(name.slice(2));
      assert.deepEqual(await store.get(name, { start: 100, length: 50 }), data.subarray(index + 100, index + 150));
    });
    await Promise.all(reads);
  });
});
