import {
  endTransaction,
  type LoggedDocument,
  logTransaction,
  nextTransactionId,
  type ProjectRef,
  type SubmissionOutcome,
  type SubmittedEntity,
  settleIndexes,
  submitNodes,
} from '@linnaea/catalog';
import type { Transaction } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import type { Gen3Deps } from '../deps.ts';
import { Refusal } from './http.ts';
import { type BulkResult, bulkResult, type UploadResult, uploadResult } from './results.ts';
import { requireState } from './states.ts';

export interface Upload {
  principal: Principal;
  project: ProjectRef;
  role: 'create' | 'update';
  dryRun: boolean;
  /** Names of the documents of a bulk request; null for a single document. */
  bulk: readonly string[] | null;
  entities: readonly SubmittedEntity[];
  documents: readonly LoggedDocument[];
  /** A document without entities is no mistake: an evenly cut table ends with a header alone. */
  mayBeEmpty: boolean;
  /** Path of the request, for messages about the project's state. */
  path: string;
}

export interface UploadHooks {
  /** The transaction was logged when it was asked for, and runs only now. */
  transactionId?: number;
  /** Called last in the database transaction. */
  beforeCommit?: (tx: Transaction, transactionId: number, success: boolean) => Promise<void>;
}

export type AnyUploadResult = UploadResult | BulkResult;

/**
 * Runs one upload: nodes, change and log in one commit. What cannot be taken in is logged and answered; only a project
 * that is in the wrong state is refused without a trace.
 */
export async function runUpload(deps: Gen3Deps, upload: Upload, hooks: UploadHooks = {}): Promise<AnyUploadResult> {
  const transactionId = hooks.transactionId ?? (await nextTransactionId(deps.database));
  let result: AnyUploadResult | undefined;
  try {
    await submitNodes(
      deps.database,
      { ...upload, dictionary: deps.dictionary.current() },
      (project) => requireState(project, ['open'], upload.path),
      async (tx, outcome) => {
        result = showOutcome(upload, outcome, transactionId);
        await log(tx, upload, outcome, result, hooks.transactionId !== undefined);
        await hooks.beforeCommit?.(tx, transactionId, result.success);
      },
    );
    if (!result) throw new Error('A transaction ended without a result');
  } catch (error) {
    if (error instanceof Refusal || error instanceof CatalogueError) throw error;
    deps.logger.error({ err: error, transactionId }, 'A Gen3 transaction failed');
    return fail(deps, upload, transactionId, hooks.transactionId !== undefined);
  }
  if (result.success && !upload.dryRun && upload.entities.length > manyEntities)
    await settle(deps, upload.entities.length);
  return result;
}

/** From here on the first query would have to look through what the indexes have not taken up. */
const manyEntities = 5000;

/** The transaction is done already: what goes wrong now costs time, no data. */
async function settle(deps: Gen3Deps, records: number): Promise<void> {
  await settleIndexes(deps.database, records).catch((error) =>
    deps.logger.warn({ err: error }, 'The indexes were not brought up to date after a large transaction'),
  );
}

function showOutcome(upload: Upload, outcome: SubmissionOutcome, transactionId: number): AnyUploadResult {
  const { role, dryRun, bulk } = upload;
  const context = { transactionId, role, dryRun };
  const empty = upload.entities.length === 0 && !upload.mayBeEmpty ? ['Nothing to submit'] : [];
  if (!bulk) return uploadResult(outcome.drafts, [...outcome.errors, ...empty], context);
  const success = outcome.success && empty.length === 0;
  return bulkResult(bulk, { ...outcome, success }, context);
}

function responses(upload: Upload, result: AnyUploadResult): unknown[] {
  if ('subtransactions' in result) return result.subtransactions.map((part) => part.response_json);
  return upload.documents.map(() => result);
}

async function log(
  tx: Transaction,
  upload: Upload,
  outcome: SubmissionOutcome,
  result: AnyUploadResult,
  logged: boolean,
): Promise<void> {
  const state = result.success ? 'SUCCEEDED' : 'FAILED';
  const answers = responses(upload, result);
  if (logged) {
    const end = { state, changeId: outcome.changeId, responses: answers } as const;
    return endTransaction(tx, result.transaction_id, end);
  }
  const { role, project, principal, dryRun, documents } = upload;
  await logTransaction(tx, {
    id: result.transaction_id,
    role,
    state,
    program: project.program,
    project: project.code,
    scopeId: project.scopeId,
    author: principal,
    dryRun,
    changeId: outcome.changeId,
    documents: documents.map((document, place) => ({ ...document, response: answers[place] ?? null })),
  });
}

export const internalError = 'Internal server error. Sorry, something unexpected went wrong!';

/** Nothing was written; the log says so, and clients that upload in pieces go on with the next piece at code 500. */
async function fail(deps: Gen3Deps, upload: Upload, transactionId: number, logged: boolean): Promise<UploadResult> {
  const result = {
    ...uploadResult([], [internalError], { transactionId, role: upload.role, dryRun: false }),
    code: 500,
  };
  const { role, project, principal, dryRun, documents } = upload;
  await deps.database
    .transaction((tx) =>
      logged
        ? endTransaction(tx, transactionId, { state: 'ERRORED', responses: documents.map(() => result) })
        : logTransaction(tx, {
            id: transactionId,
            role,
            state: 'ERRORED',
            program: project.program,
            project: project.code,
            scopeId: project.scopeId,
            author: principal,
            dryRun,
            documents: documents.map((document) => ({ ...document, response: result })),
          }),
    )
    .catch((error) => deps.logger.error({ err: error, transactionId }, 'The failure of a transaction was not logged'));
  return result;
}
