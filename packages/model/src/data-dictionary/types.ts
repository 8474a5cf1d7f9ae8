import type { AttributeValue } from '../kind.ts';

/** A JSON object of a dictionary file: a schema, a definition, a block of terms. */
export type SchemaObject = { [key: string]: AttributeValue };

/** What the values of a property are, after `$ref`, `null` branches and one-branch unions are taken away. */
export type PropertyKind =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'array'
  | 'object'
  | 'enum'
  | 'date' // text with a date or date-time format
  | 'link';

export interface NodeProperty {
  name: string;
  /** Resolved schema as served by `_dictionary`: not yet loosened to accept null. */
  schema: SchemaObject;
  /** The kind to show and to index by; `string` when the branches of a union disagree. */
  kind: PropertyKind;
  /** Every kind that some branch of the schema accepts, in the schema's order. */
  accepts: readonly PropertyKind[];
  /** Kinds of the items of an array; empty when the schema does not say. */
  itemAccepts: readonly PropertyKind[];
  /** The allowed values over all branches; empty when free. */
  allowed: readonly AttributeValue[];
  description: string | null;
  required: boolean;
  /** Named in `systemProperties`: set by the server. */
  system: boolean;
}

export const multiplicities = ['many_to_one', 'one_to_one', 'one_to_many', 'many_to_many'] as const;
export type Multiplicity = (typeof multiplicities)[number];

/** A link from a child (the node kind that declares it) to a parent. */
export interface NodeLink {
  name: string;
  targetType: string;
  /** Name under which the parent sees its children. */
  backref: string;
  label: string;
  multiplicity: Multiplicity;
  required: boolean;
}

/** Alternatives: at least one when `required`, at most one when `exclusive`. */
export interface LinkGroup {
  exclusive: boolean;
  required: boolean;
  members: readonly LinkMember[];
}

export type LinkMember = { kind: 'link'; link: NodeLink } | { kind: 'group'; group: LinkGroup };

/** One node kind ("entity type") of a data dictionary. */
export interface NodeKind {
  type: string;
  title: string;
  category: string;
  namespace: string;
  description: string;
  submittable: boolean;
  /** Has `project_id`: entities belong to a project and may be sent to a project's address. */
  inProject: boolean;
  required: readonly string[];
  uniqueKeys: readonly (readonly string[])[];
  /** The property by which people name an entity: `submitter_id`, `code` of a project, `name` of a program. */
  keyProperty: string;
  systemProperties: readonly string[];
  properties: ReadonlyMap<string, NodeProperty>;
  /** All links, whatever group they are in. */
  links: readonly NodeLink[];
  /** The links as declared, with their groups. */
  linkTree: readonly LinkMember[];
  additionalProperties: boolean;
  /** The whole resolved schema of the node. */
  schema: SchemaObject;
}

export interface DataDictionary {
  /** SHA-256 of the content (hex): equal dictionaries have equal versions, whatever form they came in. */
  version: string;
  nodes: ReadonlyMap<string, NodeKind>;
  settings: SchemaObject;
  definitions: SchemaObject;
  terms: SchemaObject;
  /** What `_dictionary/_all` answers: type (or `_definitions`, `_terms`, `_settings`) -> resolved schema. Never changed; parts are shared. */
  resolved: Readonly<Record<string, SchemaObject>>;
}

export function isSchemaObject(value: AttributeValue | undefined): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own member of a JSON object, never one of its prototype: `constructor` is a legal property name. */
export function own(object: SchemaObject, key: string): AttributeValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function ownText(object: SchemaObject, key: string): string {
  const value = own(object, key);
  return typeof value === 'string' ? value : '';
}
