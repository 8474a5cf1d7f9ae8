import { type IndexRecord, objectOfIndexRecord, requireFileAccess, signLink } from '@linnaea/catalog';
import { CatalogueError, type Principal } from '@linnaea/model';
import type { FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { queryNumber } from './body.ts';
import { baseUrlOf } from './origins.ts';

/** Seconds that a link to a file lives. */
export const linkSeconds = { default: 3600, longest: 24 * 3600 };

export function linkLife(request: FastifyRequest, given?: unknown): number {
  const asked = typeof given === 'number' && Number.isInteger(given) && given > 0 ? given : undefined;
  const fromQuery = queryNumber(request, 'expires_in', { least: 1, most: linkSeconds.longest });
  return Math.min(asked ?? fromQuery ?? linkSeconds.default, linkSeconds.longest);
}

/** A link on this server that lets its holder fetch or bring the file of one index record. */
export async function fileLink(
  request: FastifyRequest,
  deps: Gen3Deps,
  { action, did, seconds }: { action: 'download' | 'upload'; did: string; seconds: number },
): Promise<string> {
  const expires = Math.floor(Date.now() / 1000) + seconds;
  const signature = await signLink(deps.database, { action, did, expires });
  const path = did.split('/').map(encodeURIComponent).join('/');
  return `${baseUrlOf(request, deps)}/user/data/objects/${path}?expires=${expires}&signature=${signature}`;
}

/**
 * A link to the bytes of a record for somebody who may have them, after that was checked: the store's own, ours, or where
 * the file has always been. `protocol` chooses among several. Throws `not-found` when there is no file to link to.
 */
export async function downloadLink(
  request: FastifyRequest,
  deps: Gen3Deps,
  { record, principal, protocol }: { record: IndexRecord; principal: Principal | undefined; protocol?: string },
): Promise<string> {
  await requireFileAccess(deps.database, principal, record);
  const seconds = linkLife(request);
  const object = await objectOfIndexRecord(deps.database, record.did);
  if (object !== undefined && (protocol === undefined || /^https?$/.test(protocol))) {
    const direct = await deps.objects.signedUrl?.(object.key, { method: 'GET', seconds });
    return direct ?? fileLink(request, deps, { action: 'download', did: record.did, seconds });
  }
  const fits = protocol === undefined ? /^(https?|ftp):\/\//i : undefined;
  const found = record.urls.find((url) => (fits ? fits.test(url) : url.startsWith(`${protocol}://`)));
  if (found !== undefined) return found;
  const message =
    record.urls.length === 0
      ? 'No file was uploaded for this record'
      : `No link can be made for ${[...new Set(record.urls.map((url) => url.split(':', 1)[0]))].join(', ')}`;
  throw new CatalogueError('not-found', 'no-file-link', message);
}
