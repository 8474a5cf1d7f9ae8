import { once } from 'node:events';
import { connect, sql } from '@linnaea/database';
import { createQueue } from '../queue.ts';

// A worker that begins its work, tells its parent, and hangs in the middle of its transaction until it is killed.
const database = connect(process.argv[2] ?? '');
const queue = createQueue({ database });
await queue.work({
  note: async ({ job, signal }) => {
    await database.transaction(async (transaction) => {
      await transaction.run(sql`insert into effect (job_id) values (${job.id})`);
      process.send?.(job.id);
      await once(signal, 'abort');
    });
  },
});
