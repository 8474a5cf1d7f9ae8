import type { GraphValue, NodeCondition } from '@linnaea/catalog';
import { FieldError, timeOf } from '../graphql/conditions.ts';
import type { GraphType } from '../graphql/graph-model.ts';
import { limits } from '../graphql/limits.ts';
import { type Place, pathOf, stepsFrom } from './nested.ts';

type Json = Readonly<Record<string, unknown>>;

/** A field that a type does not have. */
export class UnknownField extends FieldError {}

const comparisons: Readonly<Record<string, '<' | '<=' | '>' | '>='>> = {
  '<': '<',
  lt: '<',
  '<=': '<=',
  lte: '<=',
  '>': '>',
  gt: '>',
  '>=': '>=',
  gte: '>=',
};
const anyOf = new Set(['=', 'eq', 'in', 'contains_any', 'is']);
const noneOf = new Set(['!=', 'ne', 'not', 'exclude', 'exclude_any']);
const times = { created_datetime: 'created_at', updated_datetime: 'updated_at' } as const;

/**
 * The conditions of a filter of the explorer: `{AND: […]}`, `{OR: […]}`, `{operator: {field: value}}` or
 * `{nested: {path, …}}`. `except`: a field, with the path to it, whose own conditions are left out.
 */
export function filterConditions(place: Place, filter: unknown, except?: string, depth = 0): NodeCondition[] {
  if (filter === null || filter === undefined) return [];
  if (!isObject(filter)) throw new FieldError('A filter is an object');
  if (depth > limits.depth) throw new FieldError(`The filter is nested deeper than ${limits.depth} filters`);
  const found = Object.entries(filter).flatMap(([operator, operand]) => {
    const name = operator.toLowerCase();
    if (name === 'and') return parts(place, operand, except, depth).flat();
    if (name === 'or') return disjunction(parts(place, operand, except, depth), operand);
    if (name === 'search') return [search(place.type, operand)];
    if (!isObject(operand)) throw new FieldError(`The filter ${operator} needs a field and a value`);
    if (name === 'nested') return nested(place, operand, except, depth);
    return Object.entries(operand)
      .filter(([field]) => except === undefined || pathOf(place.path, field) !== except)
      .map(([field, value]) => condition(place.type, name, field, value));
  });
  if (sizeOf(found) > mostConditions) throw new FieldError(`The filter has more than ${mostConditions} conditions`);
  return found;
}

// a name that leads to many types, along a path of many names, multiplies
const mostConditions = 2_000;

function sizeOf(conditions: readonly NodeCondition[]): number {
  return conditions.reduce((size, term) => {
    if (term.kind === 'all' || term.kind === 'any') return size + 1 + sizeOf(term.terms);
    if (term.kind === 'not') return size + sizeOf([term.term]);
    return size + 1 + (term.kind === 'linked' ? sizeOf(term.where ?? []) : 0);
  }, 0);
}

function parts(place: Place, operand: unknown, except: string | undefined, depth: number): NodeCondition[][] {
  if (!Array.isArray(operand)) throw new FieldError('AND and OR need a list of filters');
  return operand.map((part) => filterConditions(place, part, except, depth + 1));
}

/** A part that asks nothing leaves nothing out. */
function disjunction(found: readonly NodeCondition[][], operand: unknown): NodeCondition[] {
  if (Array.isArray(operand) && operand.length === 0) return [];
  if (found.some((terms) => terms.length === 0)) return [];
  return [{ kind: 'any', terms: found.map((terms) => ({ kind: 'all', terms })) }];
}

/** One record at the end of the path must meet all of the conditions. */
function nested(place: Place, operand: Json, except: string | undefined, depth: number): NodeCondition[] {
  const { path, ...filter } = operand;
  if (typeof path !== 'string' || path === '') throw new FieldError('A nested filter needs a path');
  if (Object.keys(filter).length === 0) throw new FieldError(`The nested filter of ${path} needs a condition`);
  // within another nested filter a path is told from the queried type on, or from where the other stands
  const below = place.path !== '' && path.startsWith(`${place.path}.`) ? path.slice(place.path.length + 1) : path;
  const names = below.split('.');
  if (names.length > limits.depth) throw new FieldError(`The path is longer than ${limits.depth} names`);
  return along(place, names, (end) => filterConditions(end, filter, except, depth + 1));
}

