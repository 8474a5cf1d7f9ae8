import { parentPort } from 'node:worker_threads';
import { type EncodeJob, encodeChunks } from './encode.ts';

parentPort?.on('message', ({ id, job }: { id: number; job: EncodeJob }) => {
  const encoded = encodeChunks(job);
  parentPort?.postMessage({ id, encoded }, [encoded.bytes.buffer]);
});
