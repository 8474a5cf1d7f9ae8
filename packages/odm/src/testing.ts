import {
  type Authenticator,
  createApiToken,
  createAuthenticator,
  createGen3Credentials,
  loadPrincipal,
} from '@linnaea/identity';
import { createImportBench, type ImportBench, makeUser } from '@linnaea/imports/testing';
import type { Principal } from '@linnaea/model';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { odmJobHandlers, registerOdm, rewriteLegacyUrl } from './index.ts';
import type { DescribedRoute } from './openapi.ts';

export interface Answered {
  status: number;
  type: string;
  // a parsed JSON body is whatever the server sent; tests look into it freely
  body: Body;
  text: string;
}
export type Body = ReturnType<typeof JSON.parse>;

/** The facade on a real database with a real queue; requests go in without a socket. */
export interface OdmBench extends ImportBench {
  app: FastifyInstance;
  routes: readonly DescribedRoute[];
  curatorToken: string;
  researcher: Principal;
  researcherToken: string;
  administratorToken: string;
  ask(
    method: string,
    url: string,
    options?: { token?: string | null; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answered>;
}

export async function createOdmBench(): Promise<OdmBench> {
  const bench = await createImportBench();
  const { database, objects, queue, deps: imports } = bench;
  const gen3 = createGen3Credentials({ db: database, issuer: 'http://localhost/user' });
  const authenticator: Authenticator = await createAuthenticator({ db: database, gen3, cacheMs: 0 });
  const app = Fastify({
    rewriteUrl: (request) => rewriteLegacyUrl(request.url ?? '/'),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 16_384 },
  });
  const logger = { info: () => undefined, warn: () => undefined, error: (fields: object) => console.error(fields) };
  let routes: readonly DescribedRoute[] = [];
  await app.register(async (scope) => {
    routes = await registerOdm(scope, {
      database,
      objects,
      queue,
      authenticator,
      imports,
      publicUrl: 'http://localhost',
      maxUploadBytes: 50_000_000,
      logger,
    });
  });
  const workers = await queue.work(odmJobHandlers({ database }), { concurrency: 1 });
  app.addHook('onClose', () => workers.stop({ graceMs: 5_000 }));
  const researcher = await makeUser(database, bench.administrator, 'researcher@example.org', false);
  const tokenOf = async (principal: Principal) => {
    const fresh = (await loadPrincipal(database, principal.userId))!;
    return (await createApiToken(database, fresh, { name: 'test' })).token;
  };
  const curatorToken = await tokenOf(bench.curator);
  const ask: OdmBench['ask'] = async (method, url, { token = curatorToken, body, headers = {} } = {}) => {
    const options: InjectOptions = {
      method: method as NonNullable<InjectOptions['method']>,
      url,
      headers: {
        ...(token === null ? {} : { 'Genestack-API-Token': token }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    };
    const response = await app.inject(options);
    const type = String(response.headers['content-type'] ?? '');
    return {
      status: response.statusCode,
      type,
      text: response.body,
      body: type.includes('json') ? JSON.parse(response.body) : undefined,
    };
  };
  return {
    ...bench,
    app,
    routes,
    curatorToken,
    researcher,
    ask,
    researcherToken: await tokenOf(researcher),
    administratorToken: await tokenOf(bench.administrator),
    async close() {
      await app.close();
      await authenticator.close();
      await bench.close();
    },
  };
}
