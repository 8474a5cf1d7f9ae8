import { type GraphRoot, type GraphRow, type NodeQuery, runGraph } from '@linnaea/catalog';
import type { Principal } from '@linnaea/model';
import { type FieldNode, type FragmentDefinitionNode, Kind, parse, valueFromASTUntyped } from 'graphql';
import type { Gen3Deps } from '../deps.ts';
import { collectFields, type Document, selectionsOf } from '../graphql/collect.ts';
import { FieldError } from '../graphql/conditions.ts';
import type { GraphModel, GraphType } from '../graphql/graph-model.ts';
import { Budget, limits } from '../graphql/limits.ts';
import { filterConditions } from './filter.ts';
import { fieldNames, flatQuery, flatValues } from './rows.ts';

/** Most rows that one answer holds; more are downloaded. */
export const mostRows = 10_000;

type Read = (answers: readonly unknown[]) => unknown;
type Args = Readonly<Record<string, unknown>>;

/** Answers a query of the explorer: lists, `_aggregation` and `_mapping`, in one statement. Throws on a faulty query. */
export async function answerFlat(
  deps: Gen3Deps,
  model: GraphModel,
  principal: Principal,
  request: { query: string; variables: Args },
): Promise<Record<string, unknown>> {
  const source = parse(request.query, { maxTokens: limits.tokens });
  const fragments = source.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const operation = source.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation?.operation !== 'query') throw new FieldError('Only queries are answered');
  const plan = new FlatPlan(model, { fragments: named(fragments), variables: request.variables });
  const read = plan.object(
    collectFields(plan.document, [operation.selectionSet], () => true),
    (name, nodes) => plan.root(name, nodes),
  );
  return Object(read(await runGraph(deps.database, principal, plan.roots, { timeout: limits.time })));
}

function named(fragments: readonly FragmentDefinitionNode[]): Map<string, FragmentDefinitionNode> {
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

class FlatPlan {
  readonly roots: GraphRoot[] = [];
  readonly document: Document;
  readonly #model: GraphModel;
  readonly #budget = new Budget();

  constructor(model: GraphModel, document: Document) {
    this.#model = model;
    this.document = document;
  }

  /** An object whose members are read one by one. */
  object(fields: Map<string, FieldNode[]>, member: (name: string, nodes: readonly FieldNode[]) => Read): Read {
    const reads = [...fields].map(([key, nodes]): [string, Read] => {
      this.#budget.field();
      if (key === '__proto__') throw new FieldError('The alias "__proto__" is not allowed');
      return [key, member(nodes[0]!.name.value, nodes)];
    });
    return (answers) => Object.fromEntries(reads.map(([key, read]) => [key, read(answers)]));
  }

  root(name: string, nodes: readonly FieldNode[]): Read {
    if (name === '_aggregation')
      return this.object(this.#fields(nodes), (type, inner) => this.#aggregation(this.#type(type), inner));
    if (name === '_mapping') {
      return this.object(this.#fields(nodes), (type) => {
        const names = fieldNames(this.#type(type));
        return () => names;
      });
    }
    return this.#list(this.#type(name), nodes);
  }

  #list(type: GraphType, nodes: readonly FieldNode[]): Read {
    const args = this.#args(nodes);
    const keys = [...this.#fields(nodes)].map(([key, [node]]) => [key, node?.name.value ?? ''] as const);
    const fields = [...new Set(keys.map(([, name]) => name))].filter((name) => name !== '__typename');
    const first = typeof args.first === 'number' ? Math.max(0, args.first) : 10;
    const offset = typeof args.offset === 'number' ? Math.max(0, args.offset) : 0;
    if (first + offset > mostRows)
      throw new FieldError(`first and offset reach beyond ${mostRows} rows: use /guppy/download`);
    const place = this.#ask({
      kind: 'list',
      query: flatQuery(type, { fields, filter: args.filter, sort: args.sort, first, offset }),
    });
    return (answers) => {
      const rows = answers[place];
      if (!Array.isArray(rows)) return [];
      return rows.map((row: GraphRow) => {
        const values = new Map(flatValues(type, fields, row).map((value, index) => [fields[index] ?? '', value]));
        return Object.fromEntries(
          keys.map(([key, name]) => [key, name === '__typename' ? type.name : values.get(name)]),
        );
      });
    };
  }

  #aggregation(type: GraphType, nodes: readonly FieldNode[]): Read {
    const args = this.#args(nodes);
    const queryFor = (field?: string): NodeQuery => ({
      ...flatQuery(type, { fields: [], filter: null, sort: null, first: null, offset: 0 }),
      // a filter that spares a field's own conditions shows what else could be chosen
      where: filterConditions(type, args.filter, args.filterSelf === false ? field : undefined),
    });
    return this.object(this.#fields(nodes), (name, inner) => {
      if (name === '_totalCount') {
        const place = this.#ask({ kind: 'count', query: queryFor() });
        return (answers) => answers[place];
      }
      if (!fieldNames(type).includes(name))
        throw new FieldError(`Cannot query field "${name}" on type "${type.name}".`);
      return this.object(this.#fields(inner), (kind, wanted) =>
        this.#histogram(type, queryFor(name), name, kind, wanted),
      );
    });
  }

  #histogram(type: GraphType, query: NodeQuery, name: string, kind: string, nodes: readonly FieldNode[]): Read {
    if (kind === '_totalCount') {
      const place = this.#ask({ kind: 'terms', query, name });
      return (answers) =>
        list(answers[place]).reduce((sum: number, bin) => sum + Number(Reflect.get(Object(bin), 'count')), 0);
    }
    if (kind !== 'histogram' && kind !== 'asTextHistogram')
      throw new FieldError(`Cannot query field "${kind}" of a histogram`);
    const numeric = kind === 'histogram' && type.properties.get(name)?.as === 'number';
    const place = this.#ask(
      numeric ? { kind: 'bins', query, bins: binsOf(name, this.#args(nodes)) } : { kind: 'terms', query, name },
    );
    const members = [...this.#fields(nodes)].map(([key, [node]]) => [key, node?.name.value ?? ''] as const);
    return (answers) =>
      list(answers[place]).map((bin) =>
        Object.fromEntries(members.map(([key, member]) => [key, Reflect.get(Object(bin), member) ?? null])),
      );
  }

  #ask(root: GraphRoot): number {
    this.#budget.list(1);
    return this.roots.push(root) - 1;
  }

  #type(name: string): GraphType {
    const type = this.#model.nodes.get(name);
    if (!type) throw new FieldError(`Cannot query field "${name}" on type "Query".`);
    return type;
  }

  #fields(nodes: readonly FieldNode[]): Map<string, FieldNode[]> {
    return collectFields(this.document, selectionsOf(nodes), () => true);
  }

  #args(nodes: readonly FieldNode[]): Args {
    const given = nodes[0]?.arguments ?? [];
    return Object.fromEntries(
      given.map((argument) => [argument.name.value, valueFromASTUntyped(argument.value, this.document.variables)]),
    );
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

const mostBins = 10_000;

function binsOf(name: string, args: Args) {
  const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
  const [start, end, step] = [number(args.rangeStart), number(args.rangeEnd), number(args.rangeStep)];
  if (step !== null && step <= 0) throw new FieldError('rangeStep is not positive');
  const count = number(args.binCount);
  if (count !== null && (count < 1 || count > mostBins))
    throw new FieldError(`binCount is not between 1 and ${mostBins}`);
  return { name, start, end, step, count: step === null && count !== null ? Math.floor(count) : null };
}
