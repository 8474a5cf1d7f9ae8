import { moveFileState, type ProjectRef, requireIndexWrite, updateIndexRecord } from '@linnaea/catalog';
import { can } from '@linnaea/identity';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { isObject } from '../user/body.ts';
import { levels, openProject, requireAdmin } from './access.ts';
import { body, param, Refusal, sendJson, shownPath } from './http.ts';
import { findFile } from './node-file.ts';
import { requireState } from './states.ts';

/** Says where the bytes of a data file are, `{"s3_url": …}`: there alone from now on. For administrators of the project. */
export async function reassignFile(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
): Promise<FastifyReply> {
  const { principal, project } = await openProject(request, deps, 'update');
  requireAdmin(await can(deps.database, principal, levels.admin, project.scopeId), 'project');
  const path = shownPath(request);
  const checkProject = (current: ProjectRef) => requireState(current, ['open'], path);
  checkProject(project);
  const file = await findFile(deps, { id: param(request, 'file'), project, principal, checkProject });
  await requireIndexWrite(deps.database, principal, file.record);
  const url = addressOf(body(request).toString('utf8'));
  await deps.database.transaction(async (tx) => {
    await moveFileState(tx, file, { action: 'reassign', to: 'uploaded' });
    await updateIndexRecord(tx, principal, file.record.did, { urls: [url], objectId: null });
  });
  return sendJson(reply, 200, { message: `URL successfully reassigned. New url: ${url}` });
}

const longestAddress = 4096;

function addressOf(text: string): string {
  const url = memberOf(text, 's3_url');
  if (typeof url === 'string' && url.length <= longestAddress && /^[a-z][a-z0-9+.-]*:\/\/[^\s\p{Cc}]+$/iu.test(url))
    return url;
  throw new Refusal(400, "Unable to parse json. Use the format {'s3_url':'s3://...'}");
}

function memberOf(text: string, name: string): unknown {
  try {
    const sent: unknown = JSON.parse(text);
    return isObject(sent) && Object.hasOwn(sent, name) ? sent[name] : undefined;
  } catch {
    return undefined;
  }
}
