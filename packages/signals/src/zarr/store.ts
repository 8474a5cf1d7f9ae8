import type { ObjectStore } from '@linnaea/objects';
import { Lru } from './lru.ts';

/** A Zarr hierarchy in an object store, as zarrita wants to see it. */
export interface ZarrStore {
  get(key: `/${string}`): Promise<Uint8Array | undefined>;
  getRange(key: `/${string}`, range: ByteRange): Promise<Uint8Array | undefined>;
  set(key: `/${string}`, value: Uint8Array): Promise<void>;
}

type ByteRange = { offset: number; length: number } | { suffixLength: number };

/**
 * Shows the objects below `prefix` as a Zarr store. Metadata documents (`zarr.json`) are kept in memory, chunks only
 * up to `cacheBytes` (0 = none): stores are written once, so a cached chunk cannot grow stale.
 */
export function zarrStore(objects: ObjectStore, prefix: string, options: { cacheBytes?: number } = {}): ZarrStore {
  const metadata = new Map<string, Uint8Array>();
  const chunks = new Lru<Uint8Array>(options.cacheBytes ?? 0, (bytes) => bytes.length);
  const objectKey = (key: string) => `${prefix}${key}`;

  return {
    async get(key) {
      const isMetadata = key.endsWith('/zarr.json');
      const cached = isMetadata ? metadata.get(key) : chunks.get(key);
      if (cached !== undefined) return cached;
      const bytes = await objects.get(objectKey(key));
      if (bytes === undefined) return undefined;
      if (isMetadata) metadata.set(key, bytes);
      else chunks.set(key, bytes);
      return bytes;
    },
    async getRange(key, range) {
      if (!('suffixLength' in range)) return objects.get(objectKey(key), { start: range.offset, length: range.length });
      const info = await objects.head(objectKey(key));
      if (info === undefined) return undefined;
      const length = Math.min(info.size, range.suffixLength);
      return objects.get(objectKey(key), { start: info.size - length, length });
    },
    async set(key, value) {
      await objects.put(objectKey(key), value);
      if (key.endsWith('/zarr.json')) metadata.set(key, value);
      else chunks.delete(key);
    },
  };
}
