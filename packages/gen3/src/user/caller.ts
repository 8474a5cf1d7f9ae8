import type { AuthenticatedPrincipal } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { principalOf } from '../principal.ts';
import { originsOf } from './origins.ts';

type CallerDeps = Pick<Gen3Deps, 'authenticator' | 'publicUrl'>;

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Who asks, or undefined for nobody. Throws `forbidden` when a browser's session would change something at the request of
 * another site: only calls by cookie are concerned, because nobody's page can make a browser send a token.
 */
export async function callerOf(request: FastifyRequest, deps: CallerDeps): Promise<AuthenticatedPrincipal | undefined> {
  const principal = await principalOf(request, deps);
  if (principal?.via !== 'session' || reading.has(request.method) || isOwnPage(request, deps)) return principal;
  throw new CatalogueError('forbidden', 'csrf', 'failed csrf check');
}

/** Like `callerOf`; throws `unauthenticated` for nobody. */
export async function requireCaller(request: FastifyRequest, deps: CallerDeps): Promise<AuthenticatedPrincipal> {
  const principal = await callerOf(request, deps);
  if (principal !== undefined) return principal;
  throw new CatalogueError('unauthenticated', 'sign-in-needed', 'Please login');
}

/** A header of our own needs a preflight that we never grant; the others are set by the browser itself. */
export function isOwnPage({ headers }: FastifyRequest, deps: Pick<Gen3Deps, 'publicUrl'>): boolean {
  const token = headers['x-csrf-token'];
  if (typeof token === 'string' && token !== '') return true;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return headers.origin !== undefined && originsOf(deps.publicUrl).includes(headers.origin);
}
