import { type ElementArray, type ElementType, nodeKey, writeArrayMetadata } from '../zarr/arrays.ts';
import { encodeBlosc } from '../zarr/blosc.ts';
import { numberCodecs, textCodecs, zstd } from '../zarr/codecs.ts';
import { encodeVlenUtf8 } from '../zarr/vlen-utf8.ts';
import { readChunk } from './chunks.ts';
import type { CountingStore } from './counting-store.ts';
import type { TextChunk } from './text-chunk.ts';

/** Bytes of an element in memory; that of a text is its reference. */
export const elementSizes: Record<ElementType, number> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  float32: 4,
  float64: 8,
  string: 8,
};

/**
 * An array whose type and whose last axis are known only when everything was read: it begins narrow, and when a value
 * comes that does not fit, the chunks written so far are written anew. That happens a handful of times at most (there
 * are few types, and widths double), mostly after the first chunk, and saves reading the source twice.
 */
export class GrowingArray {
  readonly name: string;
  readonly store: CountingStore;
  /** Chunks written so far: their place, and in which form. */
  private readonly written = new Map<string, number[]>();

  constructor(store: CountingStore, name: string) {
    this.store = store;
    this.name = name;
  }

  async write(position: number[], data: ElementArray, stored: ElementType): Promise<void> {
    const bytes = Array.isArray(data)
      ? zstd(encodeVlenUtf8(data))
      : encodeBlosc(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), elementSizes[stored]);
    await this.store.set(this.key(position), bytes);
    this.written.set(position.join('/'), position);
  }

  /** Rewrites all chunks: `convert` gets each with its place and answers its new place and content. */
  async rewrite(
    from: ElementType,
    to: ElementType,
    convert: (chunk: ElementArray | TextChunk, position: number[]) => { position: number[]; data: ElementArray },
  ): Promise<void> {
    for (const position of [...this.written.values()]) {
      const chunk = await readChunk(this.store, this.key(position), from);
      if (chunk === undefined) throw new Error(`A chunk of ${this.name} is gone`);
      const next = convert(chunk, position);
      if (next.position.length !== position.length) {
        this.written.delete(position.join('/'));
        await this.store.delete(this.key(position));
      }
      await this.write(next.position, next.data, to);
    }
  }

  has(position: number[]): boolean {
    return this.written.has(position.join('/'));
  }

  private key(position: number[]): `/${string}` {
    return nodeKey(`/${this.name}`, ['c', ...position].join('/'));
  }

  async finish(options: {
    stored: ElementType;
    shape: number[];
    chunks: number[];
    dimensions: string[];
    attributes?: Record<string, unknown>;
    fill?: number | boolean | string;
  }): Promise<void> {
    const { stored, ...rest } = options;
    const codecs = stored === 'string' ? textCodecs : numberCodecs(elementSizes[stored]);
    await writeArrayMetadata(this.store, `/${this.name}`, { ...rest, type: stored, codecs });
  }
}
