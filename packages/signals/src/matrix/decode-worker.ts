import { parentPort } from 'node:worker_threads';
import { type DecodeJob, decodeChunks } from './decode.ts';

parentPort?.on('message', ({ id, job }: { id: number; job: DecodeJob }) => {
  try {
    decodeChunks(job);
    parentPort?.postMessage({ id });
  } catch (error) {
    parentPort?.postMessage({ id, error });
  }
});
