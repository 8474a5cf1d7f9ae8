import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { ObjectStore } from '../types.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** Bytes that differ everywhere, so that a wrong offset shows. */
export function pattern(length: number): Buffer {
  const data = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) data[index] = (index * 31 + (index >> 8) * 7 + (index >> 16)) & 255;
  return data;
}

async function keys(store: ObjectStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}

async function readText(store: ObjectStore, key: string): Promise<string | undefined> {
  const data = await store.get(key);
  return data === undefined ? undefined : Buffer.from(data).toString();
}

/** The tests that every store passes. `open` answers an empty store. */
export function testStore(open: () => Promise<ObjectStore>): void {
  testWriting(open);
  testReading(open);
  testListing(open);
}

function testWriting(open: () => Promise<ObjectStore>): void {
  test('bytes come back as they went, with size and SHA-256', async () => {
    const store = await open();
    for (const data of [bytes(''), bytes('x'), pattern(100_000)]) {
      assert.deepEqual(await store.put('a/b/c', data), { size: data.byteLength, sha256: sha256(data) });
      assert.deepEqual(Buffer.from((await store.get('a/b/c')) ?? []), Buffer.from(data));
    }
  });

  test('a stream larger than one part comes back whole', async () => {
    const store = await open();
    const data = pattern(40 * 1024 * 1024 + 17);
    async function* pieces() {
      for (let at = 0; at < data.length; at += 1_000_003) yield data.subarray(at, at + 1_000_003);
    }
    assert.deepEqual(await store.put('big', pieces()), { size: data.length, sha256: sha256(data) });
    assert.equal((await store.head('big'))?.size, data.length);
    const back = await store.stream('big');
    assert.ok(back instanceof Readable);
    assert.equal(sha256(await buffer(back)), sha256(data));
  });

  test('an empty stream makes an empty object', async () => {
    const store = await open();
    assert.equal((await store.put('empty', Readable.from([], { objectMode: false }))).size, 0);
    assert.equal((await store.head('empty'))?.size, 0);
    assert.equal((await store.get('empty'))?.byteLength, 0);
  });

  test('a stream that breaks off leaves nothing, or what was there before', async () => {
    const store = await open();
    async function* broken(length: number) {
      yield pattern(length);
      throw new Error('cable cut');
    }
    await assert.rejects(store.put('small', broken(10)), /cable cut/);
    await assert.rejects(store.put('large', broken(20 * 1024 * 1024)), /cable cut/);
    assert.deepEqual(await keys(store, ''), []);
    await store.put('small', bytes('before'));
    await assert.rejects(store.put('small', broken(10)), /cable cut/);
    assert.equal(await readText(store, 'small'), 'before');
  });

  test('an overwritten object is read anew at once', async () => {
    const store = await open();
    for (const text of ['one', 'three', '2']) {
      await store.put('k', bytes(text));
      assert.equal(await readText(store, 'k'), text);
    }
  });

  test('text instead of bytes is refused', async () => {
    const store = await open();
    await assert.rejects(store.put('k', Readable.from(['text'])), TypeError);
    assert.deepEqual(await keys(store, ''), []);
  });

  test('many writers into new folders do not hinder each other', async () => {
    const store = await open();
    const names = Array.from({ length: 24 }, (_, index) => `m/${index % 5}/${index}`);
    await Promise.all(names.map((name) => store.put(name, bytes(name))));
    for (const name of names) assert.equal(await readText(store, name), name);
  });
}

