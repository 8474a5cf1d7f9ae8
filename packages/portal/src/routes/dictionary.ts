import { type DictionaryReload, type DictionaryReloadOptions, listDictionaryVersions } from '@linnaea/catalog';
import { requireAdministrator } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PortalDeps } from '../deps.ts';
import { requireSession } from '../session.ts';

interface Reloadable extends Pick<PortalDeps, 'database' | 'authenticator'> {
  /** Without `reload` the dictionary is fixed. */
  dictionary: PortalDeps['dictionary'] & {
    reload?(options?: DictionaryReloadOptions): Promise<DictionaryReload | undefined>;
  };
}

const bodySchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: { dryRun: { type: 'boolean' }, force: { type: 'boolean' } },
};

/** For administrators: the data dictionary is loaded again, after a check of what is stored; its versions so far. */
export function registerDictionary(app: FastifyInstance, deps: Reloadable): void {
  app.post<{ Body: { dryRun?: boolean; force?: boolean } | null }>(
    '/dictionary/reload',
    { schema: { body: bodySchema } },
    async (request) => {
      const { userId } = await administrator(request, deps);
      const report = await deps.dictionary.reload?.({ ...request.body, by: userId });
      if (!report)
        throw new CatalogueError('unsupported', 'dictionary-fixed', 'The data dictionary cannot be reloaded.');
      return report;
    },
  );

  app.get('/dictionary/versions', async (request) => {
    await administrator(request, deps);
    return { versions: await listDictionaryVersions(deps.database) };
  });
}

async function administrator(request: FastifyRequest, deps: Reloadable) {
  const principal = await requireSession(request, deps);
  requireAdministrator(principal);
  return principal;
}
