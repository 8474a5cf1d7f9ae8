import type { GraphOrder, GraphValue, NodeCondition } from '@linnaea/catalog';
import { parseMetadataFilter } from '@linnaea/query';
import { type GraphModel, type GraphProperty, type GraphType, kindsBetween, kindsWithEdge } from './graph-model.ts';

/** A fault of one field: the field answers null, the rest of the request goes on. */
export class FieldError extends Error {}

type Arguments = Readonly<Record<string, unknown>>;

/** What a list or count of nodes may be asked about: one type, or several that share properties. */
export interface Asked {
  /** Named in messages. */
  name: string;
  types: readonly GraphType[];
  properties: ReadonlyMap<string, GraphProperty>;
}

const times = {
  created_before: { column: 'created_at', operator: '<=' },
  created_after: { column: 'created_at', operator: '>=' },
  updated_before: { column: 'updated_at', operator: '<=' },
  updated_after: { column: 'updated_at', operator: '>=' },
} as const;

/** The conditions that the arguments of a field put on its records. */
export function conditionsOf(model: GraphModel, asked: Asked, args: Arguments): NodeCondition[] {
  const conditions: NodeCondition[] = [];
  for (const [name, value] of Object.entries(args)) {
    if (value === null || value === undefined) continue;
    conditions.push(...conditionOf(model, asked, name, value));
  }
  return conditions;
}

function conditionOf(model: GraphModel, asked: Asked, name: string, value: unknown): NodeCondition[] {
  switch (name) {
    case 'first':
    case 'offset':
    case 'after':
    case 'order_by_asc':
    case 'order_by_desc':
    case 'of_type':
    case 'category':
    case 'type':
      return [];
    case 'ids':
      return [{ kind: 'ids', ids: texts(value) }];
    case 'accession':
      return [{ kind: 'accessions', accessions: texts(value) }];
    case 'quick_search':
      return [{ kind: 'quick-search', text: String(value) }];
    case 'filter':
      return [{ kind: 'metadata', filter: parseMetadataFilter(String(value)) }];
    case 'created_before':
    case 'created_after':
    case 'updated_before':
    case 'updated_after':
      return [{ kind: 'time', ...times[name], at: timeOf(value) }];
    case 'with_links':
      return texts(value).map((link) => linked(asked, link));
    case 'with_links_any':
      return [{ kind: 'any', terms: texts(value).map((link) => linked(asked, link)) }];
    case 'without_links':
      return texts(value).map((link) => ({ kind: 'not', term: linked(asked, link) }));
    case 'with_path_to':
      return objects(value).map((target) => pathTo(model, asked, target));
    case 'with_path_to_any':
      return [{ kind: 'any', terms: objects(value).map((target) => pathTo(model, asked, target)) }];
    case 'without_path_to':
      return objects(value).map((target) => ({ kind: 'not', term: pathTo(model, asked, target) }));
    case 'not':
      return objects(value).flatMap((properties) => otherThan(asked, properties));
    default:
      return [propertyIs(asked.properties, name, list(value))];
  }
}

function linked(asked: Asked, name: string): NodeCondition {
  const edges = asked.types.flatMap((type) => type.edges.get(name) ?? []);
  if (edges.length === 0) throw new FieldError(`Invalid link name '${name}'`);
  return { kind: 'linked', edges };
}

function pathTo(model: GraphModel, asked: Asked, { type, ...wanted }: Arguments): NodeCondition {
  const target = model.nodes.get(String(type));
  if (!target) return { kind: 'any', terms: [] };
  const where = Object.entries(wanted)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => propertyIs(target.properties, name, list(value)));
  const up = new Set(asked.types.flatMap((from) => kindsBetween(model, from.kind, target.kind)));
  const down = new Set(asked.types.flatMap((from) => kindsBetween(model, target.kind, from.kind)));
  return {
    kind: 'path',
    target: target.kind,
    where,
    up: { through: [...up], onward: kindsWithEdge(model, up, 'down') },
    down: { through: [...down], onward: kindsWithEdge(model, down, 'up') },
  };
}

