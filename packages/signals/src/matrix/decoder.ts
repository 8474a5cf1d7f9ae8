import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DecodeJob } from './decode.ts';

const mostThreads = 4;
const youngMegabytes = 4;
const decodeWorker = new URL('./decode-worker.ts', import.meta.url);

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** A thread that decodes; it keeps the process alive only while a job waits for it. */
class DecodeThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  failed = false;

  constructor() {
    this.#worker = new Worker(decodeWorker, { resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes } });
    this.#worker.unref();
    this.#worker.on('message', ({ id, error }: { id: number; error?: unknown }) => this.#finish(id, error));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('A decoding thread ended')));
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  run(job: DecodeJob): Promise<void> {
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, job }, [job.bytes.buffer]);
    });
  }

  #finish(id: number, error: unknown): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(error);
  }

  #fail(error: unknown): void {
    this.failed = true;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

let threads: DecodeThread[] = [];

/** Decodes on the least busy of a few threads, which start with the first job and then stay. */
export function decodeElsewhere(job: DecodeJob): Promise<void> {
  threads = threads.filter(({ failed }) => !failed);
  const idle = threads.find(({ waiting }) => waiting === 0);
  if (idle !== undefined) return idle.run(job);
  if (threads.length < Math.min(mostThreads, availableParallelism())) threads.push(new DecodeThread());
  return threads.reduce((best, thread) => (thread.waiting < best.waiting ? thread : best)).run(job);
}
