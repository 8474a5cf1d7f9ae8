import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type EncodedChunks, type EncodeJob, encodeChunks, type Slab } from './encode.ts';

/** Jobs compressed on the calling thread before threads are started: a small file is done sooner without them. */
const inlineJobs = 3;
const mostThreads = 4;
/** What a job leaves is garbage at once; room for more of it would only be memory. */
const youngMegabytes = 4;
const encodeWorker = new URL('./encode-worker.ts', import.meta.url);

interface Waiting {
  values: Slab;
  resolve(encoded: EncodedChunks): void;
  reject(error: unknown): void;
}

/** Compresses chunks on a few threads, in bounded number. Close it, or the threads live on. */
export class Encoder {
  readonly #threads: Worker[] = [];
  readonly #waiting = new Map<number, Waiting>();
  readonly #room: (() => void)[] = [];
  readonly #free: Slab[] = [];
  // One core is the reader's: with a thread on each, they only take time from it, and memory.
  readonly #threadCount = Math.max(1, Math.min(mostThreads, availableParallelism() - 1));
  readonly #limit = 2 * this.#threadCount;
  #count = 0;

  /** Memory to fill, seen by the threads without copying; all NaN or with the numbers of an earlier job of this length. */
  slab(length: number): Slab {
    const used = this.#free.findIndex((slab) => slab.length === length);
    if (used >= 0) return this.#free.splice(used, 1)[0]!;
    return new Float64Array(new SharedArrayBuffer(length * 8)).fill(Number.NaN);
  }

  /** Waits until there is room, then starts the job. The slab is not the caller's any more. */
  async start(job: EncodeJob): Promise<{ encoded: Promise<EncodedChunks> }> {
    const id = this.#count++;
    if (id < inlineJobs) {
      const encoded = encodeChunks(job);
      this.#free.push(job.values);
      return { encoded: Promise.resolve(encoded) };
    }
    if (this.#threads.length === 0) this.#startThreads();
    while (this.#waiting.size >= this.#limit) await new Promise<void>((resolve) => this.#room.push(resolve));
    const encoded = new Promise<EncodedChunks>((resolve, reject) => {
      this.#waiting.set(id, { values: job.values, resolve, reject });
    });
    // The failure reaches whoever awaits `encoded`; until then it must not count as unhandled.
    encoded.catch(() => {});
    this.#threads[id % this.#threads.length]!.postMessage({ id, job });
    return { encoded };
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #startThreads(): void {
    for (let i = 0; i < this.#threadCount; i++) {
      const thread = new Worker(encodeWorker, { resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes } });
      thread.on('message', ({ id, encoded }: { id: number; encoded: EncodedChunks }) => this.#finish(id, encoded));
      thread.on('error', (error) => this.#fail(error));
      this.#threads.push(thread);
    }
  }

  #finish(id: number, encoded: EncodedChunks): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#free.push(waiting.values);
    waiting.resolve(encoded);
    this.#room.shift()?.();
  }

  #fail(error: unknown): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    for (const resolve of this.#room.splice(0)) resolve();
  }
}
