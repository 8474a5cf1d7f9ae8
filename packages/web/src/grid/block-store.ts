export const blockSize = 200;

/**
 * Rows of a long table, fetched by blocks as they come into sight. Outside of React, so that scrolling draws only the
 * rows that changed; a component follows it by `subscribe` and `version`.
 */
export class BlockStore<Row> {
  readonly total: number;
  #fetch: (range: { offset: number; limit: number }) => Promise<Row[]>;
  #blocks = new Map<number, readonly Row[]>();
  #waiting = new Map<number, Promise<void>>();
  #listeners = new Set<() => void>();
  #version = 0;
  /** Why the last block that failed did; null while all is well. */
  error: unknown = null;

  constructor(total: number, fetch: (range: { offset: number; limit: number }) => Promise<Row[]>) {
    this.total = total;
    this.#fetch = fetch;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  version = (): number => this.#version;

  /** Undefined while the row's block is not here. */
  row(index: number): Row | undefined {
    return this.#blocks.get(Math.floor(index / blockSize))?.[index % blockSize];
  }

  /** Sees to it that the rows `first` to `last` are here, or on their way; resolves when they are, or have failed. */
  async need(first: number, last: number): Promise<void> {
    const wanted: Promise<void>[] = [];
    const end = Math.min(last, this.total - 1);
    for (let block = Math.floor(Math.max(first, 0) / blockSize); block * blockSize <= end; block += 1) {
      if (this.#blocks.has(block)) continue;
      const waiting = this.#waiting.get(block) ?? this.#load(block);
      this.#waiting.set(block, waiting);
      wanted.push(waiting);
    }
    await Promise.all(wanted);
  }

  async #load(block: number): Promise<void> {
    try {
      this.#blocks.set(block, await this.#fetch({ offset: block * blockSize, limit: blockSize }));
      this.error = null;
    } catch (error) {
      this.error = error;
    } finally {
      // a block that failed is fetched again when it is needed again
      this.#waiting.delete(block);
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    }
  }
}
