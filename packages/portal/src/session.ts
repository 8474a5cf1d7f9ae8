import type { AuthenticatedPrincipal, Session } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PortalDeps } from './deps.ts';

/** Name of the cookie that holds a browser's session; the API families accept it too. */
export const sessionCookie = 'linnaea_session';
const longestSeconds = 14 * 24 * 3600;

export function readSession(request: FastifyRequest): string | undefined {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2);
    if (name === sessionCookie && value) return value;
  }
  return undefined;
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
  reply.header('Set-Cookie', cookie(session.value, longestSeconds, publicUrl));
}

export function clearSession(reply: FastifyReply, publicUrl: string): void {
  reply.header('Set-Cookie', cookie('', 0, publicUrl));
}

function cookie(value: string, seconds: number, publicUrl: string): string {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  return `${sessionCookie}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}
