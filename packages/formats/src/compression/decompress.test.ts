import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { CatalogueError } from '@linnaea/model';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { compressFrameSync } from 'lz4-napi';
import { bytesOf, sourceOf } from '../testing.ts';
import { type DecompressOptions, decompress } from './decompress.ts';
import { Xxh32 } from './xxh32.ts';

const text = 'Name\tDescription\tS1\n'.repeat(3000);
const plain = Buffer.from(text);

async function unpack(data: Uint8Array, options: DecompressOptions = {}, cuts: number[] = []) {
  const { names, layers, bytes } = await decompress(sourceOf(data, cuts), options);
  return { names, layers, text: (await bytesOf(bytes)).toString() };
}

const fails = (code: string, data: Uint8Array, options?: DecompressOptions) =>
  assert.rejects(unpack(data, options), (error) => error instanceof CatalogueError && error.code === code);

const zipped = (files: Record<string, Uint8Array>) => Buffer.from(zipSync(files));

/** A zip entry as a streaming writer makes it: sizes and checksum behind the data. */
function withDescriptor(zip: Buffer, mark: boolean): Buffer {
  const packed = zip.readUInt32LE(18);
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  const head = Buffer.from(zip.subarray(0, start));
  head.writeUInt16LE(head.readUInt16LE(6) | 8, 6);
  const sizes = Buffer.from(head.subarray(14, 26));
  head.fill(0, 14, 26);
  const data = zip.subarray(start, start + packed);
  return Buffer.concat([
    head,
    data,
    mark ? Buffer.from('PK\x07\x08') : Buffer.alloc(0),
    sizes,
    zip.subarray(start + packed),
  ]);
}

const gz = gzipSync(plain);
const zst = zstdCompressSync(plain);
const lz4 = compressFrameSync(plain, { contentChecksum: true, blockChecksums: true });
const zip = zipped({ 'folder/table.gct': plain });

test('formats are told by their first bytes, whatever the name', async () => {
  assert.deepEqual(await unpack(gz, { name: 'table.gct.gz' }), {
    names: ['table.gct.gz', 'table.gct'],
    layers: ['gzip'],
    text,
  });
  assert.deepEqual(await unpack(zip, { name: 'a.zip' }), { names: ['a.zip', 'table.gct'], layers: ['zip'], text });
  assert.deepEqual(await unpack(lz4, { name: 'x' }), { names: ['x', 'x'], layers: ['lz4'], text });
  assert.deepEqual(await unpack(zst, { name: 't.zst' }), { names: ['t.zst', 't'], layers: ['zstd'], text });
  assert.deepEqual(await unpack(plain, { name: 't.gz' }), { names: ['t.gz'], layers: [], text });
  assert.deepEqual(await unpack(Buffer.alloc(0), { name: 't.br' }), { names: ['t.br'], layers: [], text: '' });
});

test('Brotli is told by its name alone', async () => {
  const br = brotliCompressSync(plain);
  assert.deepEqual(await unpack(br, { name: 't.gct.br' }), { names: ['t.gct.br', 't.gct'], layers: ['brotli'], text });
  assert.notEqual((await unpack(br, { name: 't.gct' })).text, text);
});

test('layers nest, up to three', async () => {
  const nested = zipped({ 't.gct.gz': gz });
  assert.deepEqual(await unpack(nested, { name: 'n.zip' }), {
    names: ['n.zip', 't.gct.gz', 't.gct'],
    layers: ['zip', 'gzip'],
    text,
  });
  await fails('nested-compression', gzipSync(gzipSync(gzipSync(gzipSync(plain)))));
});

