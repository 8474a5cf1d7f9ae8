import { type AuthenticatedPrincipal, type Credential, readSessionCookie } from '@linnaea/identity';
import type { FastifyRequest } from 'fastify';
import type { Gen3Deps } from './deps.ts';

/** Who asks: by `Authorization` (bearer in any case), `X-Auth-Token` or the session cookie, the first that is there. */
export async function principalOf(
  request: FastifyRequest,
  deps: Pick<Gen3Deps, 'authenticator'>,
): Promise<AuthenticatedPrincipal | undefined> {
  const credential = credentialOf(request);
  return credential && deps.authenticator.authenticate(credential);
}

function credentialOf({ headers }: FastifyRequest): Credential | undefined {
  if (headers.authorization !== undefined) return { kind: 'authorization', value: headers.authorization };
  const token = headers['x-auth-token'];
  if (typeof token === 'string') return { kind: 'authorization', value: token };
  const cookie = readSessionCookie(headers.cookie);
  return cookie === undefined ? undefined : { kind: 'session', value: cookie };
}
