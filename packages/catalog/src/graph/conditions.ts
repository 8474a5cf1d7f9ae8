import { join, raw, type Sql, sql } from '@linnaea/database';
import { compileMetadataFilter } from '../filter.ts';
import { isUuid } from '../nodes/node-ids.ts';
import type { View } from '../records.ts';
import type { NodeCondition, NodePath, Via } from './selection.ts';

/** What every part of one statement shares. */
export interface GraphContext {
  /** Makes the name of a table alias that the statement has not used yet. */
  alias(): Sql;
  view: View;
  /** Is the scope in this column readable? */
  readable(scopeColumn: Sql): Sql;
  /** May the runs of the scope in this column be measured? */
  measurable(scopeColumn: Sql): Sql;
}

/** Restricts an alias of `record` to what lives, is shown and may be read. */
export function shown(record: Sql, context: GraphContext): Sql {
  const published = context.view === 'draft' ? sql`` : sql` and ${record}.is_published`;
  return sql`${record}.deleted_change is null${published} and ${context.readable(sql`${record}.scope_id`)}`;
}

/** The attributes to look at: only the ODM family has drafts. */
export function attributesOf(record: Sql, context: GraphContext, model: 'odm' | 'gen3'): Sql {
  if (model === 'gen3' || context.view === 'draft') return sql`${record}.attributes`;
  return sql`coalesce(${record}.published, ${record}.attributes)`;
}

export function compileConditions(
  conditions: readonly NodeCondition[],
  record: Sql,
  context: GraphContext,
  model: 'odm' | 'gen3',
): Sql {
  if (conditions.length === 0) return sql`true`;
  return join(
    conditions.map((condition) => compileCondition(condition, record, context, model)),
    ' and ',
  );
}

function compileCondition(
  condition: NodeCondition,
  record: Sql,
  context: GraphContext,
  model: 'odm' | 'gen3',
): Sql {
  const attributes = attributesOf(record, context, model);
  switch (condition.kind) {
    case 'all':
    case 'any':
      if (condition.terms.length === 0) return condition.kind === 'all' ? sql`true` : sql`false`;
      return sql`(${join(
        condition.terms.map((term) => compileCondition(term, record, context, model)),
        condition.kind === 'all' ? ' and ' : ' or ',
      )})`;
    case 'not':
      return sql`(not coalesce(${compileCondition(condition.term, record, context, model)}, false))`;
    case 'ids':
      return model === 'odm'
        ? sql`${record}.accession = any(${[...condition.values]}::text[])`
        : sql`${record}.uuid = any(${condition.values.filter(isUuid)}::uuid[])`;
    case 'kinds':
      return sql`${record}.kind = any(${[...condition.values]}::text[])`;
    case 'projects':
      return sql`${record}.scope_id in (select id from scope where kind = 'project' and name = any(${[...condition.names]}::text[]))`;
    case 'path':
      return compilePath(condition.path, record, context);
    case 'linked':
      return compileLinked(condition.via, condition.kinds, record, context);
    case 'metadata':
      return compileMetadataFilter(condition.filter, context.view, record);
    default:
      return compileValueCondition(condition, record, attributes);
  }
}

type ValueCondition = Extract<
  NodeCondition,
  { kind: 'equals' | 'differs' | 'contains-all' | 'has' | 'compare' | 'substring' | 'time' }
>;

