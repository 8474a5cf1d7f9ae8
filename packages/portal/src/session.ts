import { type AuthenticatedPrincipal, readSessionCookie, type Session, writeSessionCookie } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PortalDeps } from './deps.ts';

const longestSeconds = 14 * 24 * 3600;

export function readSession(request: FastifyRequest): string | undefined {
  return readSessionCookie(request.headers.cookie);
}

/** Who asks, by the session cookie alone: the portal takes no tokens. Throws `unauthenticated`. */
export async function requireSession(
  request: FastifyRequest,
  { authenticator }: Pick<PortalDeps, 'authenticator'>,
): Promise<AuthenticatedPrincipal> {
  const value = readSession(request);
  const principal = value === undefined ? undefined : await authenticator.authenticate({ kind: 'session', value });
  if (principal === undefined) throw new CatalogueError('unauthenticated', 'not-signed-in', 'You are not signed in.');
  return principal;
}

/** The session's real end is kept by `identity`; the cookie only has to live long enough. */
export function setSession(reply: FastifyReply, session: Session, publicUrl: string): void {
  reply.header('Set-Cookie', writeSessionCookie(session.value, longestSeconds, publicUrl.startsWith('https:')));
}

export function clearSession(reply: FastifyReply, publicUrl: string): void {
  reply.header('Set-Cookie', writeSessionCookie('', 0, publicUrl.startsWith('https:')));
}
