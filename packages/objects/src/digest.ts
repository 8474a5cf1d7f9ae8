import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { StoredObject } from './types.ts';

export type Body = Uint8Array | Readable | AsyncIterable<Uint8Array>;

export function digestBytes(bytes: Uint8Array): StoredObject {
  return { size: bytes.byteLength, sha256: hash('sha256', bytes, 'hex') };
}

/** Passes the pieces on, counting and hashing them; `result` is right when the last one has been taken. */
export function digesting(body: Readable | AsyncIterable<Uint8Array>): {
  pieces: AsyncIterable<Uint8Array>;
  result(): StoredObject;
} {
  const sum = createHash('sha256');
  let size = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      if (!(piece instanceof Uint8Array)) throw new TypeError('An object is written from bytes, not from text');
      sum.update(piece);
      size += piece.byteLength;
      yield piece;
    }
  }
  return { pieces: pieces(), result: () => ({ size, sha256: sum.digest('hex') }) };
}

export function emptyStream(): Readable {
  return Readable.from([], { objectMode: false });
}
