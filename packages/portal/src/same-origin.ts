import { publicOrigins, requestSource } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance } from 'fastify';
import type { PortalDeps } from './deps.ts';

/**
 * Takes requests that change something from our own pages and from programs only, whether there is a session yet or not:
 * the page of another site must not sign anybody in either.
 */
export function refuseForeignWrites(app: FastifyInstance, { publicUrl }: Pick<PortalDeps, 'publicUrl'>): void {
  const origins = publicOrigins(publicUrl);
  app.addHook('onRequest', async (request) => {
    if (requestSource(request, origins) !== 'foreign') return;
    throw new CatalogueError('forbidden', 'foreign-origin', 'This request came from another site.');
  });
}
