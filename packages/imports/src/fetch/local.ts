import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CatalogueError } from '@linnaea/model';
import type { FetchedLink } from './http.ts';

/** Opens a `file:` link to a regular file within one of the given directories, symbolic links resolved. */
export async function fetchLocal(
  url: URL,
  { allowLocal, maxBytes }: { allowLocal: readonly string[]; maxBytes: number },
): Promise<FetchedLink> {
  const path = await containedPath(url, allowLocal);
  // the path is resolved already: a link found now was put there since; and opening a pipe must not hang
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => {
    throw notAllowed();
  });
  const stats = await handle.stat();
  if (!stats.isFile() || stats.size > maxBytes) {
    await handle.close();
    if (!stats.isFile()) throw notAllowed();
    throw new CatalogueError('too-large', 'link-too-large', `The file is larger than ${maxBytes} bytes`);
  }
  // no further than the size that was checked, though somebody may be appending
  const stream = handle.createReadStream(stats.size === 0 ? {} : { end: stats.size - 1 });
  return { stream, size: stats.size, fileName: basename(path), etag: `"${stats.mtimeMs}-${stats.size}"` };
}

async function containedPath(url: URL, allowLocal: readonly string[]): Promise<string> {
  try {
    const path = await realpath(fileURLToPath(url));
    for (const directory of allowLocal) {
      const inside = relative(await realpath(directory), path);
      const outside = inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || inside.startsWith(sep);
      if (!outside) return path;
    }
  } catch {
    // whether a path exists outside the directories is nobody's business: one answer for all
  }
  throw notAllowed();
}

function notAllowed(): CatalogueError {
  return new CatalogueError('forbidden', 'link-file', 'This local file cannot be read by a link');
}
