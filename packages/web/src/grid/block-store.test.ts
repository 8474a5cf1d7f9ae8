import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockStore, blockSize } from './block-store.ts';

function numbers(total: number) {
  const asked: number[] = [];
  const store = new BlockStore<number>(total, async ({ offset, limit }) => {
    asked.push(offset);
    return Array.from({ length: Math.min(limit, total - offset) }, (_, i) => offset + i);
  });
  return { store, asked };
}

test('a range is fetched by whole blocks, each once', async () => {
  const { store, asked } = numbers(1000);
  await Promise.all([store.need(190, 410), store.need(200, 210)]);
  await store.need(0, 410);
  assert.deepEqual(asked, [0, blockSize, 2 * blockSize]);
  assert.deepEqual([store.row(0), store.row(410), store.row(700)], [0, 410, undefined]);
});

test('nothing beyond the end is asked for', async () => {
  const { store, asked } = numbers(250);
  await store.need(-10, 99_999);
  assert.deepEqual(asked, [0, 200]);
  assert.deepEqual([store.row(249), store.row(250)], [249, undefined]);
});

test('a failure is told, and the block is fetched again when it is needed again', async () => {
  let failing = true;
  let told = 0;
  const store = new BlockStore<string>(10, async () => {
    if (failing) throw new Error('away');
    return ['row'];
  });
  store.subscribe(() => {
    told += 1;
  });
  await store.need(0, 5);
  assert.match(String(store.error), /away/);
  failing = false;
  await store.need(0, 5);
  assert.deepEqual([store.row(0), store.error, told, store.version()], ['row', null, 2, 2]);
});
