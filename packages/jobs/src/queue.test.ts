import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from '@linnaea/database';
import { createTestDatabase, type TestDatabase } from '@linnaea/database/testing';
import { CatalogueError } from '@linnaea/model';
import { createQueue, type Queue } from './queue.ts';
import type { Job, JobHandler, JobState, NewJob } from './types.ts';
import type { Workers } from './worker.ts';

// leases outlast any hiccup of a busy machine; where one must run out, the test says so
const timing = { leaseMs: 60_000, pollMs: 50, progressMs: 10, maxAttempts: 3 };
const never = new AbortController().signal;

let server: TestDatabase;
let queue: Queue;
let subject: number;
let logged: object[];

before(async () => {
  server = await createTestDatabase();
  await server.database.run(sql`create table effect (job_id bigint not null, note text)`);
  const row = await server.database.first<{ id: number }>(sql`insert into subject (kind) values ('user') returning id`);
  subject = row?.id ?? 0;
});
after(() => server.drop());

beforeEach(async () => {
  logged = [];
  const keep = (fields: object) => void logged.push(fields);
  queue = createQueue({ database: server.database, timing, logger: { info: keep, warn: keep, error: keep } });
  await server.database.run(sql`truncate job, effect`);
});

const add = (job: Partial<NewJob> = {}) =>
  queue.enqueue(server.database, {
    kind: 'note',
    input: {},
    startedBy: subject,
    startedByEmail: 'a@example.org',
    ...job,
  });

/** Runs workers for the length of a test's body. */
async function working(
  handlers: Record<string, JobHandler>,
  body: (workers: Workers) => Promise<void>,
  concurrency = 2,
) {
  const workers = await queue.work(handlers, { concurrency });
  try {
    await body(workers);
  } finally {
    await workers.stop({ graceMs: 2_000 });
  }
}

async function until(id: number, ...states: JobState[]): Promise<Job> {
  for await (const job of queue.watch(id, never)) if (states.includes(job.state)) return job;
  throw new Error(`The job ended in ${(await queue.get(id))?.state} instead of ${states.join(' or ')}`);
}

const write: JobHandler = async ({ job }, complete) => {
  await server.database.transaction(async (transaction) => {
    await transaction.run(sql`insert into effect (job_id) values (${job.id})`);
    await complete(transaction, { done: true }, [{ code: 'odd', severity: 'warning', message: 'Odd.' }]);
  });
};

const effects = async (id: number) =>
  (await server.database.query(sql`select 1 from effect where job_id = ${id}`)).length;

/** Resolves when the signal aborts, then throws its reason, as a well-behaved handler does. */
async function untilAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

