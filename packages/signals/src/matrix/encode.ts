import { encodeBlosc } from '../zarr/blosc.ts';
import { narrow } from './decimal.ts';
import type { NumberType } from './layout.ts';

/** Numbers that threads share. */
export type Slab = Float64Array<SharedArrayBuffer>;

/** Some chunks of numbers, one after the other, all of the same length. */
export interface EncodeJob {
  values: Slab;
  /** Numbers to take from the slab. */
  length: number;
  chunkLength: number;
  type: NumberType;
}

/** The chunks compressed, one after the other, and the length in bytes of each. */
export interface EncodedChunks {
  bytes: Uint8Array<ArrayBuffer>;
  lengths: number[];
  /** Every number is a float32 as it is. */
  exact: boolean;
  /** Every number is the shortest decimal of its float32. */
  decimal: boolean;
}

/** Compresses each chunk by itself, and tells for float32 how the numbers can be had back. */
export function encodeChunks(job: EncodeJob): EncodedChunks {
  const fits = { exact: true, decimal: true };
  const chunk = job.type === 'float32' ? new Float32Array(job.chunkLength) : new Float64Array(job.chunkLength);
  const chunkBytes = new Uint8Array(chunk.buffer);
  const parts: Uint8Array[] = [];
  for (let start = 0; start < job.length; start += job.chunkLength) {
    const values = job.values.subarray(start, start + job.chunkLength);
    if (chunk instanceof Float32Array) narrow(values, chunk, fits);
    else chunk.set(values);
    parts.push(encodeBlosc(chunkBytes, chunk.BYTES_PER_ELEMENT));
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, lengths: parts.map((part) => part.length), ...fits };
}
