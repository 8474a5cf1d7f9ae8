import {
  type FieldNode,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
} from 'graphql';
import { collectFields, type Document, selectionsOf } from './collect.ts';
import type { ShownAs } from './graph-model.ts';

/** A stored value in the form that the schema promises; null where it has no such form. */
export function shown(value: unknown, as: ShownAs): unknown {
  if (value === null || value === undefined) return null;
  switch (as) {
    case 'text':
      return textOf(value);
    case 'number':
      return numberOf(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'texts':
      return Array.isArray(value) ? value.map((item) => (item === null ? null : textOf(item))) : [textOf(value)];
  }
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Picks from a JSON object what the document asks for, as the type shows it. */
export function pick(
  document: Document,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  object: unknown,
): unknown {
  const result: Record<string, unknown> = {};
  for (const [key, fields] of collectFields(document, selectionsOf(nodes), (name) => name === type.name)) {
    const name = fields[0]?.name.value ?? '';
    if (name === '__typename') {
      result[key] = type.name;
      continue;
    }
    const field = type.getFields()[name];
    const value: unknown =
      typeof object === 'object' && object !== null && Object.hasOwn(object, name) ? Reflect.get(object, name) : null;
    result[key] = field ? complete(document, field.type, fields, value) : null;
  }
  return result;
}

function complete(document: Document, type: GraphQLOutputType, nodes: readonly FieldNode[], value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (type instanceof GraphQLList) {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item) => complete(document, type.ofType, nodes, item));
  }
  const named = getNamedType(type);
  if (named instanceof GraphQLObjectType) return pick(document, named, nodes, value);
  if (named === GraphQLInt || named === GraphQLFloat) return numberOf(value);
  if (named === GraphQLBoolean) return shown(value, 'boolean');
  return textOf(value);
}
