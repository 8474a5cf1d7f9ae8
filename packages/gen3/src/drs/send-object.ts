import { CatalogueError } from '@linnaea/model';
import type { ObjectStore } from '@linnaea/objects';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface SentObject {
  key: string;
  size: number;
  fileName: string;
}

/** Streams a stored file, or the one range of it that was asked for; for HEAD its headers alone. */
export async function sendObject(
  request: FastifyRequest,
  reply: FastifyReply,
  objects: ObjectStore,
  object: SentObject,
): Promise<FastifyReply> {
  // a key is never written twice, so it tells two versions of a file apart
  const etag = `"${Buffer.from(object.key).toString('base64url')}"`;
  reply.headers({
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeName(object.fileName)}`,
    'Cache-Control': 'private, no-store',
    ETag: etag,
  });
  const unchanged = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const range = unchanged ? parseRange(request.headers.range, object.size) : undefined;
  if (range === 'unsatisfiable') {
    return reply
      .code(416)
      .header('Content-Range', `bytes */${object.size}`)
      .type('application/json')
      .send({ message: 'The file has no such range' });
  }
  const { start, length } = range ?? { start: 0, length: object.size };
  if (range !== undefined)
    reply.code(206).header('Content-Range', `bytes ${start}-${start + length - 1}/${object.size}`);
  reply.header('Content-Length', length);
  if (request.method === 'HEAD') return reply.send();
  const stream = await objects.stream(object.key, { start, length });
  if (stream !== undefined) return reply.send(stream);
  for (const name of ['Content-Length', 'Content-Range', 'Content-Disposition']) reply.removeHeader(name);
  reply.type('application/json');
  throw new CatalogueError('not-found', 'file-gone', 'The file is no longer there');
}

/** One range of bytes; undefined for none, for several and for what is no range (which must be ignored). */
export function parseRange(
  header: string | undefined,
  size: number,
): { start: number; length: number } | 'unsatisfiable' | undefined {
  const parts = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (parts === null) return undefined;
  const [, first = '', last = ''] = parts;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, length };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, length: end - start + 1 };
}

function encodeName(name: string): string {
  const text = name.toWellFormed().replaceAll(/[/\\\p{Cc}]/gu, '_');
  return encodeURIComponent(text).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
