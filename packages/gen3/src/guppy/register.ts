import { Readable } from 'node:stream';
import { type GraphRow, rowFields, runGraph } from '@linnaea/catalog';
import { CatalogueError, type Principal } from '@linnaea/model';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Gen3Deps } from '../deps.ts';
import { FieldError } from '../graphql/conditions.ts';
import type { CurrentGraph } from '../graphql/current-graph.ts';
import { limits } from '../graphql/limits.ts';
import { member, parseBody, readRequest } from '../graphql/request.ts';
import { authenticated } from '../submission/access.ts';
import { body, prepare, Refusal, RouteTable, safeJson, sendJson } from '../submission/http.ts';
import { answerFlat } from './answer.ts';
import type { Place } from './nested.ts';
import { checkAccessibility } from './plan.ts';
import { fieldNames, fieldOf, flatQuery, flatValues } from './rows.ts';

/** Adds the flat queries of the explorer. They read the records themselves, so that they see every change at once. */
export async function registerGuppy(app: FastifyInstance, deps: Gen3Deps, current: CurrentGraph): Promise<void> {
  await app.register(
    async (scope) => {
      prepare(scope, deps);
      const routes = new RouteTable(scope);
      routes.add(['POST'], '/graphql', (request, reply) => answerQuery(request, reply, deps, current));
      routes.add(['POST'], '/download', (request, reply) => download(request, reply, deps, current));
      routes.add(['GET'], '/_status', async (_request, reply) => sendJson(reply, 200, status(current)));
      routes.add(['GET'], '/_version', async (_request, reply) =>
        sendJson(reply, 200, { version: deps.version ?? '' }),
      );
    },
    { prefix: '/guppy' },
  );
}

/** Every type is an index of its own name. */
function status(current: CurrentGraph): object {
  const types = [...current.schema().model.nodes.values()];
  const indices = types.map((type) => {
    const arrayFields = [...type.properties.values()].filter((property) => property.as === 'texts');
    return [type.name, { aliases: [type.name], arrayFields: arrayFields.map((property) => property.name) }];
  });
  return { statusCode: 200, warnings: null, indices: Object.fromEntries(indices) };
}

async function answerQuery(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  current: CurrentGraph,
): Promise<FastifyReply> {
  const principal = await authenticated(request, deps, 'listing');
  const read = readRequest(body(request).toString('utf8'));
  if ('errors' in read) return sendJson(reply, 400, { errors: read.errors.map((message) => ({ message })) });
  try {
    return sendJson(reply, 200, { data: await answerFlat(deps, current.schema().model, principal, read.request) });
  } catch (error) {
    if (!isFault(error)) throw error;
    return sendJson(reply, 400, { errors: [{ message: error.message }] });
  }
}

function isFault(error: unknown): error is Error {
  return error instanceof FieldError || error instanceof GraphQLError || error instanceof CatalogueError;
}

/** Every row of a type that matches, as one JSON list; the client takes its part of it. */
async function download(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  current: CurrentGraph,
): Promise<FastifyReply> {
  const principal = await authenticated(request, deps, 'listing');
  const sent = parseBody(body(request).toString('utf8'));
  const name = String(member(sent, 'type'));
  const { model } = current.schema();
  const type = model.nodes.get(name);
  if (!type) throw new Refusal(400, `Unknown type ${name}`);
  const asked = member(sent, 'fields');
  const fields = Array.isArray(asked) && asked.length > 0 ? asked.map(String) : fieldNames(type);
  try {
    checkAccessibility(member(sent, 'accessibility'));
    const rows = downloadRows(
      deps,
      principal,
      { model, type, path: '' },
      {
        fields,
        filter: member(sent, 'filter'),
        sort: member(sent, 'sort'),
      },
    );
    // the first rows are read before the answer begins, so that a faulty request is still refused
    const first = await rows.next();
    return reply.header('content-type', 'application/json').send(Readable.from(jsonList(first, rows)));
  } catch (error) {
    if (isFault(error)) throw new Refusal(400, error.message);
    throw error;
  }
}

const rowsPerPage = 1_000;

async function* downloadRows(
  deps: Gen3Deps,
  principal: Principal,
  place: Place,
  asked: { fields: readonly string[]; filter: unknown; sort: unknown },
): AsyncGenerator<string, void> {
  const { type } = place;
  const own = asked.fields.map((name) => fieldOf(type, name));
  const query = flatQuery(place, { ...asked, fields: own, first: rowsPerPage, offset: 0 });
  const fields = [...query.fields, { kind: 'column', column: 'record' } as const];
  for (let after: number | null = null; ; ) {
    const [rows] = await runGraph(deps.database, principal, [{ kind: 'list', query: { ...query, fields, after } }], {
      timeout: limits.time,
    });
    const page: GraphRow[] = Array.isArray(rows) ? rows : [];
    const objects = page.map((row) => {
      const values = flatValues(type, asked.fields, row);
      return safeJson(Object.fromEntries(asked.fields.map((name, place) => [name, values[place]])));
    });
    if (objects.length > 0) yield objects.join(',\n');
    if (page.length < rowsPerPage) return;
    after = Number(rowFields(page.at(-1)!).at(-1));
  }
}

async function* jsonList(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void>,
): AsyncGenerator<string> {
  yield '[';
  if (!first.done) yield first.value;
  for await (const page of rest) yield `,\n${page}`;
  yield ']';
}
