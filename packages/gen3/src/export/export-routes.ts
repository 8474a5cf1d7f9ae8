import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  isUuid,
  type NodeSelection,
  type NodeWithLinks,
  type PagedNode,
  type ProjectRef,
  streamNodePages,
  streamSelected,
  typesBelow,
} from '@linnaea/catalog';
import { type AttributeValue, type DataDictionary, isSchemaObject, type NodeKind } from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { openProject } from '../submission/access.ts';
import { splitIds } from '../submission/entity-routes.ts';
import { body, query, Refusal, sendFile } from '../submission/http.ts';
import { type ExportEntity, exportTable, jsonWriter, writeJson, writeTable } from '../tables/write-entities.ts';
import { tarGz } from './tar.ts';

type Format = 'tsv' | 'csv' | 'json';

/** What a request asks for, by its query or (POST) its JSON body. */
interface Asked {
  ids: string[];
  label: string | undefined;
  format: Format;
  withChildren: boolean;
  withoutId: boolean;
  category: string | undefined;
}

/** Writes the nodes of a type, or chosen ones and what hangs on them, as a file that can be submitted again. */
export async function exportNodes(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const { project } = await openProject(request, deps, 'read');
  const asked = readAsked(request);
  const dictionary = deps.dictionary.current();
  if (asked.ids.length > 0) return exportSelected(reply, deps, { project, asked, dictionary });
  if (asked.label === undefined) throw new Refusal(400, 'expected either `ids` or `node_label` parameter');
  const node = dictionary.nodes.get(asked.label);
  if (!node) throw new Refusal(400, `dictionary does not have node with type ${asked.label}`);
  if (node.category === 'internal')
    throw new Refusal(400, `cannot export nodes of the internal category: ${node.type}`);
  const pages = entityPages(streamNodePages(deps.database, project.scopeId, node.type));
  return send(reply, `${node.type}.${asked.format}`, asked.format, write(pages, node, dictionary, asked, 'label'));
}

function readAsked(request: FastifyRequest): Asked {
  const sent = request.method === 'POST' ? readBody(request) : {};
  const value = (name: string): AttributeValue =>
    Object.hasOwn(sent, name) ? (sent[name] ?? null) : (query(request, name) ?? null);
  const text = (name: string) => {
    const found = value(name);
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  const yes = (name: string) => value(name) === true || text(name)?.toLowerCase() === 'true';
  const ids = value('ids');
  const format = (text('format') ?? text('file_format') ?? 'tsv').toLowerCase();
  if (format !== 'tsv' && format !== 'csv' && format !== 'json')
    throw new Refusal(400, `Format ${format} is not supported; supported formats are: csv,tsv,json.`);
  return {
    ids: Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : splitIds(text('ids') ?? ''),
    label: text('node_label'),
    format,
    withChildren: yes('with_children'),
    withoutId: yes('without_id'),
    category: text('category'),
  };
}

function readBody(request: FastifyRequest): Record<string, AttributeValue> {
  const bytes = body(request);
  if (bytes.length === 0) return {};
  const content = bytes.toString('utf8');
  if (/^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? ''))
    return Object.fromEntries(new URLSearchParams(content));
  try {
    const parsed: AttributeValue = JSON.parse(content);
    if (isSchemaObject(parsed)) return parsed;
  } catch {
    // said below
  }
  throw new Refusal(400, 'The body of an export is a JSON object with the keys ids, node_label, format');
}

interface Selected {
  project: ProjectRef;
  asked: Asked;
  dictionary: DataDictionary;
}

async function exportSelected(
  reply: FastifyReply,
  deps: Gen3Deps,
  { project, asked, dictionary }: Selected,
): Promise<FastifyReply> {
  const selection: NodeSelection = {
    scopeId: project.scopeId,
    ids: asked.ids.filter(isUuid),
    withChildren: asked.withChildren,
  };
  const found = await typesBelow(deps.database, selection);
  const kinds = found.flatMap((type) => {
    const node = dictionary.nodes.get(type);
    return node?.inProject && (asked.category === undefined || node.category === asked.category) ? [node] : [];
  });
  const [only] = kinds;
  if (!only) throw new Refusal(404, `Unable to find ${asked.ids.join(', ')}`);
  const { format } = asked;
  if (kinds.length === 1) {
    const pages = selectedPages(deps, selection, [only.type]);
    return send(reply, `${only.type}.${format}`, format, write(pages, only, dictionary, asked, 'ids'));
  }
  // the same name for the same ids, in whatever order they were asked
  const digest = createHash('sha512')
    .update([...asked.ids].sort().join(','))
    .digest('hex');
  const name = `gdc_export_${digest}`;
  if (format === 'json') {
    const types = kinds.map((kind) => kind.type);
    const writers = new Map(
      kinds.map((kind) => [kind.type, jsonWriter(kind, dictionary, { shape: 'ids', withoutId: asked.withoutId })]),
    );
    const pages = selectedPages(deps, selection, types);
    const text = writeJson(pages, 'ids', (entity) => writers.get(entity.type)?.(entity) ?? 'null');
    return send(reply, `${name}.json`, 'json', text);
  }
  const files = kinds.map((kind) => ({
    name: `${kind.type}.${format}`,
    content: () => write(selectedPages(deps, selection, [kind.type]), kind, dictionary, asked, 'ids'),
  }));
  return sendFile(reply, `${name}.tar.gz`, 'application/octet-stream', tarGz(files));
}

function send(reply: FastifyReply, name: string, format: Format, pieces: AsyncIterable<string>): FastifyReply {
  const type = format === 'json' ? 'application/json' : 'application/octet-stream';
  // one piece waits at most, so that a slow reader slows the database down
  return sendFile(reply, name, type, Readable.from(pieces, { highWaterMark: 1 }));
}

function write(
  pages: AsyncIterable<ExportEntity[]>,
  node: NodeKind,
  dictionary: DataDictionary,
  { format, withoutId }: Asked,
  shape: 'label' | 'ids',
): AsyncGenerator<string> {
  if (format === 'json') return writeJson(pages, shape, jsonWriter(node, dictionary, { shape, withoutId }));
  return writeTable(pages, exportTable(node, dictionary, format, { withoutId }));
}

async function* entityPages(pages: AsyncIterable<PagedNode[]>): AsyncGenerator<ExportEntity[]> {
  for await (const page of pages)
    yield page.map(({ id, attributes, links }) => ({ id, properties: attributes, links }));
}

/** Chosen nodes are few: pages only for the writers' sake. */
async function* selectedPages(deps: Gen3Deps, selection: NodeSelection, types: readonly string[]) {
  let page: (ExportEntity & { type: string })[] = [];
  for await (const stored of streamSelected(deps.database, selection, types)) {
    page.push({ ...entityOf(stored), type: stored.type });
    if (page.length < 100) continue;
    yield page;
    page = [];
  }
  yield page;
}

export function entityOf({ id, attributes, links }: NodeWithLinks): ExportEntity {
  return { id, properties: attributes, links };
}
