import { setImmediate } from 'node:timers/promises';
import { CatalogueError } from '@linnaea/model';
import type { ObjectStore } from '@linnaea/objects';
import type * as zarr from 'zarrita';
import { openArray, readAttributes, readTexts } from '../zarr/arrays.ts';
import { Lru } from '../zarr/lru.ts';
import { type ZarrStore, zarrStore } from '../zarr/store.ts';
import { decimalsOf } from './decimal.ts';
import { type DecodeJob, decodeChunks } from './decode.ts';
import { decodeElsewhere } from './decoder.ts';
import { descriptionAttribute, type MatrixDescription, type Measurement } from './layout.ts';
import { type Part, type Positions, partition } from './selection.ts';
import { ShardReader, type WantedChunk } from './shard-reader.ts';

/** Some measurements: `values[i * runCount + j]` is the i-th asked feature in the j-th asked run. Missing is NaN. */
export interface MatrixBlock {
  featureCount: number;
  runCount: number;
  /** The numbers that the file's text gave, also where they are stored as float32. */
  values: Float64Array;
}

export interface StoredBlock {
  featureCount: number;
  runCount: number;
  values: Float32Array | Float64Array;
  decimal: boolean;
}

export interface BlockSelection {
  /** Positions of features, in the order wanted; all when undefined. */
  features?: Positions;
  runs?: Positions;
  /** Name of the measurement; the first when undefined. */
  measurement?: string;
}

/** Shards read at the same time. */
const parallelShards = 8;
/** Reads of so many chunks are decoded by threads; for fewer the hand-over costs more than it saves. */
const manyChunks = 64;
/** Decoding gives way to other requests after so many milliseconds. */
const longestTurn = 8;
const cachedColumnBytes = 32 << 20;

/** Reads one store of measurements. Holds no file open. */
export class MatrixReader {
  readonly #description: MatrixDescription;
  readonly #zarr: ZarrStore;
  readonly #arrays = new Map<string, { measurement: Measurement; shards: ShardReader }>();
  readonly #columnChunks = new Lru<string[] | Float64Array>(cachedColumnBytes, (chunk) => chunk.length * 32);

  constructor(store: ObjectStore, prefix: string, description: MatrixDescription) {
    this.#description = description;
    this.#zarr = zarrStore(store, prefix);
    for (const measurement of description.measurements) {
      const shards = new ShardReader(store, prefix, measurement, description.runCount);
      this.#arrays.set(measurement.name, { measurement, shards });
    }
  }

  describe(): MatrixDescription {
    return this.#description;
  }

  /** Names of the runs, in their order. */
  runNames(): Promise<string[]> {
    return readTexts(this.#zarr, '/obs/_index');
  }

  /** Reads a block, decoding only the chunks that hold it. Throws `measurement-not-found`, RangeError for bad positions. */
  async read(selection: BlockSelection): Promise<MatrixBlock> {
    const { values, decimal, featureCount, runCount } = await this.readStored(selection);
    return { featureCount, runCount, values: numbersOf(values, decimal) };
  }

  /** Like `read`, with the values as they are stored: where `decimal`, `decimalOf` each is the number. */
  async readStored(selection: BlockSelection): Promise<StoredBlock> {
    const { measurement, shards } = this.#array(selection.measurement);
    const { featureCount, runCount } = this.#description;
    const stripes = partition(selection.features, featureCount, measurement.chunks.features);
    const blocks = partition(selection.runs, runCount, measurement.chunks.runs);
    const width = selection.runs?.length ?? runCount;
    const height = selection.features?.length ?? featureCount;
    // Shared, so that threads can write their part of it.
    const buffer = new SharedArrayBuffer(height * width * (measurement.type === 'float32' ? 4 : 8));
    const values = measurement.type === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer);
    values.fill(Number.NaN);

    const work = byShard(stripes, measurement.chunks.stripes);
    const decode = stripes.length * blocks.length >= manyChunks ? decodeElsewhere : decodeHere();
    const readNext = async (): Promise<void> => {
      for (let next = work.shift(); next !== undefined; next = work.shift()) {
        await readShard(shards, next, blocks, measurement, { values, width }, decode);
      }
    };
    await Promise.all(Array.from({ length: parallelShards }, readNext));
    return { featureCount: height, runCount: width, values, decimal: measurement.decimal };
  }

