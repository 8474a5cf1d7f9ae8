import type { AuthenticatedPrincipal, Credential } from '@linnaea/identity';
import type { FastifyRequest } from 'fastify';
import type { Gen3Deps } from './deps.ts';

export const defaultSessionCookie = 'linnaea_session';

/** Who asks: by `Authorization` (bearer in any case), `X-Auth-Token` or the session cookie, the first that is there. */
export async function principalOf(
  request: FastifyRequest,
  deps: Pick<Gen3Deps, 'authenticator' | 'sessionCookie'>,
): Promise<AuthenticatedPrincipal | undefined> {
  const credential = credentialOf(request, deps.sessionCookie ?? defaultSessionCookie);
  return credential && deps.authenticator.authenticate(credential);
}

function credentialOf({ headers }: FastifyRequest, cookieName: string): Credential | undefined {
  if (headers.authorization !== undefined) return { kind: 'authorization', value: headers.authorization };
  const token = headers['x-auth-token'];
  if (typeof token === 'string') return { kind: 'authorization', value: token };
  const cookie = readCookie(headers.cookie, cookieName);
  return cookie === undefined ? undefined : { kind: 'session', value: cookie };
}

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const sign = part.indexOf('=');
    if (sign > 0 && part.slice(0, sign).trim() === name)
      return part
        .slice(sign + 1)
        .trim()
        .replace(/^"|"$/g, '');
  }
  return undefined;
}
