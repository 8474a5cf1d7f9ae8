import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import { sql } from '@linnaea/database';
import { mergeSlashes, registerGen3 } from '@linnaea/gen3';
import { registerOdm, rewriteLegacyUrl } from '@linnaea/odm';
import { registerPortal } from '@linnaea/portal';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { interfacePolicy } from './interface-policy.ts';
import { registerMetrics } from './metrics.ts';
import type { Services } from './services.ts';

const interfaceFolder = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Puts the two API families, the interface and the health checks onto one HTTP application. Listening is the caller's. */
export async function buildApp(services: Services, logger?: FastifyBaseLogger): Promise<FastifyInstance> {
  const { configuration } = services;
  const app = Fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true }),
    rewriteUrl: (request) => withoutOdmSlash(rewriteLegacyUrl(mergeSlashes(request.url ?? '/'))),
    routerOptions: { maxParamLength: 16_384 },
    ...(configuration.trustedProxies.length > 0 ? { trustProxy: [...configuration.trustedProxies] } : {}),
    bodyLimit: 64 * 2 ** 20,
    forceCloseConnections: true,
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({ 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'same-origin' });
  });
  await app.register(fastifyCookie);
  registerHealth(app, services);
  registerMetrics(app, services);
  const shared = {
    database: services.database,
    objects: services.objects,
    queue: services.queue,
    authenticator: services.authenticator,
    gen3Credentials: services.gen3Credentials,
    dictionary: services.dictionary,
    imports: services.imports,
    publicUrl: configuration.publicUrl,
    maxUploadBytes: configuration.maxUploadBytes,
    logger: services.logger,
  };
  await app.register(async (scope) => registerOdm(scope, shared));
  await app.register(async (scope) => registerGen3(scope, services.gen3));
  await app.register(async (scope) => registerPortal(scope, shared));
  await registerInterface(app);
  return app;
}

/** The ODM API takes a slash at the end of a path for nothing; the Gen3 family declares both forms itself. */
function withoutOdmSlash(url: string): string {
  return url.startsWith('/api/v1/') ? url.replace(/\/+(?=\?|$)/, '') : url;
}

function registerHealth(app: FastifyInstance, services: Services): void {
  const healthy = async () => {
    await services.database.query(sql`select 1`);
    return { status: 'UP' };
  };
  app.get('/health', healthy);
  app.get('/frontend/endpoint/actuator/health', healthy);
}

/** The web interface: its files, and its first page for every address that only it knows. */
async function registerInterface(app: FastifyInstance): Promise<void> {
  if (!existsSync(interfaceFolder)) return;
  await app.register(fastifyStatic, {
    root: interfaceFolder,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const immutable = /[/\\]assets[/\\]/.test(path);
      reply.header('Cache-Control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
      if (path.endsWith('.html')) reply.header('Content-Security-Policy', interfacePolicy);
    },
  });
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (wantsPage) return reply.type('text/html').sendFile('index.html');
    return reply
      .code(404)
      .send({ error: { message: 'There is nothing at this address.' }, message: 'There is nothing at this address.' });
  });
}
