import { CatalogueError } from '@linnaea/model';
import { type Resolve, resolveByDns } from './addresses.ts';
import { type FetchedLink, fetchHttp } from './http.ts';
import { type LinkCredentials, parseLink } from './links.ts';
import { fetchLocal } from './local.ts';

export interface FetchOptions {
  /** Hosts (`host` or `host:port`) that may have private addresses. */
  allowHosts?: readonly string[];
  /** Largest file, in bytes. */
  maxBytes?: number;
  signal?: AbortSignal;
  /** Longest silence of the other side. */
  timeoutMs?: number;
  /** Basic authentication, in place of user and password in the URL. */
  credentials?: LinkCredentials;
  /** Directories that `file:` links may point into; none by default. */
  allowLocal?: readonly string[];
  /** Opens `s3://bucket/key`; must itself decide which buckets are allowed. */
  openS3?: (url: URL, options: { maxBytes: number; signal?: AbortSignal }) => Promise<FetchedLink>;
  /** In place of DNS. */
  resolve?: Resolve;
  /** Pause before resuming a broken transfer. */
  retryMs?: number;
}

/**
 * Opens a link that a user gave: http and https, and where allowed `file:` and `s3:`. Answers a stream of the bytes as
 * they are, undecompressed. Refuses addresses that are not public (`forbidden`), whatever leads to them. Other errors:
 * `invalid` (no URL, status 4xx, too many redirects), `unsupported` (scheme), `too-large`, `unavailable`.
 */
export async function fetchLink(link: string, options: FetchOptions = {}): Promise<FetchedLink> {
  const { signal, maxBytes = Number.MAX_SAFE_INTEGER, allowLocal = [] } = options;
  const parsed = parseLink(link);
  const { url } = parsed;
  switch (url.protocol) {
    case 'http:':
    case 'https:': {
      const credentials = options.credentials ?? parsed.credentials;
      return fetchHttp(credentials === undefined ? { url } : { url, credentials }, {
        allowHosts: options.allowHosts ?? [],
        maxBytes,
        timeoutMs: options.timeoutMs ?? 30_000,
        resolve: options.resolve ?? resolveByDns,
        retryMs: options.retryMs ?? 500,
        ...(signal && { signal }),
      });
    }
    case 's3:':
      if (options.openS3 === undefined) throw unsupported('s3: links need a configured S3 store');
      return options.openS3(url, { maxBytes, ...(signal && { signal }) });
    case 'file:':
      if (allowLocal.length === 0)
        throw new CatalogueError('forbidden', 'link-file', 'file: links are not allowed here');
      return fetchLocal(url, { allowLocal, maxBytes });
    case 'ftp:':
      throw unsupported('ftp: links are not supported; use http or https');
    default:
      throw unsupported('Only http: and https: links are supported');
  }
}

function unsupported(message: string): CatalogueError {
  return new CatalogueError('unsupported', 'link-scheme', message);
}
