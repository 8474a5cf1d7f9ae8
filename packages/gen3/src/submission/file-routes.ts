import { requireIndexWrite, updateIndexRecord } from '@linnaea/catalog';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { bodyStream } from '../user/file-bytes.ts';
import { openProject, type Right } from './access.ts';
import { abortParts, completeParts, listParts, putPart, startParts } from './file-parts.ts';
import { param, query, Refusal, sendJson, shownPath } from './http.ts';
import { findFile, keepFile, type NodeFile } from './node-file.ts';
import { requireState } from './states.ts';

interface Operation {
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
  if (operation.right !== 'read') requireState(project, ['open'], shownPath(request));
  const file = await findFile(deps, { id: param(request, 'file'), project, principal });
  if (operation.right !== 'read') await requireIndexWrite(deps.database, principal, file.record);
  if (!dryRun) return operation.run(request, reply, deps, file);
  return sendJson(reply, 200, {
    message:
      'Transaction would have been successful. User selected dry run option, transaction aborted, no data written to object storage.',
  });
}

/** What a request asks for; undefined where its method means nothing without parameters. */
function operationOf(request: FastifyRequest): Operation | undefined {
  const upload = query(request, 'uploadId') !== undefined;
  if (request.method === 'GET') return upload ? { right: 'read', run: listParts } : undefined;
  if (request.method === 'DELETE')
    return upload ? { right: 'create', run: abortParts } : { right: 'delete', run: removeFile };
  // a part without its upload is refused, and never taken for the whole
  const part = upload || query(request, 'partNumber') !== undefined;
  if (request.method === 'PUT') return { right: 'create', run: part ? putPart : putFile };
  if (upload) return { right: 'create', run: completeParts };
  return query(request, 'uploads') === undefined ? undefined : { right: 'create', run: startParts };
}

async function putFile(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  file: NodeFile,
): Promise<FastifyReply> {
  const { md5 } = await keepFile(deps, file, bodyStream(request));
  return reply.header('etag', `"${md5}"`).send();
}

/** Takes the bytes away; the node and the index still tell of the file. */
async function removeFile(
  _request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  { record, principal }: NodeFile,
): Promise<FastifyReply> {
  await deps.database.transaction((tx) => updateIndexRecord(tx, principal, record.did, { objectId: null }));
  return reply.code(204).send();
}
