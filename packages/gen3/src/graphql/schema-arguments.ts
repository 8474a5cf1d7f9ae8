import {
  type GraphQLArgumentConfig,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from 'graphql';
import type { Asked } from './conditions.ts';
import type { GraphModel, GraphProperty, GraphType } from './graph-model.ts';

export type Args = Record<string, GraphQLArgumentConfig>;

const string = { type: GraphQLString };
const strings = { type: new GraphQLList(GraphQLString) };
const int = { type: GraphQLInt };

export const shownTypes = {
  text: GraphQLString,
  number: GraphQLFloat,
  boolean: GraphQLBoolean,
  texts: new GraphQLList(GraphQLString),
} as const;

const argumentTypes = {
  text: new GraphQLList(GraphQLString),
  number: new GraphQLList(GraphQLFloat),
  boolean: new GraphQLList(GraphQLBoolean),
  texts: new GraphQLList(GraphQLString),
} as const;

const paging: Args = {
  first: { type: GraphQLInt, description: 'At most so many; 10 when absent, all when zero or less.' },
  offset: int,
  after: { type: GraphQLString, description: 'The `_cursor` of the last one of the page before.' },
};

const timesAndOrder: Args = {
  created_before: string,
  created_after: string,
  updated_before: string,
  updated_after: string,
  order_by_asc: string,
  order_by_desc: string,
};

/** Arguments of records of the other model, which have no declared properties. */
export const recordArguments: Args = {
  accession: strings,
  filter: { type: GraphQLString, description: 'A filter over the metadata.' },
  ...paging,
  ...timesAndOrder,
};

/** Arguments of lists and counts of nodes. */
export function nodeArguments(asked: Asked, pathInput: GraphQLInputObjectType): Args {
  const paths = { type: new GraphQLList(pathInput) };
  const args: Args = {
    id: string,
    submitter_id: strings,
    ids: strings,
    quick_search: string,
    ...paging,
    ...timesAndOrder,
    with_links: strings,
    with_links_any: strings,
    without_links: strings,
    with_path_to: paths,
    with_path_to_any: paths,
    without_path_to: paths,
  };
  for (const [name, property] of asked.properties) {
    if (name !== 'type') args[name] ??= { type: argumentTypes[property.as] };
  }
  args.project_id = strings;
  const not = notInput(asked);
  if (not) args.not = { type: new GraphQLList(not) };
  return args;
}

/** Which of several types. */
export const typeArguments: Args = { of_type: strings, category: strings };
export const dataTypeArguments: Args = { of_type: strings, type: strings };

export function nodeTypeArguments(keys: readonly string[]): Args {
  const args: Args = Object.fromEntries(keys.map((key) => [key, string]));
  return { ...args, first: int, order_by_asc: string, order_by_desc: string };
}

/** The properties of several types; the first type that has one decides what it is. */
export function mergedProperties(types: readonly GraphType[]): Map<string, GraphProperty> {
  const all = new Map<string, GraphProperty>();
  for (const type of types) {
    for (const [name, property] of type.properties) if (!all.has(name)) all.set(name, property);
  }
  return all;
}

export function makePathInput(model: GraphModel): GraphQLInputObjectType {
  const fields: Args = {
    id: string,
    type: { type: new GraphQLNonNull(GraphQLString) },
    submitter_id: string,
    project_id: string,
  };
  for (const [name, property] of mergedProperties([...model.nodes.values()])) {
    fields[name] ??= { type: shownTypes[property.as] };
  }
  return new GraphQLInputObjectType({ name: 'WithPathToInput', fields });
}

function notInput(asked: Asked): GraphQLInputObjectType | undefined {
  const fields: Args = Object.fromEntries(
    [...asked.properties].map(([name, property]) => [name, { type: argumentTypes[property.as] }]),
  );
  if (asked.properties.size === 0) return undefined;
  return new GraphQLInputObjectType({ name: `NotPropertiesInput_${asked.name}`, fields });
}
