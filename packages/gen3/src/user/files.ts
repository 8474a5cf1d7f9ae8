import { createIndexRecord, deleteIndexRecord, getIndexRecord, requireIndexWrite } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { objectBody, queryFlag, queryText, wildcard } from './body.ts';
import { callerOf, requireCaller } from './caller.ts';
import { downloadLink, fileLink, linkLife } from './file-links.ts';

/** Uploads and downloads of files by links that carry their permission with them. */
export function registerFiles(app: FastifyInstance, deps: Gen3Deps): void {
  app.post('/user/data/upload', async (request, reply) => {
    const principal = await requireCaller(request, deps);
    const body = objectBody(request);
    const { did } = await deps.database.transaction((tx) =>
      createIndexRecord(tx, principal, uploadOf(body, principal.email)),
    );
    const url = await fileLink(request, deps, { action: 'upload', did, seconds: linkLife(request, body.expires_in) });
    return reply.code(201).send({ guid: did, url });
  });

  app.get('/user/data/upload/*', async (request) => {
    const principal = await requireCaller(request, deps);
    const record = await getIndexRecord(deps.database, wildcard(request));
    await requireIndexWrite(deps.database, principal, record);
    return { url: await fileLink(request, deps, { action: 'upload', did: record.did, seconds: linkLife(request) }) };
  });

  app.get('/user/data/download/*', async (request, reply) => {
    const principal = await callerOf(request, deps);
    const record = await getIndexRecord(deps.database, wildcard(request));
    const url = await downloadLink(request, deps, { record, principal, ...protocolOf(request) });
    return queryFlag(request, 'redirect') ? reply.redirect(url, 302) : { url };
  });

  app.delete('/user/data/*', async (request, reply) => {
    const principal = await requireCaller(request, deps);
    await deps.database.transaction((tx) => deleteIndexRecord(tx, principal, wildcard(request)));
    return reply.code(204).send();
  });
}

function protocolOf(request: FastifyRequest): { protocol?: string } {
  const protocol = queryText(request, 'protocol');
  return protocol === undefined ? {} : { protocol };
}

/** The index record of a file that is about to come; without a resource it is its uploader's alone. */
export function uploadOf(body: Record<string, unknown>, email: string) {
  const { file_name: fileName, authz, guid } = body;
  if (typeof fileName !== 'string' || fileName === '' || fileName.length > 1000) {
    throw new CatalogueError('invalid', 'file-name-missing', 'missing required argument `file_name`');
  }
  if (authz !== undefined && authz !== null && !isTexts(authz)) {
    throw new CatalogueError('invalid', 'authz-invalid', '`authz` is a list of resource paths');
  }
  return {
    fileName,
    uploader: email,
    authz: isTexts(authz) ? authz : [],
    ...(typeof guid === 'string' && guid !== '' ? { did: guid } : {}),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
