import { runGraph } from '@linnaea/catalog';
import type { Principal } from '@linnaea/model';
import { type FieldNode, type FragmentDefinitionNode, Kind, parse } from 'graphql';
import type { Gen3Deps } from '../deps.ts';
import { collectFields, type Document } from '../graphql/collect.ts';
import { FieldError } from '../graphql/conditions.ts';
import type { GraphModel } from '../graphql/graph-model.ts';
import { limits } from '../graphql/limits.ts';
import { planAggregation } from './aggregation.ts';
import type { Place } from './nested.ts';
import { type Args, checkAccessibility, FlatPlan, type Read } from './plan.ts';
import { fieldNames, flatQuery } from './rows.ts';
import { planSelection, rowsOf } from './selection.ts';

/** Most rows that one answer holds; more are downloaded. */
export const mostRows = 10_000;

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
  const document: Document = { fragments: named(fragments), variables: request.variables };
  const plan = new FlatPlan(document);
  const read = plan.object(
    'Query',
    collectFields(document, [operation.selectionSet], () => true),
    (name, nodes) => planRoot(plan, model, name, nodes),
  );
  return Object(read(await runGraph(deps.database, principal, plan.roots, { timeout: limits.time })));
}

function named(fragments: readonly FragmentDefinitionNode[]): Map<string, FragmentDefinitionNode> {
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

function planRoot(plan: FlatPlan, model: GraphModel, name: string, nodes: readonly FieldNode[]): Read {
  if (name === '_aggregation') {
    return plan.object('Aggregation', plan.fields(nodes), (type, inner) =>
      planAggregation(plan, placeOf(model, type), inner),
    );
  }
  if (name === '_mapping') {
    return plan.object('Mapping', plan.fields(nodes), (type) => {
      const names = fieldNames(placeOf(model, type).type);
      return () => names;
    });
  }
  return planList(plan, placeOf(model, name), nodes);
}

function placeOf(model: GraphModel, name: string): Place {
  const type = model.nodes.get(name);
  if (!type) throw new FieldError(`Cannot query field "${name}" on type "Query".`);
  return { model, type, path: '' };
}

function planList(plan: FlatPlan, place: Place, nodes: readonly FieldNode[]): Read {
  const args = plan.args(nodes, ['first', 'offset', 'sort', 'filter', 'accessibility', 'format']);
  checkAccessibility(args.accessibility);
  const first = wholeNumber(args, 'first') ?? 10;
  const offset = wholeNumber(args, 'offset') ?? 0;
  if (first + offset > mostRows)
    throw new FieldError(`first and offset reach beyond ${mostRows} rows: use /guppy/download`);
  const { fields, read } = planSelection(plan, [place], nodes);
  const at = plan.ask({
    kind: 'list',
    query: flatQuery(place, { fields, filter: args.filter, sort: args.sort, first, offset }),
  });
  return (answers) => rowsOf(answers[at]).map(read);
}

function wholeNumber(args: Args, name: string): number | undefined {
  const value = args[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new FieldError(`${name} is no whole number`);
  return Math.max(0, value);
}
