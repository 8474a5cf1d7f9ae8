import type { FastifyInstance } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import type { CurrentGraph } from '../graphql/current-graph.ts';

export async function registerGuppy(_app: FastifyInstance, _deps: Gen3Deps, _current: CurrentGraph): Promise<void> {}
