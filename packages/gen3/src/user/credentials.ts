import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { fieldsOf, pathParameter, queryNumber } from './body.ts';
import { requireCaller } from './caller.ts';
import { baseUrlOf } from './origins.ts';

const kinds = ['cdis', 'api'] as const;

/** API keys and the access tokens that are made from them. */
export function registerCredentials(app: FastifyInstance, deps: Gen3Deps): void {
  const { gen3Credentials } = deps;
  app.get('/user/credentials', async () => ({
    '/cdis': 'access to data commons APIs',
    '/api': 'access to data commons APIs',
  }));
  for (const kind of kinds) {
    const path = `/user/credentials/${kind}`;
    app.get(path, async (request) => ({ jtis: await gen3Credentials.listApiKeys(await requireCaller(request, deps)) }));

    app.post(path, async (request) => {
      const principal = await requireCaller(request, deps);
      const scope = scopeOf(fieldsOf(request).scope);
      return gen3Credentials.createApiKey(principal, { ...lifeOf(request), ...issuerOf(request), ...scope });
    });

    app.delete(`${path}/:jti`, async (request, reply) => {
      const principal = await requireCaller(request, deps);
      await gen3Credentials.revokeApiKey(principal, pathParameter(request, 'jti'));
      return reply.code(204).send();
    });

    app.post(`${path}/access_token`, async (request) => {
      const key = fieldsOf(request).api_key;
      const made = await gen3Credentials.exchangeApiKey(key, { ...lifeOf(request), ...issuerOf(request) });
      return { access_token: made.access_token };
    });
  }

  function issuerOf(request: FastifyRequest): { issuer: string } {
    return { issuer: `${baseUrlOf(request, deps)}/user` };
  }
}

function lifeOf(request: FastifyRequest): { expiresIn?: number } {
  const expiresIn = queryNumber(request, 'expires_in', { least: 1, most: Number.MAX_SAFE_INTEGER });
  return expiresIn === undefined ? {} : { expiresIn };
}

/** A list, or words with spaces or commas between them. */
function scopeOf(value: unknown): { scope?: string[] } {
  if (value === undefined || value === null) return {};
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return { scope: value };
  if (typeof value === 'string') return { scope: value.split(/[\s,]+/).filter((name) => name !== '') };
  throw new CatalogueError('invalid', 'scope-invalid', 'scope is a list of names');
}
