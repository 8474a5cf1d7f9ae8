import type { FastifyInstance, HTTPMethods } from 'fastify';
import { bcrKinds } from '../bcr/read-bcr.ts';
import type { Gen3Deps } from '../deps.ts';
import {
  dictionaryEntry,
  dictionaryVersion,
  listDictionary,
  template,
  templates,
} from '../dictionary/dictionary-routes.ts';
import { exportNodes } from '../export/export-routes.ts';
import { manifest, validateManifest } from '../export/manifest-routes.ts';
import { acceptStreams } from '../user/file-bytes.ts';
import { authenticated, existingProject } from './access.ts';
import type { AsyncRunner } from './async-runner.ts';
import { deleteEntities, getEntities, markEntities } from './entity-routes.ts';
import { reassignFile } from './file-reassign.ts';
import { fileOperation } from './file-routes.ts';
import { answerError, type Handler, prepare, RouteTable, sendJson, shownPath } from './http.ts';
import { deleteProgram, deleteProject, listPrograms, listProjects, putProgram, putProject } from './program-routes.ts';
import { changeState, stateRoles } from './states.ts';
import { close, commit } from './transaction-routes.ts';
import { type UploadRoute, upload } from './upload-routes.ts';
import { uploadXml } from './xml-routes.ts';

/** Where the submission API is mounted; all answer alike. */
export const submissionPrefixes = ['/v0/submission', '/submission', '/api/v0/submission'] as const;

const writing: readonly HTTPMethods[] = ['PUT', 'POST'];
const everyMethod: readonly HTTPMethods[] = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'];

/** The submission API under one prefix: register it with `{ prefix }`. */
export function submissionRoutes(deps: Gen3Deps, runner: AsyncRunner) {
  return async (app: FastifyInstance): Promise<void> => {
    prepare(app, deps);
    const routes = new RouteTable(app);
    dictionaryRoutes(routes, deps);
    programRoutes(routes, deps);
    projectRoutes(routes, deps, runner);
    routes.refuseOthers(everyMethod);
  };
}

/** Files of data nodes under the same prefix: a scope of their own, because their bodies are streams. */
export function submissionFileRoutes(deps: Gen3Deps) {
  return async (app: FastifyInstance): Promise<void> => {
    acceptStreams(app);
    app.setErrorHandler((error, _request, reply) => answerError(error, reply, deps));
    const routes = new RouteTable(app);
    const path = '/:program/:project/files/:file';
    const methods: readonly HTTPMethods[] = ['GET', 'PUT', 'POST', 'DELETE'];
    routes.add(methods, path, (request, reply) => fileOperation(request, reply, deps, false));
    routes.add(methods, `${path}/_dry_run`, (request, reply) => fileOperation(request, reply, deps, true));
    routes.refuseOthers(everyMethod);
  };
}

function dictionaryRoutes(routes: RouteTable, deps: Gen3Deps): void {
  routes.add(['GET'], '/_dictionary', (_request, reply) => listDictionary(reply, deps, '/v0/submission/_dictionary'));
  routes.add(['GET'], '/_dictionary/:entry', (request, reply) => dictionaryEntry(request, reply, deps));
  routes.add(['GET'], '/template', (request, reply) => templates(request, reply, deps));
  routes.add(['GET'], '/template/:entity', (request, reply) => template(request, reply, deps));
  routes.add(['POST'], '/validation/upload_manifest', validateManifest);
}

function programRoutes(routes: RouteTable, deps: Gen3Deps): void {
  routes.add(['GET'], '', (request, reply) => listPrograms(request, reply, deps));
  routes.add(['PUT', 'POST', 'PATCH'], '', (request, reply) => putProgram(request, reply, deps));
  routes.add(['GET'], '/:program', (request, reply) => listProjects(request, reply, deps));
  routes.add(['PUT', 'POST', 'PATCH'], '/:program', (request, reply) => putProject(request, reply, deps));
  routes.add(['DELETE'], '/:program', (request, reply) => deleteProgram(request, reply, deps));
}

function projectRoutes(routes: RouteTable, deps: Gen3Deps, runner: AsyncRunner): void {
  const base = '/:program/:project';
  routes.add(['DELETE'], base, (request, reply) => deleteProject(request, reply, deps));
  for (const bulk of [false, true]) {
    for (const dryRun of [false, true]) {
      const route: UploadRoute = { bulk, dryRun };
      const path = `${base}${bulk ? '/bulk' : ''}${dryRun ? '/_dry_run' : ''}`;
      routes.add(writing, path, (request, reply) => upload(request, reply, deps, runner, route));
    }
  }
  for (const role of stateRoles) {
    routes.add(writing, `${base}/${role}`, (request, reply) => changeState(request, reply, deps, role, false));
    routes.add(writing, `${base}/${role}/_dry_run`, (request, reply) => changeState(request, reply, deps, role, true));
  }
  routes.add(writing, `${base}/transactions/:transaction/commit`, (request, reply) => commit(request, reply, deps));
  routes.add(writing, `${base}/transactions/:transaction/close`, (request, reply) => close(request, reply, deps));
  routes.add(['GET'], `${base}/entities/*`, (request, reply) => getEntities(request, reply, deps));
  routes.add(['DELETE'], `${base}/entities/*`, (request, reply) => deleteEntities(request, reply, deps));
  routes.add(['DELETE'], `/admin${base}/entities/*`, (request, reply) => markEntities(request, reply, deps));
  routes.add(['PUT'], `/admin${base}/files/:file/reassign`, (request, reply) => reassignFile(request, reply, deps));
  routes.add(['GET', 'POST'], `${base}/export`, (request, reply) => exportNodes(request, reply, deps));
  routes.add(['GET'], `${base}/manifest`, (request, reply) => manifest(request, reply, deps));
  routes.add(['GET'], `${base}/upload_manifest`, (request, reply) => manifest(request, reply, deps));
  projectDictionaryRoutes(routes, deps, base);
  for (const kind of bcrKinds) {
    for (const dryRun of [false, true]) {
      const path = `${base}/xml/${kind}/bcr${dryRun ? '/_dry_run' : ''}`;
      routes.add(['PUT'], path, (request, reply) => uploadXml(request, reply, deps, { kind, dryRun }));
    }
  }
}

/** The dictionary once more, below a project: for those who are signed in. */
function projectDictionaryRoutes(routes: RouteTable, deps: Gen3Deps, base: string): void {
  const signedIn = (handler: Handler): Handler => {
    return async (request, reply) => {
      await existingProject(request, deps);
      await authenticated(request, deps);
      return handler(request, reply);
    };
  };
  const list: Handler = (request, reply) => listDictionary(reply, deps, shownPath(request).replace(/\/+$/, ''));
  routes.add(['GET'], `${base}/_dictionary`, signedIn(list));
  routes.add(
    ['GET'],
    `${base}/_dictionary/:entry`,
    signedIn((request, reply) => dictionaryEntry(request, reply, deps)),
  );
  routes.add(
    ['GET'],
    `${base}/template`,
    signedIn((request, reply) => templates(request, reply, deps)),
  );
  routes.add(
    ['GET'],
    `${base}/template/:entity`,
    signedIn((request, reply) => template(request, reply, deps)),
  );
}

/** `/_status` and `/_version`, at the root. */
export function statusRoutes(deps: Gen3Deps) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/_status', async (_request, reply) => reply.type('text/html; charset=utf-8').send('Healthy'));
    app.get('/_version', async (_request, reply) =>
      sendJson(reply, 200, { version: deps.version ?? '', commit: '', dictionary: dictionaryVersion(deps) }),
    );
  };
}
