import { type GraphRow, type NodeField, rowFields } from '@linnaea/catalog';
import type { FieldNode } from 'graphql';
import { FieldError } from '../graphql/conditions.ts';
import { type Place, stepsFrom } from './nested.ts';
import type { FlatPlan } from './plan.ts';
import { fieldNames, fieldOf, flatValue } from './rows.ts';

/** What a list reads of its rows, and how an object is made of a row. */
export interface Selection {
  fields: readonly NodeField[];
  read: (row: GraphRow) => Record<string, unknown>;
}

type ReadValue = (values: readonly unknown[]) => unknown;

/**
 * The fields that are asked of the records of some places, which one name may lead to; what some of their types lack is
 * null for those. Links and back-references hold lists of records.
 */
export function planSelection(
  plan: FlatPlan,
  places: readonly Place[],
  nodes: readonly FieldNode[],
  depth = 1,
): Selection {
  const fields: NodeField[] = [];
  const readers = new Map<string, [string, ReadValue][]>(places.map(({ type }) => [type.kind, []]));
  for (const [key, group] of plan.fields(nodes)) {
    const name = plan.member(key, group);
    const able = places.filter((place) => has(place, name));
    if (able.length === 0) throw new FieldError(`Cannot query field "${name}" on type "${places[0]?.type.name}".`);
    for (const place of places) {
      const read = able.includes(place) ? planField(plan, place, name, group, { places, fields, depth }) : () => null;
      readers.get(place.type.kind)?.push([key, read]);
    }
  }
  return {
    fields,
    read: (row) => {
      const values = rowFields(row);
      return Object.fromEntries((readers.get(row[0]) ?? []).map(([key, read]) => [key, read(values)]));
    },
  };
}

export function rowsOf(value: unknown): GraphRow[] {
  return Array.isArray(value) ? value : [];
}

function has({ type }: Place, name: string): boolean {
  return name === '__typename' || isFlat({ type }, name) || type.edges.has(name);
}

export function isFlat({ type }: Pick<Place, 'type'>, name: string): boolean {
  return name === 'node_id' || fieldNames(type).includes(name);
}

function planField(
  plan: FlatPlan,
  place: Place,
  name: string,
  nodes: readonly FieldNode[],
  { places, fields, depth }: { places: readonly Place[]; fields: NodeField[]; depth: number },
): ReadValue {
  const { type } = place;
  plan.args(nodes, []);
  if (name === '__typename') return () => type.name;
  const on = places.length > 1 ? { on: [type.kind] } : {};
  if (isFlat(place, name)) {
    plan.leaf(nodes);
    const at = fields.push({ ...fieldOf(type, name), ...on }) - 1;
    return (values) => flatValue(type, name, values[at]);
  }
  plan.budget.list(depth + 1);
  const steps = stepsFrom(place, name);
  const inner = planSelection(
    plan,
    steps.map((step) => step.place),
    nodes,
    depth + 1,
  );
  const kinds = steps.map((step) => step.place.type.kind);
  const page = { order: [], first: null, offset: 0, after: null };
  const query = { model: 'gen3' as const, kinds, where: [], ...page, fields: inner.fields };
  const at = fields.push({ kind: 'list', via: steps.map(({ edge }) => edge), query, ...on }) - 1;
  return (values) => rowsOf(values[at]).map(inner.read);
}
