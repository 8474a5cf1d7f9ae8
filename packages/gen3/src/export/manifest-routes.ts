import { Readable } from 'node:stream';
import { isUuid, type NodeWithLinks, type ProjectRef, readNodes, streamNodes } from '@linnaea/catalog';
import {
  type AttributeValue,
  compileSchema,
  type DataDictionary,
  type Finding,
  type NodeKind,
  parseDictionaryYaml,
  type SchemaError,
} from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { dump } from 'js-yaml';
import type { Gen3Deps } from '../deps.ts';
import { openProject } from '../submission/access.ts';
import { splitIds } from '../submission/entity-routes.ts';
import { body, query, Refusal, sendFile, sendJson } from '../submission/http.ts';
import { isFileKind } from '../tables/columns.ts';
import { exportJson } from '../tables/write-entities.ts';
import { entityOf } from './export-routes.ts';

/** The data files among the ids, or without ids all of the project, as a YAML manifest for transfer tools. */
export async function manifest(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const { project } = await openProject(request, deps, 'read');
  const asked = query(request, 'ids');
  const dictionary = deps.dictionary.current();
  const nodes =
    asked === undefined
      ? allFiles(deps, project, dictionary)
      : await chosen(deps, project, dictionary, splitIds(asked));
  const text = Readable.from(writeManifest(nodes, dictionary));
  return sendFile(reply, 'submission_manifest.yaml', 'text/html; charset=utf-8', text);
}

async function chosen(
  deps: Gen3Deps,
  project: ProjectRef,
  dictionary: DataDictionary,
  ids: readonly string[],
): Promise<NodeWithLinks[]> {
  if (ids.length === 0) throw new Refusal(400, "No ids specified. Use query parameter 'ids', e.g. 'ids=id1,id2'.");
  const nodes = await readNodes(deps.database, project.scopeId, [...new Set(ids.filter(isUuid))]);
  if (nodes.length === 0) throw new Refusal(404, `Unable to find ${ids.join(', ')}`);
  const others = nodes.filter((node) => !fileKindOf(node, dictionary));
  if (others.length === 0) return nodes;
  throw new Refusal(400, others.map(({ type, id }) => `${type} ${id} is not a data file.`).join(' '));
}

function fileKindOf({ type }: NodeWithLinks, dictionary: DataDictionary): NodeKind | undefined {
  const kind = dictionary.nodes.get(type);
  return kind && isFileKind(kind) ? kind : undefined;
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
  const node = fileKindOf(stored, dictionary);
  if (!node) return [];
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
          file_name: { type: 'string' },
          local_file_path: { type: 'string' },
          file_size: { type: 'integer' },
          md5sum: { type: 'string', pattern: '^[a-f0-9]{32}$' },
          type: { type: 'string' },
          project_id: { type: 'string' },
        },
        anyOf: [{ required: ['id', 'file_name', 'project_id'] }, { required: ['id', 'local_file_path', 'project_id'] }],
      },
    },
  },
};

/** Bytes of a manifest, and errors in an answer: anybody may ask, and is not to keep the server busy with it. */
const limits = { manifest: 8 * 1024 * 1024, errors: 1000 } as const;

/** Judges a manifest (JSON or YAML) before somebody starts a long upload with it. */
export async function validateManifest(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const bytes = body(request);
  if (bytes.length > limits.manifest) throw new Refusal(413, `A manifest has ${limits.manifest} bytes at most`);
  const { content, findings } = parseDictionaryYaml('manifest', bytes.toString('utf8'));
  const errors = findings.length > 0 ? findings.map(located) : errorsOf(content);
  return sendJson(reply, 200, errors.length === 0 ? { valid: true } : { valid: false, errors });
}

function located({ message, location }: Finding): string {
  return location?.line === undefined ? message : `${message} (line ${location.line}, column ${location.column ?? 1})`;
}

function errorsOf(content: AttributeValue): string[] {
  // a few aliases within each other stand for more than a message, which shows what is wrong, can hold
  if (hasAlias(content)) return ['A manifest is written without aliases'];
  const errors: SchemaError[] = [];
  const rule = compileSchema(manifestSchema);
  if (!rule.accepts(content)) rule.explain(content, [], errors);
  const shown = errors.slice(0, limits.errors).map((error) => error.message);
  return errors.length > shown.length ? [...shown, `… and ${errors.length - shown.length} more errors`] : shown;
}

/** Whether an object stands in more than one place, or within itself. */
function hasAlias(content: AttributeValue): boolean {
  const seen = new Set<object>();
  const waiting: AttributeValue[] = [content];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (seen.has(value)) return true;
    seen.add(value);
    for (const member of Array.isArray(value) ? value : Object.values(value)) waiting.push(member);
  }
  return false;
}
