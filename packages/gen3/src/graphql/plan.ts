import { type GraphRoot, type GraphRow, type NodeField, type NodeQuery, rowFields } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import {
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  getArgumentValues,
  isInterfaceType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { collectFields, type Document, selectionsOf, typeConditions } from './collect.ts';
import { type Asked, conditionsOf, cursorOf, FieldError, orderOf, pageOf } from './conditions.ts';
import type { GraphType } from './graph-model.ts';
import { Budget, TooMuch } from './limits.ts';
import { listNodeTypes } from './node-types.ts';
import type { FieldRole, GraphSchema, NodesRole } from './schema.ts';
import { transactionLogType, transactionObject, transactionQuery } from './transaction-types.ts';
import { pick, shown } from './values.ts';

/** Values of features in runs are read when everything else is there, in one go. */
export interface LateValue {
  run: number;
  features: readonly string[];
  /** Where the value goes. */
  put: (value: unknown) => void;
}

type Answer = Record<string, unknown>;
/** One field of an answer: out of the fields of a row, or of the roots' answers. */
type Slot = { key: string; read: (values: readonly unknown[], kind: string, answer: Answer) => unknown };
type Args = Readonly<Record<string, unknown>>;

/** Turns a document into roots of the graph, and the graph's answers into the document's. */
export class Planner {
  readonly roots: GraphRoot[] = [];
  readonly errors: string[] = [];
  readonly late: LateValue[] = [];
  readonly #graph: GraphSchema;
  readonly #document: Document;
  readonly #budget = new Budget();

  constructor(graph: GraphSchema, document: Document) {
    this.#graph = graph;
    this.#document = document;
  }

  /** Plans an object whose fields are roots. `introspected`: answers of the fields that tell of the schema. */
  planRoot(
    type: GraphQLObjectType,
    selections: readonly SelectionSetNode[],
    introspected: Answer,
  ): (answers: readonly unknown[]) => Answer {
    const slots: Slot[] = [];
    for (const [key, nodes] of collectFields(this.#document, selections, (name) => name === type.name)) {
      slots.push({ key: checkedKey(key), read: this.#attempt(() => this.#rootField(type, key, nodes, introspected)) });
    }
    return (answers) => fill(slots, answers, type.name);
  }

  #rootField(type: GraphQLObjectType, key: string, nodes: readonly FieldNode[], introspected: Answer): Slot['read'] {
    const name = nodes[0]!.name.value;
    this.#budget.field();
    if (name === '__typename') return () => type.name;
    if (name === '__schema' || name === '__type') return () => introspected[key] ?? null;
    const { role, args, field } = this.#fieldOf(type, nodes);
    if (role.kind === 'viewer') {
      const inner = isObjectType(field.type) ? this.planRoot(field.type, selectionsOf(nodes), introspected) : undefined;
      return (answers) => inner?.(answers) ?? null;
    }
    if (role.kind === 'node-types') {
      const list = listNodeTypes(this.#document, this.#graph, nodes, args);
      return () => list;
    }
    this.#budget.list(1);
    const place = this.roots.length;
    if (role.kind === 'nodes') {
      const { query, shape } = this.#nodes(role, args, nodes, 1);
      this.roots.push({ kind: 'list', query });
      return (answers) => shape(answers[place]);
    }
    if (role.kind === 'node-count') this.roots.push({ kind: 'count', query: this.#count(role.asked, args) });
    else if (role.kind === 'transactions') return this.#rootTransactions(args, nodes);
    else if (role.kind === 'transaction-count')
      this.roots.push({ kind: 'transaction-count', query: transactionQuery(args, new Set()) });
    else throw new FieldError(`There is no root ${name}`);
    return (answers) => answers[place] ?? null;
  }

  #rootTransactions(args: Args, nodes: readonly FieldNode[]): Slot['read'] {
    const place = this.roots.length;
    this.roots.push({ kind: 'transactions', query: transactionQuery(args, this.#names(nodes)) });
    return (answers) => this.#showTransactions(answers[place], nodes);
  }

  #fieldOf(
    type: GraphQLObjectType | { name: string },
    nodes: readonly FieldNode[],
  ): { role: FieldRole; args: Args; field: GraphQLField<unknown, unknown> } {
    const name = nodes[0]!.name.value;
    const owner = this.#graph.schema.getType(type.name);
    const field = isObjectType(owner) || isInterfaceType(owner) ? owner.getFields()[name] : undefined;
    const role = this.#graph.roles.get(`${type.name}.${name}`);
    if (!field || !role) throw new FieldError(`Cannot query field "${name}" on type "${type.name}".`);
    return { role, field, args: getArgumentValues(field, nodes[0]!, this.#document.variables) };
  }

  #count(asked: Asked, args: Args): NodeQuery {
    const query = this.#query(asked, args);
    return { ...query, order: [], offset: 0, after: null, first: typeof args.first === 'number' ? query.first : null };
  }

  #query(asked: Asked, args: Args): NodeQuery {
    const types = typesOf(asked, args);
    return {
      model: asked.types[0]?.model ?? 'gen3',
      kinds: types.map((type) => type.kind),
      where: conditionsOf(this.#graph.model, asked, args),
      order: orderOf(asked, args),
      ...pageOf(args),
      fields: [],
    };
  }

  #nodes(
    role: NodesRole,
    args: Args,
    nodes: readonly FieldNode[],
    depth: number,
  ): { query: NodeQuery; shape: (rows: unknown) => unknown } {
    const query = this.#query(role.asked, args);
    const selections = selectionsOf(nodes);
    const table = new FieldTable(query.kinds);
    const slots = new Map<string, Slot[]>();
    for (const group of this.#groups(role, typesOf(role.asked, args), selections)) {
      const planned = this.#groupSlots(group, table, selections, depth);
      for (const type of group.types) slots.set(type.kind, planned);
    }
    return {
      query: { ...query, fields: table.fields() },
      shape: (rows) =>
        Array.isArray(rows) ? rows.map((row: GraphRow) => fill(slots.get(row[0]) ?? [], rowFields(row), row[0])) : null,
    };
  }

  /** Types that the selection treats alike. Only a fragment on a type of its own sets one apart from the others. */
  #groups(role: NodesRole, types: readonly GraphType[], selections: readonly SelectionSetNode[]): Group[] {
    if (role.plain) return [{ owner: 'DataNode', types, typename: () => 'DataNode' }];
    const [only] = role.asked.types;
    if (role.asked.types.length === 1 && only) return [{ owner: only.name, types, typename: () => only.name }];
    const conditions = typeConditions(this.#document, selections);
    const apart = types.filter((type) => conditions.has(type.name));
    const others = types.filter((type) => !conditions.has(type.name));
    const groups: Group[] = apart.map((type) => ({ owner: type.name, types: [type], typename: () => type.name }));
    return others.length === 0 ? groups : [...groups, { owner: 'Node', types: others, typename: (kind) => kind }];
  }

  #groupSlots(group: Group, table: FieldTable, selections: readonly SelectionSetNode[], depth: number): Slot[] {
    const kinds = group.types.map((type) => type.kind);
    const applies = (name: string) =>
      name === group.owner || (name === 'Node' && group.types[0]?.model === 'gen3' && group.owner !== 'DataNode');
    const slots: Slot[] = [];
    for (const [key, nodes] of collectFields(this.#document, selections, applies)) {
      slots.push({
        key: checkedKey(key),
        read: this.#attempt(() => this.#nodeField(group, key, nodes, { table, kinds, depth })),
      });
    }
    return slots;
  }

  #nodeField(group: Group, key: string, nodes: readonly FieldNode[], { table, kinds, depth }: Place): Slot['read'] {
    this.#budget.field();
    if (nodes[0]!.name.value === '__typename') return (_values, kind) => group.typename(kind);
    const { role, args } = this.#fieldOf({ name: group.owner }, nodes);
    const at = (field: NodeField) => table.place(field, kinds);
    switch (role.kind) {
      case 'property': {
        const place = at({ kind: 'property', name: role.name });
        return (values) => shown(values[place], role.as);
      }
      case 'column': {
        const place = at({ kind: 'column', column: role.column });
        return role.column === 'cursor'
          ? (values) => cursorOf(Number(values[place]))
          : (values) => values[place] ?? null;
      }
      case 'attributes': {
        const place = at({ kind: 'attributes' });
        return (values) => values[place] ?? null;
      }
      case 'attribute': {
        const place = at({ kind: 'property', name: String(args.name) });
        return (values) => shown(values[place], 'texts');
      }
      case 'expression':
        return this.#lateValue(at({ kind: 'column', column: 'record' }), key, args);
      default:
        this.#budget.list(depth + 1);
        return this.#innerField(role, args, nodes, at, depth);
    }
  }

  #innerField(
    role: FieldRole,
    args: Args,
    nodes: readonly FieldNode[],
    at: (field: NodeField) => number,
    depth: number,
  ): Slot['read'] {
    if (role.kind === 'nodes') {
      const { query, shape } = this.#nodes(role, args, nodes, depth + 1);
      const place = at({ kind: 'list', via: role.via ?? [], query });
      return (values) => shape(values[place]);
    }
    if (role.kind === 'transactions') {
      const place = at({ kind: 'transactions', query: transactionQuery(args, this.#names(nodes)) });
      return (values) => this.#showTransactions(values[place], nodes);
    }
    if (role.kind === 'node-count') {
      const place = at({ kind: 'count', via: role.via ?? [], query: this.#count(role.asked, args) });
      return (values) => values[place] ?? null;
    }
    const place = at({ kind: 'transaction-count', query: transactionQuery(args, new Set()) });
    return (values) => values[place] ?? null;
  }

  #lateValue(place: number, key: string, args: Args): Slot['read'] {
    const features = Array.isArray(args.features) ? args.features.map(String) : [];
    return (values, _kind, answer) => {
      this.late.push({ run: Number(values[place]), features, put: (value) => Object.assign(answer, { [key]: value }) });
      return null;
    };
  }

  #names(nodes: readonly FieldNode[]): Set<string> {
    const fields = collectFields(this.#document, selectionsOf(nodes), (name) => name === transactionLogType.name);
    return new Set([...fields.values()].map(([node]) => node?.name.value ?? ''));
  }

  #showTransactions(rows: unknown, nodes: readonly FieldNode[]): unknown {
    if (!Array.isArray(rows)) return null;
    return rows.map((row: Record<string, unknown>) =>
      pick(this.#document, transactionLogType, nodes, transactionObject(row)),
    );
  }

  /** A fault of a field costs that field only, unless it is that everything together is too much. */
  #attempt(plan: () => Slot['read']): Slot['read'] {
    try {
      return plan();
    } catch (error) {
      const isKnown = error instanceof FieldError || error instanceof CatalogueError || error instanceof GraphQLError;
      if (!isKnown || error instanceof TooMuch) throw error;
      if (!this.errors.includes(error.message)) this.errors.push(error.message);
      return () => null;
    }
  }
}

interface Group {
  /** The type whose fields are asked for. */
  owner: string;
  types: readonly GraphType[];
  typename: (kind: string) => string;
}

interface Place {
  table: FieldTable;
  kinds: readonly string[];
  depth: number;
}

/** The fields of a row: what several keys or types ask for alike is there once. */
class FieldTable {
  readonly #all: readonly string[];
  readonly #entries = new Map<string, { field: NodeField; place: number; kinds: Set<string> }>();

  constructor(kinds: readonly string[]) {
    this.#all = kinds;
  }

  place(field: NodeField, kinds: readonly string[]): number {
    const id = JSON.stringify(field);
    const entry = this.#entries.get(id) ?? { field, place: this.#entries.size, kinds: new Set<string>() };
    this.#entries.set(id, entry);
    for (const kind of kinds) entry.kinds.add(kind);
    return entry.place;
  }

  fields(): NodeField[] {
    return [...this.#entries.values()].map(({ field, kinds }) =>
      kinds.size === new Set(this.#all).size ? field : { ...field, on: [...kinds] },
    );
  }
}

function typesOf(asked: Asked, args: Args): GraphType[] {
  const named = [args.of_type, args.type].flatMap((value) => (Array.isArray(value) ? [value.map(String)] : []));
  const categories = Array.isArray(args.category) ? args.category.map(String) : undefined;
  return asked.types.filter(
    (type) =>
      named.every((names) => names.includes(type.kind)) &&
      (categories === undefined || categories.includes(type.category)),
  );
}

function fill(slots: readonly Slot[], values: readonly unknown[], kind: string): Answer {
  const answer: Answer = {};
  for (const slot of slots) answer[slot.key] = slot.read(values, kind, answer);
  return answer;
}

/** `__proto__` is a legal alias that an object could not carry as a member. */
function checkedKey(key: string): string {
  if (key === '__proto__') throw new TooMuch('The alias "__proto__" is not allowed');
  return key;
}
