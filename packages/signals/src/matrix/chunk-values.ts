import { openBlosc } from '../zarr/blosc.ts';
import type { Part } from './selection.ts';

/** Where values of a chunk go: feature by feature, `width` runs each. */
export interface Target {
  values: Float32Array | Float64Array;
  width: number;
}

/**
 * Takes the wanted values out of an encoded chunk of `runsPerChunk` runs a feature. The shuffle is undone only for
 * them: a single run needs 4 bytes in a thousand.
 */
export function takeValues(
  encoded: Uint8Array,
  runsPerChunk: number,
  features: Part,
  runs: Part,
  target: Target,
): void {
  const container = openBlosc(encoded);
  if (container === undefined || !container.shuffled || container.typeSize !== target.values.BYTES_PER_ELEMENT) {
    throw new Error('A chunk of measurements is not of the kind that this catalogue writes');
  }
  const { payload } = container;
  if (target.values instanceof Float32Array) take4(payload, runsPerChunk, features, runs, target.values, target.width);
  else take8(payload, runsPerChunk, features, runs, target.values, target.width);
}

function take4(
  bytes: Uint8Array,
  runsPerChunk: number,
  features: Part,
  runs: Part,
  values: Float32Array,
  width: number,
): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length);
  const plane = bytes.length >>> 2;
  const runInside = runs.inside;
  const runTarget = runs.target;
  for (let f = 0; f < features.inside.length; f++) {
    const from = features.inside[f]! * runsPerChunk;
    const to = features.target[f]! * width;
    for (let r = 0; r < runInside.length; r++) {
      const i = from + runInside[r]!;
      words[to + runTarget[r]!] =
        bytes[i]! | (bytes[i + plane]! << 8) | (bytes[i + 2 * plane]! << 16) | (bytes[i + 3 * plane]! << 24);
    }
  }
}

function take8(
  bytes: Uint8Array,
  runsPerChunk: number,
  features: Part,
  runs: Part,
  values: Float64Array,
  width: number,
): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const plane = bytes.length >>> 3;
  for (let f = 0; f < features.inside.length; f++) {
    for (let r = 0; r < runs.inside.length; r++) {
      const i = features.inside[f]! * runsPerChunk + runs.inside[r]!;
      const to = 2 * (features.target[f]! * width + runs.target[r]!);
      for (let half = 0; half < 2; half++) {
        const low = i + half * 4 * plane;
        words[to + half] =
          bytes[low]! | (bytes[low + plane]! << 8) | (bytes[low + 2 * plane]! << 16) | (bytes[low + 3 * plane]! << 24);
      }
    }
  }
}
