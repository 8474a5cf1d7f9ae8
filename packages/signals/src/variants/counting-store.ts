import type { ObjectStore } from '@linnaea/objects';
import { type ZarrStore, zarrStore } from '../zarr/store.ts';

/** Writes under way at a time: parsing goes on while the last chunks reach the disk or the network. */
const mostPending = 8;

/** A Zarr store for writing, that knows how much it holds. */
export interface CountingStore extends ZarrStore {
  /** Answers when the write is under way; its failure comes out of a later call, at the latest of `settle`. */
  set(key: `/${string}`, value: Uint8Array): Promise<void>;
  delete(key: `/${string}`): Promise<void>;
  /** Waits for all writes. */
  settle(): Promise<void>;
  bytes(): number;
}

/** The Zarr store below `prefix`, for writing. */
export function countingStore(objects: ObjectStore, prefix: string): CountingStore {
  const store = zarrStore(objects, prefix);
  const sizes = new Map<string, number>();
  const pending = new Map<string, Promise<void>>();
  let failure: { error: unknown } | undefined;
  const check = () => {
    if (failure !== undefined) throw failure.error;
  };
  const settleKey = async (key: string) => {
    await pending.get(key);
    check();
  };

  return {
    async get(key) {
      await settleKey(key);
      return store.get(key);
    },
    async getRange(key, range) {
      await settleKey(key);
      return store.getRange(key, range);
    },
    async set(key, value) {
      await settleKey(key);
      while (pending.size >= mostPending) await Promise.race(pending.values());
      check();
      sizes.set(key, value.length);
      const written = store
        .set(key, value)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => pending.delete(key));
      pending.set(key, written);
    },
    async delete(key) {
      await settleKey(key);
      await objects.delete(`${prefix}${key}`);
      sizes.delete(key);
    },
    async settle() {
      await Promise.all(pending.values());
      check();
    },
    bytes: () => sizes.values().reduce((total, size) => total + size, 0),
  };
}
