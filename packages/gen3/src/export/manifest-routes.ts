import { Readable } from 'node:stream';
import { isUuid, type NodeWithLinks, type ProjectRef, readNodes, streamNodes } from '@linnaea/catalog';
import {
  type AttributeValue,
  compileSchema,
  type DataDictionary,
  isSchemaObject,
  parseDictionaryYaml,
  type SchemaError,
} from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { dump } from 'js-yaml';
import type { Gen3Deps } from '../deps.ts';
import { openProject } from '../submission/access.ts';
import { splitIds } from '../submission/entity-routes.ts';
import { body, query, sendFile, sendJson } from '../submission/http.ts';
import { isFileKind } from '../tables/columns.ts';
import { exportJson } from '../tables/write-entities.ts';
import { entityOf } from './export-routes.ts';

/** The data files among the ids, or without ids all of the project, as a YAML manifest for transfer tools. */
export async function manifest(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const { project } = await openProject(request, deps, 'read');
  const asked = query(request, 'ids');
  const dictionary = deps.dictionary.current();
  const nodes =
    asked === undefined ? allFiles(deps, project, dictionary) : await chosen(deps, project, splitIds(asked));
  const text = Readable.from(writeManifest(nodes, dictionary));
  return sendFile(reply, 'submission_manifest.yaml', 'text/html; charset=utf-8', text);
}

function chosen(deps: Gen3Deps, project: ProjectRef, ids: readonly string[]): Promise<NodeWithLinks[]> {
  return readNodes(deps.database, project.scopeId, [...new Set(ids.filter(isUuid))]);
}

async function* allFiles(
  deps: Gen3Deps,
  project: ProjectRef,
  dictionary: DataDictionary,
): AsyncGenerator<NodeWithLinks> {
  for (const node of dictionary.nodes.values()) {
    if (node.inProject && isFileKind(node)) yield* streamNodes(deps.database, project.scopeId, node.type);
  }
}

/** A list is written item by item, so that no number of files is too large. */
async function* writeManifest(
  nodes: AsyncIterable<NodeWithLinks> | Iterable<NodeWithLinks>,
  dictionary: DataDictionary,
): AsyncGenerator<string> {
  let head = 'files:\n';
  for await (const stored of nodes) {
    for (const entry of manifestEntry(stored, dictionary)) {
      yield head + dump([entry], { sortKeys: true, noArrayIndent: true, lineWidth: -1, noRefs: true });
      head = '';
    }
  }
  if (head !== '') yield 'files: []\n';
}

function manifestEntry(stored: NodeWithLinks, dictionary: DataDictionary) {
  const node = dictionary.nodes.get(stored.type);
  if (!node || !isFileKind(node)) return [];
  const entry = exportJson(entityOf(stored), node, dictionary, { shape: 'ids' });
  return [{ ...entry, local_file_path: entry.file_name ?? null }];
}

const uuidPattern = '^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$';

const manifestSchema: AttributeValue = {
  type: 'object',
  required: ['files'],
  properties: {
    files: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string', pattern: uuidPattern },
          local_file_path: { type: 'string' },
          file_name: { type: 'string' },
        },
        anyOf: [{ required: ['local_file_path'] }, { required: ['file_name'] }],
      },
    },
  },
};

/** Judges a manifest (JSON or YAML) before somebody starts a long upload with it. */
export async function validateManifest(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { content, findings } = parseDictionaryYaml('manifest', body(request).toString('utf8'));
  const [unreadable] = findings;
  if (unreadable) return sendJson(reply, 200, { valid: false, errors: [unreadable.message] });
  const errors: SchemaError[] = [];
  const rule = compileSchema(manifestSchema);
  if (!rule.accepts(content)) rule.explain(content, [], errors);
  if (errors.length === 0) return sendJson(reply, 200, { valid: isSchemaObject(content) });
  return sendJson(reply, 200, { valid: false, errors: errors.map((error) => error.message) });
}
