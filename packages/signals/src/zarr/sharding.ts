import type { CodecMetadata } from './codecs.ts';
import { crc32c } from './crc32c.ts';

/** Place of an inner chunk within its shard, in bytes. */
export interface ShardEntry {
  start: number;
  length: number;
}

/** Zarr's mark of an inner chunk that is not there. */
const absent = 0xffff_ffff_ffff_ffffn;

/** The codec that stores many inner chunks in one object, their places at its end. */
export function shardingCodec(innerChunks: number[], codecs: CodecMetadata[]): CodecMetadata {
  return {
    name: 'sharding_indexed',
    configuration: {
      chunk_shape: innerChunks,
      codecs,
      index_codecs: [
        { name: 'bytes', configuration: { endian: 'little' } },
        { name: 'crc32c', configuration: {} },
      ],
      index_location: 'end',
    },
  };
}

/** Bytes that the index of `count` inner chunks takes. */
export function shardIndexLength(count: number): number {
  return count * 16 + 4;
}

/** The index of a shard: one entry per inner chunk in C order, undefined where there is none. */
export function encodeShardIndex(entries: readonly (ShardEntry | undefined)[]): Uint8Array {
  const bytes = new Uint8Array(shardIndexLength(entries.length));
  const view = new DataView(bytes.buffer);
  for (const [i, entry] of entries.entries()) {
    view.setBigUint64(i * 16, entry === undefined ? absent : BigInt(entry.start), true);
    view.setBigUint64(i * 16 + 8, entry === undefined ? absent : BigInt(entry.length), true);
  }
  view.setUint32(entries.length * 16, crc32c(bytes.subarray(0, entries.length * 16)), true);
  return bytes;
}

/** Starts and lengths by inner chunk; a missing chunk has length 0. Throws when the checksum differs. */
export function decodeShardIndex(bytes: Uint8Array, count: number): { starts: Float64Array; lengths: Uint32Array } {
  if (bytes.length !== shardIndexLength(count)) throw new Error('A shard is shorter than its index');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(count * 16, true) !== crc32c(bytes.subarray(0, count * 16)))
    throw new Error('The index of a shard is damaged');
  const starts = new Float64Array(count);
  const lengths = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const start = view.getBigUint64(i * 16, true);
    if (start === absent) continue;
    starts[i] = Number(start);
    lengths[i] = Number(view.getBigUint64(i * 16 + 8, true));
  }
  return { starts, lengths };
}
