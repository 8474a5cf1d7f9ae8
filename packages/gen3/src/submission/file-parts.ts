import { moveFileState } from '@linnaea/catalog';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { bodyStream, limited } from '../user/file-bytes.ts';
import { joined, newUpload, openUpload, partFolder, partKey } from '../user/multipart.ts';
import { readElements } from '../xml/elements.ts';
import { query, Refusal } from './http.ts';
import { keepFile, type NodeFile } from './node-file.ts';

/** Longest list of parts that a client sends, in bytes: 10,000 parts with their tags. */
const longestList = 4 * 1024 * 1024;

/** Begins an upload in parts; the answers of these operations are those of an object store. */
export async function startParts(
  _request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  file: NodeFile,
): Promise<FastifyReply> {
  const { record } = file;
  const uploadId = await newUpload(deps.database, record.did);
  await deps.database.transaction((tx) => moveFileState(tx, file, { action: 'initiate_multipart', to: 'uploading' }));
  return sendXml(reply, 'InitiateMultipartUploadResult', [
    ['Key', record.did],
    ['UploadId', uploadId],
  ]);
}

export async function putPart(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  file: NodeFile,
): Promise<FastifyReply> {
  const id = await uploadOf(request, deps, file);
  const key = partKey(id, Number(query(request, 'partNumber')));
  const stored = await deps.objects.put(key, limited(bodyStream(request), deps.maxUploadBytes));
  return reply.header('etag', `"${stored.sha256}"`).send();
}

export async function listParts(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  file: NodeFile,
): Promise<FastifyReply> {
  const id = await uploadOf(request, deps, file);
  const parts: string[] = [];
  for await (const { key, size } of deps.objects.list(`${partFolder(id)}/`)) {
    parts.push(`<Part><PartNumber>${numberOf(key)}</PartNumber><Size>${size}</Size></Part>`);
  }
  const told: [string, string][] = [
    ['Key', file.record.did],
    ['UploadId', query(request, 'uploadId') ?? ''],
    ['IsTruncated', 'false'],
  ];
  return sendXml(reply, 'ListPartsResult', told, parts.join(''));
}

/** Puts the parts together in the order of their numbers: those that the body lists, or all without a body. */
export async function completeParts(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  file: NodeFile,
): Promise<FastifyReply> {
  const id = await uploadOf(request, deps, file);
  const present: string[] = [];
  for await (const { key } of deps.objects.list(`${partFolder(id)}/`)) present.push(key);
  const listed = await listedParts(request);
  const keys = listed?.map((part) => partKey(id, part)) ?? present;
  if (keys.length === 0 || keys.some((key) => !present.includes(key)))
    throw new Refusal(400, 'A part of the file was not uploaded');
  const { md5 } = await keepFile(deps, file, joined(deps, keys), 'complete_multipart');
  await deps.objects.deleteAll(partFolder(id));
  return sendXml(reply, 'CompleteMultipartUploadResult', [
    ['Key', file.record.did],
    ['ETag', `"${md5}"`],
  ]);
}

export async function abortParts(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  file: NodeFile,
): Promise<FastifyReply> {
  const id = await uploadOf(request, deps, file);
  await deps.database.transaction((tx) => moveFileState(tx, file, { action: 'abort_multipart', to: 'registered' }));
  await deps.objects.deleteAll(partFolder(id));
  return reply.code(204).send();
}

/** An upload of one file must not serve another. */
async function uploadOf(request: FastifyRequest, deps: Gen3Deps, { record }: NodeFile): Promise<string> {
  const { id, did } = await openUpload(deps.database, query(request, 'uploadId') ?? '');
  if (did === record.did) return id;
  throw new Refusal(404, 'There is no such upload of this file');
}

async function listedParts(request: FastifyRequest): Promise<number[] | undefined> {
  const pieces: Uint8Array[] = [];
  for await (const piece of limited(bodyStream(request), longestList)) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (bytes.length === 0) return undefined;
  const { elements, error } = await readElements(bytes, new Set(['Part']));
  if (error !== null) throw new Refusal(400, error);
  const numbers = elements.map(({ values }) => Number(values.get('PartNumber')));
  return [...new Set(numbers)].sort((left, right) => left - right);
}

function numberOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1));
}

function sendXml(
  reply: FastifyReply,
  root: string,
  fields: readonly (readonly [name: string, text: string])[],
  more = '',
): FastifyReply {
  const inner = fields.map(([name, text]) => `<${name}>${escaped(text)}</${name}>`).join('');
  return reply
    .header('content-type', 'application/xml')
    .send(`<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${inner}${more}</${root}>`);
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
