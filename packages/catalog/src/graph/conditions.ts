import { join, json, type Sql, sql } from '@linnaea/database';
import { compileMetadataFilter } from '../filter.ts';
import { isUuid } from '../nodes/node-ids.ts';
import { type GraphScope, shownTime } from './scope.ts';
import type { GraphEdge, GraphValue, NodeCondition, PathCondition } from './types.ts';
import { compileWalks, type Walk } from './walks.ts';

/** All conditions over the record of an alias, as one SQL expression; true when there are none. */
export function compileConditions(scope: GraphScope, conditions: readonly NodeCondition[], alias: Sql): Sql {
  if (conditions.length === 0) return sql`true`;
  return sql`(${join(
    conditions.map((condition) => compileCondition(scope, condition, alias)),
    ' and ',
  )})`;
}

function compileCondition(scope: GraphScope, condition: NodeCondition, r: Sql): Sql {
  switch (condition.kind) {
    case 'all':
      return compileConditions(scope, condition.terms, r);
    case 'any':
      return anyOf(condition.terms.map((term) => compileCondition(scope, term, r)));
    case 'not':
      return sql`(not coalesce(${compileCondition(scope, condition.term, r)}, false))`;
    case 'ids':
      return sql`${r}.uuid = any(${condition.ids.filter(isUuid)}::uuid[])`;
    case 'accessions':
      return sql`${r}.accession = any(${condition.accessions}::text[])`;
    case 'projects':
      return inProjects(condition.names, r);
    case 'quick-search':
      return quickSearch(scope, condition.text, r);
    case 'time':
    case 'times':
      return compileTime(condition, r);
    case 'linked':
      return anyOf(condition.edges.map((edge) => linked(scope, edge, condition.where ?? [], r)));
    case 'path':
      return path(scope, condition, r);
    case 'metadata':
      return compileMetadataFilter(condition.filter, scope.view, r);
    default:
      return compileProperty(scope, condition, r);
  }
}

// one project is told from several, for an index gives the records of one scope in order
function inProjects(names: readonly string[], r: Sql): Sql {
  const [name] = names;
  return names.length === 1
    ? sql`${r}.scope_id = (select p.id from scope p where p.kind = 'project' and p.name = ${name})`
    : sql`${r}.scope_id = any(array(select p.id from scope p where p.kind = 'project' and p.name = any(${names}::text[])))`;
}

type PropertyCondition = Extract<NodeCondition, { name: string }>;

function compileProperty(scope: GraphScope, condition: PropertyCondition, r: Sql): Sql {
  const attributes = scope.attributes(r);
  const value = sql`(${attributes} -> ${condition.name}::text)`;
  const text = sql`(${attributes} ->> ${condition.name}::text)`;
  switch (condition.kind) {
    case 'property': {
      const present = condition.values.filter((entry) => entry !== null);
      const parts = present.length === 0 ? [] : [equals(scope, condition, present, r)];
      if (present.length < condition.values.length) parts.push(sql`not jsonb_exists(${attributes}, ${condition.name})`);
      return anyOf(parts);
    }
    case 'items':
      return holds(scope, { [condition.name]: condition.values }, r);
    case 'other-than':
      return sql`not (${text} = any(${condition.values.map(String)}::text[]))`;
    case 'contains':
      return sql`position(lower(${condition.text}) in lower(${text})) > 0`;
    case 'range':
      return sql`(jsonb_typeof(${value}) = ${typeof condition.value} and ${value} ${operators[condition.operator]} ${json(condition.value)}::jsonb)`;
  }
}

const operators = { '<': sql`<`, '<=': sql`<=`, '>': sql`>`, '>=': sql`>=` } as const;

// Containment is what the attribute index serves; a long list is cheaper to look through than to ask one by one.
const longestIndexed = 20;

function equals(
  scope: GraphScope,
  { name, compare }: { name: string; compare: 'value' | 'text' },
  values: readonly GraphValue[],
  r: Sql,
): Sql {
  if (compare === 'text' || values.length > longestIndexed) {
    const attributes = scope.attributes(r);
    const text = sql`(${attributes} ->> ${name}::text)`;
    const texts = values.map(String);
    if (values.every((value) => typeof value === 'number')) {
      return sql`(case when jsonb_typeof(${attributes} -> ${name}::text) = 'number' then ${text}::numeric end) = any(${texts}::numeric[])`;
    }
    return sql`${text} = any(${texts}::text[])`;
  }
  return anyOf(values.map((value) => holds(scope, { [name]: value }, r)));
}

/** Containment, told of each of the two columns, because those are what is indexed. */
function holds(scope: GraphScope, value: Readonly<Record<string, unknown>>, r: Sql): Sql {
  const draft = sql`${r}.attributes @> ${json(value)}::jsonb`;
  if (scope.view === 'draft') return draft;
  return sql`((${r}.published is null and ${draft}) or (${r}.published is not null and ${r}.published @> ${json(value)}::jsonb))`;
}

function anyOf(parts: readonly Sql[]): Sql {
  return parts.length === 0 ? sql`false` : sql`(${join(parts, ' or ')})`;
}

function quickSearch(scope: GraphScope, text: string, r: Sql): Sql {
  return sql`(position(lower(${text}) in ${r}.uuid::text) > 0
    or position(lower(${text}) in lower(${scope.attributes(r)} ->> 'submitter_id')) > 0)`;
}

const timeColumns = { created_at: sql`created_at`, updated_at: sql`updated_at` } as const;

function compileTime(condition: Extract<NodeCondition, { kind: 'time' | 'times' }>, r: Sql): Sql {
  const column = sql`${r}.${timeColumns[condition.column]}`;
  if (condition.kind === 'times') return sql`${shownTime(column)} = any(${condition.texts}::text[])`;
  return sql`${column} ${operators[condition.operator]} ${condition.at}::timestamptz`;
}

function linked(scope: GraphScope, edge: GraphEdge, where: readonly NodeCondition[], r: Sql): Sql {
  const l = scope.alias('l');
  const other = scope.alias('r');
  const met = where.length === 0 ? sql`` : sql` and ${compileConditions(scope, where, other)}`;
  const ends =
    edge.direction === 'up'
      ? sql`join record ${other} on ${other}.id = ${l}.parent_id where ${l}.child_id = ${r}.id`
      : sql`join record ${other} on ${other}.id = ${l}.child_id where ${l}.parent_id = ${r}.id`;
  return sql`exists (select from link ${l} ${ends} and ${l}.name = ${edge.name} and ${other}.kind = ${edge.kind} and ${scope.alive(other)}${met})`;
}

/** As a condition of the record of an alias: the ids are collected once, however many records are asked about. */
function path(scope: GraphScope, condition: PathCondition, r: Sql): Sql {
  const found = compileWalks(scope, walksOf(scope, [condition]), () => sql`true`);
  // not a bare IN, which may become a join that walks again for every record
  return found === undefined ? sql`false` : sql`coalesce(${r}.id in (${found}), false)`;
}

/** The walks to the records that have one of the paths. */
export function walksOf(scope: GraphScope, paths: readonly PathCondition[]): Walk[] {
  return paths.flatMap(({ target, where, up, down }) => {
    const isTarget = (r: Sql) =>
      sql`${r}.model = 'gen3' and ${r}.kind = ${target} and ${scope.alive(r)} and ${compileConditions(scope, where, r)}`;
    return [
      ...(up.through.length > 0 ? [{ isTarget, way: up, direction: 'to-children' as const }] : []),
      ...(down.through.length > 0 ? [{ isTarget, way: down, direction: 'to-parents' as const }] : []),
    ];
  });
}
