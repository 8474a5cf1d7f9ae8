import {
  endTransaction,
  findDocuments,
  findProject,
  findTransaction,
  type LoggedTransaction,
  waitingTransactions,
} from '@linnaea/catalog';
import type { Transaction } from '@linnaea/database';
import { loadPrincipal, requireAccess } from '@linnaea/identity';
import type { CompleteJob, JobHandler } from '@linnaea/jobs';
import type { Principal } from '@linnaea/model';
import type { Gen3Deps } from '../deps.ts';
import { parseDocument } from './documents.ts';
import { runUpload, type Upload } from './upload.ts';
import { toUpload } from './upload-routes.ts';

export const asyncJobKind = 'gen3-transaction';

/**
 * Runs transactions after their requests were answered. The log is the queue: a PENDING transaction holds all that is
 * needed, so one that was cut off by a crash is run again, from the start.
 */
export class AsyncRunner {
  readonly #deps: Gen3Deps;
  #chain: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(deps: Gen3Deps) {
    this.#deps = deps;
  }

  /** Tells the job queue, where there is one, in the transaction that logs the request. */
  async announce(tx: Transaction, transactionId: number, principal: Principal): Promise<void> {
    await this.#deps.queue?.enqueue(tx, {
      kind: asyncJobKind,
      input: { transactionId },
      startedBy: principal.userId,
      startedByEmail: principal.email,
    });
  }

  /** Runs a transaction in this process, one after the other, where there is no job queue. */
  wake(transactionId: number): void {
    if (this.#deps.queue) return;
    this.#chain = this.#chain.then(async () => {
      if (this.#closed) return;
      await runWaiting(this.#deps, transactionId).catch((error) =>
        this.#deps.logger.error({ err: error, transactionId }, 'An asynchronous transaction failed'),
      );
    });
  }

  /** Takes up what an earlier process left. */
  async resume(): Promise<void> {
    if (this.#deps.queue) return;
    for (const id of await waitingTransactions(this.#deps.database)) this.wake(id);
  }

  /** Waits for the transaction that is being run; the others stay in the log. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#chain;
  }
}

/** Handlers for the job queue that was handed over as `queue`. */
export function gen3JobHandlers(deps: Gen3Deps): Record<string, JobHandler> {
  return {
    [asyncJobKind]: async ({ job }, complete) => {
      await runWaiting(deps, Number(job.input.transactionId), complete);
    },
  };
}

async function runWaiting(deps: Gen3Deps, transactionId: number, complete?: CompleteJob): Promise<void> {
  const logged = await findTransaction(deps.database, transactionId);
  const finish = (tx: Transaction, success: boolean) => complete?.(tx, { transactionId, success });
  if (logged?.state !== 'PENDING') {
    await deps.database.transaction(async (tx) => finish(tx, logged?.state === 'SUCCEEDED'));
    return;
  }
  try {
    const upload = await restoreUpload(deps, logged);
    const result = await runUpload(deps, upload, {
      transactionId,
      beforeCommit: async (tx, _id, success) => finish(tx, success),
    });
    if (result.code === 500) await deps.database.transaction(async (tx) => finish(tx, false));
  } catch (error) {
    await deps.database.transaction(async (tx) => {
      await endTransaction(tx, transactionId, { state: 'FAILED', responses: [] });
      await finish(tx, false);
    });
    deps.logger.warn({ err: error, transactionId }, 'An asynchronous transaction was refused');
  }
}

/** An upload from the log, as its author would send it again now. */
export async function restoreUpload(deps: Gen3Deps, logged: LoggedTransaction, by?: Principal): Promise<Upload> {
  const { program, project: code, role, dryRun } = logged;
  const project = await findProject(deps.database, program, code);
  const principal = by ?? (logged.authorId === null ? undefined : await loadPrincipal(deps.database, logged.authorId));
  if (!project || !principal || (role !== 'create' && role !== 'update'))
    throw new Error('The project or the author of a transaction is gone');
  // The right may have been taken away since the transaction was sent.
  await requireAccess(deps.database, principal, 'edit', project.scopeId);
  const documents = await findDocuments(deps.database, logged.id);
  const dictionary = deps.dictionary.current();
  const parsed = await Promise.all(
    documents.map(({ name, format, content }, part) =>
      parseDocument(
        { name, format: format === 'xml' ? 'json' : format, bytes: Buffer.from(content) },
        dictionary,
        part,
      ),
    ),
  );
  const names = documents.length > 1 ? documents.map(({ name }) => name ?? '') : null;
  const path = `/v0/submission/${program}/${code}`;
  return toUpload({ principal, project, role, dryRun, path }, names, parsed);
}
