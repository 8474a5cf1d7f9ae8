import { type ApiToken, createApiToken, listApiTokens, revokeApiToken } from '@linnaea/identity';
import type { FastifyInstance } from 'fastify';
import type { PortalDeps } from '../deps.ts';
import { requireSession } from '../session.ts';

const dayMs = 24 * 3600 * 1000;

/** The caller's own API tokens (ODM) and API keys (Gen3). Secrets are answered once, by the request that made them. */
export function registerCredentials(app: FastifyInstance, deps: PortalDeps): void {
  registerTokens(app, deps);
  registerApiKeys(app, deps);
}

function registerTokens(app: FastifyInstance, deps: PortalDeps): void {
  const { database } = deps;

  app.get('/tokens', async (request) => {
    const tokens = await listApiTokens(database, await requireSession(request, deps));
    return { tokens: tokens.map(showToken) };
  });

  app.post<{ Body: { name: string; expiresInDays?: number } }>(
    '/tokens',
    {
      schema: {
        body: {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string', minLength: 1, maxLength: 200 },
            expiresInDays: { type: 'integer', minimum: 1, maximum: 3650 },
          },
        },
      },
    },
    async (request, reply) => {
      const principal = await requireSession(request, deps);
      const { name, expiresInDays } = request.body;
      const expiry = expiresInDays === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInDays * dayMs) };
      const made = await createApiToken(database, principal, { name, ...expiry });
      return reply.code(201).send(made);
    },
  );

  app.delete<{ Params: { id: number } }>(
    '/tokens/:id',
    { schema: { params: { type: 'object', properties: { id: { type: 'integer' } } } } },
    async (request, reply) => {
      await revokeApiToken(database, await requireSession(request, deps), request.params.id);
      return reply.code(204).send();
    },
  );
}

function showToken({ id, name, tokenId, createdAt, expiresAt, lastUsedAt }: ApiToken) {
  return { id, name, tokenId, createdAt, expiresAt, lastUsedAt };
}

function registerApiKeys(app: FastifyInstance, deps: PortalDeps): void {
  const { gen3Credentials } = deps;

  app.get('/api-keys', async (request) => {
    const keys = await gen3Credentials.listApiKeys(await requireSession(request, deps));
    return { keys: keys.map(({ jti, exp }) => ({ id: jti, expiresAt: new Date(exp * 1000) })) };
  });

  // answered under the wire's own names: the file that people download is exactly this object
  app.post('/api-keys', async (request, reply) => {
    const made = await gen3Credentials.createApiKey(await requireSession(request, deps));
    return reply.code(201).send(made);
  });

  app.delete<{ Params: { id: string } }>('/api-keys/:id', async (request, reply) => {
    await gen3Credentials.revokeApiKey(await requireSession(request, deps), request.params.id);
    return reply.code(204).send();
  });
}
