import { type AuthenticatedPrincipal, type Credential, readSessionCookie } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyRequest } from 'fastify';
import type { OdmDeps } from './deps.ts';

const known = new WeakMap<FastifyRequest, AuthenticatedPrincipal>();

/**
 * Who asks, by `Authorization` (which wins), `Genestack-API-Token` or the session cookie. Throws `unauthenticated` when
 * nothing was shown or it is not valid. Asked several times for one request, it looks once.
 */
export async function principalOf(
  deps: Pick<OdmDeps, 'authenticator'>,
  request: FastifyRequest,
): Promise<AuthenticatedPrincipal> {
  const seen = known.get(request);
  if (seen !== undefined) return seen;
  const credential = credentialOf(request);
  const principal = credential && (await deps.authenticator.authenticate(credential));
  if (!principal) {
    throw new CatalogueError('unauthenticated', 'credential-missing', 'User is not authenticated.');
  }
  if (credential.kind === 'session') refuseForeignPages(request);
  known.set(request, principal);
  return principal;
}

/** A signed-in browser sends its cookie for whichever page asks; only our own pages may change anything by it. */
function refuseForeignPages({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isOwn =
    site === undefined
      ? origin === undefined || (URL.canParse(origin) && new URL(origin).host === headers.host)
      : site === 'same-origin';
  if (!isOwn) throw new CatalogueError('forbidden', 'foreign-origin', 'This request came from another site.');
}

/** The credential that counts among those a request shows; a second, weaker one is not tried when it fails. */
export function credentialOf({ headers }: FastifyRequest): Credential | undefined {
  if (headers.authorization !== undefined) return { kind: 'authorization', value: headers.authorization };
  const token = headers['genestack-api-token'];
  if (typeof token === 'string') return { kind: 'api-token', value: token };
  const session = readSessionCookie(headers.cookie);
  return session === undefined ? undefined : { kind: 'session', value: session };
}
