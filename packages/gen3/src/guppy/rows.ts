import type { GraphOrder, GraphRow, NodeField, NodeQuery } from '@linnaea/catalog';
import { rowFields } from '@linnaea/catalog';
import { FieldError } from '../graphql/conditions.ts';
import type { GraphType } from '../graphql/graph-model.ts';
import { shown } from '../graphql/values.ts';
import { filterConditions, isObject } from './filter.ts';
import type { Place } from './nested.ts';

/** What a flat list of one type asks for. */
export interface FlatRequest {
  fields: readonly NodeField[];
  filter: unknown;
  sort: unknown;
  first: number | null;
  offset: number;
}

export function flatQuery(place: Place, request: FlatRequest): NodeQuery {
  return {
    model: 'gen3',
    kinds: [place.type.kind],
    where: filterConditions(place, request.filter),
    order: sortOrder(place.type, request.sort),
    first: request.first,
    offset: request.offset,
    after: null,
    fields: request.fields,
  };
}

const columns = ['id', 'type', 'project_id', 'created_datetime', 'updated_datetime', 'auth_resource_path'] as const;

/** Names of the fields of a type, as `_mapping` lists them. */
export function fieldNames(type: GraphType): string[] {
  const [id, ...others] = columns;
  return [...new Set([id, 'submitter_id', ...others, ...type.properties.keys()])];
}

export function fieldOf(type: GraphType, name: string): NodeField {
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

/** A stored value in the form of the field. */
export function flatValue(type: GraphType, name: string, value: unknown): unknown {
  if (name === 'auth_resource_path') return resourcePath(value);
  const property = type.properties.get(name);
  return property && fieldOf(type, name).kind === 'property' ? shown(value, property.as) : (value ?? null);
}

/** The values of a row in the order of the fields. */
export function flatValues(type: GraphType, fields: readonly string[], row: GraphRow): unknown[] {
  const values = rowFields(row);
  return fields.map((name, place) => flatValue(type, name, values[place]));
}

/** Where access to a project is asked for; null without a project. */
export function resourcePath(projectId: unknown): string | null {
  if (typeof projectId !== 'string') return null;
  const dash = projectId.indexOf('-');
  return `/programs/${projectId.slice(0, dash)}/projects/${projectId.slice(dash + 1)}`;
}

/** `[{field: "asc"}]`, or one such object. */
function sortOrder(type: GraphType, sort: unknown): GraphOrder[] {
  const keys = Array.isArray(sort) ? sort : sort === undefined || sort === null ? [] : [sort];
  return keys.flatMap((key) => {
    if (!isObject(key)) throw new FieldError('A sort key is an object of a field and "asc" or "desc"');
    return Object.entries(key).flatMap(([name, direction]) => {
      if (direction !== 'asc' && direction !== 'desc') throw new FieldError(`${name}: the order is "asc" or "desc"`);
      const field = fieldOf(type, name);
      const by = field.kind === 'column' ? field.column : name;
      // all rows are of one kind
      return by === 'kind' ? [] : [{ by, descending: direction === 'desc' }];
    });
  });
}
