import { compactCounts } from '@linnaea/catalog';
import { type Database, type Logger, sql } from '@linnaea/database';
import { purgeExpired } from '@linnaea/identity';
import type { Queue } from '@linnaea/jobs';
import { type ObjectStore, sweep } from '@linnaea/objects';
import { deleteUnusedFeatures, isReferenced } from '@linnaea/signals';

const hour = 3_600_000;
const day = 24 * hour;

/** Does every hour what nobody asks for: expired sessions, jobs of long ago, files that nothing refers to. */
export function startUpkeep(deps: { database: Database; objects: ObjectStore; queue: Queue; logger: Logger }): {
  stop(): Promise<void>;
} {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = runUpkeep(deps).catch((error: unknown) => deps.logger.error({ err: error }, 'upkeep failed'));
  }, hour);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

export async function runUpkeep({
  database,
  objects,
  queue,
}: {
  database: Database;
  objects: ObjectStore;
  queue: Queue;
}): Promise<void> {
  await purgeExpired(database);
  await queue.prune(new Date(Date.now() - 90 * day));
  await deleteUnusedFeatures(database);
  await compactCounts(database);
  // An import may be at work for hours before its files are referred to.
  const olderThan = new Date(Date.now() - 2 * day);
  await objects.discardUnfinished?.(olderThan);
  await sweep({ store: objects, prefix: 'signals', olderThan, isReferenced: (keys) => isReferenced(database, keys) });
  await sweep({ store: objects, prefix: 'files', olderThan, isReferenced: (keys) => referencedFiles(database, keys) });
  await database.run(sql`
    delete from stored_object o where o.created_at < ${olderThan}
      and not exists (select from object_reference s where s.object_id = o.id)`);
}

/** A stored file counts as referred to while it is young or a record names it. */
async function referencedFiles(database: Database, keys: readonly string[]): Promise<Set<string>> {
  const rows = await database.query<{ key: string }>(sql`
    select o.key from stored_object o where o.key = any(${keys}::text[])
      and exists (select from object_reference s where s.object_id = o.id)`);
  return new Set(rows.map((row) => row.key));
}
