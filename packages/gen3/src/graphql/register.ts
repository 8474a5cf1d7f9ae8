import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { registerGuppy } from '../guppy/register.ts';
import { authenticated } from '../submission/access.ts';
import { body, prepare, RouteTable, sendJson } from '../submission/http.ts';
import { submissionPrefixes } from '../submission/routes.ts';
import { CurrentGraph } from './current-graph.ts';
import { registerDatasets } from './datasets.ts';
import { executeGraph } from './execute.ts';
import { readRequest } from './request.ts';

/** Adds GraphQL over the graph of records, its schema, counts of datasets, and the flat queries of the explorer. */
export async function registerGraphql(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  const current = new CurrentGraph(deps);
  for (const prefix of submissionPrefixes) {
    await app.register(
      async (scope) => {
        prepare(scope, deps);
        const routes = new RouteTable(scope);
        routes.add(['POST'], '/graphql', (request, reply) => answerGraph(request, reply, deps, current));
        routes.add(['GET'], '/getschema', async (_request, reply) =>
          reply.header('content-type', 'application/json').send(current.introspection()),
        );
      },
      { prefix },
    );
  }
  await registerDatasets(app, deps);
  await registerGuppy(app, deps, current);
}

async function answerGraph(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  current: CurrentGraph,
): Promise<FastifyReply> {
  const principal = await authenticated(request, deps, 'listing');
  const read = readRequest(body(request).toString('utf8'));
  if ('errors' in read) return sendJson(reply, 400, { data: null, errors: read.errors });
  const answer = await executeGraph(deps, current.schema(), principal, read.request);
  return sendJson(reply, answer.errors ? 400 : 200, answer);
}
