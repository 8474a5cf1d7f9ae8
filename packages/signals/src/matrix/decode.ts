import { takeValues } from './chunk-values.ts';
import type { Part } from './selection.ts';

/** Encoded chunks, one after the other, and where what is wanted of each goes. */
export interface DecodeJob {
  bytes: Uint8Array<ArrayBuffer>;
  chunks: { length: number; features: Part; runs: Part }[];
  runsPerChunk: number;
  /** Shared between threads: features by `width` runs. */
  values: Float32Array<SharedArrayBuffer> | Float64Array<SharedArrayBuffer>;
  width: number;
}

/** Decodes the chunks of a job into its values. */
export function decodeChunks(job: DecodeJob): void {
  let at = 0;
  for (const { length, features, runs } of job.chunks) {
    takeValues(job.bytes.subarray(at, at + length), job.runsPerChunk, features, runs, job);
    at += length;
  }
}
