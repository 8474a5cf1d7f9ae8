import { randomUUID } from 'node:crypto';
import { checkLink, createIndexRecord, getIndexRecord, requireIndexWrite, signLink } from '@linnaea/catalog';
import type { Queryable } from '@linnaea/database';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { isObject, objectBody } from './body.ts';
import { requireCaller } from './caller.ts';
import { storeFor } from './file-bytes.ts';
import { uploadOf } from './files.ts';
import { baseUrlOf } from './origins.ts';

const mostParts = 10_000;
const uploadSeconds = 24 * 3600;

/** Files that come in parts, so that a large one need not start anew after a broken connection. */
export function registerMultipart(app: FastifyInstance, deps: Gen3Deps): void {
  app.post('/user/data/multipart/init', async (request, reply) => {
    const principal = await requireCaller(request, deps);
    const body = objectBody(request);
    const known = typeof body.guid === 'string' && body.guid !== '' ? body.guid : undefined;
    const record =
      known === undefined
        ? await deps.database.transaction((tx) => createIndexRecord(tx, principal, uploadOf(body, principal.email)))
        : await getIndexRecord(deps.database, known);
    await requireIndexWrite(deps.database, principal, record);
    return reply.code(201).send({ guid: record.did, uploadId: await newUpload(deps.database, record.did) });
  });

  app.post('/user/data/multipart/upload', async (request) => {
    await requireCaller(request, deps);
    const body = objectBody(request);
    const uploadId = String(body.uploadId ?? '');
    await openUpload(deps.database, uploadId);
    const part = checkPart(Number(body.partNumber));
    return { presigned_url: `${baseUrlOf(request, deps)}/user/data/parts/${uploadId}/${part}` };
  });

  app.post('/user/data/multipart/complete', async (request) => {
    const principal = await requireCaller(request, deps);
    const body = objectBody(request);
    const upload = await openUpload(deps.database, String(body.uploadId ?? ''));
    const record = await getIndexRecord(deps.database, upload.did);
    await requireIndexWrite(deps.database, principal, record);
    const keys = partsOf(body.parts).map((part) => partKey(upload.id, part));
    for (const key of keys) {
      if ((await deps.objects.head(key)) === undefined) {
        throw new CatalogueError('invalid', 'part-missing', 'A part of the file was not uploaded');
      }
    }
    await storeFor(deps, record.did, joined(deps, keys), record.fileName ?? 'file', principal.userId);
    await deps.objects.deleteAll(partFolder(upload.id));
    return { guid: record.did };
  });
}

/** The parts as one stream. */
export async function* joined(
  { objects }: Pick<Gen3Deps, 'objects'>,
  keys: readonly string[],
): AsyncGenerator<Uint8Array> {
  for (const key of keys) {
    const stream = await objects.stream(key);
    if (stream === undefined) throw new CatalogueError('invalid', 'part-missing', 'A part of the file is gone');
    yield* stream;
  }
}

function partsOf(value: unknown): number[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new CatalogueError('invalid', 'parts-missing', 'missing required argument `parts`');
  }
  const numbers = value.map((part) => checkPart(isObject(part) ? Number(part.PartNumber) : Number.NaN));
  return [...new Set(numbers)].sort((left, right) => left - right);
}

export function checkPart(part: number): number {
  if (Number.isInteger(part) && part >= 1 && part <= mostParts) return part;
  throw new CatalogueError('invalid', 'part-number', `A part has a number from 1 to ${mostParts}`);
}

/** Below `files`, where the sweep removes what an upload that was given up has left. */
export function partFolder(id: string): string {
  return `files/parts/${id}`;
}

export function partKey(id: string, part: number): string {
  return `${partFolder(id)}/${String(checkPart(part)).padStart(5, '0')}`;
}

/** An id that proves by itself that we made it for this record, and until when; nothing of it is stored. */
export async function newUpload(db: Queryable, did: string): Promise<string> {
  const id = randomUUID();
  const expires = Math.floor(Date.now() / 1000) + uploadSeconds;
  const signature = await signLink(db, { action: `multipart ${id}`, did, expires });
  return [id, String(expires), Buffer.from(did).toString('base64url'), signature].join('.');
}

export async function openUpload(db: Queryable, uploadId: string): Promise<{ id: string; did: string }> {
  const [id = '', expires = '', did64 = '', signature = ''] = uploadId.split('.');
  const did = Buffer.from(did64, 'base64url').toString();
  const valid = await checkLink(db, { action: `multipart ${id}`, did, expires: Number(expires) }, signature);
  if (valid) return { id, did };
  throw new CatalogueError('forbidden', 'upload-unknown', 'There is no such upload, or its time is over');
}
