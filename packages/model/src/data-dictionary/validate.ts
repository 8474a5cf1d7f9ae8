import type { Finding } from '../finding.ts';
import type { AttributeValue } from '../kind.ts';
import { loosenedSchema } from './nullable.ts';
import { pythonTypeName } from './python-text.ts';
import { compileSchema } from './schema.ts';
import type { SchemaError } from './schema-types.ts';
import { joinAlternatives, nearest } from './suggest.ts';
import { type DataDictionary, isSchemaObject, type NodeKind, own } from './types.ts';

/** The classes of entity errors on the wire of the submission API. */
export type EntityErrorType =
  | 'INVALID_VALUE'
  | 'MISSING_PROPERTY'
  | 'INVALID_LINK'
  | 'INVALID_TYPE'
  | 'INVALID_PROPERTY'
  | 'INVALID_PERMISSIONS'
  | 'NOT_UNIQUE'
  | 'NOT_FOUND'
  | 'ERROR';

/** A finding about one entity; `message`, `keys` and `type` go to the wire as they are. */
export interface EntityFinding extends Finding {
  keys: readonly string[];
  type: EntityErrorType;
}

export type NodeValidator = (document: AttributeValue) => EntityFinding[];

const codes: Readonly<Record<string, string>> = {
  required: 'required-missing',
  additionalProperties: 'property-unknown',
  enum: 'value-not-allowed',
  type: 'value-type',
  pattern: 'value-pattern',
  format: 'value-format',
};

function errorType(error: SchemaError, keys: readonly string[], linkNames: ReadonlySet<string>): EntityErrorType {
  const all = [error, ...(error.context ?? [])];
  if (all.some((part) => part.keyword === 'type')) return 'INVALID_VALUE';
  if (all.some((part) => part.keyword === 'required')) return 'MISSING_PROPERTY';
  return keys[0] !== undefined && linkNames.has(keys[0]) ? 'INVALID_LINK' : 'ERROR';
}

/** Nearest spellings are sought among so many names; in longer vocabularies only another case is recognised. */
const searchable = 200;

/** What the sender may have meant by a name or a value that is not known. */
function suggest(error: SchemaError, node: NodeKind): string[] {
  const { keyword, value, allowed = [] } = error;
  if (keyword === 'additionalProperties' && error.path.length === 0 && Array.isArray(value)) {
    return value
      .slice(0, 20)
      .flatMap((name) => (typeof name === 'string' ? nearest(name, node.properties.keys()) : []));
  }
  if (keyword !== 'enum' || typeof value !== 'string') return [];
  const texts = allowed.filter((text) => typeof text === 'string');
  const wanted = value.trim().toLowerCase();
  const sameWords = texts.filter((text) => text.toLowerCase() === wanted);
  return sameWords.length > 0 || texts.length > searchable ? sameWords : nearest(value, texts);
}

function toFinding(error: SchemaError, node: NodeKind, linkNames: ReadonlySet<string>): EntityFinding {
  const keys = error.path.length > 0 ? [error.path.join('.')] : error.missing === undefined ? [] : [error.missing];
  const suggestions = suggest(error, node);
  const reasons = (error.context ?? []).map((part) => part.message).join(' and ');
  return {
    code: codes[error.keyword] ?? `value-${error.keyword.toLowerCase()}`,
    severity: 'error',
    message: reasons === '' ? error.message : `${error.message}: ${reasons}`,
    value: error.missing === undefined ? error.value : undefined,
    ...(error.allowed ? { allowed: error.allowed } : {}),
    ...(keys[0] === undefined ? {} : { location: { attribute: keys[0] } }),
    ...(suggestions.length === 0 ? {} : { suggestions }),
    keys,
    type: errorType(error, keys, linkNames),
  };
}

/**
 * Compiles the check of one node kind's documents against its schema: all errors of a document, none for a good one.
 * What needs other entities (do targets exist, is the key free) is not judged here.
 */
