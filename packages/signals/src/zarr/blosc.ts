import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import Blosc from 'numcodecs/blosc';

/**
 * The Blosc 1 container with one zstd block per chunk. Node's own zstd does the work: it is about twice as fast as
 * the WebAssembly build of numcodecs on chunks of some tens of kilobytes, and the bytes are plain Blosc to every reader.
 */
const headerLength = 16;
const flags = { shuffle: 0x01, memcpy: 0x02, bitShuffle: 0x04, unsplit: 0x10 };
const zstdFormat = 4;
const fallback = Blosc.fromConfig({ cname: 'zstd', clevel: 1, shuffle: 1, blocksize: 0 });

/** What a Blosc header says, and the shuffled bytes where this module can take them out by itself. */
interface Container {
  byteLength: number;
  typeSize: number;
  shuffled: boolean;
  /** Bytes still in shuffled order. */
  payload: Uint8Array;
}

/**
 * Groups byte k of every element together, which is what makes numbers compressible.
 * Bytes after the last whole element keep their place.
 */
export function shuffle(bytes: Uint8Array, typeSize: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const count = Math.floor(bytes.length / typeSize);
  if (typeSize === 4 && bytes.byteOffset % 4 === 0) {
    shuffle4(new Uint32Array(bytes.buffer, bytes.byteOffset, count), out);
  } else {
    for (let plane = 0; plane < typeSize; plane++) {
      const start = plane * count;
      for (let i = 0, from = plane; i < count; i++, from += typeSize) out[start + i] = bytes[from]!;
    }
  }
  out.set(bytes.subarray(count * typeSize), count * typeSize);
  return out;
}

function shuffle4(words: Uint32Array, out: Uint8Array): void {
  const count = words.length;
  if (count % 4 === 0) {
    shuffle4By4(words, new Uint32Array(out.buffer, out.byteOffset, count));
    return;
  }
  for (let i = 0, b = count, c = 2 * count, d = 3 * count; i < count; i++, b++, c++, d++) {
    const word = words[i]!;
    out[i] = word;
    out[b] = word >>> 8;
    out[c] = word >>> 16;
    out[d] = word >>> 24;
  }
}

/** Four words at a time make one word of each plane, which halves the time. */
function shuffle4By4(words: Uint32Array, out: Uint32Array): void {
  const step = words.length >>> 2;
  for (let i = 0, to = 0; to < step; i += 4, to++) {
    const p = words[i]!;
    const q = words[i + 1]!;
    const r = words[i + 2]!;
    const s = words[i + 3]!;
    out[to] = (p & 255) | ((q & 255) << 8) | ((r & 255) << 16) | (s << 24);
    out[to + step] = ((p >>> 8) & 255) | (q & 0xff00) | ((r & 0xff00) << 8) | ((s & 0xff00) << 16);
    out[to + 2 * step] = ((p >>> 16) & 255) | ((q >>> 8) & 0xff00) | (r & 0xff0000) | ((s & 0xff0000) << 8);
    out[to + 3 * step] = (p >>> 24) | ((q >>> 16) & 0xff00) | ((r >>> 8) & 0xff0000) | (s & 0xff000000);
  }
}

/** Undoes `shuffle`. */
export function unshuffle(bytes: Uint8Array, typeSize: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const count = Math.floor(bytes.length / typeSize);
  if (typeSize === 4) {
    const words = new Uint32Array(out.buffer, 0, count);
    for (let i = 0, b = count, c = 2 * count, d = 3 * count; i < count; i++, b++, c++, d++) {
      words[i] = bytes[i]! | (bytes[b]! << 8) | (bytes[c]! << 16) | (bytes[d]! << 24);
    }
  } else {
    for (let plane = 0; plane < typeSize; plane++) {
      const start = plane * count;
      for (let i = 0, to = plane; i < count; i++, to += typeSize) out[to] = bytes[start + i]!;
    }
  }
  out.set(bytes.subarray(count * typeSize), count * typeSize);
  return out;
}

/** Compresses one chunk. `typeSize` is the element's size in bytes, `level` zstd's (1 to 22). */
export function encodeBlosc(bytes: Uint8Array, typeSize: number, level = 1): Uint8Array {
  const shuffled = typeSize > 1 ? shuffle(bytes, typeSize) : bytes;
  const frame = zstdCompressSync(shuffled, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
  // A block whose stated length equals the block size is stored as it is.
  const body = frame.length < shuffled.length ? frame : shuffled;
  const out = new Uint8Array(headerLength + 8 + body.length);
  const view = new DataView(out.buffer);
  out[0] = 2;
  out[1] = 1;
  out[2] = (zstdFormat << 5) | flags.unsplit | (typeSize > 1 ? flags.shuffle : 0);
  out[3] = typeSize;
  view.setUint32(4, bytes.length, true);
  view.setUint32(8, bytes.length, true);
  view.setUint32(12, out.length, true);
  view.setUint32(16, headerLength + 4, true);
  view.setUint32(20, body.length, true);
  out.set(body, headerLength + 8);
  return out;
}

/**
 * Opens a container that `encodeBlosc` wrote without undoing the shuffle, so that a reader of few elements need not
 * touch the others. Undefined for other flavours of Blosc: give those to `decodeBlosc`.
 */
export function openBlosc(bytes: Uint8Array): Container | undefined {
  if (bytes.length < headerLength + 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mode = bytes[2]!;
  const byteLength = view.getUint32(4, true);
  const plain = (mode & (flags.memcpy | flags.bitShuffle)) === 0 && (mode & flags.unsplit) !== 0;
  if (!plain || mode >> 5 !== zstdFormat || view.getUint32(8, true) !== byteLength || byteLength === 0)
    return undefined;
  const start = view.getUint32(16, true);
  if (start + 4 > bytes.length) return undefined;
  const length = view.getUint32(start, true);
  const body = bytes.subarray(start + 4, start + 4 + length);
  const payload = length === byteLength ? body : zstdDecompressSync(body, { chunkSize: Math.max(64, byteLength) });
  if (payload.length !== byteLength) throw new Error(`A Blosc block holds ${payload.length} bytes, not ${byteLength}`);
  return { byteLength, typeSize: bytes[3]!, shuffled: (mode & flags.shuffle) !== 0 && bytes[3]! > 1, payload };
}

/** Decompresses any Blosc 1 container. */
export async function decodeBlosc(bytes: Uint8Array): Promise<Uint8Array> {
  const container = openBlosc(bytes);
  if (container === undefined) return fallback.decode(bytes);
  return container.shuffled ? unshuffle(container.payload, container.typeSize) : container.payload;
}
