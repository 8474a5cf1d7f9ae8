import type { AttributeValue } from '../kind.ts';
import { isSchemaObject, type NodeProperty, own, ownText, type PropertyKind, type SchemaObject } from './types.ts';

interface Shape {
  accepts: PropertyKind[];
  items: PropertyKind[];
  allowed: AttributeValue[];
}

const plainKinds: Readonly<Record<string, PropertyKind>> = {
  string: 'string',
  number: 'number',
  integer: 'integer',
  boolean: 'boolean',
  array: 'array',
  object: 'object',
};

const add = <Item>(list: Item[], item: Item) => {
  if (!list.includes(item)) list.push(item);
};

/** Walks the branches of a property's schema and collects what they accept; `null` is no kind. */
function readShape(schema: AttributeValue | undefined, shape: Shape, depth: number): void {
  if (!isSchemaObject(schema) || depth > 8) return;
  const allowed = own(schema, 'enum');
  if (Array.isArray(allowed)) {
    // GDC's largest vocabularies have thousands of values: append, no search for repeats.
    for (const value of allowed) if (value !== null) shape.allowed.push(value);
    if (shape.allowed.length > 0) add(shape.accepts, enumKind(allowed));
  } else {
    const type = own(schema, 'type');
    for (const name of Array.isArray(type) ? type : [type]) {
      const kind = typeof name === 'string' ? plainKinds[name] : undefined;
      if (kind)
        add(shape.accepts, kind === 'string' && /^date(-time)?$/.test(ownText(schema, 'format')) ? 'date' : kind);
    }
    const items = own(schema, 'items');
    if (items !== undefined) readItems(items, shape, depth);
  }
  for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
    const branches = own(schema, keyword);
    if (Array.isArray(branches)) for (const branch of branches) readShape(branch, shape, depth + 1);
  }
}

function enumKind(allowed: readonly AttributeValue[]): PropertyKind {
  const values = allowed.filter((value) => value !== null);
  if (values.every((value) => typeof value === 'boolean')) return 'boolean';
  if (values.every((value) => typeof value === 'number')) return values.every(Number.isInteger) ? 'integer' : 'number';
  return 'enum';
}

function readItems(items: AttributeValue, shape: Shape, depth: number): void {
  const inner: Shape = { accepts: [], items: [], allowed: [] };
  for (const schema of Array.isArray(items) ? items : [items]) readShape(schema, inner, depth + 1);
  for (const kind of inner.accepts) add(shape.items, kind);
}

function singleKind(accepts: readonly PropertyKind[]): PropertyKind {
  const [first] = accepts;
  if (!first) return 'string';
  if (accepts.length === 1) return first;
  if (accepts.every((kind) => kind === 'number' || kind === 'integer')) return 'number';
  return 'string';
}

function describe(schema: SchemaObject): string | null {
  const text = ownText(schema, 'description');
  if (text !== '') return text.trim();
  const term = own(schema, 'term');
  const fromTerm = isSchemaObject(term) ? ownText(term, 'description') : '';
  return fromTerm === '' ? null : fromTerm.trim();
}

export interface PropertyContext {
  required: ReadonlySet<string>;
  system: ReadonlySet<string>;
  linkNames: ReadonlySet<string>;
}

/** One property of a node kind, from its resolved schema. */
export function readProperty(name: string, schema: SchemaObject, context: PropertyContext): NodeProperty {
  const shape: Shape = { accepts: [], items: [], allowed: [] };
  const isLink = context.linkNames.has(name);
  if (!isLink) readShape(schema, shape, 0);
  return {
    name,
    schema,
    kind: isLink ? 'link' : singleKind(shape.accepts),
    accepts: isLink ? ['link'] : shape.accepts,
    itemAccepts: shape.items,
    allowed: shape.allowed,
    description: describe(schema),
    required: context.required.has(name),
    system: context.system.has(name),
  };
}
