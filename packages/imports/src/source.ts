import { createHash, randomUUID } from 'node:crypto';
import { type Queryable, sql } from '@linnaea/database';
import { type ByteSource, decompress } from '@linnaea/formats';
import type { JobContext } from '@linnaea/jobs';
import { CatalogueError } from '@linnaea/model';
import type { ImportDeps } from './deps.ts';
import { fetchLink } from './fetch/fetch-link.ts';
import type { FileSource } from './request.ts';

/** A file that the object store holds whole, as it came. */
export interface StoredFile {
  objectId: number;
  key: string;
  fileName: string;
  size: number;
}

export interface StoreOptions {
  fileName: string;
  sourceUrl?: string;
  createdBy: number;
  /** Told the number of bytes of each piece as it passes. */
  onBytes?: (count: number) => void;
}

/**
 * Writes a file into the object store and enters it in the catalogue's list of files. Nothing refers to it yet: if the
 * import fails the sweep removes it after its time.
 */
export async function storeFile(
  deps: Pick<ImportDeps, 'database' | 'objects' | 'maxFileBytes'>,
  body: ByteSource,
  options: StoreOptions,
): Promise<StoredFile> {
  const key = `files/${new Date().toISOString().slice(0, 7)}/${randomUUID()}`;
  const md5 = createHash('md5');
  const stored = await deps.objects.put(
    key,
    watchBytes(body, deps.maxFileBytes, (chunk) => {
      md5.update(chunk);
      options.onBytes?.(chunk.byteLength);
    }),
  );
  const row = await deps.database.first<{ id: number }>(sql`
    insert into stored_object (key, size, sha256, md5, file_name, source_url, created_by)
    values (${key}, ${stored.size}, ${stored.sha256}, ${md5.digest('hex')}, ${options.fileName},
      ${options.sourceUrl === undefined ? null : withoutCredentials(options.sourceUrl)}, ${options.createdBy})
    returning id`);
  return { objectId: row!.id, key, fileName: options.fileName, size: stored.size };
}

async function* watchBytes(body: ByteSource, limit: number, see: (chunk: Uint8Array) => void): ByteSource {
  let total = 0;
  for await (const chunk of body) {
    total += chunk.byteLength;
    if (total > limit)
      throw new CatalogueError('too-large', 'file-too-large', `The file is larger than the limit of ${limit} bytes.`);
    see(chunk);
    yield chunk;
  }
}

/** Brings the file of an import into the object store: fetches a link, or finds the upload. */
export async function obtainSource(deps: ImportDeps, source: FileSource, context: JobContext): Promise<StoredFile> {
  if ('objectId' in source) return findStored(deps.database, source.objectId);
  const fetched = await fetchLink(source.link, {
    allowHosts: deps.links.allowHosts,
    allowLocal: deps.links.localDirectories,
    maxBytes: deps.maxFileBytes,
    signal: context.signal,
  });
  let bytes = 0;
  context.report({ step: 'fetching', bytes: 0, totalBytes: fetched.size ?? null });
  return storeFile(deps, fetched.stream, {
    fileName: fetched.fileName,
    sourceUrl: source.link,
    createdBy: context.job.startedBy,
    onBytes: (count) => {
      bytes += count;
      context.report({ bytes });
    },
  });
}

async function findStored(db: Queryable, objectId: number): Promise<StoredFile> {
  const row = await db.first<{ key: string; file_name: string; size: number }>(
    sql`select key, file_name, size from stored_object where id = ${objectId}`,
  );
  if (!row) throw new CatalogueError('not-found', 'upload-not-found', 'The uploaded file is no longer there.');
  return { objectId, key: row.key, fileName: row.file_name, size: row.size };
}

/** The bytes of a stored file as a reader wants them: decompressed, counted against the size for progress. */
export async function openStored(
  deps: Pick<ImportDeps, 'objects' | 'maxFileBytes'>,
  file: StoredFile,
  context?: JobContext,
): Promise<ByteSource> {
  const stream = await deps.objects.stream(file.key);
  if (!stream) throw new CatalogueError('not-found', 'file-not-found', 'The file is no longer there.');
  try {
    const { bytes } = await decompress(countBytes(stream, file, context), {
      name: file.fileName,
      maxBytes: deps.maxFileBytes,
    });
    return tellDamage(bytes, file.fileName);
  } catch (error) {
    throw damageOf(error, file.fileName);
  }
}

/** Damage of a packed file may show only in its middle. */
async function* tellDamage(bytes: ByteSource, file: string): ByteSource {
  try {
    yield* bytes;
  } catch (error) {
    throw damageOf(error, file);
  }
}

/** An error of unpacking as one that has a finding, so that the report of the import names the file. */
function damageOf(error: unknown, file: string): unknown {
  if (!(error instanceof CatalogueError) || error.findings.length > 0) return error;
  const { kind, code, message, details } = error;
  const finding = { code, severity: 'error', message, location: { file } } as const;
  return new CatalogueError(kind, code, message, { findings: [finding], details, cause: error });
}

async function* countBytes(stream: ByteSource, file: StoredFile, context?: JobContext): ByteSource {
  let bytes = 0;
  for await (const chunk of stream) {
    context?.signal.throwIfAborted();
    bytes += chunk.byteLength;
    context?.report({ bytes, totalBytes: file.size });
    yield chunk;
  }
}

/** Links may carry a password or a signature; neither belongs in the catalogue. */
export function withoutCredentials(link: string): string {
  const url = new URL(link);
  url.username = '';
  url.password = '';
  url.search = '';
  return url.href;
}
