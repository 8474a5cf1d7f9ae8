import type { ZarrStore } from '../zarr/store.ts';
import { readChunk } from './chunks.ts';
import type { CountingStore } from './counting-store.ts';
import { GrowingArray } from './growing-array.ts';
import { idChunk, idChunksPerRun, type VariantLayout } from './layout.ts';

/** A 32-bit hash of an id (FNV-1a over UTF-16 units, then mixed). Part of the stored layout. */
export function hashId(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x7feb352d);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * Builds the index of ids: pairs of hash and row, sorted by hash in runs of about a million, so that neither writing nor
 * a lookup needs the whole in memory.
 */
export class IdIndexWriter {
  private readonly hashes: GrowingArray;
  private readonly rows: GrowingArray;
  private pairs = new BigUint64Array(idChunk);
  private pending = 0;
  private count = 0;
  private readonly firstHashes: number[] = [];

  constructor(store: CountingStore) {
    this.hashes = new GrowingArray(store, 'id_hash');
    this.rows = new GrowingArray(store, 'id_row');
  }

  /** Adds the ids of a variant, as the ID column joins them. */
  async add(ids: string, row: number): Promise<void> {
    if (ids === '') return;
    for (const id of ids.includes(';') ? ids.split(';') : [ids]) {
      if (this.pending === this.pairs.length) this.grow();
      this.pairs[this.pending++] = (BigInt(hashId(id)) << 32n) | BigInt(row);
      if (this.pending === idChunk * idChunksPerRun) await this.flush();
    }
  }

  private grow(): void {
    const larger = new BigUint64Array(this.pairs.length * 2);
    larger.set(this.pairs);
    this.pairs = larger;
  }

  private async flush(): Promise<void> {
    const sorted = this.pairs.subarray(0, this.pending).sort();
    const words = new Uint32Array(sorted.buffer, 0, this.pending * 2);
    for (let start = 0; start < this.pending; start += idChunk) {
      const length = Math.min(idChunk, this.pending - start);
      const hashes = new Int32Array(idChunk);
      const rows = new Int32Array(idChunk);
      for (let i = 0; i < length; i++) {
        rows[i] = words[(start + i) * 2]!;
        hashes[i] = words[(start + i) * 2 + 1]! | 0;
      }
      const position = [this.firstHashes.length];
      this.firstHashes.push(hashes[0]! >>> 0);
      await this.hashes.write(position, hashes, 'int32');
      await this.rows.write(position, rows, 'int32');
    }
    this.count += this.pending;
    this.pending = 0;
  }

  async finish(): Promise<VariantLayout['ids']> {
    await this.flush();
    const options = { stored: 'int32' as const, shape: [this.count], chunks: [idChunk], dimensions: ['ids'] };
    if (this.count > 0) {
      await this.hashes.finish(options);
      await this.rows.finish(options);
    }
    return { count: this.count, firstHashes: this.firstHashes };
  }
}

/** Rows whose id may be one of `ids`: others with the same hash are among them. */
export async function rowsOfIds(
  ids: readonly string[],
  index: VariantLayout['ids'],
  load: (array: string, chunk: number) => Promise<Int32Array>,
): Promise<number[]> {
  const rows: number[] = [];
  const wanted = [...new Set(ids)].map(hashId).sort((a, b) => a - b);
  for (let chunk = 0; chunk < index.firstHashes.length; chunk++) {
    const first = index.firstHashes[chunk]!;
    const lastOfRun = (chunk + 1) % idChunksPerRun === 0 || chunk + 1 === index.firstHashes.length;
    const next = lastOfRun ? 0xffffffff : index.firstHashes[chunk + 1]!;
    const here = wanted.filter((hash) => hash >= first && hash <= next);
    if (here.length === 0) continue;
    const hashes = await load('id_hash', chunk);
    const length = Math.min(idChunk, index.count - chunk * idChunk);
    const owners = await load('id_row', chunk);
    for (const hash of here) {
      for (let at = lowerBound(hashes, length, hash); at < length && hashes[at]! >>> 0 === hash; at++)
        rows.push(owners[at]!);
    }
  }
  return rows;
}

function lowerBound(hashes: Int32Array, length: number, hash: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (hashes[middle]! >>> 0 < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Loads chunks of the index from a store. */
export async function loadIdChunk(store: ZarrStore, array: string, chunk: number): Promise<Int32Array> {
  const data = await readChunk(store, `/${array}/c/${chunk}`, 'int32');
  if (!(data instanceof Int32Array)) throw new Error(`The index of ids lacks chunk ${chunk}`);
  return data;
}