function testReading(open: () => Promise<ObjectStore>): void {
  test('ranges are exact and end with the object', async () => {
    const store = await open();
    const data = pattern(1000);
    await store.put('k', data);
    const cases: [number, number][] = [
      [0, 1],
      [0, 1000],
      [10, 20],
      [999, 1],
      [990, 100],
      [1000, 5],
      [5000, 5],
      [3, 0],
    ];
    for (const [start, length] of cases) {
      const expected = data.subarray(start, start + length);
      assert.deepEqual(
        Buffer.from((await store.get('k', { start, length })) ?? [1]),
        expected,
        `get ${start} ${length}`,
      );
      const part = await store.stream('k', { start, length });
      assert.ok(part instanceof Readable);
      assert.deepEqual(await buffer(part), expected, `stream ${start} ${length}`);
    }
    const tail = await store.stream('k', { start: 400 });
    assert.ok(tail instanceof Readable);
    assert.deepEqual(await buffer(tail), data.subarray(400));
  });

  test('impossible ranges are refused', async () => {
    const store = await open();
    await store.put('k', bytes('x'));
    for (const range of [
      { start: -1, length: 1 },
      { start: 0, length: -1 },
      { start: 0.5, length: 1 },
      { start: Number.NaN, length: 1 },
    ]) {
      await assert.rejects(store.get('k', range), RangeError);
      await assert.rejects(store.stream('k', range), RangeError);
    }
  });

  test('what does not exist is undefined, also where a folder is', async () => {
    const store = await open();
    await store.put('folder/k', bytes('x'));
    for (const key of ['absent', 'folder', 'folder/absent', 'folder/k/deeper']) {
      assert.equal(await store.get(key), undefined, key);
      assert.equal(await store.get(key, { start: 0, length: 0 }), undefined, key);
      assert.equal(await store.get(key, { start: 5, length: 2 }), undefined, key);
      assert.equal(await store.stream(key), undefined, key);
      assert.equal(await store.head(key), undefined, key);
    }
  });

  test('head tells size and time', async () => {
    const store = await open();
    await store.put('k', bytes('12345'));
    const info = await store.head('k');
    assert.equal(info?.key, 'k');
    assert.equal(info?.size, 5);
    assert.ok(Math.abs((info?.modified.getTime() ?? 0) - Date.now()) < 3_600_000);
  });

  test('keys that leave the store or the ordinary are refused by every method', async () => {
    const store = await open();
    const bad = [
      '',
      '/',
      '/etc/passwd',
      '..',
      '../x',
      'a/../../x',
      'a/./b',
      'a//b',
      'a/',
      'a\0b',
      'a\nb',
      'a\\b',
      '\ud800',
      'x'.repeat(256),
      `${'y/'.repeat(600)}y`,
    ];
    for (const key of bad) {
      await assert.rejects(async () => store.put(key, bytes('x')), RangeError, JSON.stringify(key));
      await assert.rejects(async () => store.get(key), RangeError);
      await assert.rejects(async () => store.stream(key), RangeError);
      await assert.rejects(async () => store.head(key), RangeError);
      await assert.rejects(async () => store.delete(key), RangeError);
    }
    for (const prefix of ['..', '/', '../x', 'a/..', 'a//'])
      await assert.rejects(async () => store.deleteAll(prefix), RangeError);
  });

  test('keys may hold spaces, percent signs, plus signs and any script', async () => {
    const store = await open();
    const names = ['a b', 'a%20b', 'a+b', 'Übung/試料/🧬', '.hidden', 'c/0/0', '__proto__', "it's & <x>"];
    for (const name of names) await store.put(name, bytes(name));
    for (const name of names) assert.equal(await readText(store, name), name);
    assert.deepEqual((await keys(store, '')).sort(), [...names].sort());
  });
}

function testListing(open: () => Promise<ObjectStore>): void {
  test('a list is complete, in the order of bytes, and a prefix is a folder', async () => {
    const store = await open();
    const names = ['a', 'b-1/x', 'b/1', 'b/1x/y', 'b/2/z', 'b0', 'é', 'ﬁ', '🧬'];
    for (const name of [...names].reverse()) await store.put(name, bytes(name));
    assert.deepEqual(await keys(store, ''), names);
    assert.deepEqual(await keys(store, 'b'), ['b/1', 'b/1x/y', 'b/2/z']);
    assert.deepEqual(await keys(store, 'b/'), ['b/1', 'b/1x/y', 'b/2/z']);
    assert.deepEqual(await keys(store, 'b/1'), []);
    assert.deepEqual(await keys(store, 'none'), []);
    for await (const info of store.list('b/1x')) assert.deepEqual([info.key, info.size], ['b/1x/y', 6]);
  });

  test('delete removes one object and is content when there is none', async () => {
    const store = await open();
    await store.put('a/1', bytes('x'));
    await store.put('a/2', bytes('x'));
    assert.equal(await readText(store, 'a/1'), 'x');
    await store.delete('a/1');
    await store.delete('a/1');
    await store.delete('a');
    assert.equal(await store.get('a/1'), undefined);
    assert.deepEqual(await keys(store, ''), ['a/2']);
  });

  test('deleteAll removes a folder and not its namesakes', async () => {
    const store = await open();
    for (const name of ['s/1/a', 's/1/b/c', 's/10/a', 's/1x', 't']) await store.put(name, bytes(name));
    assert.equal(await readText(store, 's/1/a'), 's/1/a');
    await store.deleteAll('s/1');
    await store.deleteAll('s/1');
    await store.deleteAll('t');
    assert.equal(await store.get('s/1/a'), undefined);
    assert.deepEqual(await keys(store, ''), ['s/10/a', 's/1x', 't']);
    await store.deleteAll('');
    assert.deepEqual(await keys(store, ''), []);
  });
}
