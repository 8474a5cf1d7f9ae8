import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { localStore } from './local-store.ts';
import { openObjectStore } from './open-store.ts';
import { sweep } from './sweep.ts';

const root = await mkdtemp(path.join(os.tmpdir(), 'linnaea-sweep-'));
after(() => rm(root, { recursive: true, force: true }));

describe('sweep', () => {
  test('deletes what is old and unreferenced, and only below the prefix', async () => {
    const store = localStore(path.join(root, 'sweep'));
    const old = new Date('2020-01-01T00:00:00Z');
    const names = ['s/kept', 's/lost', 's/young', 't/lost'];
    for (const name of names) {
      await store.put(name, Buffer.from(name));
      if (name !== 's/young') await utimes(store.localPath(name), old, old);
    }
    const asked: string[] = [];
    const result = await sweep({
      store,
      prefix: 's',
      olderThan: new Date('2021-01-01T00:00:00Z'),
      isReferenced: async (keys) => {
        asked.push(...keys);
        return new Set(['s/kept']);
      },
    });
    assert.deepEqual(result, { examined: 3, deleted: 1, bytes: 's/lost'.length });
    assert.deepEqual(asked, ['s/kept', 's/lost']);
    const left: string[] = [];
    for await (const info of store.list('')) left.push(info.key);
    assert.deepEqual(left, ['s/kept', 's/young', 't/lost']);
  });

  test('asks in batches and deletes nothing when the answer fails', async () => {
    const store = localStore(path.join(root, 'batches'));
    await Promise.all(Array.from({ length: 501 }, (_, index) => store.put(`k/${index}`, Buffer.from('x'))));
    const sizes: number[] = [];
    const olderThan = new Date(Date.now() + 60_000);
    const failing = async (): Promise<Set<string>> => {
      throw new Error('database away');
    };
    await assert.rejects(sweep({ store, prefix: '', olderThan, isReferenced: failing }), /database away/);
    const isReferenced = async (keys: readonly string[]) => {
      sizes.push(keys.length);
      return new Set<string>();
    };
    assert.equal((await sweep({ store, prefix: '', olderThan, isReferenced })).deleted, 501);
    assert.deepEqual(sizes, [500, 1]);
  });
});

describe('openObjectStore', () => {
  test('opens folders and buckets by their setting and refuses the rest', async () => {
    const folder = path.join(root, 'with space');
    for (const setting of [`file:${folder}`, `file://${folder.replaceAll(' ', '%20')}`]) {
      assert.equal(openObjectStore(setting).localPath?.('a/b'), path.join(folder, 'a/b'), setting);
    }
    assert.equal(openObjectStore('file:data/objects').localPath?.('k'), path.resolve('data/objects/k'));
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
    const s3 = { endpoint: 'https://s3.example.org', region: 'eu-x', forcePathStyle: true, credentials };
    const url = await openObjectStore('s3://bucket/pre/fix', { s3 }).signedUrl?.('k', { method: 'GET', seconds: 9 });
    assert.ok(url?.startsWith('https://s3.example.org/bucket/pre/fix/k?'), url);
    for (const setting of ['', 's3://', 'http://x', '/plain/path', 'file:']) {
      assert.throws(() => openObjectStore(setting), /neither/, setting);
    }
    assert.throws(() => openObjectStore('s3://bucket/../x'), RangeError);
  });
});
