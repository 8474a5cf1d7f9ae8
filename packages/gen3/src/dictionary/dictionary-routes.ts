import { type AttributeValue, isSchemaObject, type NodeKind } from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { tarGz } from '../export/tar.ts';
import { param, query, Refusal, sendFile, sendJson } from '../submission/http.ts';
import { templateJson, templateTable } from '../tables/write-entities.ts';

/** Links to the schemas of all types; `base` is the address of the dictionary that was asked. */
export async function listDictionary(reply: FastifyReply, deps: Gen3Deps, base: string): Promise<FastifyReply> {
  const names = [...deps.dictionary.current().nodes.keys(), '_all'];
  return sendJson(reply, 200, { links: names.map((name) => `${base}/${name}`) });
}

/** The resolved schema of a type, a special file (`_definitions`, `_terms`, `_settings`), or everything (`_all`). */
export async function dictionaryEntry(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
): Promise<FastifyReply> {
  const entry = param(request, 'entry');
  const { resolved } = deps.dictionary.current();
  if (entry === '_all') return sendJson(reply, 200, resolved);
  const schema = Object.hasOwn(resolved, entry) ? resolved[entry] : undefined;
  if (!schema) throw new Refusal(404, `Entry ${entry} not in dictionary`);
  return sendJson(reply, 200, schema);
}

type Format = 'tsv' | 'csv' | 'json';

function formatOf(request: FastifyRequest): Format {
  const format = query(request, 'format')?.toLowerCase() ?? 'tsv';
  if (format === 'tsv' || format === 'csv' || format === 'json') return format;
  throw new Refusal(400, `Format ${query(request, 'format')} is not supported; supported formats are: csv,tsv,json.`);
}

/** The empty form of one type. */
export async function template(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const format = formatOf(request);
  const type = param(request, 'entity');
  const dictionary = deps.dictionary.current();
  const node = dictionary.nodes.get(type);
  if (!node) throw new Refusal(404, `Entity type ${type} is not in dictionary`);
  const content =
    format === 'json' ? JSON.stringify(templateJson(node, dictionary)) : templateTable(node, dictionary, format);
  return sendFile(reply, `submission_${type}_template.${format}`, 'application/octet-stream', content);
}

function listed(request: FastifyRequest, name: string): Set<string> {
  return new Set((query(request, name) ?? '').split(',').filter((part) => part !== ''));
}

/** The empty forms of all types, or those of some categories: a table a file in an archive, or one JSON list. */
export async function templates(request: FastifyRequest, reply: FastifyReply, deps: Gen3Deps): Promise<FastifyReply> {
  const format = formatOf(request);
  const dictionary = deps.dictionary.current();
  const categories = listed(request, 'categories');
  const excluded = listed(request, 'exclude');
  const kinds = [...dictionary.nodes.values()]
    .filter((node) => isOffered(node) && !excluded.has(node.type))
    .filter((node) => categories.size === 0 || categories.has(node.category))
    .sort((left, right) => (left.type < right.type ? -1 : 1));
  if (format === 'json') {
    const forms = kinds.map((node) => templateJson(node, dictionary));
    return sendFile(reply, 'submission_templates.json', 'application/octet-stream', JSON.stringify(forms));
  }
  const files = kinds.map((node) => ({
    name: `${node.type}.${format}`,
    content: () => [templateTable(node, dictionary, format)],
  }));
  return sendFile(reply, 'submission_templates.tar.gz', 'application/octet-stream', tarGz(files));
}

/** Types that the server alone makes have no form to fill in. */
function isOffered(node: NodeKind): boolean {
  return node.category !== 'internal' && node.submittable;
}

/** What the dictionary says of its own version, where it says so. */
export function dictionaryVersion(deps: Gen3Deps): { version: string; commit: string; sha256: string } {
  const { settings, version } = deps.dictionary.current();
  const declared: AttributeValue | undefined = isSchemaObject(settings) ? settings._dict_version : undefined;
  return { version: typeof declared === 'string' ? declared : 'Unknown', commit: 'Unknown', sha256: version };
}
