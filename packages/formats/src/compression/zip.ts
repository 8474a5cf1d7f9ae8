import { crc32, createInflateRaw } from 'node:zlib';
import { CatalogueError } from '@linnaea/model';
import { decodeBytes } from '../text/encoding.ts';
import type { ByteReader } from './byte-reader.ts';
import { corrupt, runEngine } from './engine.ts';

interface Entry {
  name: string;
  method: number;
  /** Sizes and checksum follow the data instead of preceding it. */
  described: boolean;
  crc: number;
  packed: number;
  size: number;
}

const localHeader = 0x04034b50;
const descriptorMark = 0x08074b50;

const truncated = () => corrupt('zip', 'it ends too early (truncated)');

/**
 * Finds the one data file of a zip and streams it; the directory at the archive's end is not needed. Folders and the
 * droppings of desktop systems are passed over; a second data file is an error, raised once the first has been read.
 */
export async function readZip(reader: ByteReader): Promise<{ name: string; bytes: AsyncGenerator<Uint8Array> }> {
  for (;;) {
    const entry = await nextEntry(reader);
    if (!entry) throw new CatalogueError('invalid', 'zip-empty', 'The zip archive holds no data file.');
    if (isData(entry)) return { name: baseName(entry.name), bytes: onlyEntry(reader, entry) };
    for await (const _ of contentOf(reader, entry));
  }
}

async function* onlyEntry(reader: ByteReader, entry: Entry): AsyncGenerator<Uint8Array> {
  yield* contentOf(reader, entry);
  for (let other = await nextEntry(reader); other; other = await nextEntry(reader)) {
    if (isData(other)) {
      const message = `The zip archive holds several files ("${entry.name}", "${other.name}"): give one file in each archive.`;
      throw new CatalogueError('invalid', 'zip-several-files', message, {
        details: { files: [entry.name, other.name] },
      });
    }
    for await (const _ of contentOf(reader, other));
  }
  // The directory: read to its end, so that whoever counts or hashes the upload sees all of it.
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next());
}

const baseName = (name: string) => name.slice(name.lastIndexOf('/') + 1);

function isData(entry: Entry): boolean {
  return !/\/$|(^|\/)(__MACOSX\/.*|\.DS_Store|Thumbs\.db)$/i.test(entry.name);
}

/** Header of the next file; undefined where the directory (or an empty archive's end) begins. */
async function nextEntry(reader: ByteReader): Promise<Entry | undefined> {
  const mark = await reader.peek(4);
  if (mark.length < 4) throw truncated();
  if (view(mark).getUint32(0, true) !== localHeader) {
    if (mark[0] === 0x50 && mark[1] === 0x4b) return undefined;
    throw corrupt('zip', 'a file does not end where it should');
  }
  const fixed = await reader.take(30);
  if (!fixed) throw truncated();
  const head = view(fixed);
  const variable = await reader.take(head.getUint16(26, true) + head.getUint16(28, true));
  if (!variable) throw truncated();
  const name = decodeBytes(variable.subarray(0, head.getUint16(26, true))).text;
  const flags = head.getUint16(6, true);
  if (flags & 0x2041) {
    throw new CatalogueError(
      'unsupported',
      'zip-encrypted',
      `The zip archive is encrypted ("${name}"): unpack it first.`,
    );
  }
  const entry = {
    name,
    method: head.getUint16(8, true),
    described: (flags & 8) !== 0,
    crc: head.getUint32(14, true),
    packed: head.getUint32(18, true),
    size: head.getUint32(22, true),
  };
  if (name === '[Content_Types].xml') {
    const message = 'The file is an office document (Excel or Word), not a table: save it as tab-separated text.';
    throw new CatalogueError('unsupported', 'zip-office-document', message);
  }
  readLongSizes(entry, view(variable.subarray(head.getUint16(26, true))));
  return entry;
}

/** Zip64: sizes of 4 GiB and more stand in an extra field. */
function readLongSizes(entry: Entry, extra: DataView): void {
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    for (const key of ['size', 'packed'] as const) {
      if (entry[key] !== 0xffffffff || field + 8 > extra.byteLength) continue;
      entry[key] = Number(extra.getBigUint64(field, true));
      field += 8;
    }
    return;
  }
}

async function* contentOf(reader: ByteReader, entry: Entry): AsyncGenerator<Uint8Array> {
  const stored = entry.method === 0;
  if (
    (!stored && entry.method !== 8) ||
    (stored && entry.described && entry.packed === 0 && !entry.name.endsWith('/'))
  ) {
    const message = `The zip archive uses a method that cannot be read as a stream ("${entry.name}"): use plain deflate.`;
    throw new CatalogueError('unsupported', 'zip-method', message, { details: { method: entry.method } });
  }
  const engine = createInflateRaw({ chunkSize: 128 * 1024 });
  let size = 0;
  let crc = 0;
  for await (const chunk of stored ? reader.pieces(entry.packed) : runEngine(reader, engine, 'zip')) {
    size += chunk.length;
    crc = crc32(chunk, crc);
    yield chunk;
  }
  const packed = stored ? size : engine.bytesWritten;
  const expected = entry.described ? await readDescriptor(reader, packed, size) : entry;
  if (stored && size < entry.packed) throw truncated();
  if (expected.packed !== packed || expected.size !== size || expected.crc !== crc) {
    throw corrupt('zip', `"${entry.name}" does not match its checksum or size`);
  }
}

/** The mark before a descriptor is optional and its sizes are 4 or 8 bytes long; the sizes just seen tell which. */
async function readDescriptor(reader: ByteReader, packed: number, size: number) {
  const mark = await reader.peek(4);
  if (mark.length === 4 && view(mark).getUint32(0, true) === descriptorMark) await reader.take(4);
  const long = await reader.peek(20);
  if (long.length < 12) throw truncated();
  const read = view(long);
  const isLong =
    long.length === 20 &&
    read.getBigUint64(4, true) === BigInt(packed) &&
    read.getBigUint64(12, true) === BigInt(size) &&
    !(read.getUint32(4, true) === packed && read.getUint32(8, true) === size);
  await reader.take(isLong ? 20 : 12);
  const crc = read.getUint32(0, true);
  return isLong ? { crc, packed, size } : { crc, packed: read.getUint32(4, true), size: read.getUint32(8, true) };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
