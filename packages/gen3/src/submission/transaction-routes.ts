import { closeTransaction, findTransaction, type LoggedTransaction, markCommitted } from '@linnaea/catalog';
import type { Transaction } from '@linnaea/database';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { type OpenedProject, openProject } from './access.ts';
import { restoreUpload } from './async-runner.ts';
import { param, Refusal, sendJson, shownPath } from './http.ts';
import { runUpload } from './upload.ts';

function numberOf(request: FastifyRequest): number {
  const id = Number(param(request, 'transaction'));
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
}

/** Does what a dry run tried, as a new transaction. */
export async function commit(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const opened = await openProject(request, deps, 'release');
  const logged = await committable(deps, opened, request);
  const upload = await restoreUpload(deps, logged, opened.principal);
  const result = await runUpload(
    deps,
    { ...upload, dryRun: false, path: shownPath(request) },
    { beforeCommit: (tx, id, success) => mark(tx, logged.id, id, success) },
  );
  return sendJson(reply, result.code, result);
}

async function committable(
  deps: Gen3Deps,
  { project }: OpenedProject,
  request: FastifyRequest,
): Promise<LoggedTransaction> {
  const logged = await findTransaction(deps.database, numberOf(request));
  const id = param(request, 'transaction');
  if (!logged || logged.scopeId !== project.scopeId)
    throw new Refusal(404, `Unable to find transaction_log with id: ${id} for project ${project.projectId}`);
  if (logged.state !== 'SUCCEEDED')
    throw new Refusal(400, `Unable to commit transaction log in state ${logged.state}.`);
  if (logged.closed) throw new Refusal(400, 'Unable to commit closed transaction log.');
  if (logged.committedBy !== null)
    throw new Refusal(400, `This transaction_log was committed already by transaction '${logged.committedBy}'.`);
  if (!logged.dryRun || (logged.role !== 'create' && logged.role !== 'update'))
    throw new Refusal(400, `Cannot submit transaction_log '${logged.id}', not a dry_run.`);
  return logged;
}

/** Two commits of one dry run at the same time must not both count. */
async function mark(tx: Transaction, dryRunId: number, committedBy: number, success: boolean): Promise<void> {
  if (!success) return;
  const now = await findTransaction(tx, dryRunId, { lock: true });
  if (now?.closed) throw new Refusal(400, 'Unable to commit closed transaction log.');
  if (now && now.committedBy !== null)
    throw new Refusal(400, `This transaction_log was committed already by transaction '${now.committedBy}'.`);
  await markCommitted(tx, dryRunId, committedBy);
}

/** Puts a dry run away: it can no longer be committed. */
export async function close(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const { project } = await openProject(request, deps, 'update');
  const transactionId = numberOf(request);
  await deps.database.transaction(async (tx) => {
    const logged = await findTransaction(tx, transactionId, { lock: true });
    if (!logged || logged.scopeId !== project.scopeId) {
      const id = param(request, 'transaction');
      throw new Refusal(404, `Unable to find transaction_log with id ${id} for project ${project.projectId}`);
    }
    if (logged.closed) throw new Refusal(400, 'This transaction log is already closed.');
    if (!logged.dryRun)
      throw new Refusal(400, 'This transaction log is not a dry run. Closing it would have no effect.');
    if (logged.committedBy !== null)
      throw new Refusal(400, 'This transaction log has already been committed. Closing it would have no effect.');
    await closeTransaction(tx, transactionId);
  });
  return sendJson(reply, 200, { code: 200, message: 'Closed transaction.', transaction_id: transactionId });
}
