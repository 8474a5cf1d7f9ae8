import { listDatasets } from '@linnaea/catalog';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { authenticated } from '../submission/access.ts';
import { prepare, query, Refusal, RouteTable, sendJson } from '../submission/http.ts';

/** Adds the numbers of nodes by project, and the list of projects. */
export async function registerDatasets(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  for (const prefix of ['/v0/datasets', '/api/v0/datasets', '/api/search/datasets']) {
    await app.register(
      async (scope) => {
        prepare(scope, deps);
        const routes = new RouteTable(scope);
        routes.add(['GET'], '', (request, reply) => countNodes(request, reply, deps));
        routes.add(['GET'], '/projects', (request, reply) => listProjects(request, reply, deps));
      },
      { prefix },
    );
  }
}

/** `{project_id: {type: count}}` for every project that may be read and the types of `nodes`. */
async function countNodes(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const principal = await authenticated(request, deps, 'listing');
  const types = (query(request, 'nodes') ?? '').split(',').filter((type) => type !== '');
  if (types.length === 0) throw new Refusal(400, 'Need to provide target nodes in query param');
  const known = deps.dictionary.current().nodes;
  const unknown = types.filter((type) => !known.has(type));
  if (unknown.length > 0) {
    throw new Refusal(400, unknown.map((type) => `Cannot query field "_${type}_count" on type "Root".`).join(' '));
  }
  const datasets = await listDatasets(deps.database, principal, types);
  const counts = datasets.map(({ projectId, counts: found }) => [projectId, countsOf(types, found)] as const);
  return sendJson(reply, 200, Object.fromEntries(counts));
}

function countsOf(types: readonly string[], found: Record<string, number>): Record<string, number> {
  return Object.fromEntries(types.map((type) => [type, found[type] ?? 0]));
}

async function listProjects(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const principal = await authenticated(request, deps, 'listing');
  const datasets = await listDatasets(deps.database, principal, []);
  const projects = datasets.map(({ attributes }) => ({
    name: attributes.name ?? null,
    code: attributes.code ?? null,
    dbgap_accession_number: attributes.dbgap_accession_number ?? null,
  }));
  return sendJson(reply, 200, { projects });
}