export function compileNode(node: NodeKind): NodeValidator {
  const rule = compileSchema(loosenedSchema(node));
  const linkNames = new Set(node.links.map((link) => link.name));
  return (document) => {
    if (rule.accepts(document)) return [];
    const errors: SchemaError[] = [];
    rule.explain(document, [], errors);
    return errors.map((error) => toFinding(error, node, linkNames));
  };
}

const validators = new WeakMap<NodeKind, NodeValidator>();

/** The validator of a node kind, compiled at its first use: a dictionary has dozens of kinds, a request few. */
export function nodeValidator(node: NodeKind): NodeValidator {
  const known = validators.get(node);
  if (known) return known;
  const made = compileNode(node);
  validators.set(node, made);
  return made;
}

export function entityFinding(
  code: string,
  type: EntityErrorType,
  keys: readonly string[],
  message: string,
  more: Partial<Finding> = {},
): EntityFinding {
  return { code, severity: 'error', message, keys, type, ...more };
}

/** The finding of a type that the dictionary lacks, with the nearest names. */
export function unknownTypeFinding(type: string, dictionary: DataDictionary): EntityFinding {
  const suggestions = nearest(type, dictionary.nodes.keys());
  const hint =
    suggestions.length === 0 ? '' : ` Did you mean ${joinAlternatives(suggestions.map((name) => `'${name}'`))}?`;
  const shown = type.length > 200 ? `${type.slice(0, 200)}…` : type;
  return entityFinding('type-unknown', 'INVALID_TYPE', ['type'], `Invalid entity type: ${shown}.${hint}`, {
    value: type,
    suggestions,
  });
}

const uuid = /^[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}$/i;

/**
 * Judges a document as sent to a project: an object, of a known type that belongs to projects, valid by its schema.
 * `creating` (POST): an id of the sender's own must be a UUID.
 */
export function validateDocument(
  document: AttributeValue,
  dictionary: DataDictionary,
  creating = false,
): EntityFinding[] {
  if (!isSchemaObject(document)) {
    return [
      entityFinding(
        'entity-malformed',
        'INVALID_VALUE',
        [],
        `Entity document must be an object, not a ${pythonTypeName(document)}`,
      ),
    ];
  }
  const type = own(document, 'type') ?? null;
  if (type === null)
    return [entityFinding('required-missing', 'MISSING_PROPERTY', ['type'], "'type' is a required property")];
  const node = typeof type === 'string' ? dictionary.nodes.get(type) : undefined;
  if (!node) return [unknownTypeFinding(typeof type === 'string' ? type : JSON.stringify(type), dictionary)];
  if (!node.inProject) {
    return [
      entityFinding(
        'type-not-in-project',
        'INVALID_TYPE',
        ['id'],
        `${node.type} is not an entity that can be upload via the project endpoint.`,
      ),
    ];
  }
  const id = own(document, 'id') ?? null;
  const custom = creating && id !== null && !(typeof id === 'string' && uuid.test(id));
  const first = custom
    ? [
        entityFinding(
          'id-not-uuid',
          'INVALID_VALUE',
          ['id'],
          'Cannot create entity with custom id that is not a UUID.',
          { value: id },
        ),
      ]
    : [];
  return [...first, ...withoutDefaulted(nodeValidator(node)(document), node)];
}

/** GDC requires `state` of some kinds of files; the server itself fills it in. */
function withoutDefaulted(findings: EntityFinding[], node: NodeKind): EntityFinding[] {
  if (findings.length === 0) return findings;
  const defaults = systemDefaults(node);
  return findings.filter(({ code, keys }) => code !== 'required-missing' || !Object.hasOwn(defaults, keys[0] ?? ''));
}

const neverDefaulted = new Set(['id', 'type', 'created_datetime', 'updated_datetime', 'project_id']);

/** The values that the server fills in on creation: defaults of the system properties, e.g. `state: validated`. */
export function systemDefaults(node: NodeKind): Record<string, AttributeValue> {
  const defaults: [string, AttributeValue][] = [];
  for (const name of node.systemProperties) {
    const value = own(node.properties.get(name)?.schema ?? {}, 'default');
    if (value !== undefined && !neverDefaulted.has(name)) defaults.push([name, value]);
  }
  return Object.fromEntries(defaults);
}
