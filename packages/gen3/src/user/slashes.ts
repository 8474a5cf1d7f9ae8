import type { FastifyInstance } from 'fastify';

/**
 * Answers every route of a scope under both forms of its path, with a slash at the end and without: clients use either,
 * and a redirect would turn their writes into reads. Call it before the routes.
 */
export function answerBothSlashForms(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    if (/[/*]$/.test(route.url)) return;
    const { method, handler } = route;
    scope.route({ method, handler, url: `${route.url}/`, exposeHeadRoute: false });
  });
}

/**
 * The URL with single slashes where clients of the family write two: the SDK before the path of `auth curl`, the portal
 * within paths of the submission API. For the application's `rewriteUrl`; other URLs come back as they are.
 */
export function mergeSlashes(url: string): string {
  const [path, query] = splitQuery(url);
  const merged = path.replace(/^\/{2,}/, '/');
  const whole = /^\/(?:api\/)?v0\/submission\//.test(merged) ? merged.replace(/\/{2,}/g, '/') : merged;
  return query === undefined ? whole : whole + query;
}

function splitQuery(url: string): [path: string, query: string | undefined] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, undefined] : [url.slice(0, mark), url.slice(mark)];
}
