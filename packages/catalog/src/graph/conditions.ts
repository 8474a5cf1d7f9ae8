import { join, json, type Sql, sql } from '@linnaea/database';
import { compileMetadataFilter } from '../filter.ts';
import { isUuid } from '../nodes/node-ids.ts';
import { type GraphScope, shownTime } from './scope.ts';
import type { GraphEdge, GraphValue, NodeCondition } from './types.ts';

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
      return sql`${r}.scope_id = any(array(select p.id from scope p where p.kind = 'project' and p.name = any(${condition.names}::text[])))`;
    case 'quick-search':
      return quickSearch(scope, condition.text, r);
    case 'time':
    case 'times':
      return compileTime(condition, r);
    case 'linked':
      return anyOf(condition.edges.map((edge) => linked(scope, edge, r)));
    case 'path':
      return path(scope, condition, r);
    case 'metadata':
      return compileMetadataFilter(condition.filter, scope.view, r);
    default:
      return compileProperty(scope, condition, r);
  }
}

type PropertyCondition = Extract<NodeCondition, { name: string }>;

function compileProperty(scope: GraphScope, condition: PropertyCondition, r: Sql): Sql {
  const attributes = scope.attributes(r);
  const value = sql`(${attributes} -> ${condition.name}::text)`;
  const text = sql`(${attributes} ->> ${condition.name}::text)`;
  switch (condition.kind) {
    case 'property': {
      const present = condition.values.filter((entry) => entry !== null);
      const parts = present.length === 0 ? [] : [equals(condition.name, present, condition.compare, attributes, text)];
      if (present.length < condition.values.length) parts.push(sql`not jsonb_exists(${attributes}, ${condition.name})`);
      return anyOf(parts);
    }
    case 'items':
      return sql`${attributes} @> ${json({ [condition.name]: condition.values })}::jsonb`;
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
  name: string,
  values: readonly GraphValue[],
  compare: 'value' | 'text',
  attributes: Sql,
  text: Sql,
): Sql {
  if (compare === 'text' || values.length > longestIndexed) {
    const texts = values.map(String);
    if (values.every((value) => typeof value === 'number')) {
      return sql`(case when jsonb_typeof(${attributes} -> ${name}::text) = 'number' then ${text}::numeric end) = any(${texts}::numeric[])`;
    }
    return sql`${text} = any(${texts}::text[])`;
  }
  return anyOf(values.map((value) => sql`${attributes} @> ${json({ [name]: value })}::jsonb`));
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

function linked(scope: GraphScope, edge: GraphEdge, r: Sql): Sql {
  const l = scope.alias('l');
  const other = scope.alias('r');
  const ends =
    edge.direction === 'up'
      ? sql`join record ${other} on ${other}.id = ${l}.parent_id where ${l}.child_id = ${r}.id`
      : sql`join record ${other} on ${other}.id = ${l}.child_id where ${l}.parent_id = ${r}.id`;
  return sql`exists (select from link ${l} ${ends} and ${l}.name = ${edge.name} and ${other}.kind = ${edge.kind} and ${scope.alive(other)})`;
}

/**
 * Walks from the targets, which are few, to the wanted records. Only kinds that lie on a way are entered, and a record
 * is entered once, so neither cycles nor many ways to the same record cost more.
 */
function path(scope: GraphScope, condition: Extract<NodeCondition, { kind: 'path' }>, r: Sql): Sql {
  const walks: Sql[] = [];
  if (condition.up.length > 0) walks.push(walk(scope, condition, condition.up, 'to-children'));
  if (condition.down.length > 0) walks.push(walk(scope, condition, condition.down, 'to-parents'));
  // not a bare IN, which may become a join that walks again for every record
  return anyOf(walks.map((found) => sql`coalesce(${r}.id in (${found}), false)`));
}

function walk(
  scope: GraphScope,
  condition: Extract<NodeCondition, { kind: 'path' }>,
  kinds: readonly string[],
  direction: 'to-children' | 'to-parents',
): Sql {
  const w = scope.alias('w');
  const target = scope.alias('r');
  const next = scope.alias('r');
  const l = scope.alias('l');
  // each step goes by the index of one record's links: the planner knows nothing of how many a walk will reach
  const step =
    direction === 'to-children'
      ? sql`select k.child_id as id from link k where k.parent_id = ${w}.id offset 0`
      : sql`select k.parent_id as id from link k where k.child_id = ${w}.id offset 0`;
  return sql`with recursive ${w} (id, moved) as (
      select ${target}.id, false from record ${target}
      where ${target}.model = 'gen3' and ${target}.kind = ${condition.target} and ${scope.alive(target)}
        and ${compileConditions(scope, condition.where, target)}
      union
      select ${next}.id, true from ${w} cross join lateral (${step}) ${l} cross join lateral (
        select ${next}.id from record ${next}
        where ${next}.id = ${l}.id and ${next}.kind = any(${kinds}::text[]) and ${scope.alive(next)} offset 0) ${next})
    select id from ${w} where moved`;
}
