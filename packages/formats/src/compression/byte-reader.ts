import type { ByteSource } from '../blocks.ts';

const nothing = new Uint8Array(0);

/** Pulls bytes from a source by count as well as by chunk, and takes bytes back that a decoder did not need. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = nothing;

  constructor(source: ByteSource) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next bytes, as many as come at once; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#held.length > 0) {
      const held = this.#held;
      this.#held = nothing;
      return held;
    }
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      if (value.length > 0) return value;
    }
  }

  /** The next `count` bytes without consuming them; fewer only at the end. */
  async peek(count: number): Promise<Uint8Array> {
    const chunks = [this.#held];
    let length = this.#held.length;
    while (length < count) {
      const { done, value } = await this.#chunks.next();
      if (done) break;
      chunks.push(value);
      length += value.length;
    }
    if (chunks.length > 1) this.#held = Buffer.concat(chunks);
    return this.#held.subarray(0, count);
  }

  /** Consumes exactly `count` bytes; undefined when fewer are left. */
  async take(count: number): Promise<Uint8Array | undefined> {
    const bytes = await this.peek(count);
    if (bytes.length < count) return undefined;
    this.#held = this.#held.subarray(count);
    return bytes;
  }

  /** Puts bytes back in front of what comes next. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([bytes, this.#held]);
  }

  /** Consumes exactly `count` bytes in pieces; ends early when the source does. */
  async *pieces(count: number): AsyncGenerator<Uint8Array> {
    let left = count;
    while (left > 0) {
      const chunk = await this.next();
      if (chunk === undefined) return;
      const piece = chunk.subarray(0, left);
      this.unread(chunk.subarray(piece.length));
      left -= piece.length;
      yield piece;
    }
  }

  /** All that is left; closes the source when the consumer stops early. */
  async *rest(): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) yield chunk;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
