import { nodeKey, writeArrayMetadata } from '../zarr/arrays.ts';
import { numberCodecs } from '../zarr/codecs.ts';
import { encodeShardIndex, type ShardEntry, shardingCodec } from '../zarr/sharding.ts';
import type { ZarrStore } from '../zarr/store.ts';
import { arrayAttributes } from './columns.ts';
import type { EncodedChunks, Slab } from './encode.ts';
import type { Encoder } from './encoder.ts';
import { type ChunkShape, chooseChunks, type Measurement, type NumberType, runBlocks } from './layout.ts';

/** Uncompressed bytes that go to a thread at a time: enough to make the hand-over cheap. */
const slabBytes = 1 << 20;
/** Shards being written while the next one fills. */
const mostWrites = 2;

/**
 * One array of (runs, features) under construction, filled feature by feature. Rows fill a slab of some stripes, slabs
 * are compressed elsewhere, and as soon as a shard's slabs are done it becomes one object.
 */
export class ShardedArrayWriter {
  readonly chunks: ChunkShape;
  readonly #store: ZarrStore;
  readonly #path: string;
  readonly #type: NumberType;
  readonly #runCount: number;
  readonly #encoder: Encoder;
  readonly #blocks: number;
  readonly #stripeLength: number;
  readonly #slabStripes: number;
  readonly #writes: Promise<void>[] = [];
  /** How the numbers compressed until now can be had back from float32. */
  #exact = true;
  #decimal = true;
  #slab: Slab;
  /** Rows in the slab. */
  #filled = 0;
  #slabs: Promise<EncodedChunks>[] = [];
  #stripesInShard = 0;
  #shardCount = 0;

  constructor(store: ZarrStore, path: string, type: NumberType, runCount: number, encoder: Encoder) {
    this.#store = store;
    this.#path = path;
    this.#type = type;
    this.#runCount = runCount;
    this.#encoder = encoder;
    this.chunks = chooseChunks(runCount, type);
    this.#blocks = runBlocks(runCount, this.chunks);
    this.#stripeLength = this.chunks.features * this.#blocks * this.chunks.runs;
    const fitting = Math.floor(slabBytes / (this.#stripeLength * this.#typeSize));
    this.#slabStripes = Math.max(1, Math.min(this.chunks.stripes, fitting));
    this.#slab = encoder.slab(this.#slabStripes * this.#stripeLength);
  }

  get #typeSize(): number {
    return this.#type === 'float32' ? 4 : 8;
  }

  /** Float32 would change numbers that were added. */
  get lossy(): boolean {
    return this.#type === 'float32' && !this.#exact && !this.#decimal;
  }

  /** Adds `count` features, given as rows of all runs. */
  async add(values: Float64Array, count: number): Promise<void> {
    const { features, runs } = this.chunks;
    for (let row = 0; row < count; row++) {
      const stripe = Math.floor(this.#filled / features);
      const start = stripe * this.#stripeLength + (this.#filled - stripe * features) * runs;
      for (let block = 0, run = 0; run < this.#runCount; block++, run += runs) {
        const from = row * this.#runCount + run;
        const length = Math.min(runs, this.#runCount - run);
        this.#slab.set(values.subarray(from, from + length), start + block * features * runs);
      }
      this.#filled += 1;
      // A slab ends with its shard.
      const stripesLeft = Math.min(this.#slabStripes, this.chunks.stripes - this.#stripesInShard);
      if (this.#filled === stripesLeft * features) await this.#finishSlab();
    }
  }

  /** Writes what is left. */
  async flush(): Promise<void> {
    if (this.#filled > 0) await this.#finishSlab();
    if (this.#slabs.length > 0) await this.#finishShard();
    await Promise.all(this.#writes);
  }

  /** Waits for the writes under way, whatever becomes of them. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#writes);
  }

  /** Writes the array's metadata, after `flush`. */
  async finish(featureCount: number, name: string): Promise<Measurement> {
    const { runs, features, stripes } = this.chunks;
    await writeArrayMetadata(this.#store, this.#path, {
      type: this.#type,
      shape: [this.#runCount, featureCount],
      chunks: [this.#blocks * runs, features * stripes],
      dimensions: ['obs', 'var'],
      codecs: [
        shardingCodec(
          [runs, features],
          [{ name: 'transpose', configuration: { order: [1, 0] } }, ...numberCodecs(this.#typeSize)],
        ),
      ],
      attributes: { ...arrayAttributes, measurement: name },
    });
    const decimal = this.#type === 'float32' && !this.#exact;
    return { name, type: this.#type, decimal, path: this.#path, chunks: this.chunks };
  }

  async #finishSlab(): Promise<void> {
    const stripes = Math.ceil(this.#filled / this.chunks.features);
    const chunkLength = this.chunks.features * this.chunks.runs;
    const length = stripes * this.#stripeLength;
    this.#blankRest(stripes);
    const { encoded } = await this.#encoder.start({ values: this.#slab, length, chunkLength, type: this.#type });
    this.#slabs.push(encoded);
    this.#stripesInShard += stripes;
    this.#slab = this.#encoder.slab(this.#slab.length);
    this.#filled = 0;
    if (this.#stripesInShard === this.chunks.stripes) await this.#finishShard();
  }

  /** The last stripe may have room for more features than there are, and the slab holds what was in it before. */
  #blankRest(stripes: number): void {
    const { features, runs } = this.chunks;
    const used = this.#filled - (stripes - 1) * features;
    if (used === features) return;
    for (let block = 0; block < this.#blocks; block++) {
      const chunk = (stripes - 1) * this.#stripeLength + block * features * runs;
      this.#slab.fill(Number.NaN, chunk + used * runs, chunk + features * runs);
    }
  }

  async #finishShard(): Promise<void> {
    if (this.#writes.length >= mostWrites) {
      await this.#writes[0];
      this.#writes.shift();
    }
    const write = this.#writeShard(this.#shardCount, this.#slabs);
    // Awaited later; a failure must not count as unhandled until then.
    write.catch(() => {});
    this.#writes.push(write);
    this.#shardCount += 1;
    this.#slabs = [];
    this.#stripesInShard = 0;
  }

  async #writeShard(shard: number, slabs: Promise<EncodedChunks>[]): Promise<void> {
    const encoded = await Promise.all(slabs);
    this.#exact &&= encoded.every(({ exact }) => exact);
    this.#decimal &&= encoded.every(({ decimal }) => decimal);
    const { stripes } = this.chunks;
    const entries = new Array<ShardEntry | undefined>(stripes * this.#blocks).fill(undefined);
    let start = 0;
    // Written stripe by stripe; the index runs over run blocks first, as the array's axes do.
    for (const [i, length] of encoded.flatMap((slab) => slab.lengths).entries()) {
      const stripe = Math.floor(i / this.#blocks);
      entries[(i % this.#blocks) * stripes + stripe] = { start, length };
      start += length;
    }
    const bytes = Buffer.concat([...encoded.map((slab) => slab.bytes), encodeShardIndex(entries)]);
    await this.#store.set(nodeKey(this.#path, `c/0/${shard}`), bytes);
  }
}
