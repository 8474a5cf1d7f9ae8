import { type AuthenticatedPrincipal, publicOrigins, requestSource } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { principalOf } from '../principal.ts';

type CallerDeps = Pick<Gen3Deps, 'authenticator' | 'publicUrl'>;

/**
 * Who asks, or undefined for nobody. Throws `forbidden` when a browser's session would change something at the request of
 * another site: only calls by cookie are concerned, because nobody's page can make a browser send a token.
 */
export async function callerOf(request: FastifyRequest, deps: CallerDeps): Promise<AuthenticatedPrincipal | undefined> {
  const principal = await principalOf(request, deps);
  if (principal?.via !== 'session' || isOwnRequest(request, deps)) return principal;
  throw new CatalogueError('forbidden', 'csrf', 'failed csrf check');
}

/** Like `callerOf`; throws `unauthenticated` for nobody. */
export async function requireCaller(request: FastifyRequest, deps: CallerDeps): Promise<AuthenticatedPrincipal> {
  const principal = await callerOf(request, deps);
  if (principal !== undefined) return principal;
  throw new CatalogueError('unauthenticated', 'sign-in-needed', 'Please login');
}

/** As in the original, a program that shows a session has to send `X-CSRF-Token` with what changes something. */
export function isOwnRequest(request: FastifyRequest, { publicUrl }: Pick<Gen3Deps, 'publicUrl'>): boolean {
  return requestSource(request, publicOrigins(publicUrl)) === 'own';
}