  /** Cells of a feature column, at some positions or all. Numbers for a numeric column (missing is NaN), else texts. */
  async featureColumn(name: string, positions?: Positions): Promise<string[] | Float64Array> {
    const column = this.#description.featureColumns.find((candidate) => candidate.name === name);
    if (column === undefined)
      throw new CatalogueError(
        'not-found',
        'feature-column-not-found',
        `There is no feature column ${JSON.stringify(name)}`,
      );
    const count = positions?.length ?? this.#description.featureCount;
    const array = await openArray(this.#zarr, `/var/${column.node}`);
    const numeric = array.dtype !== 'string';
    const cells: string[] | Float64Array = numeric ? new Float64Array(count) : new Array<string>(count);
    for (const part of partition(positions, this.#description.featureCount, array.chunks[0] ?? 1)) {
      const chunk = await this.#columnChunk(array, part.index);
      for (let i = 0; i < part.inside.length; i++) cells[part.target[i]!] = chunk[part.inside[i]!]!;
    }
    return cells;
  }

  async #columnChunk(array: zarr.Array<zarr.DataType, ZarrStore>, index: number): Promise<string[] | Float64Array> {
    const key = `${array.path} ${index}`;
    const known = this.#columnChunks.get(key);
    if (known !== undefined) return known;
    const { data } = await array.getChunk([index]);
    // Feature columns are written as texts or float64, nothing else.
    const chunk = data as string[] | Float64Array;
    this.#columnChunks.set(key, chunk);
    return chunk;
  }

  #array(name: string | undefined): { measurement: Measurement; shards: ShardReader } {
    const array = this.#arrays.get(name ?? this.#description.measurements[0]?.name ?? '');
    if (array === undefined)
      throw new CatalogueError('not-found', 'measurement-not-found', `There is no measurement ${JSON.stringify(name)}`);
    return array;
  }
}

function numbersOf(stored: Float32Array | Float64Array, decimal: boolean): Float64Array {
  if (stored instanceof Float64Array) return stored;
  return decimal ? decimalsOf(stored) : new Float64Array(stored);
}

interface ShardWork {
  shard: number;
  stripes: Part[];
}

function byShard(stripes: Part[], stripesPerShard: number): ShardWork[] {
  const work: ShardWork[] = [];
  for (const stripe of stripes) {
    const shard = Math.floor(stripe.index / stripesPerShard);
    const last = work.at(-1);
    if (last?.shard === shard) last.stripes.push(stripe);
    else work.push({ shard, stripes: [stripe] });
  }
  return work;
}

/** Decodes on this thread, giving way to others now and then. */
function decodeHere(): (job: DecodeJob) => Promise<void> {
  let since = performance.now();
  return async (job) => {
    decodeChunks(job);
    if (performance.now() - since <= longestTurn) return;
    await setImmediate();
    since = performance.now();
  };
}

async function readShard(
  shards: ShardReader,
  work: ShardWork,
  blocks: Part[],
  measurement: Measurement,
  target: Pick<DecodeJob, 'values' | 'width'>,
  decode: (job: DecodeJob) => Promise<void>,
): Promise<void> {
  const stripes = new Map(work.stripes.map((part) => [part.index % measurement.chunks.stripes, part]));
  const runs = new Map(blocks.map((part) => [part.index, part]));
  const wanted: WantedChunk[] = [...stripes.keys()].flatMap((stripe) =>
    blocks.map(({ index }) => ({ stripe, block: index })),
  );
  const found: { chunk: WantedChunk; bytes: Uint8Array }[] = [];
  for await (const chunks of shards.read(work.shard, wanted)) found.push(...chunks);
  if (found.length === 0) return;
  await decode({
    bytes: joined(found.map(({ bytes }) => bytes)),
    chunks: found.map(({ chunk, bytes }) => ({
      length: bytes.length,
      features: stripes.get(chunk.stripe)!,
      runs: runs.get(chunk.block)!,
    })),
    runsPerChunk: measurement.chunks.runs,
    ...target,
  });
}

/** What goes to a thread must be a buffer of its own, and without the bytes between the chunks. */
function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const openReaders = new WeakMap<ObjectStore, Lru<Promise<MatrixReader>>>();
const mostReaders = 64;

/**
 * Opens a store that `writeMatrix` wrote. Readers are shared and the last used ones kept, so that opening again is free.
 * Throws `signal-not-found` when there is none below the prefix.
 */
export async function openMatrix(options: { store: ObjectStore; prefix: string }): Promise<MatrixReader> {
  const { store, prefix } = options;
  const readers = openReaders.get(store) ?? new Lru<Promise<MatrixReader>>(mostReaders);
  openReaders.set(store, readers);
  const known = readers.get(prefix);
  if (known !== undefined) return known;
  const reader = openNew(store, prefix);
  readers.set(prefix, reader);
  reader.catch(() => readers.delete(prefix));
  return reader;
}

/** Forgets the readers of what is being deleted, so that a later store under the same prefix is read anew. */
export function forgetMatrix(options: { store: ObjectStore; prefix: string }): void {
  openReaders.get(options.store)?.delete(options.prefix);
}

async function openNew(store: ObjectStore, prefix: string): Promise<MatrixReader> {
  if ((await store.head(`${prefix}/zarr.json`)) === undefined) {
    throw new CatalogueError('not-found', 'signal-not-found', 'There are no measurements under this name');
  }
  const attributes = await readAttributes(zarrStore(store, prefix), '/');
  const description = attributes[descriptionAttribute];
  if (!isDescription(description)) throw new Error(`The store at ${prefix} has another layout`);
  return new MatrixReader(store, prefix, description);
}

function isDescription(value: unknown): value is MatrixDescription {
  return typeof value === 'object' && value !== null && 'layout' in value && value.layout === 1;
}
