import type { ObjectStore } from './types.ts';

export interface SweepOptions {
  store: ObjectStore;
  /** Folder of keys to look at; '' for all. */
  prefix: string;
  /** Answers those of the keys that something in the database refers to. */
  isReferenced(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Younger objects are left alone: they are written before the row that refers to them is committed, so this must be
   * further back than the longest import takes.
   */
  olderThan: Date;
}

export interface SweepResult {
  examined: number;
  deleted: number;
  /** Bytes of the deleted objects. */
  bytes: number;
}

const batchSize = 500;

/** Deletes old objects that nothing refers to, and what cut-off writes have left. */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { store, prefix, olderThan } = options;
  const result: SweepResult = { examined: 0, deleted: 0, bytes: 0 };
  let batch = new Map<string, number>();

  async function flush(): Promise<void> {
    const referenced = await options.isReferenced([...batch.keys()]);
    for (const [key, size] of batch) {
      if (referenced.has(key)) continue;
      await store.delete(key);
      result.deleted += 1;
      result.bytes += size;
    }
    batch = new Map();
  }

  for await (const info of store.list(prefix)) {
    result.examined += 1;
    if (info.modified >= olderThan) continue;
    batch.set(info.key, info.size);
    if (batch.size === batchSize) await flush();
  }
  if (batch.size > 0) await flush();
  await store.discardUnfinished?.(olderThan);
  return result;
}
