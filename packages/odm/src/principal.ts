import {
  type AuthenticatedPrincipal,
  type Credential,
  publicOrigins,
  readSessionCookie,
  requestSource,
} from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyRequest } from 'fastify';
import type { OdmDeps } from './deps.ts';

const known = new WeakMap<FastifyRequest, AuthenticatedPrincipal>();

/**
 * Who asks, by `Authorization` (which wins), `Genestack-API-Token` or the session cookie. Throws `unauthenticated` when
 * nothing was shown or it is not valid. Asked several times for one request, it looks once.
 */
export async function principalOf(
  deps: Pick<OdmDeps, 'authenticator' | 'publicUrl'>,
  request: FastifyRequest,
): Promise<AuthenticatedPrincipal> {
  const seen = known.get(request);
  if (seen !== undefined) return seen;
  const credential = credentialOf(request);
  const principal = credential && (await deps.authenticator.authenticate(credential));
  if (!principal) {
    throw new CatalogueError('unauthenticated', 'credential-missing', 'User is not authenticated.');
  }
  if (credential.kind === 'session') refuseForeignPages(request, deps);
  known.set(request, principal);
  return principal;
}

/** Throws `forbidden` for what another site's page would change by a session. The command-line programs have one too. */
export function refuseForeignPages(request: FastifyRequest, { publicUrl }: Pick<OdmDeps, 'publicUrl'>): void {
  if (requestSource(request, publicOrigins(publicUrl)) !== 'foreign') return;
  throw new CatalogueError('forbidden', 'foreign-origin', 'This request came from another site.');
}

/** The credential that counts among those a request shows; a second, weaker one is not tried when it fails. */
export function credentialOf({ headers }: FastifyRequest): Credential | undefined {
  if (headers.authorization !== undefined) return { kind: 'authorization', value: headers.authorization };
  const token = headers['genestack-api-token'];
  if (typeof token === 'string') return { kind: 'api-token', value: token };
  const session = readSessionCookie(headers.cookie);
  return session === undefined ? undefined : { kind: 'session', value: session };
}
