import type { Readable } from 'node:stream';

export interface ObjectInfo {
  key: string;
  size: number;
  modified: Date;
}

/**
 * Immutable named blobs. A key is a relative path of `/`-separated names; a prefix is a folder of keys (`a/b` and `a/b/`
 * are the same prefix and do not cover the key `a/bc`; '' is everything). A key must not be the folder of another. An
 * object is visible only when written whole; whether anything *refers* to it is the database's business (see the sweep).
 */
export interface ObjectStore {
  /** Writes bytes or a stream whole or not at all; answers its size and SHA-256 (hex). Overwriting is allowed. */
  put(key: string, body: Uint8Array | Readable | AsyncIterable<Uint8Array>): Promise<StoredObject>;
  /**
   * Reads an object, or `length` bytes of it from `start`; fewer where it ends before, none where it ends before `start`.
   * Undefined when it does not exist.
   */
  get(key: string, range?: { start: number; length: number }): Promise<Uint8Array | undefined>;
  /** Streams an object or a part of it. Undefined when it does not exist. */
  stream(key: string, range?: { start: number; length?: number }): Promise<Readable | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Every object below a prefix, in the order of their keys' bytes. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Deletes an object; one that does not exist is no mistake. */
  delete(key: string): Promise<void>;
  /** Deletes every object below a prefix. */
  deleteAll(prefix: string): Promise<void>;
  /** Removes what puts that were cut off before `olderThan` have left; answers how many. */
  discardUnfinished?(olderThan: Date): Promise<number>;
  /** A URL that lets its holder download (or, with `method: 'PUT'`, upload) for a while; undefined where the store has none. */
  signedUrl?(key: string, options: { method: 'GET' | 'PUT'; seconds: number }): Promise<string>;
  /** Path on this machine that holds `key`, when the store is a local one. */
  localPath?(key: string): string;
}

export interface StoredObject {
  size: number;
  /** Hex. */
  sha256: string;
}
