import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PortalDeps } from './deps.ts';

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A browser sends the session cookie with whatever page makes it ask. Requests that change something are taken only
 * from our own pages; programs, which send neither header and no cookie by accident, are not concerned.
 */
export function refuseForeignWrites(app: FastifyInstance, { publicUrl }: Pick<PortalDeps, 'publicUrl'>): void {
  const own = new URL(publicUrl).origin;
  app.addHook('onRequest', async (request) => {
    if (reading.has(request.method) || isOwn(request, own)) return;
    throw new CatalogueError('forbidden', 'foreign-origin', 'This request came from another site.');
  });
}

function isOwn({ headers }: FastifyRequest, own: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (headers.origin === undefined) return true;
  // behind a proxy that was not told of, the address that the browser used is in `Host`
  return headers.origin === own || originHost(headers.origin) === headers.host;
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
