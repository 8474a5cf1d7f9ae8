import type { BinsQuery, GraphEdge, NodeCondition, NodeQuery } from '@linnaea/catalog';
import type { FieldNode } from 'graphql';
import { FieldError } from '../graphql/conditions.ts';
import { type Breakdowns, bucketReader, readBreakdowns, storedName } from './buckets.ts';
import { filterConditions } from './filter.ts';
import { type Place, pathOf, reversed, stepsFrom } from './nested.ts';
import { type Args, checkAccessibility, type FlatPlan, type Read } from './plan.ts';
import { flatQuery } from './rows.ts';
import { isFlat } from './selection.ts';

/** Records of which histograms are made: of the queried type, or those that its records lead to. */
interface Level {
  places: readonly Place[];
  /** The records; without the conditions that the filter puts on a field, where those are to be spared. */
  query: (field?: string) => NodeQuery;
}

/** Plans `type(filter, filterSelf, nestedAggFields) { _totalCount field { … } link { field { … } } }`. */
export function planAggregation(plan: FlatPlan, place: Place, nodes: readonly FieldNode[]): Read {
  const args = plan.args(nodes, ['filter', 'filterSelf', 'nestedAggFields', 'accessibility', 'needEncryptAgg']);
  checkAccessibility(args.accessibility);
  const asked = readBreakdowns(args.nestedAggFields);
  const all = flatQuery(place, { fields: [], filter: null, sort: null, first: null, offset: 0 });
  const level: Level = {
    places: [place],
    // a filter that spares a field's own conditions shows what else could be chosen
    query: (field) => ({
      ...all,
      where: filterConditions(place, args.filter, args.filterSelf === false ? field : undefined),
    }),
  };
  return planLevel(plan, level, asked, nodes);
}

function planLevel(plan: FlatPlan, level: Level, asked: Breakdowns | null, nodes: readonly FieldNode[]): Read {
  return plan.object(`${level.places[0]!.type.name}Aggregation`, plan.fields(nodes), (name, inner) => {
    if (name === '_totalCount') return planCount(plan, level.query(), inner);
    if (level.places.some((place) => isFlat(place, name))) return planHistograms(plan, level, name, asked, inner);
    return planLevel(plan, nextLevel(level, name), asked, inner);
  });
}

/** The records that a link or back-reference leads to from those of a level, each once. */
function nextLevel(level: Level, name: string): Level {
  const steps = level.places
    .filter(({ type }) => type.edges.has(name))
    .flatMap((from) => stepsFrom(from, name).map(({ edge, place }) => ({ place, back: reversed(edge, from.type) })));
  if (steps.length === 0) throw new FieldError(`Cannot query field "${name}" on type "${level.places[0]!.type.name}".`);
  const back = unique(steps.map((step) => step.back));
  const places = unique(steps.map(({ place }) => place.type.kind)).map(
    (kind) => steps.find(({ place }) => place.type.kind === kind)!.place,
  );
  for (const { type } of places) {
    const own = steps.filter((step) => step.place.type === type).map((step) => edgeKey(step.back));
    const others = back.map(edgeKey).filter((key) => !own.includes(key));
    if ([...type.edges.values()].flat().some((edge) => others.includes(edgeKey(edge)))) {
      throw new FieldError(`"${name}" leads to ${type.name} by several links, which cannot be told apart here`);
    }
  }
  return {
    places,
    query: (field) => {
      const from = level.query(field);
      const where: NodeCondition[] = [{ kind: 'linked', edges: back, where: from.where }];
      return { ...from, kinds: places.map(({ type }) => type.kind), where };
    },
  };
}

function edgeKey({ direction, name, kind }: GraphEdge): string {
  return JSON.stringify([direction, name, kind]);
}

function unique<T>(things: readonly T[]): T[] {
  return [...new Map(things.map((thing) => [JSON.stringify(thing), thing])).values()];
}

function planHistograms(
  plan: FlatPlan,
  level: Level,
  name: string,
  asked: Breakdowns | null,
  nodes: readonly FieldNode[],
): Read {
  const properties = level.places.flatMap(({ type }) => type.properties.get(name) ?? []);
  const isNumeric = properties.length > 0 && properties.every((property) => property.as === 'number');
  const { path } = level.places[0]!;
  const query = level.query(pathOf(path, name));
  const typename = isNumeric ? 'HistogramForNumber' : 'HistogramForString';
  const stored = storedName(name);
  return plan.object(typename, plan.fields(nodes), (kind, inner) => {
    switch (kind) {
      case '_totalCount':
        return planCount(plan, properties.length === 0 ? query : withValue(query, stored), inner);
      case '_cardinalityCount': {
        plan.args(inner, ['precision_threshold']);
        const at = plan.ask({ kind: 'terms', query, name: stored });
        return (answers) => listOf(answers[at]).length;
      }
      case 'histogram':
      case 'asTextHistogram': {
        const bins = isNumeric && kind === 'histogram';
        const args = plan.args(inner, bins ? ['rangeStart', 'rangeEnd', 'rangeStep', 'binCount'] : []);
        const reader = bucketReader(plan, { name, places: level.places, bins, asked }, inner);
        const { breakdown } = reader;
        const at = plan.ask(
          bins
            ? { kind: 'bins', query, bins: binsOf(name, args), breakdown }
            : { kind: 'terms', query, name: stored, breakdown },
        );
        return (answers) => listOf(answers[at]).map(reader.read);
      }
      default:
        throw new FieldError(`Cannot query field "${kind}" on type "${typename}".`);
    }
  });
}

function planCount(plan: FlatPlan, query: NodeQuery, nodes: readonly FieldNode[]): Read {
  plan.leaf(nodes);
  const at = plan.ask({ kind: 'count', query });
  return (answers) => answers[at];
}

function withValue(query: NodeQuery, name: string): NodeQuery {
  const without: NodeCondition = { kind: 'property', name, values: [null], compare: 'value' };
  return { ...query, where: [...query.where, { kind: 'not', term: without }] };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

const mostBins = 10_000;

function binsOf(name: string, args: Args): BinsQuery {
  const number = (key: string): number | null => {
    const value = args[key] ?? null;
    if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
    throw new FieldError(`${key} is no number`);
  };
  const [start, end, step, count] = [number('rangeStart'), number('rangeEnd'), number('rangeStep'), number('binCount')];
  if (step !== null && step <= 0) throw new FieldError('rangeStep is not positive');
  if (count !== null && (count < 1 || count > mostBins))
    throw new FieldError(`binCount is not between 1 and ${mostBins}`);
  return { name, start, end, step, count: step === null && count !== null ? Math.floor(count) : null };
}
