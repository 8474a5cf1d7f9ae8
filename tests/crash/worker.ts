// A worker process for the test beside: does imports until it is killed. Its one argument is JSON, see `WorkerOptions`.
import { connect } from '@linnaea/database';
import { type ImportDeps, importHandlers } from '@linnaea/imports';
import { createQueue, type JobHandler } from '@linnaea/jobs';
import { localStore } from '@linnaea/objects';

export interface WorkerOptions {
  databaseUrl: string;
  /** Folder of the object store. */
  objects: string;
  /** Host and port that links may name. */
  allowHost: string;
  concurrency: number;
}

const options: WorkerOptions = JSON.parse(process.argv[2] ?? '');
const database = connect(options.databaseUrl, { poolSize: 8 });
// Lost jobs are taken up again after a second instead of a minute.
const queue = createQueue({ database, timing: { leaseMs: 1_000, pollMs: 100, progressMs: 20 } });
const deps: ImportDeps = {
  database,
  queue,
  objects: localStore(options.objects),
  maxFileBytes: 2 ** 30,
  links: { allowHosts: [options.allowHost], localDirectories: [] },
};
await queue.work(
  Object.fromEntries(Object.entries(importHandlers(deps)).map(([kind, handler]) => [kind, announced(handler)])),
  { concurrency: options.concurrency },
);
process.stdin.resume();
// The test's end of the pipe closes when the test dies in whatever way.
process.stdin.on('end', () => process.exit(0));

function announced(handler: JobHandler): JobHandler {
  return (context, complete) => {
    process.stdout.write(`begun ${context.job.id}\n`);
    return handler(context, complete);
  };
}