describe('a job that succeeds', () => {
  test('is found as it was added, runs, and keeps result and findings', async () => {
    const added = await add({ input: { link: 'https://example.org/a.tsv', odd: 'a\0b', __proto__: undefined } });
    assert.equal(added.state, 'queued');
    assert.equal(added.attempt, 0);
    await working({ note: write }, async () => {
      const job = await until(added.id, 'completed');
      assert.deepEqual(job.result, { done: true });
      assert.equal(job.findings[0]?.code, 'odd');
      assert.deepEqual(job.errors, []);
      assert.equal(job.attempt, 1);
      assert.ok(job.startedAt instanceof Date && job.endedAt instanceof Date);
      assert.equal(await effects(added.id), 1);
    });
  });

  test('can leave a secret of its input behind', async () => {
    const added = await add({ input: { link: 'https://me:secret@example.org/' } });
    const forget: JobHandler = (_context, complete) =>
      server.database.transaction((transaction) => complete(transaction, {}, [], { link: 'https://example.org/' }));
    await working({ note: forget }, async () => {
      assert.deepEqual((await until(added.id, 'completed')).input, { link: 'https://example.org/' });
    });
  });

  test('is not seen before its transaction commits, nor at all when that rolls back', async () => {
    await assert.rejects(
      server.database.transaction(async (transaction) => {
        const job = await queue.enqueue(transaction, {
          kind: 'note',
          input: {},
          startedBy: subject,
          startedByEmail: 'a@example.org',
        });
        assert.equal(await queue.get(job.id), undefined);
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    assert.deepEqual(await queue.list({ limit: 10 }), []);
  });

  test('shows its progress to watchers', async () => {
    const { id } = await add();
    const go = new EventEmitter();
    const handler: JobHandler = async (context, complete) => {
      context.report({ step: 'reading', bytes: 10, totalBytes: 20 });
      await once(go, 'go');
      context.report({ rows: 3 });
      await write(context, complete);
    };
    await working({ note: handler }, async () => {
      const steps: string[] = [];
      for await (const job of queue.watch(id, never)) {
        steps.push(`${job.state} ${job.progress.step} ${job.progress.bytes} ${job.progress.rows}`);
        if (job.progress.bytes === 10) go.emit('go');
      }
      assert.ok(steps.includes('running reading 10 0'), steps.join('; '));
      assert.equal(steps.at(-1), 'completed reading 10 3');
    });
  });
});

describe('a job that fails', () => {
  test('tells an expected error in its words and with its findings', async () => {
    const { id } = await add();
    const handler: JobHandler = async ({ report }) => {
      report({ step: 'validation' });
      const findings = [{ code: 'required-missing', severity: 'error' as const, message: 'No name.' }];
      throw new CatalogueError('invalid', 'file-invalid', 'The file has 1 error', { findings });
    };
    await working({ note: handler }, async () => {
      const job = await until(id, 'failed');
      assert.deepEqual(job.errors, [{ stage: 'validation', code: 'file-invalid', message: 'The file has 1 error' }]);
      assert.equal(job.findings[0]?.code, 'required-missing');
    });
    assert.deepEqual(logged, []);
  });

  test('hides an unexpected error and logs it once', async () => {
    const { id } = await add();
    const handler: JobHandler = async () => {
      throw new Error('secret: select * from record');
    };
    await working({ note: handler }, async () => {
      const job = await until(id, 'failed');
      assert.equal(job.errors[0]?.code, 'internal');
      assert.doesNotMatch(JSON.stringify(job), /secret/);
    });
    assert.equal(logged.length, 1);
    assert.ok('err' in (logged[0] ?? {}) && 'job' in (logged[0] ?? {}));
  });

  test('includes one that never called complete', async () => {
    const { id } = await add();
    await working({ note: async () => {} }, async () => {
      assert.equal((await until(id, 'failed')).errors[0]?.code, 'not-completed');
    });
  });

  test('leaves no effect when the transaction fails after complete', async () => {
    const { id } = await add();
    const handler: JobHandler = async ({ job }, complete) =>
      server.database.transaction(async (transaction) => {
        await transaction.run(sql`insert into effect (job_id) values (${job.id})`);
        await complete(transaction, {});
        throw new CatalogueError('conflict', 'too-late', 'Too late');
      });
    await working({ note: handler }, async () => {
      const job = await until(id, 'failed');
      assert.equal(job.errors[0]?.code, 'too-late');
      assert.equal(job.result, null);
      assert.equal(await effects(id), 0);
    });
  });

  test('is tried again when the database broke the attempt off, and says so', async () => {
    const { id } = await add();
    const handler: JobHandler = async (context, complete) => {
      if (context.job.attempt === 1) {
        await server.database.transaction(async (transaction) => {
          await transaction.run(sql`select pg_terminate_backend(pg_backend_pid())`);
        });
      }
      await write(context, complete);
    };
    await working({ note: handler }, async () => {
      const job = await until(id, 'completed', 'failed');
      assert.equal(job.state, 'completed');
      assert.equal(job.attempt, 2);
      assert.deepEqual(
        job.interruptions.map((one) => one.code),
        ['database-interrupted'],
      );
    });
  });
});

describe('stopping', () => {
  test('ends a waiting job at once, and restart queues it again under its id', async () => {
    const { id } = await add();
    assert.equal((await queue.stop(id)).state, 'stopped');
    assert.equal((await queue.stop(id)).state, 'stopped');
    const again = await queue.restart(id);
    assert.deepEqual([again.id, again.state, again.endedAt], [id, 'queued', null]);
    await working({ note: write }, async () => {
      assert.equal((await until(id, 'completed')).attempt, 1);
    });
    await assert.rejects(queue.restart(id), { code: 'job-not-restartable', kind: 'conflict' });
  });

  test('asks a running job, which then is stopped without effect', async () => {
    const { id } = await add();
    await working({ note: ({ signal }) => untilAborted(signal) }, async () => {
      await until(id, 'running');
      assert.equal((await queue.stop(id)).state, 'stopping');
      const job = await until(id, 'stopped');
      assert.deepEqual(job.errors, []);
      assert.ok(job.endedAt instanceof Date);
    });
    assert.deepEqual(logged, []);
  });

  test('wins against a handler that does not listen', async () => {
    const { id } = await add();
    const deaf: JobHandler = async (context, complete) => {
      await queue.stop(id);
      await write(context, complete);
    };
    await working({ note: deaf }, async () => {
      await until(id, 'stopped');
      assert.equal(await effects(id), 0);
    });
  });

  test('an unknown job is not found', async () => {
    await assert.rejects(queue.stop(999_999), { code: 'job-not-found', kind: 'not-found' });
    await assert.rejects(queue.restart(999_999), { code: 'job-not-found' });
    assert.equal(await queue.get(999_999), undefined);
  });

  test('workers give their jobs back uncounted, and others finish them', async () => {
    const { id } = await add();
    const workers = await queue.work({ note: ({ signal }) => untilAborted(signal) });
    await until(id, 'running');
    await workers.stop({ graceMs: 1 });
    const given = await queue.get(id);
    assert.deepEqual([given?.state, given?.attempt, given?.interruptions[0]?.code], ['queued', 0, 'worker-stopped']);
    await working({ note: write }, async () => {
      assert.equal((await until(id, 'completed')).attempt, 1);
    });
  });
});

describe('lost workers', () => {
  const shortLease = 300;
  const expire = (id: number) =>
    server.database.run(sql`update job set lease_until = now() - interval '1 second' where id = ${id}`);
  const claim = (id: number, attempt: number, state: JobState = 'running') =>
    server.database.run(sql`update job set state = ${state}, attempt = ${attempt}, lease_token = gen_random_uuid(),
      lease_until = now() + interval '1 hour' where id = ${id}`);

  test('a killed process’s job is taken up by another and done exactly once', async () => {
    const { id } = await add();
    const script = fileURLToPath(new URL('./testing/stuck-worker.ts', import.meta.url));
    const child = spawn(process.execPath, [script, server.url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [held] = await once(child, 'message');
    assert.equal(held, id);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal((await queue.get(id))?.state, 'running');
    await expire(id);
    await working({ note: write }, async () => {
      const job = await until(id, 'completed');
      assert.equal(job.attempt, 2);
      assert.deepEqual(
        job.interruptions.map((one) => one.code),
        ['worker-lost'],
      );
    });
    // what the killed process had written before its commit is gone with it
    assert.equal(await effects(id), 1);
  });

  test('a job that kills every worker fails in the end', async () => {
    const { id } = await add();
    await claim(id, timing.maxAttempts);
    await expire(id);
    await working({ note: write }, async () => {
      const job = await until(id, 'failed', 'completed');
      assert.equal(job.errors[0]?.code, 'worker-lost');
      assert.equal(await effects(id), 0);
    });
  });

  test('a job that was to be stopped is stopped, not run again', async () => {
    const { id } = await add();
    await claim(id, 1, 'stopping');
    await expire(id);
    await working({ note: write }, async () => void (await until(id, 'stopped')));
  });

  test('a worker that was thought dead can neither complete nor fail the job', async () => {
    const { id } = await add();
    const events = new EventEmitter();
    const secondBegan = once(events, 'second began');
    const firstRefused = once(events, 'first refused');
    const handler: JobHandler = async (context, complete) => {
      if (context.job.attempt === 2) {
        events.emit('second began');
        await firstRefused;
        return write(context, complete);
      }
      // the job is taken away, as if this process had slept
      await server.database.run(
        sql`update job set state = 'queued', lease_token = null, lease_until = null where id = ${id}`,
      );
      await secondBegan;
      await write(context, complete).finally(() => events.emit('first refused'));
    };
    await working({ note: handler }, async () => void (await until(id, 'completed')));
    const job = await queue.get(id);
    assert.deepEqual([job?.state, job?.attempt, await effects(id)], ['completed', 2, 1]);
  });

  test('a long silent transaction after complete does not lose the job', async () => {
    const { id } = await add();
    const handler: JobHandler = async ({ job, signal }, complete) =>
      server.database.transaction(async (transaction) => {
        await transaction.run(sql`insert into effect (job_id) values (${job.id})`);
        await complete(transaction, {});
        const waiting = sql`select pg_sleep(${shortLease / 400})`;
        await transaction.run(waiting);
        assert.equal(signal.aborted, false);
      });
    const brief = createQueue({ database: server.database, timing: { ...timing, leaseMs: shortLease } });
    const holder = await brief.work({ note: handler });
    await working({ other: write }, async () => {
      const job = await until(id, 'completed', 'failed');
      assert.deepEqual([job.state, job.attempt, await effects(id)], ['completed', 1, 1]);
    });
    await holder.stop();
  });
});

describe('many workers', () => {
  test('share the jobs, each done once', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, async () => (await add()).id));
    const others = createQueue({ database: server.database, timing });
    const second = await others.work({ note: write }, { concurrency: 3 });
    await working({ note: write }, async () => {
      for (const id of ids) await until(id, 'completed');
    });
    await second.stop();
    const rows = await server.database.query<{ count: number }>(
      sql`select count(*) as count from effect group by job_id having count(*) = 1`,
    );
    assert.equal(rows.length, 40);
  });

  test('a worker leaves kinds alone that it has no handler for', async () => {
    const other = await add({ kind: 'other' });
    const known = await add();
    await working({ note: write }, async () => void (await until(known.id, 'completed')));
    assert.equal((await queue.get(other.id))?.state, 'queued');
  });
});

describe('keys', () => {
  test('refuse a second job while one is waiting, at work or completed', async () => {
    const first = await add({ key: 'https://example.org/a' });
    await assert.rejects(add({ key: 'https://example.org/a' }), (error) => {
      assert.ok(error instanceof CatalogueError);
      assert.deepEqual([error.code, error.kind, error.details.jobId], ['job-exists', 'conflict', first.id]);
      return true;
    });
    assert.equal((await queue.findByKey('note', 'https://example.org/a'))?.id, first.id);
    const second = await add({ key: 'https://example.org/a', allowDuplicate: true });
    assert.equal((await queue.findByKey('note', 'https://example.org/a'))?.id, second.id);
    assert.notEqual((await add({ kind: 'other', key: 'https://example.org/a' })).id, second.id);
  });

  test('are free again after a stop', async () => {
    const first = await add({ key: 'k' });
    await queue.stop(first.id);
    assert.equal(await queue.findByKey('note', 'k'), undefined);
    assert.ok((await add({ key: 'k' })).id > first.id);
  });

  test('let one of many simultaneous requests in', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => add({ key: 'k' })));
    assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
  });
});

