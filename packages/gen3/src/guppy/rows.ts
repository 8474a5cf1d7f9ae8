import type { GraphOrder, GraphRow, NodeField, NodeQuery } from '@linnaea/catalog';
import { rowFields } from '@linnaea/catalog';
import { FieldError } from '../graphql/conditions.ts';
import type { GraphType } from '../graphql/graph-model.ts';
import { shown } from '../graphql/values.ts';
import { filterConditions, isObject } from './filter.ts';

/** What a flat list of one type asks for. */
export interface FlatRequest {
  fields: readonly string[];
  filter: unknown;
  sort: unknown;
  first: number | null;
  offset: number;
}

export function flatQuery(type: GraphType, request: FlatRequest): NodeQuery {
  return {
    model: 'gen3',
    kinds: [type.kind],
    where: filterConditions(type, request.filter),
    order: sortOrder(request.sort),
    first: request.first,
    offset: request.offset,
    after: null,
    fields: request.fields.map((name) => fieldOf(type, name)),
  };
}

/** Names of the fields of a type, as `_mapping` lists them. */
export function fieldNames(type: GraphType): string[] {
  return [
    ...new Set([
      'id',
      'submitter_id',
      'type',
      'project_id',
      'created_datetime',
      'updated_datetime',
      'auth_resource_path',
      ...type.properties.keys(),
    ]),
  ];
}

function fieldOf(type: GraphType, name: string): NodeField {
  switch (name) {
    case 'id':
    case 'node_id':
      return { kind: 'column', column: 'id' };
    case 'type':
      return { kind: 'column', column: 'kind' };
    case 'project_id':
    case 'auth_resource_path':
      return { kind: 'column', column: 'project_id' };
    case 'created_datetime':
    case 'updated_datetime':
      return { kind: 'column', column: name };
  }
  if (!type.properties.has(name) && name !== 'submitter_id') {
    throw new FieldError(`Cannot query field "${name}" on type "${type.name}".`);
  }
  return { kind: 'property', name };
}

/** The values of a row in the order of the fields. */
export function flatValues(type: GraphType, fields: readonly string[], row: GraphRow): unknown[] {
  const values = rowFields(row);
  return fields.map((name, place) => {
    const value = values[place];
    if (name === 'auth_resource_path') return resourcePath(value);
    const property = type.properties.get(name);
    return property && fieldOf(type, name).kind === 'property' ? shown(value, property.as) : (value ?? null);
  });
}

function resourcePath(projectId: unknown): string | null {
  if (typeof projectId !== 'string') return null;
  const dash = projectId.indexOf('-');
  return `/programs/${projectId.slice(0, dash)}/projects/${projectId.slice(dash + 1)}`;
}

/** `[{field: "asc"}]`, or one such object. */
function sortOrder(sort: unknown): GraphOrder[] {
  const keys = Array.isArray(sort) ? sort : sort === undefined || sort === null ? [] : [sort];
  return keys.flatMap((key) => {
    if (!isObject(key)) throw new FieldError('A sort key is an object of a field and "asc" or "desc"');
    return Object.entries(key).map(([by, direction]) => ({ by, descending: direction === 'desc' }));
  });
}
