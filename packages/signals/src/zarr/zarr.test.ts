import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import Blosc from 'numcodecs/blosc';
import * as zarr from 'zarrita';
import { scratchStore } from '../testing/scratch-store.ts';
import {
  createArray,
  createGroup,
  type ElementArray,
  type ElementType,
  openArray,
  readArray,
  readAttributes,
  readTexts,
  setAttributes,
  writeArray,
  writeArrayMetadata,
} from './arrays.ts';
import { decodeBlosc, encodeBlosc, shuffle, unshuffle } from './blosc.ts';
import { numberCodecs } from './codecs.ts';
import { crc32c } from './crc32c.ts';
import { Lru } from './lru.ts';
import { decodeShardIndex, encodeShardIndex, shardingCodec } from './sharding.ts';
import { zarrStore } from './store.ts';
import { decodeVlenUtf8, encodeVlenUtf8 } from './vlen-utf8.ts';

const typeSize = fc.constantFrom(1, 2, 4, 8);

describe('Blosc', () => {
  it('shuffles and unshuffles any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), typeSize, (bytes, size) => {
        assert.deepEqual(unshuffle(shuffle(bytes, size), size), bytes);
      }),
    );
    assert.deepEqual(shuffle(Uint8Array.of(1, 2, 3, 4, 5), 2), Uint8Array.of(1, 3, 2, 4, 5));
  });

  it('writes what the reference implementation reads', async () => {
    const reference = Blosc.fromConfig({});
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 3000 }),
        typeSize,
        fc.boolean(),
        async (random, size, regular) => {
          const bytes = regular ? random.fill(7) : random;
          const encoded = encodeBlosc(bytes, size);
          assert.deepEqual(new Uint8Array(await reference.decode(encoded)), bytes);
          assert.deepEqual(new Uint8Array(await decodeBlosc(encoded)), bytes);
        },
      ),
    );
  });

  it('reads what the reference implementation writes', async () => {
    const bytes = Uint8Array.from({ length: 50_000 }, (_, i) => i % 13);
    for (const cname of ['lz4', 'zstd', 'blosclz']) {
      for (const mode of [0, 1, 2]) {
        const reference = Blosc.fromConfig({ cname, clevel: 5, shuffle: mode, blocksize: 0 });
        assert.deepEqual(new Uint8Array(await decodeBlosc(await reference.encode(bytes))), bytes, `${cname} ${mode}`);
      }
    }
  });
});

describe('vlen-utf8', () => {
  it('keeps any texts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) =>
        assert.deepEqual(decodeVlenUtf8(encodeVlenUtf8(texts)), texts),
      ),
    );
  });

  it('lays out count, lengths and bytes', () => {
    assert.deepEqual([...encodeVlenUtf8(['a', 'é'])], [2, 0, 0, 0, 1, 0, 0, 0, 97, 2, 0, 0, 0, 0xc3, 0xa9]);
  });

  it('refuses a length that runs past the end', () => {
    assert.throws(() => decodeVlenUtf8(Uint8Array.of(1, 0, 0, 0, 9, 0, 0, 0, 97)), /past the end/);
    assert.throws(() => decodeVlenUtf8(Uint8Array.of(255, 255, 255, 255)), /cannot hold/);
  });
});

describe('arrays', () => {
  it('keeps every element type', async () => {
    const store = zarrStore(await scratchStore(), 'a');
    await createGroup(store, '/', { title: 'all types' });
    const samples: [ElementType, ElementArray][] = [
      ['int8', Int8Array.of(-1, 2)],
      ['uint8', Uint8Array.of(255)],
      ['int16', Int16Array.of(-300)],
      ['int32', Int32Array.of(1 << 30)],
      ['float32', Float32Array.of(0.5, Number.NaN, Infinity)],
      ['float64', Float64Array.of(0.1, -0)],
      ['bool', Uint8Array.of(1, 0, 1)],
      ['string', ['', 'naïve', '__proto__', 'a\0b']],
    ];
    for (const [type, data] of samples) {
      await writeArray(store, `/g/${type}`, { type, dimensions: ['x'] }, data);
      assert.deepEqual(await readArray(store, `/g/${type}`), data);
    }
    assert.deepEqual(await readAttributes(store, '/'), { title: 'all types' });
    await setAttributes(store, '/', { title: 'changed' });
    assert.deepEqual(await readAttributes(store, '/'), { title: 'changed' });
  });

  it('pads clipped chunks at the edges with the fill value', async () => {
    const store = zarrStore(await scratchStore(), 'a');
    const array = await createArray(store, '/x', {
      type: 'int32',
      shape: [3, 5],
      chunks: [2, 3],
      dimensions: ['y', 'x'],
    });
    await array.writeChunk([0, 1], Int32Array.of(4, 5, 9, 10));
    await array.writeChunk([1, 0], Int32Array.of(11, 12, 13));
    assert.deepEqual([...(await readArray(store, '/x'))], [0, 0, 0, 4, 5, 0, 0, 0, 9, 10, 11, 12, 13, 0, 0]);
    await assert.rejects(array.writeChunk([0, 1], Int32Array.of(1)), /2 x 3 was given 1/);
  });

  it('cuts a long column into chunks', async () => {
    const store = zarrStore(await scratchStore(), 'a');
    const texts = Array.from({ length: 10 }, (_, i) => `t${i}`);
    await writeArray(store, '/t', { type: 'string', dimensions: ['x'], chunks: [4] }, texts);
    assert.deepEqual(await readTexts(store, '/t'), texts);
    await writeArray(store, '/none', { type: 'string', dimensions: ['x'] }, []);
    assert.deepEqual(await readTexts(store, '/none'), []);
  });
});

describe('shards', () => {
  it('are read by zarrita', async () => {
    const store = zarrStore(await scratchStore(), 'a');
    const codecs = [shardingCodec([1, 2], numberCodecs(4))];
    await writeArrayMetadata(store, '/x', {
      type: 'int32',
      shape: [2, 4],
      chunks: [2, 4],
      dimensions: ['y', 'x'],
      codecs,
    });
    const first = encodeBlosc(new Uint8Array(Int32Array.of(1, 2).buffer), 4);
    const last = encodeBlosc(new Uint8Array(Int32Array.of(7, 8).buffer), 4);
    const index = encodeShardIndex([
      { start: 0, length: first.length },
      undefined,
      undefined,
      { start: first.length, length: last.length },
    ]);
    await store.set('/x/c/0/0', Buffer.concat([first, last, index]));
    const { data } = await zarr.get(await openArray(store, '/x'), [null, null]);
    assert.deepEqual([...(data as Int32Array)], [1, 2, 0, 0, 0, 0, 7, 8]);
  });

  it('notice a damaged index', () => {
    const index = encodeShardIndex([{ start: 3, length: 4 }, undefined]);
    assert.deepEqual(decodeShardIndex(index, 2), { starts: Float64Array.of(3, 0), lengths: Uint32Array.of(4, 0) });
    index[0] = 9;
    assert.throws(() => decodeShardIndex(index, 2), /damaged/);
  });

  it('use the checksum of RFC 3720', () => {
    assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
  });
});

describe('the least recently used', () => {
  it('leave first', () => {
    const cache = new Lru<string>(4, (text) => text.length);
    cache.set('a', 'xx');
    cache.set('b', 'yy');
    cache.get('a');
    cache.set('c', 'z');
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], ['xx', undefined, 'z']);
    cache.set('d', 'heavier');
    assert.equal(cache.get('d'), undefined);
    assert.equal(cache.get('a'), 'xx');
  });
});