test('streams in a row are one file', async () => {
  const [first, second] = [plain.subarray(0, 1000), plain.subarray(1000)];
  assert.equal(
    (await unpack(Buffer.concat([gzipSync(first), gzipSync(''), gzipSync(second), Buffer.alloc(512)]))).text,
    text,
  );
  assert.equal((await unpack(Buffer.concat([zstdCompressSync(first), zstdCompressSync(second)]))).text, text);
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const frames = Buffer.concat([compressFrameSync(first), skippable, compressFrameSync(second)]);
  assert.equal((await unpack(frames, { name: 't.lz4' })).text, text);
  assert.equal((await unpack(Buffer.concat([skippable, frames]), { name: 't.lz4' })).text, text);
});

test('zip entries with sizes behind the data, stored entries and droppings of desktops are read', async () => {
  assert.equal((await unpack(withDescriptor(zip, true))).text, text);
  assert.equal((await unpack(withDescriptor(zip, false))).text, text);
  const stored = Buffer.from(zipSync({ 'a.tsv': plain }, { level: 0 }));
  assert.equal((await unpack(stored)).text, text);
  const mac = zipped({
    'd/': Buffer.alloc(0),
    'd/a.tsv': plain,
    '__MACOSX/d/._a.tsv': Buffer.from('x'),
    'd/.DS_Store': Buffer.from('y'),
  });
  assert.deepEqual(await unpack(mac), { names: ['', 'a.tsv'], layers: ['zip'], text });
});

test('zip archives that cannot be one table say why', async () => {
  await fails('zip-several-files', zipped({ 'a.gct': plain, 'b.gct': plain }));
  await fails('zip-empty', zipped({}));
  await fails('zip-empty', zipped({ 'folder/': Buffer.alloc(0) }));
  await fails('zip-office-document', zipped({ '[Content_Types].xml': plain, 'xl/workbook.xml': plain }));
  const encrypted = Buffer.from(zip);
  encrypted.writeUInt16LE(1, 6);
  await fails('zip-encrypted', encrypted);
  const unknown = Buffer.from(zip);
  unknown.writeUInt16LE(12, 8);
  await fails('zip-method', unknown);
  const wrong = Buffer.from(zip);
  wrong.writeUInt32LE(1, 14);
  await fails('corrupt-compression', wrong);
});

test('every truncation is noticed', async () => {
  const small = Buffer.from('a\tb\n1\t2\n');
  const packed = { gz: gzipSync(small), lz4: compressFrameSync(small), zst: zstdCompressSync(small) };
  for (const [name, data] of Object.entries(packed)) {
    for (let end = 4; end < data.length; end += 1) await fails('corrupt-compression', data.subarray(0, end), { name });
  }
  const one = zipped({ 'a.tsv': small });
  for (let end = 4; end < one.indexOf('PK\x01\x02'); end += 1) await fails('corrupt-compression', one.subarray(0, end));
});

test('damage and trailing junk are noticed', async () => {
  for (const data of [gz, lz4, zst]) await fails('corrupt-compression', Buffer.concat([data, Buffer.from('junk')]));
  for (const data of [gz, lz4]) {
    const damaged = Buffer.from(data);
    damaged[data.length - 6]! ^= 0xff;
    await fails('corrupt-compression', damaged);
  }
  await fails('corrupt-compression', Buffer.from('no such thing'), { name: 't.br' });
});

test('what unpacks to more than the limit is refused, also between layers', async () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  await fails('too-large', bomb, { maxBytes: 1_000_000 });
  await fails('too-large', gzipSync(gzipSync(Buffer.alloc(100))), { maxBytes: 20 });
  await fails('too-large', plain, { maxBytes: plain.length - 1 });
  assert.equal((await unpack(plain, { maxBytes: plain.length })).text, text);
});

test('formats that are not read are refused by name', async () => {
  for (const [mark, name] of [
    ['BZh91AY&SY', 'bzip2'],
    ['\xfd7zXZ\0', 'xz'],
    ['%PDF-1.7', 'PDF'],
  ] as const) {
    await assert.rejects(unpack(Buffer.from(mark, 'latin1')), new RegExp(`in ${name} format`));
  }
  assert.equal((await unpack(Buffer.from('BZh is a header'))).text, 'BZh is a header');
});