function compileValueCondition(condition: ValueCondition, record: Sql, attributes: Sql): Sql {
  switch (condition.kind) {
    // containment, one test a value: the index over attributes serves each of them
    case 'equals':
      if (condition.values.length === 0) return sql`false`;
      return sql`(${join(
        condition.values.map((value) => containment(attributes, { [condition.name]: value })),
        ' or ',
      )})`;
    case 'contains-all':
      return containment(attributes, { [condition.name]: [...condition.values] });
    case 'differs':
      return sql`(jsonb_exists(${attributes}, ${condition.name}::text) and not ${attributes} -> ${condition.name}::text
        = any(${condition.values.map((value) => JSON.stringify(value))}::jsonb[]))`;
    case 'has':
      return sql`jsonb_exists(${attributes}, ${condition.name}::text)`;
    case 'compare':
      return compare(attributes, condition.name, condition.operator, condition.value);
    case 'substring': {
      const tests = condition.names.map(
        (name) => sql`strpos(lower(${attributes} ->> ${name}::text), lower(${condition.text})) > 0`,
      );
      if (condition.orId)
        tests.push(sql`strpos(lower(coalesce(${record}.uuid::text, ${record}.accession)), lower(${condition.text})) > 0`);
      return sql`(${join(tests, ' or ')})`;
    }
    case 'time':
      return sql`${timeColumn(record, condition.column)} ${raw(condition.operator)} ${condition.time}::timestamptz`;
  }
}

function containment(attributes: Sql, part: Record<string, unknown>): Sql {
  return sql`${attributes} @> ${JSON.stringify(part)}::jsonb`;
}

/** Numbers compare with numbers, text with text; other types never. */
function compare(attributes: Sql, name: string, operator: '<' | '<=' | '>' | '>=', value: string | number): Sql {
  const member = sql`${attributes} -> ${name}::text`;
  const type = typeof value === 'number' ? 'number' : 'string';
  return sql`(jsonb_typeof(${member}) = ${type} and ${member} ${raw(operator)} ${JSON.stringify(value)}::jsonb)`;
}

export function timeColumn(record: Sql, column: 'created' | 'updated'): Sql {
  return column === 'created' ? sql`${record}.created_at` : sql`${record}.updated_at`;
}

/** Ids of the neighbours of a node, as a query of one column. */
export function neighbourIds(via: Via, record: Sql, context: GraphContext): Sql {
  const parts: Sql[] = [];
  for (const [direction, from, to] of [
    ['up', sql`child_id`, sql`parent_id`],
    ['down', sql`parent_id`, sql`child_id`],
  ] as const) {
    if (via.direction !== direction && via.direction !== 'both') continue;
    const link = context.alias();
    const named = via.names === null ? sql`` : sql` and ${link}.name = any(${[...via.names]}::text[])`;
    parts.push(sql`select ${link}.${to} from link ${link} where ${link}.${from} = ${record}.id${named}`);
  }
  return join(parts, ' union ');
}

function compileLinked(via: Via, kinds: readonly string[] | null, record: Sql, context: GraphContext): Sql {
  const other = context.alias();
  const kind = kinds === null ? sql`` : sql` and ${other}.kind = any(${[...kinds]}::text[])`;
  return sql`exists (select from record ${other} where ${other}.id in (${neighbourIds(via, record, context)})
    and ${shown(other, context)}${kind})`;
}

/**
 * The set of nodes at the other end of the chains does not depend on the row that is tested: it is walked once a
 * statement, from the nodes that satisfy the conditions, over kinds that can lead there and no others.
 */
function compilePath(path: NodePath, record: Sql, context: GraphContext): Sql {
  const [start, step, link] = [context.alias(), context.alias(), context.alias()];
  const reached = context.alias();
  const walks: Sql[] = [];
  for (const [kinds, from, to] of [
    [path.up, sql`parent_id`, sql`child_id`],
    [path.down, sql`child_id`, sql`parent_id`],
  ] as const) {
    if (kinds.length === 0) continue;
    walks.push(sql`${record}.id in (with recursive ${reached}(id) as (
      select ${start}.id from record ${start} where ${start}.model = ${path.model} and ${start}.kind = ${path.target}
        and ${shown(start, context)} and ${compileConditions(path.where, start, context, path.model)}
      union
      select ${step}.id from ${reached} join link ${link} on ${link}.${from} = ${reached}.id
        join record ${step} on ${step}.id = ${link}.${to} and ${step}.kind = any(${[...kinds]}::text[]) and ${shown(step, context)}
    ) select id from ${reached})`);
  }
  return walks.length === 0 ? sql`false` : sql`(${join(walks, ' or ')})`;
}
