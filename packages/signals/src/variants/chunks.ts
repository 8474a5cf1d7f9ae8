import { zstdDecompressSync } from 'node:zlib';
import type { ElementArray, ElementType } from '../zarr/arrays.ts';
import { decodeBlosc } from '../zarr/blosc.ts';
import type { ZarrStore } from '../zarr/store.ts';
import { TextChunk } from './text-chunk.ts';

/** Reads and decodes a chunk; undefined when it was never written, which means that it holds nothing. */
export async function readChunk(
  store: ZarrStore,
  key: `/${string}`,
  stored: ElementType,
): Promise<ElementArray | TextChunk | undefined> {
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  if (stored === 'string') return new TextChunk(zstdDecompressSync(bytes));
  const decoded = await decodeBlosc(bytes);
  // Typed arrays need their start on a multiple of the element's size.
  const { buffer, byteOffset, byteLength } = decoded.byteOffset % 8 === 0 ? decoded : decoded.slice();
  switch (stored) {
    case 'int8':
      return new Int8Array(buffer, byteOffset, byteLength);
    case 'int16':
      return new Int16Array(buffer, byteOffset, byteLength / 2);
    case 'int32':
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case 'float32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'float64':
      return new Float64Array(buffer, byteOffset, byteLength / 8);
    default:
      return new Uint8Array(buffer, byteOffset, byteLength);
  }
}
