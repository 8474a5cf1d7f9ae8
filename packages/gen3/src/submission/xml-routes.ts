import { projectUuid } from '@linnaea/catalog';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type BcrKind, readBcr } from '../bcr/read-bcr.ts';
import type { Gen3Deps } from '../deps.ts';
import { openProject } from './access.ts';
import { body, Refusal, sendJson, shownPath } from './http.ts';
import { runUpload } from './upload.ts';
import { toUpload } from './upload-routes.ts';

/** Takes in what a BCR XML document tells of, as if its entities had been sent by PUT. The log keeps these entities. */
export async function uploadXml(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  { kind, dryRun }: { kind: BcrKind; dryRun: boolean },
): Promise<FastifyReply> {
  const { principal, project } = await openProject(request, deps, 'update');
  const path = shownPath(request);
  const { entities, error } = await readBcr(kind, body(request), {
    dictionary: deps.dictionary.current(),
    projectUuid: projectUuid(project.code),
  });
  if (error !== null) throw new Refusal(400, error);
  const sent = request.headers['x-document-name'];
  const document = {
    entities: entities.map((entity) => ({ document: entity, findings: [], part: 0 })),
    logged: {
      name: typeof sent === 'string' ? sent : `${kind} BCR XML`,
      format: 'json' as const,
      content: JSON.stringify(entities),
      response: null,
    },
    headerOnly: false,
  };
  const result = await runUpload(
    deps,
    toUpload({ principal, project, role: 'update', dryRun, path }, null, [document]),
  );
  return sendJson(reply, result.code, result);
}