/** Any of the values; a list must have all of them. What a type does not have, none of its nodes has. */
function propertyIs(
  properties: ReadonlyMap<string, GraphProperty>,
  name: string,
  values: readonly unknown[],
): NodeCondition {
  if (name === 'id') return { kind: 'ids', ids: texts(values) };
  if (name === 'project_id') return { kind: 'projects', names: texts(values) };
  if (name === 'created_datetime') return { kind: 'times', column: 'created_at', texts: texts(values) };
  if (name === 'updated_datetime') return { kind: 'times', column: 'updated_at', texts: texts(values) };
  const property = properties.get(name);
  if (!property && name !== 'submitter_id') return { kind: 'any', terms: [] };
  if (property?.as === 'texts') return { kind: 'items', name, values: items(property, values) };
  const compare = property?.as === 'text' && property.mixed ? 'text' : 'value';
  return { kind: 'property', name, values: values.map(asValue), compare };
}

function items(property: GraphProperty, values: readonly unknown[]): GraphValue[] {
  return values.map((value) => {
    const number = Number(value);
    return property.numericItems && typeof value === 'string' && value.trim() !== '' && Number.isFinite(number)
      ? number
      : asValue(value);
  });
}

function otherThan(asked: Asked, properties: Arguments): NodeCondition[] {
  return Object.entries(properties)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]): NodeCondition => {
      if (
        ['id', 'project_id', 'created_datetime', 'updated_datetime'].includes(name) ||
        asked.properties.get(name)?.as === 'texts'
      ) {
        return { kind: 'not', term: propertyIs(asked.properties, name, list(value)) };
      }
      return { kind: 'other-than', name, values: list(value).map(asValue) };
    });
}

/** `order_by_asc` before `order_by_desc`; an unknown name is a fault. */
export function orderOf(asked: Asked, args: Arguments): GraphOrder[] {
  const order: GraphOrder[] = [];
  for (const [name, descending] of [
    ['order_by_asc', false],
    ['order_by_desc', true],
  ] as const) {
    const by = args[name];
    if (typeof by !== 'string' || by === 'type') continue;
    const known =
      asked.properties.has(by) ||
      ['id', 'submitter_id', 'project_id', 'created_datetime', 'updated_datetime'].includes(by);
    const free = asked.types.some((type) => type.model === 'odm');
    if (!known && !free) throw new FieldError(`Cannot order by ${by} on ${asked.name}`);
    order.push({ by, descending });
  }
  return order;
}

/** How many and from where: no `first` is ten, zero and less are all. */
export function pageOf(args: Arguments): { first: number | null; offset: number; after: number | null } {
  const first = typeof args.first === 'number' ? args.first : 10;
  const offset = typeof args.offset === 'number' && args.offset > 0 ? args.offset : 0;
  const after = typeof args.after === 'string' && args.after !== '' ? readCursor(args.after) : null;
  return { first: first > 0 ? first : null, offset, after };
}

/** A cursor names a record by its internal number; clients are not to read it. */
export function cursorOf(record: number): string {
  return Buffer.from(`r${record}`).toString('base64url');
}

function readCursor(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^r\d{1,15}$/.test(text)) throw new FieldError(`Invalid cursor '${cursor}'`);
  return Number(text.slice(1));
}

export function timeOf(value: unknown): string {
  const time = new Date(String(value));
  // beyond these years the database has no times
  const inRange = !Number.isNaN(time.getTime()) && time.getUTCFullYear() >= 0 && time.getUTCFullYear() <= 9999;
  if (!inRange) throw new FieldError(`Unable to parse the date '${String(value)}'`);
  return time.toISOString();
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function texts(value: unknown): string[] {
  return list(value)
    .filter((item) => item !== null)
    .map(String);
}

function objects(value: unknown): Arguments[] {
  return list(value).filter((item): item is Arguments => typeof item === 'object' && item !== null);
}

function asValue(value: unknown): GraphValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
