import type { GraphValue, NodeCondition } from '@linnaea/catalog';
import { FieldError } from '../graphql/conditions.ts';
import type { GraphType } from '../graphql/graph-model.ts';

type Json = Readonly<Record<string, unknown>>;

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

/**
 * The conditions of a filter of the explorer: `{AND: […]}`, `{OR: […]}` or `{operator: {field: value}}`.
 * `except`: a field whose own conditions are left out.
 */
export function filterConditions(type: GraphType, filter: unknown, except?: string): NodeCondition[] {
  if (filter === null || filter === undefined) return [];
  if (!isObject(filter)) throw new FieldError('A filter is an object');
  return Object.entries(filter).flatMap(([operator, operand]) => {
    const name = operator.toLowerCase();
    if (name === 'and') return parts(type, operand, except).flat();
    if (name === 'or') return disjunction(parts(type, operand, except), operand);
    if (name === 'search') return [search(operand)];
    if (!isObject(operand)) throw new FieldError(`The filter ${operator} needs a field and a value`);
    return Object.entries(operand)
      .filter(([field]) => field !== except)
      .map(([field, value]) => condition(type, name, field, value));
  });
}

function parts(type: GraphType, operand: unknown, except: string | undefined): NodeCondition[][] {
  if (!Array.isArray(operand)) throw new FieldError('AND and OR need a list of filters');
  return operand.map((part) => filterConditions(type, part, except));
}

/** A part that asks nothing leaves nothing out. */
function disjunction(found: readonly NodeCondition[][], operand: unknown): NodeCondition[] {
  if (Array.isArray(operand) && operand.length === 0) return [];
  if (found.some((terms) => terms.length === 0)) return [];
  return [{ kind: 'any', terms: found.map((terms) => ({ kind: 'all', terms })) }];
}

function condition(type: GraphType, operator: string, field: string, value: unknown): NodeCondition {
  const comparison = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined;
  if (comparison) {
    if (typeof value !== 'number' && typeof value !== 'string')
      throw new FieldError(`${field}: a number or text is needed`);
    return { kind: 'range', name: field, operator: comparison, value };
  }
  const values = (Array.isArray(value) ? value : [value]).map(asValue);
  if (anyOf.has(operator)) return oneOf(type, field, values);
  if (noneOf.has(operator)) return { kind: 'not', term: oneOf(type, field, values) };
  if (operator === 'contains_all') return allOf(type, field, values);
  if (operator === 'exclude_all') return { kind: 'not', term: allOf(type, field, values) };
  throw new FieldError(`Unknown filter operator ${operator}`);
}

function oneOf(type: GraphType, field: string, values: readonly GraphValue[]): NodeCondition {
  const special = ownColumn(type, field, values);
  if (special) return special;
  const property = type.properties.get(field);
  if (!property && field !== 'submitter_id') throw new FieldError(`Unknown field ${field} of ${type.name}`);
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
  return undefined;
}

function projectOfPath(path: string): string {
  return /^\/programs\/([^/]+)\/projects\/(.+)$/.exec(path)?.slice(1).join('-') ?? '';
}

function search(operand: unknown): NodeCondition {
  const keyword = isObject(operand) ? operand.keyword : undefined;
  const fields = isObject(operand) ? operand.fields : undefined;
  if (typeof keyword !== 'string') throw new FieldError('A search needs a keyword');
  const names = Array.isArray(fields) ? fields.map(String) : typeof fields === 'string' ? [fields] : ['submitter_id'];
  return { kind: 'any', terms: names.map((name) => ({ kind: 'contains', name, text: keyword })) };
}

function asValue(value: unknown): GraphValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
