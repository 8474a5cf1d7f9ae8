import type { ByteReader } from './byte-reader.ts';
import { corrupt } from './engine.ts';
import { Xxh32 } from './xxh32.ts';

// Own decoder: the lz4 bindings for Node unpack a whole frame at once, which a catalogue of large matrices cannot afford.

const history = 64 * 1024;
/** Up to here a loop is faster than a call. */
const longCopy = 48;
const blockSizes = new Map([
  [4, 64 * 1024],
  [5, 256 * 1024],
  [6, 1024 * 1024],
  [7, 4 * 1024 * 1024],
]);

const damaged = () => corrupt('LZ4', 'it is damaged');

interface FrameHeader {
  blockSize: number;
  linked: boolean;
  blockChecksums: boolean;
  contentChecksum: boolean;
}

/** Unpacks one LZ4 frame from behind its magic number; holds one block and 64 KiB of history. */
export async function* readLz4Frame(reader: ByteReader): AsyncGenerator<Uint8Array> {
  const header = await readHeader(reader);
  const output = new Uint8Array(history + header.blockSize);
  const content = new Xxh32();
  let known = 0;
  for (let size = await readWord(reader); size !== 0; size = await readWord(reader)) {
    const stored = size > 0x7fffffff;
    const length = size % 0x80000000;
    if (length > header.blockSize + 64) throw damaged();
    const block = await takeBlock(reader, length, header.blockChecksums);
    const end = stored
      ? copyStored(block, output)
      : decodeBlock(block, output, header.linked ? history - known : history);
    const unpacked = output.slice(history, end);
    if (header.contentChecksum) content.update(unpacked);
    yield unpacked;
    output.copyWithin(0, end - history, end);
    known = Math.min(history, known + unpacked.length);
  }
  if (header.contentChecksum && (await readWord(reader)) !== content.digest()) throw damaged();
}

/** Passes over a skippable frame, from behind its magic number. */
export async function skipFrame(reader: ByteReader): Promise<void> {
  const size = await readWord(reader);
  let seen = 0;
  for await (const piece of reader.pieces(size)) seen += piece.length;
  if (seen < size) throw tooShort();
}

const tooShort = () => corrupt('LZ4', 'it ends too early (truncated)');

async function readHeader(reader: ByteReader): Promise<FrameHeader> {
  const fixed = await reader.take(2);
  if (!fixed) throw tooShort();
  const [flags, descriptor] = [fixed[0]!, fixed[1]!];
  const optional = await reader.take((flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1);
  if (!optional) throw tooShort();
  const checksum = new Xxh32().update(fixed).update(optional.subarray(0, -1)).digest();
  const blockSize = blockSizes.get((descriptor >> 4) & 7);
  if (flags >> 6 !== 1 || blockSize === undefined || ((checksum >>> 8) & 255) !== optional.at(-1)) throw damaged();
  if (flags & 1) throw corrupt('LZ4', 'it needs a preset dictionary, which is not supported');
  return { blockSize, linked: !(flags & 32), blockChecksums: !!(flags & 16), contentChecksum: !!(flags & 4) };
}

async function readWord(reader: ByteReader): Promise<number> {
  const bytes = await reader.take(4);
  if (!bytes) throw tooShort();
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
}

async function takeBlock(reader: ByteReader, length: number, checked: boolean): Promise<Uint8Array> {
  const block = await reader.take(length);
  if (!block) throw tooShort();
  if (checked && (await readWord(reader)) !== new Xxh32().update(block).digest()) throw damaged();
  return block;
}

function copyStored(block: Uint8Array, output: Uint8Array): number {
  if (block.length > output.length - history) throw damaged();
  output.set(block, history);
  return history + block.length;
}

/** Decodes a block into `output` from `history` on; matches may reach back to `oldest`. Gives the end of the output. */
function decodeBlock(block: Uint8Array, output: Uint8Array, oldest: number): number {
  let from = 0;
  let to = history;
  const extended = (length: number) => {
    let total = length;
    for (let more = 255; more === 255; total += more) {
      if (from >= block.length) throw damaged();
      more = block[from++]!;
    }
    return total;
  };
  while (from < block.length) {
    const token = block[from++]!;
    const literals = token >> 4 === 15 ? extended(15) : token >> 4;
    if (from + literals > block.length || to + literals > output.length) throw damaged();
    if (literals > longCopy) output.set(block.subarray(from, from + literals), to);
    else for (let index = 0; index < literals; index += 1) output[to + index] = block[from + index]!;
    from += literals;
    to += literals;
    if (from === block.length) return to;
    const distance = block[from]! | ((block[from + 1] ?? 0) << 8);
    from += 2;
    const length = ((token & 15) === 15 ? extended(15) : token & 15) + 4;
    if (distance === 0 || to - distance < oldest || to + length > output.length) throw damaged();
    // Byte by byte where source and target overlap: the format repeats what it has just written.
    if (length > longCopy && distance >= length) output.copyWithin(to, to - distance, to - distance + length);
    else for (let index = to; index < to + length; index += 1) output[index] = output[index - distance]!;
    to += length;
  }
  throw damaged();
}
