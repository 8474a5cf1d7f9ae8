import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { CatalogueError } from '@linnaea/model';
import type { ByteReader } from './byte-reader.ts';

/** A decoder of node:zlib; `bytesWritten` counts the input that it really used. */
export type Engine = Transform & { readonly bytesWritten: number };

/** The one error for bytes that are not what their first bytes promised. */
export function corrupt(format: string, why: string, cause?: unknown): CatalogueError {
  return new CatalogueError('invalid', 'corrupt-compression', `The ${format} data cannot be unpacked: ${why}.`, {
    details: { format },
    cause,
  });
}

/**
 * Runs one compressed stream from the reader's position through a decoder and leaves the reader just behind that
 * stream. Its own pump rather than `stream.pipeline`, since what follows the stream must not be lost: node:zlib
 * drops it without a word (further zstd frames, the rest of a zip).
 */
export async function* runEngine(reader: ByteReader, engine: Engine, format: string): AsyncGenerator<Uint8Array> {
  const fed = new FedChunks();
  const closed = new Promise<void>((resolve) => engine.once('close', () => resolve()));
  let stopped = false;
  let sourceFailure: { error: unknown } | undefined;

  const pump = async () => {
    while (!stopped) {
      const chunk = await reader.next();
      if (chunk === undefined) {
        engine.end();
        return;
      }
      fed.add(chunk);
      if (stopped) return;
      if (!engine.write(chunk)) await Promise.race([once(engine, 'drain'), closed]);
      fed.drop(engine.bytesWritten);
    }
  };
  const pumping = pump().catch((error: unknown) => {
    // Decoder failures reach the loop below by themselves; only the source's own are told apart.
    if (!stopped && !engine.errored) {
      sourceFailure = { error };
      engine.destroy();
    }
  });
  try {
    yield* outputs(engine, format);
  } finally {
    stopped = true;
    engine.destroy();
    await pumping;
  }
  if (sourceFailure) throw sourceFailure.error;
  for (const chunk of fed.unused(engine.bytesWritten).reverse()) reader.unread(chunk);
}

async function* outputs(engine: Engine, format: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of engine) yield chunk;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    // Our own destroy() after the source failed: the caller throws the source's error instead.
    if (code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    throw corrupt(format, code === 'Z_BUF_ERROR' ? 'it ends too early (truncated)' : 'it is damaged', error);
  }
}

/** What went into a decoder, as long as it may still have to be taken back. */
class FedChunks {
  #chunks: Uint8Array[] = [];
  /** Number of bytes in chunks that are forgotten already. */
  #before = 0;

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  /** Forgets the chunks that lie within the first `used` bytes, so that a long stream does not pile up here. */
  drop(used: number): void {
    for (
      let first = this.#chunks[0];
      first !== undefined && this.#before + first.length <= used;
      first = this.#chunks[0]
    ) {
      this.#before += first.length;
      this.#chunks.shift();
    }
  }

  /** Chunks behind the first `used` bytes. */
  unused(used: number): Uint8Array[] {
    this.drop(used);
    return this.#chunks.map((chunk, index) => (index === 0 ? chunk.subarray(used - this.#before) : chunk));
  }
}
