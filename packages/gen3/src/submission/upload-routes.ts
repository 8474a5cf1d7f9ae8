import { logTransaction, nextTransactionId } from '@linnaea/catalog';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { openProject } from './access.ts';
import type { AsyncRunner } from './async-runner.ts';
import { type ParsedDocument, parseBulk, parseRequest } from './documents.ts';
import { flag, sendJson, shownPath } from './http.ts';
import { requireState } from './states.ts';
import { runUpload, type Upload } from './upload.ts';

export interface UploadRoute {
  bulk: boolean;
  dryRun: boolean;
}

/** POST creates, PUT creates and updates: one document, or several in a bulk request, as one transaction. */
export async function upload(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  runner: AsyncRunner,
  { bulk, dryRun }: UploadRoute,
): Promise<FastifyReply> {
  const role = request.method === 'POST' ? 'create' : 'update';
  const { principal, project } = await openProject(request, deps, role);
  const later = flag(request, 'async');
  const dictionary = deps.dictionary.current();
  const path = shownPath(request);
  const { names, documents } = bulk
    ? await parseBulk(request, dictionary)
    : { names: null, documents: [await parseRequest(request, dictionary)] };
  const job = toUpload({ principal, project, role, dryRun, path }, names, documents);
  if (later) {
    requireState(project, ['open'], path);
    return sendJson(reply, 200, await submitLater(deps, runner, job));
  }
  const result = await runUpload(deps, job);
  return sendJson(reply, result.code, result);
}

/** Puts parsed documents together; a PUT of a table's header alone is the end of a table that was cut evenly. */
export function toUpload(
  context: Pick<Upload, 'principal' | 'project' | 'role' | 'dryRun' | 'path'>,
  names: readonly string[] | null,
  documents: readonly ParsedDocument[],
): Upload {
  return {
    ...context,
    bulk: names,
    entities: documents.flatMap((document) => document.entities),
    documents: documents.map((document) => document.logged),
    mayBeEmpty: context.role === 'update' && documents.length > 0 && documents.every((document) => document.headerOnly),
  };
}

async function submitLater(deps: Gen3Deps, runner: AsyncRunner, job: Upload) {
  const id = await nextTransactionId(deps.database);
  const { role, project, principal, dryRun, documents } = job;
  await deps.database.transaction(async (tx) => {
    await logTransaction(tx, {
      id,
      role,
      state: 'PENDING',
      program: project.program,
      project: project.code,
      scopeId: project.scopeId,
      author: principal,
      dryRun,
      async: true,
      documents,
    });
    await runner.announce(tx, id, principal);
  });
  runner.wake(id);
  return { code: 200, message: 'Transaction submitted.', transaction_id: id };
}
