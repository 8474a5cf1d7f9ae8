import type { ElementArray, ElementType } from '../zarr/arrays.ts';
import { nodeKey } from '../zarr/arrays.ts';
import { Lru } from '../zarr/lru.ts';
import type { ZarrStore } from '../zarr/store.ts';
import { wordsOf } from './cells.ts';
import { readChunk } from './chunks.ts';
import type { TextChunk } from './text-chunk.ts';

/** A decoded chunk; `data` is undefined where none was written: all of its cells are empty. */
export interface LoadedChunk {
  data: ElementArray | TextChunk | undefined;
  words: Uint32Array;
}

const nothing = new Uint32Array(0);
const overhead = 200;

/** Decoded chunks of one store, the least recently used leaving first. Concurrent readers of a chunk share one load. */
export class ChunkCache {
  private readonly store: ZarrStore;
  private readonly kept: Lru<LoadedChunk>;
  private readonly loading = new Map<string, Promise<LoadedChunk>>();

  constructor(store: ZarrStore, bytes: number) {
    this.store = store;
    this.kept = new Lru(
      bytes,
      ({ data }) => overhead + (data !== undefined && 'byteLength' in data ? data.byteLength : 0),
    );
  }

  async get(array: string, position: readonly number[], stored: ElementType): Promise<LoadedChunk> {
    const key = nodeKey(`/${array}`, ['c', ...position].join('/'));
    const kept = this.kept.get(key);
    if (kept !== undefined) return kept;
    let load = this.loading.get(key);
    if (load === undefined) {
      load = this.load(key, stored).finally(() => this.loading.delete(key));
      this.loading.set(key, load);
    }
    return load;
  }

  private async load(key: `/${string}`, stored: ElementType): Promise<LoadedChunk> {
    const data = await readChunk(this.store, key, stored);
    const loaded = { data, words: data === undefined ? nothing : wordsOf(data) };
    this.kept.set(key, loaded);
    return loaded;
  }
}