describe('lists', () => {
  test('go from the newest on, by page, by state and by subject', async () => {
    const ids: number[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await add()).id);
    await queue.stop(ids[0] ?? 0);
    const page = await queue.list({ limit: 2 });
    assert.deepEqual(
      page.map((job) => job.id),
      ids.slice(0, 2),
    );
    assert.deepEqual(
      (await queue.list({ limit: 9, before: ids[1] ?? 0 })).map((job) => job.id),
      ids.slice(2),
    );
    assert.deepEqual(
      (await queue.list({ limit: 9, states: ['stopped'] })).map((job) => job.id),
      [ids[0]],
    );
    assert.equal((await queue.list({ limit: 9, startedBy: subject + 1 })).length, 0);
    assert.equal((await queue.list({ limit: 9, startedBy: subject, kinds: ['note'] })).length, 5);
  });

  test('lose only ended jobs to pruning', async () => {
    const waiting = await add();
    const old = await add();
    await queue.stop(old.id);
    assert.equal(await queue.prune(new Date(0)), 0);
    assert.equal(await queue.prune(new Date(Date.now() + 60_000)), 1);
    assert.deepEqual(
      (await queue.list({ limit: 9 })).map((job) => job.id),
      [waiting.id],
    );
  });
});

describe('watching', () => {
  test('ends with the signal, and for an unknown job at once', async () => {
    const { id } = await add();
    const controller = new AbortController();
    const seen: JobState[] = [];
    for await (const job of queue.watch(id, controller.signal)) {
      seen.push(job.state);
      controller.abort();
    }
    assert.deepEqual(seen, ['queued']);
    for await (const job of queue.watch(999_999, never)) assert.fail(`saw ${job.id}`);
  });
});
