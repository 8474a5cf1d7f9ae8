import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { authenticated } from '../submission/access.ts';
import { param, prepare, Refusal, RouteTable, safeJson, sendJson } from '../submission/http.ts';
import { baseUrlOf } from '../user/origins.ts';
import { formatFor, toBibtex, toFlat, toSchemaOrg } from './formats.ts';
import { readCoreMetadata } from './read.ts';

/** Adds the core metadata of data files: `/v0/coremetadata/<object_id>`, as JSON, BibTeX or JSON-LD of schema.org. */
export async function registerCoreMetadata(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  for (const prefix of ['/v0/coremetadata', '/api/v0/coremetadata', '/api/search/coremetadata', '/coremetadata']) {
    await app.register(
      async (scope) => {
        prepare(scope, deps);
        new RouteTable(scope).add(['GET'], '/*', (request, reply) => answerCoreMetadata(request, reply, deps));
      },
      { prefix },
    );
  }
}

async function answerCoreMetadata(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const principal = await authenticated(request, deps, 'listing');
  const objectId = param(request, '*').replace(/\/+$/, '');
  const metadata = isId(objectId) ? await readCoreMetadata(deps, principal, objectId) : undefined;
  if (!metadata) throw new Refusal(404, `object_id "${objectId}" not found`);
  reply.header('vary', 'Accept');
  const format = formatFor(request.headers.accept ?? '');
  if (format === 'json') return sendJson(reply, 200, toFlat(metadata));
  if (format === 'bibtex') return reply.type('application/x-bibtex; charset=utf-8').send(toBibtex(metadata));
  const address = `${baseUrlOf(request, deps)}/index/${objectId.split('/').map(encodeURIComponent).join('/')}`;
  return reply.type('application/vnd.schemaorg.ld+json').send(safeJson(toSchemaOrg(metadata, address)));
}

/** What the index of files takes for an id; nothing else can be the id of a file. */
function isId(text: string): boolean {
  return /^[^\s\p{Cc}?#]{1,512}$/u.test(text);
}
