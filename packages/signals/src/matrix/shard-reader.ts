import type { ObjectStore } from '@linnaea/objects';
import { Lru } from '../zarr/lru.ts';
import { decodeShardIndex, shardIndexLength } from '../zarr/sharding.ts';
import { type Measurement, runBlocks } from './layout.ts';

interface ShardIndex {
  starts: Float64Array;
  lengths: Uint32Array;
}

/** An inner chunk that is wanted, by stripe within its shard and block of runs. */
export interface WantedChunk {
  stripe: number;
  block: number;
}

/** Chunks further apart than this are read singly: below, the bytes between cost less than another read. */
const largestGap = 48 << 10;
/** One read fetches at most this much. */
const largestRead = 8 << 20;
const keptIndexBytes = 4 << 20;

/** Fetches inner chunks out of the shards of one array. */
export class ShardReader {
  readonly #store: ObjectStore;
  readonly #prefix: string;
  readonly #stripes: number;
  readonly #chunkCount: number;
  readonly #indexes = new Lru<ShardIndex>(keptIndexBytes, ({ starts }) => starts.length * 12);

  constructor(store: ObjectStore, prefix: string, measurement: Measurement, runCount: number) {
    this.#store = store;
    this.#prefix = `${prefix}${measurement.path}/c/0/`;
    this.#stripes = measurement.chunks.stripes;
    this.#chunkCount = measurement.chunks.stripes * runBlocks(runCount, measurement.chunks);
  }

  /** Calls `use` for each wanted chunk that exists, in the order of the bytes, a stretch of the shard at a time. */
  async *read(
    shard: number,
    wanted: readonly WantedChunk[],
  ): AsyncGenerator<{ chunk: WantedChunk; bytes: Uint8Array }[]> {
    const index = await this.#index(shard);
    const places = wanted
      .map((chunk) => ({ chunk, i: chunk.block * this.#stripes + chunk.stripe }))
      .filter(({ i }) => index.lengths[i]! > 0)
      .map(({ chunk, i }) => ({ chunk, start: index.starts[i]!, end: index.starts[i]! + index.lengths[i]! }))
      .sort((a, b) => a.start - b.start);
    for (let first = 0; first < places.length; ) {
      const start = places[first]!.start;
      let last = first;
      while (last + 1 < places.length && joins(places[last]!.end, places[last + 1]!, start)) last += 1;
      const bytes = await this.#get(shard, start, places[last]!.end - start);
      yield places
        .slice(first, last + 1)
        .map(({ chunk, start: from, end }) => ({ chunk, bytes: bytes.subarray(from - start, end - start) }));
      first = last + 1;
    }
  }

  async #index(shard: number): Promise<ShardIndex> {
    const known = this.#indexes.get(String(shard));
    if (known !== undefined) return known;
    const info = await this.#store.head(this.#prefix + shard);
    if (info === undefined) throw new Error(`A shard of measurements is missing: ${this.#prefix}${shard}`);
    const length = shardIndexLength(this.#chunkCount);
    const index = decodeShardIndex(await this.#get(shard, Math.max(0, info.size - length), length), this.#chunkCount);
    this.#indexes.set(String(shard), index);
    return index;
  }

  async #get(shard: number, start: number, length: number): Promise<Uint8Array> {
    const bytes = await this.#store.get(this.#prefix + shard, { start, length });
    if (bytes?.length !== length) throw new Error(`A shard of measurements is cut short: ${this.#prefix}${shard}`);
    return bytes;
  }
}

function joins(end: number, next: { start: number; end: number }, start: number): boolean {
  return next.start - end <= largestGap && next.end - start <= largestRead;
}
