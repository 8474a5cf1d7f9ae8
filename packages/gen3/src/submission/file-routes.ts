import {
  type FileAction,
  moveFileState,
  type ProjectRef,
  requireFileState,
  requireIndexWrite,
  updateIndexRecord,
} from '@linnaea/catalog';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { bodyStream } from '../user/file-bytes.ts';
import { openProject, type Right } from './access.ts';
import { abortParts, completeParts, listParts, putPart, startParts } from './file-parts.ts';
import { param, query, Refusal, sendJson, shownPath } from './http.ts';
import { findFile, keepFile, type NodeFile, whileUploading } from './node-file.ts';
import { requireState } from './states.ts';

interface Operation {
  action: FileAction;
  right: Right;
  run: (request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps, file: NodeFile) => Promise<FastifyReply>;
}

/**
 * The bytes of data files, as clients of object stores send them: whole (PUT), or in parts (POST `?uploads`, PUT
 * `?partNumber=&uploadId=`, POST `?uploadId=`). A dry run tells whether the operation would be allowed.
 */
export async function fileOperation(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  dryRun: boolean,
): Promise<FastifyReply> {
  const operation = operationOf(request);
  const { principal, project } = await openProject(request, deps, operation?.right ?? 'read');
  if (!operation) throw new Refusal(405, `Method ${request.method} not allowed on file`);
  const path = shownPath(request);
  const checkProject = (current: ProjectRef) => requireState(current, ['open'], path);
  if (operation.right !== 'read') checkProject(project);
  const file = await findFile(deps, { id: param(request, 'file'), project, principal, checkProject });
  if (operation.right !== 'read') await requireIndexWrite(deps.database, principal, file.record);
  requireFileState(file.node.kind, file.attributes, operation.action);
  if (!dryRun) return operation.run(request, reply, deps, file);
  return sendJson(reply, 200, {
    message:
      'Transaction would have been successful. User selected dry run option; transaction aborted, no data written to object storage.',
  });
}

const operations = {
  list_parts: { right: 'read', run: listParts },
  abort_multipart: { right: 'create', run: abortParts },
  delete: { right: 'delete', run: removeFile },
  upload_part: { right: 'create', run: putPart },
  upload: { right: 'create', run: putFile },
  complete_multipart: { right: 'create', run: completeParts },
  initiate_multipart: { right: 'create', run: startParts },
} as const satisfies Partial<Record<FileAction, Omit<Operation, 'action'>>>;

function operationOf(request: FastifyRequest): Operation | undefined {
  const action = actionOf(request);
  return action && { action, ...operations[action] };
}

/** What a request asks for; undefined where its method means nothing without parameters. */
function actionOf(request: FastifyRequest): keyof typeof operations | undefined {
  const upload = query(request, 'uploadId') !== undefined;
  if (request.method === 'GET') return upload ? 'list_parts' : undefined;
  if (request.method === 'DELETE') return upload ? 'abort_multipart' : 'delete';
  // a part without its upload is refused, and never taken for the whole
  const part = upload || query(request, 'partNumber') !== undefined;
  if (request.method === 'PUT') return part ? 'upload_part' : 'upload';
  if (upload) return 'complete_multipart';
  return query(request, 'uploads') === undefined ? undefined : 'initiate_multipart';
}

async function putFile(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  file: NodeFile,
): Promise<FastifyReply> {
  const { md5 } = await whileUploading(deps, file, () => keepFile(deps, file, bodyStream(request), 'upload'));
  return reply.header('etag', `"${md5}"`).send();
}

/** Takes the bytes away; the node and the index still tell of the file. */
async function removeFile(
  _request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  file: NodeFile,
): Promise<FastifyReply> {
  await deps.database.transaction(async (tx) => {
    await moveFileState(tx, file, { action: 'delete', to: 'registered' });
    await updateIndexRecord(tx, file.principal, file.record.did, { objectId: null, urls: [] });
  });
  return reply.code(204).send();
}
