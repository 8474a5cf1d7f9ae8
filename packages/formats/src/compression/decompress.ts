import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { CatalogueError } from '@linnaea/model';
import type { ByteSource } from '../blocks.ts';
import { ByteReader } from './byte-reader.ts';
import { corrupt, runEngine } from './engine.ts';
import { readLz4Frame, skipFrame } from './lz4.ts';
import { readZip } from './zip.ts';

export interface DecompressOptions {
  /** Name of the file: decides about Brotli, which has no mark of its own, and yields the inner name. */
  name?: string;
  /** Largest unpacked size in bytes; more is `too-large`. Guards against small files that unpack without end. */
  maxBytes?: number;
}

export interface Decompressed {
  /** From the outside in: the name as given, then one for each layer taken off; the last is that of the data. */
  names: string[];
  /** Layers taken off, outermost first; empty for plain data. */
  layers: CompressionFormat[];
  /** The data. Iterate it (even if only to leave at once), since that is what closes the source. */
  bytes: ByteSource;
}

export type CompressionFormat = 'gzip' | 'zip' | 'lz4' | 'zstd' | 'brotli';

const mostLayers = 3;
const chunkSize = 128 * 1024;
const endings = new Map<CompressionFormat, RegExp>([
  ['gzip', /\.(gz|gzip|bgz|bgzf)$/i],
  ['zip', /\.zip$/i],
  ['lz4', /\.lz4$/i],
  ['zstd', /\.(zst|zstd)$/i],
  ['brotli', /\.br$/i],
]);

/**
 * Unpacks what its first bytes say is packed (a name may lie) and passes plain data through. Layers may nest, as in a
 * zip of a gzip. Reads ahead as far as the first bytes of the data; damage found later is thrown while `bytes` is
 * iterated: CatalogueError `corrupt-compression`, `unsupported-compression`, `too-large`, `nested-compression`,
 * `zip-empty`, `zip-several-files`, `zip-encrypted`, `zip-method` or `zip-office-document`.
 */
export async function decompress(source: ByteSource, options: DecompressOptions = {}): Promise<Decompressed> {
  const { name = '', maxBytes = Number.POSITIVE_INFINITY } = options;
  const names = [name];
  const layers: CompressionFormat[] = [];
  const outer = new ByteReader(source);
  let reader = outer;
  try {
    for (;;) {
      const current = names.at(-1) ?? '';
      const format = await sniff(reader, current);
      if (!format) break;
      if (layers.push(format) > mostLayers) {
        throw new CatalogueError(
          'unsupported',
          'nested-compression',
          `The file is packed more than ${mostLayers} times.`,
        );
      }
      const { name: inner, bytes } = await unpack(reader, format, current);
      names.push(inner);
      reader = new ByteReader(limited(bytes, maxBytes));
    }
  } catch (error) {
    await outer.close();
    throw error;
  }
  return { names, layers, bytes: closing(limited(reader.rest(), maxBytes), outer) };
}

/** Formats that are known only to be refused by name: as text they would lead to baffling findings. */
const refused: readonly (readonly [string, string])[] = [
  ['BZh91AY&', 'bzip2'],
  ['\xfd7zXZ\0', 'xz'],
  ['7z\xbc\xaf', '7-Zip'],
  ['Rar!\x1a\x07', 'RAR'],
  ['\x02\x21\x4c\x18', 'old LZ4'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'old Excel or Word'],
  ['%PDF-', 'PDF'],
];

function refuse(head: Uint8Array): void {
  const start = Buffer.from(head).toString('latin1');
  const found = refused.find(([mark]) => start.startsWith(mark));
  if (!found) return;
  const message = `The file is in ${found[1]} format, which is not read; give text, or text packed as gzip, zip, zstd or LZ4.`;
  throw new CatalogueError('unsupported', 'unsupported-compression', message, { details: { format: found[1] } });
}

async function sniff(reader: ByteReader, name: string): Promise<CompressionFormat | undefined> {
  const head = await reader.peek(8);
  refuse(head);
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  if (a === 0x04 && b === 0x22 && c === 0x4d && d === 0x18) return 'lz4';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // Both formats share the frames to skip; the frame behind them decides, and the name when nothing else does.
  if (a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) {
    return endings.get('lz4')?.test(name) ? 'lz4' : 'zstd';
  }
  return endings.get('brotli')?.test(name) && a !== undefined ? 'brotli' : undefined;
}

async function unpack(reader: ByteReader, format: CompressionFormat, name: string) {
  if (format === 'zip') return readZip(reader);
  return { name: name.replace(endings.get(format) ?? '', ''), bytes: members(reader, format) };
}

/** gzip, zstd and lz4 files may be several streams in a row (BGZF always is); together they are one file. */
async function* members(reader: ByteReader, format: Exclude<CompressionFormat, 'zip'>): AsyncGenerator<Uint8Array> {
  do yield* member(reader, format);
  while (await another(reader, format));
}

async function* member(reader: ByteReader, format: Exclude<CompressionFormat, 'zip'>): AsyncGenerator<Uint8Array> {
  if (format === 'gzip') return yield* runEngine(reader, createGunzip({ chunkSize }), 'gzip');
  if (format === 'brotli') return yield* runEngine(reader, createBrotliDecompress({ chunkSize }), 'Brotli');
  const mark = await reader.peek(1);
  if (mark[0] !== undefined && mark[0] >> 4 === 5) {
    await reader.take(4);
    return skipFrame(reader);
  }
  if (format === 'zstd') return yield* runEngine(reader, createZstdDecompress({ chunkSize }), 'zstd');
  await reader.take(4);
  yield* readLz4Frame(reader);
}

async function another(reader: ByteReader, format: CompressionFormat): Promise<boolean> {
  // Zeros after a gzip stream are padding of tapes and block devices.
  for (let head = await reader.peek(1); format === 'gzip' && head[0] === 0; head = await reader.peek(1)) {
    await reader.take(1);
  }
  if ((await reader.peek(1)).length === 0) return false;
  if (format !== 'brotli' && (await sniff(reader, format === 'lz4' ? '.lz4' : '')) === format) return true;
  throw corrupt(format, 'other data follows its end');
}

async function* limited(bytes: ByteSource, maxBytes: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    if (total > maxBytes) {
      const message = `The file is larger than ${maxBytes} bytes when unpacked.`;
      throw new CatalogueError('too-large', 'too-large', message, { details: { maxBytes } });
    }
    yield chunk;
  }
}

async function* closing(bytes: ByteSource, outer: ByteReader): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } finally {
    await outer.close();
  }
}
