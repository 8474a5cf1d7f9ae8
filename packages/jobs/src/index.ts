export { AttemptAborted } from './attempt.ts';
export { createQueue, type Queue, type QueueOptions } from './queue.ts';
export * from './types.ts';
export { hasEnded } from './watch.ts';
export type { Timing, Workers } from './worker.ts';
