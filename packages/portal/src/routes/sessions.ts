import { countCatalogue } from '@linnaea/catalog';
import { signIn, signInByLink, signOut } from '@linnaea/identity';
import type { Principal } from '@linnaea/model';
import type { FastifyInstance } from 'fastify';
import type { PortalDeps } from '../deps.ts';
import { clearSession, readSession, requireSession, setSession } from '../session.ts';

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const;

/** Signing in and out, and who is signed in. */
export function registerSessions(app: FastifyInstance, deps: PortalDeps): void {
  const { database, publicUrl } = deps;

  app.post<{ Body: { email: string; password: string } }>(
    '/session',
    {
      schema: {
        body: {
          type: 'object',
          required: ['email', 'password'],
          properties: { email: text(320), password: text(1024) },
        },
      },
    },
    async (request, reply) => {
      const { principal, session } = await signIn(database, { ...request.body, address: request.ip });
      setSession(reply, session, publicUrl);
      return whoIs(principal);
    },
  );

  // The link's page sends the secret on: a GET must not use it up, because mail scanners follow links.
  app.post<{ Body: { secret: string } }>(
    '/session/link',
    { schema: { body: { type: 'object', required: ['secret'], properties: { secret: text(512) } } } },
    async (request, reply) => {
      const { principal, session } = await signInByLink(database, request.body.secret);
      setSession(reply, session, publicUrl);
      return whoIs(principal);
    },
  );

  app.delete('/session', async (request, reply) => {
    const value = readSession(request);
    if (value !== undefined) await signOut(database, value);
    clearSession(reply, publicUrl);
    return reply.code(204).send();
  });

  app.get('/whoami', async (request) => whoIs(await requireSession(request, deps)));

  app.get('/overview', async (request) => countCatalogue(database, await requireSession(request, deps)));
}

function whoIs(principal: Principal) {
  const { email, name, curator, administrator } = principal;
  return { email, name, curator, administrator, permissions: [...principal.permissions] };
}
