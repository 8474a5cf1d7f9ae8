import { createHash } from 'node:crypto';
import { CORE_SCHEMA, load, Type, YAMLException } from 'js-yaml';
import type { Finding } from '../finding.ts';
import type { AttributeValue } from '../kind.ts';
import { readNodeKind } from './node-kind.ts';
import { fileKey, ReferenceResolver } from './references.ts';
import { type DataDictionary, isSchemaObject, type NodeKind, ownText, type SchemaObject } from './types.ts';

/** A dictionary and everything wrong with it. With errors among the findings the dictionary holds what could be read. */
export interface DictionaryReading {
  dictionary: DataDictionary;
  findings: Finding[];
}

/** Files of a dictionary by name (`case.yaml`), each already parsed. */
export type DictionaryFiles = ReadonlyMap<string, AttributeValue>;

// The core types and merge keys (`<<`), without timestamps: `2017-01-01` in an enum is text, not a clock value.
const mergeKey = new Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text: unknown) => text === '<<' });
const yamlSchema = CORE_SCHEMA.extend({ implicit: [mergeKey] });

/** Parses one YAML file of a dictionary; a syntax error becomes a finding with line and column. */
export function parseDictionaryYaml(file: string, text: string): { content: AttributeValue; findings: Finding[] } {
  try {
    const content = load(text, { schema: yamlSchema, filename: file });
    return { content: toJsonValue(content), findings: [] };
  } catch (error) {
    if (!(error instanceof YAMLException || error instanceof RangeError)) throw error;
    const mark = error instanceof YAMLException ? error.mark : undefined;
    const message =
      error instanceof YAMLException ? `The YAML cannot be read: ${error.reason}.` : 'The YAML is nested too deeply.';
    const place = mark ? { line: mark.line + 1, column: mark.column + 1 } : {};
    return {
      content: null,
      findings: [{ code: 'yaml-malformed', severity: 'error', message, location: { file, ...place } }],
    };
  }
}

/** What js-yaml gives with our schema are JSON values already (but for `undefined` of an empty file). */
function toJsonValue(value: unknown): AttributeValue {
  return isJsonValue(value) ? value : null;
}

function isJsonValue(value: unknown): value is AttributeValue {
  return value === null || ['string', 'number', 'boolean', 'object'].includes(typeof value);
}

const specialFiles = ['_definitions', '_terms', '_terms_enum', '_settings', 'metaschema'];

/** Node files lie at the top (`case.yaml`); folders below hold project variants that no server reads. */
function isNodeFile(name: string): boolean {
  return !name.startsWith('_') && name !== 'metaschema' && !name.includes('/');
}

/**
 * Builds a dictionary from its files: resolves references, reads node kinds and checks that they fit together.
 * Reads the files of a folder, the bundled JSON of a deployment, and the answer of another server's `_dictionary/_all`.
 */
export function buildDataDictionary(files: DictionaryFiles): DictionaryReading {
  const byKey = new Map([...files].map(([name, content]) => [fileKey(name), content]));
  const resolver = new ReferenceResolver(byKey);
  const resolved: [string, SchemaObject][] = [];
  const nodes = new Map<string, NodeKind>();
  const findings = resolver.findings;
  // Nodes first: a broken reference counts as an error where a node uses it, as a warning where none does.
  for (const key of [...[...byKey.keys()].filter(isNodeFile), ...specialFiles.filter((name) => byKey.has(name))]) {
    const content = resolver.resolveFile(key);
    if (!isSchemaObject(content)) {
      if (content !== null)
        findings.push({
          code: 'file-malformed',
          severity: 'error',
          message: 'A dictionary file must be a mapping.',
          location: { file: key },
        });
      continue;
    }
    if (!isNodeFile(key)) {
      resolved.push([key, content]);
      continue;
    }
    const node = readNodeFile(key, content, nodes, findings);
    if (node) resolved.push([node.type, content]);
  }
  checkTargets(nodes, findings);
  if (nodes.size === 0)
    findings.push({ code: 'dictionary-empty', severity: 'error', message: 'The dictionary has no node kinds.' });
  const all = Object.fromEntries(resolved);
  const special = (key: string) => (Object.hasOwn(all, key) ? (all[key] ?? {}) : {});
  const dictionary = {
    version: contentDigest(byKey),
    nodes,
    settings: special('_settings'),
    definitions: special('_definitions'),
    terms: special('_terms'),
    resolved: all,
  };
  const names = new Map([...files.keys()].map((name) => [fileKey(name), name]));
  return { dictionary, findings: findings.map((finding) => withFileName(finding, names)) };
}

/** Findings name files as they were given. */
function withFileName(finding: Finding, names: ReadonlyMap<string, string>): Finding {
  const file = names.get(finding.location?.file ?? '');
  return file === undefined ? finding : { ...finding, location: { ...finding.location, file } };
}

function readNodeFile(
  key: string,
  content: SchemaObject,
  nodes: Map<string, NodeKind>,
  findings: Finding[],
): NodeKind | null {
  const type = ownText(content, 'id');
  if (type === '') {
    findings.push({
      code: 'node-id-missing',
      severity: 'error',
      message: 'A node file needs an id: the name of its type.',
      location: { file: key },
    });
    return null;
  }
  if (nodes.has(type)) {
    findings.push({
      code: 'node-id-repeated',
      severity: 'error',
      message: `The type ${type} is declared twice.`,
      location: { file: key },
      value: type,
    });
    return null;
  }
  const node = readNodeKind(content, key, findings);
  nodes.set(type, node);
  return node;
}

function checkTargets(nodes: ReadonlyMap<string, NodeKind>, findings: Finding[]): void {
  for (const node of nodes.values()) {
    for (const link of node.links) {
      if (nodes.has(link.targetType)) continue;
      findings.push({
        code: 'link-target-unknown',
        severity: 'error',
        message: `The link ${link.name} of ${node.type} points to the unknown type ${link.targetType}.`,
        location: { file: node.type, attribute: '/links', record: node.type },
        value: link.targetType,
      });
    }
  }
}

function contentDigest(files: ReadonlyMap<string, AttributeValue>): string {
  const hash = createHash('sha256');
  for (const key of [...files.keys()].sort()) hash.update(JSON.stringify([key, files.get(key) ?? null], sortedKeys));
  return hash.digest('hex');
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