test('a failing source fails as itself, and an abandoned one is closed', async () => {
  const broken = new Error('connection lost');
  async function* failing() {
    yield gz.subarray(0, 30);
    throw broken;
  }
  const read = async () => bytesOf((await decompress(failing())).bytes);
  await assert.rejects(read(), broken);
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield gz;
    } finally {
      closed = true;
    }
  }
  for await (const _ of (await decompress(endless())).bytes) break;
  assert.equal(closed, true);
});

test('the way the bytes arrive makes no difference', async () => {
  const long = Buffer.from(Array.from({ length: 400 }, (_, index) => `${index * 7919}\t${index % 13}\n`).join(''));
  const packed = [
    gzipSync(long),
    Buffer.concat([gzipSync(long.subarray(0, 99)), gzipSync(long.subarray(99))]),
    Buffer.concat([zstdCompressSync(long.subarray(0, 99)), zstdCompressSync(long.subarray(99))]),
    compressFrameSync(long),
    zipped({ 'a.tsv': long }),
    withDescriptor(zipped({ 'a.tsv': long }), true),
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...packed), fc.array(fc.nat(6000), { maxLength: 30 }), async (data, cuts) => {
      assert.equal((await unpack(data, {}, cuts)).text, long.toString());
    }),
    { numRuns: 120 },
  );
});

test('damage anywhere ends in the right data or in a CatalogueError', async () => {
  const small = Buffer.from('a\tb\n1\t2\n'.repeat(50));
  const packed = [gzipSync(small), zstdCompressSync(small), compressFrameSync(small), zipped({ 'a.tsv': small })];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...packed),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (data, place, change) => {
        const damaged = Buffer.from(data);
        damaged[place % data.length]! ^= change;
        await unpack(damaged, { maxBytes: 1e6 }).catch((error: unknown) => {
          assert.ok(error instanceof CatalogueError, String(error));
        });
      },
    ),
    { numRuns: 400 },
  );
});

test('LZ4 unpacks what another implementation packed, random or repetitive', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 5 }), fc.nat(40_000))
      .map(([bytes, size]) => Buffer.alloc(size, bytes)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), async (pieces) => {
      const data = Buffer.concat(pieces);
      const { bytes } = await decompress(sourceOf(compressFrameSync(data, { contentChecksum: true })));
      assert.ok((await bytesOf(bytes)).equals(data));
    }),
    { numRuns: 60 },
  );
});

test('LZ4 blocks may refer to the blocks before them', async () => {
  const descriptor = Buffer.from([0x40, 0x40]);
  const check = (new Xxh32().update(descriptor).digest() >>> 8) & 255;
  const stored = [8, 0, 0, 0x80, ...Buffer.from('abcdefgh')];
  const first = [4, 0, 0, 0, 0x04, 8, 0, 0x00];
  const second = [9, 0, 0, 0, 0x00, 16, 0, 0x50, ...Buffer.from('12345')];
  const frame = (...blocks: number[][]) =>
    Buffer.from([0x04, 0x22, 0x4d, 0x18, ...descriptor, check, ...blocks.flat(), 0, 0, 0, 0]);
  assert.equal((await unpack(frame(stored, first, second))).text, 'abcdefghabcdefghabcd12345');
  await fails('corrupt-compression', frame(second));
});

test('the xxHash of known texts', () => {
  assert.equal(new Xxh32().digest(), 0x02cc5d05);
  assert.equal(new Xxh32().update(Buffer.from('a')).digest(), 0x550d7456);
  const sentence = Buffer.from('Nobody inspects the spammish repetition');
  assert.equal(new Xxh32().update(sentence).digest(), 0xe2293b2f);
  assert.equal(new Xxh32().update(sentence.subarray(0, 5)).update(sentence.subarray(5)).digest(), 0xe2293b2f);
});