function along(place: Place, names: readonly string[], conditions: (end: Place) => NodeCondition[]): NodeCondition[] {
  const [name, ...others] = names;
  if (name === undefined) return conditions(place);
  const faults: UnknownField[] = [];
  const terms = stepsFrom(place, name).flatMap(({ edge, place: next }): NodeCondition[] => {
    try {
      const where = along(next, others, conditions);
      return [{ kind: 'linked', edges: [edge], where }];
    } catch (error) {
      // a name may lead to records of several types: those without the field have no such value
      if (!(error instanceof UnknownField)) throw error;
      faults.push(error);
      return [];
    }
  });
  if (sizeOf(terms) > mostConditions) throw new FieldError(`The path "${name}" has too many ways`);
  if (terms.length === 0) throw faults[0] ?? new FieldError(`There is no path "${name}" from ${place.type.name}`);
  // without conditions of its own, the filter asks nothing
  const asks = terms.some((term) => term.kind === 'linked' && (term.where?.length ?? 0) > 0);
  return asks ? [{ kind: 'any', terms }] : [];
}

function condition(type: GraphType, operator: string, field: string, value: unknown): NodeCondition {
  const comparison = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined;
  if (comparison) return range(type, field, comparison, value);
  const values = (Array.isArray(value) ? value : [value]).map(asValue);
  if (anyOf.has(operator)) return oneOf(type, field, values);
  if (noneOf.has(operator)) return { kind: 'not', term: oneOf(type, field, values) };
  if (operator === 'contains_all') return allOf(type, field, values);
  if (operator === 'exclude_all') return { kind: 'not', term: allOf(type, field, values) };
  throw new FieldError(`Unknown filter operator ${operator}`);
}

function range(type: GraphType, field: string, operator: '<' | '<=' | '>' | '>=', value: unknown): NodeCondition {
  if (typeof value !== 'number' && typeof value !== 'string')
    throw new FieldError(`${field}: a number or text is needed`);
  if (field === 'created_datetime' || field === 'updated_datetime') {
    return { kind: 'time', column: times[field], operator, at: timeOf(value) };
  }
  checkProperty(type, field);
  return { kind: 'range', name: field, operator, value };
}

function checkProperty(type: GraphType, field: string): void {
  if (type.properties.has(field) || field === 'submitter_id') return;
  throw new UnknownField(`Unknown field ${field} of ${type.name}`);
}

function oneOf(type: GraphType, field: string, values: readonly GraphValue[]): NodeCondition {
  const special = ownColumn(type, field, values);
  if (special) return special;
  checkProperty(type, field);
  const property = type.properties.get(field);
  if (property?.as === 'texts') {
    return { kind: 'any', terms: values.map((value) => ({ kind: 'items', name: field, values: [value] })) };
  }
  return {
    kind: 'property',
    name: field,
    values,
    compare: property?.as === 'text' && property.mixed ? 'text' : 'value',
  };
}

function allOf(type: GraphType, field: string, values: readonly GraphValue[]): NodeCondition {
  if (type.properties.get(field)?.as === 'texts') return { kind: 'items', name: field, values };
  return { kind: 'all', terms: values.map((value) => oneOf(type, field, [value])) };
}

function ownColumn(type: GraphType, field: string, values: readonly GraphValue[]): NodeCondition | undefined {
  const texts = values.map(String);
  if (field === 'id' || field === 'node_id') return { kind: 'ids', ids: texts };
  if (field === 'project_id') return { kind: 'projects', names: texts };
  if (field === 'auth_resource_path') return { kind: 'projects', names: texts.map(projectOfPath) };
  if (field === 'type') return { kind: texts.includes(type.kind) ? 'all' : 'any', terms: [] };
  if (field === 'created_datetime' || field === 'updated_datetime') {
    return { kind: 'times', column: times[field], texts };
  }
  return undefined;
}

function projectOfPath(path: string): string {
  return /^\/programs\/([^/]+)\/projects\/(.+)$/.exec(path)?.slice(1).join('-') ?? '';
}

/** A keyword in any of the fields; in every text of the record when none are named. */
function search(type: GraphType, operand: unknown): NodeCondition {
  const { keyword, fields } = isObject(operand) ? operand : {};
  if (typeof keyword !== 'string') throw new FieldError('A search needs a keyword');
  const names = Array.isArray(fields) ? fields.map(String) : typeof fields === 'string' ? [fields] : textsOf(type);
  for (const name of names) checkProperty(type, name);
  return { kind: 'any', terms: names.map((name) => ({ kind: 'contains', name, text: keyword })) };
}

function textsOf(type: GraphType): string[] {
  const texts = [...type.properties.values()].filter(({ as }) => as === 'text' || as === 'texts');
  return [...new Set(['submitter_id', ...texts.map(({ name }) => name)])];
}

function asValue(value: unknown): GraphValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
