import type { Readable } from 'node:stream';
import {
  attachObject,
  checkLink,
  findIndexRecord,
  getIndexRecord,
  objectHashes,
  objectOfIndexRecord,
} from '@linnaea/catalog';
import { storeFile } from '@linnaea/imports';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { sendObject } from '../drs/send-object.ts';
import { pathParameter, queryText, wildcard } from './body.ts';
import { openUpload, partKey } from './multipart.ts';

/** What signed links lead to. Whoever has the link has the permission; bodies are streamed, whatever their type. */
export function registerFileBytes(app: FastifyInstance, deps: Gen3Deps): void {
  acceptStreams(app);

  app.route({
    method: ['GET', 'HEAD'],
    url: '/user/data/objects/*',
    handler: async (request, reply) => {
      const did = await checkedDid(request, deps, 'download');
      const object = await objectOfIndexRecord(deps.database, did);
      if (object === undefined)
        throw new CatalogueError('not-found', 'no-file', 'No file was uploaded for this record');
      return sendObject(request, reply, deps.objects, object);
    },
  });

  app.put('/user/data/objects/*', async (request, reply) => {
    const did = await checkedDid(request, deps, 'upload');
    const record = await getIndexRecord(deps.database, did);
    const sha256 = await storeFor(deps, did, bodyStream(request), record.fileName ?? 'file', record.createdBy ?? 0);
    return reply.header('ETag', `"${sha256}"`).send();
  });

  app.put('/user/data/parts/:uploadId/:part', async (request, reply) => {
    const upload = await openUpload(deps.database, pathParameter(request, 'uploadId'));
    const key = partKey(upload.id, Number(pathParameter(request, 'part')));
    const stored = await deps.objects.put(key, limited(bodyStream(request), deps.maxUploadBytes));
    return reply.header('ETag', `"${stored.sha256}"`).send();
  });
}

/** Hands bodies to the handlers of a scope as they come in, whatever their type and size. */
export function acceptStreams(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** Keeps the bytes as the file of a record; answers their SHA-256. */
export async function storeFor(
  deps: Gen3Deps,
  did: string,
  body: AsyncIterable<Uint8Array>,
  fileName: string,
  createdBy: number,
): Promise<string> {
  const parts = { database: deps.database, objects: deps.objects, maxFileBytes: deps.maxUploadBytes };
  const file = await storeFile(parts, body, { fileName, createdBy });
  const hashes = await objectHashes(deps.database, file.objectId);
  await deps.database.transaction((tx) => attachObject(tx, did, { objectId: file.objectId, size: file.size, hashes }));
  return hashes.sha256 ?? '';
}

async function checkedDid(request: FastifyRequest, deps: Gen3Deps, action: 'download' | 'upload'): Promise<string> {
  const did = wildcard(request);
  const grant = { action, did, expires: Number(queryText(request, 'expires') ?? Number.NaN) };
  if (!(await checkLink(deps.database, grant, queryText(request, 'signature') ?? ''))) {
    throw new CatalogueError('forbidden', 'link-invalid', 'This link is not valid, or its time is over');
  }
  if ((await findIndexRecord(deps.database, did)) === undefined) {
    throw new CatalogueError('not-found', 'index-record-not-found', 'no record found');
  }
  return did;
}

export function bodyStream(request: FastifyRequest): AsyncIterable<Uint8Array> {
  const { body } = request;
  if (isReadable(body)) return body;
  // a PUT without a body: an empty file
  return (async function* () {})();
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

export async function* limited(body: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const piece of body) {
    total += piece.byteLength;
    if (total > most) throw new CatalogueError('too-large', 'file-too-large', `The file is larger than ${most} bytes`);
    yield piece;
  }
}
