import { join, raw, type Sql, sql } from '@linnaea/database';
import {
  attributesOf,
  compileConditions,
  type GraphContext,
  neighbourIds,
  shown,
  timeColumn,
} from './conditions.ts';
import { jsonOf, listText, memberText, objectText, timeText } from './json-text.ts';
import type { FieldSource, GraphField, NodeColumn, NodeSet, NodeShape, OrderKey, Via } from './selection.ts';

/** The node whose fields are compiled: its alias, and the set that it is listed by. */
export interface CurrentNode {
  alias: Sql;
  set: NodeSet;
}

export type CompileField = (source: FieldSource, context: GraphContext, around: CurrentNode | undefined) => Sql;

/** SQL of the text of a JSON list: the nodes of a set, with their fields. */
export function compileNodes(
  set: NodeSet,
  shape: NodeShape,
  context: GraphContext,
  around: CurrentNode | undefined,
  compileField: CompileField,
): Sql {
  const row = context.alias();
  const item = compileShape(shape, { alias: row, set }, context, compileField);
  // rows are cut to the page before their fields are computed; the columns are those that fields need
  return listText(sql`select ${item} as item from (${pageOf(set, context, around, columns)}) ${row}`);
}

const columns = (record: Sql) => sql`${record}.id, ${record}.uuid, ${record}.accession, ${record}.kind, ${record}.scope_id,
  ${record}.attributes, ${record}.published, ${record}.created_at, ${record}.updated_at, ${record}.group_id`;

/** SQL of the number of nodes of a set; a limit and an offset count as they would cut the list. */
export function compileNodeCount(set: NodeSet, context: GraphContext, around: CurrentNode | undefined): Sql {
  const limited = set.first !== null || set.offset > 0;
  if (!limited) {
    const record = context.alias();
    return sql`(select count(*)::text from ${fromWhere(set, record, context, around)})`;
  }
  const page = context.alias();
  return sql`(select count(*)::text from (${pageOf(set, context, around, () => sql`1`)}) ${page})`;
}

function pageOf(
  set: NodeSet,
  context: GraphContext,
  around: CurrentNode | undefined,
  select: (record: Sql) => Sql,
): Sql {
  const record = context.alias();
  const { key, descending } = orderOf(set);
  const way = descending ? sql`desc` : sql`asc`;
  const value = orderValue(key, record, set, context);
  const order = value === null ? sql`${record}.id ${way}` : sql`${value} ${way}, ${record}.id ${way}`;
  const after = set.after === undefined ? sql`` : sql` and ${afterCursor(set, record, value)}`;
  const limit = set.first === null ? sql`` : sql` limit ${set.first}::int`;
  const offset = set.offset === 0 ? sql`` : sql` offset ${set.offset}::int`;
  return sql`select ${select(record)} from ${fromWhere(set, record, context, around)}${after} order by ${order}${limit}${offset}`;
}

export function orderOf(set: NodeSet): { key: OrderKey; descending: boolean } {
  return set.order ?? { key: { by: 'creation' }, descending: false };
}

/** What a list is ordered by, never null; null itself when the order is that of creation. */
export function orderValue(key: OrderKey, record: Sql, set: NodeSet, context: GraphContext): Sql | null {
  switch (key.by) {
    case 'creation':
      return null;
    case 'id':
      return set.model === 'odm' ? sql`${record}.accession` : sql`${record}.uuid`;
    case 'created':
    case 'updated':
      return timeColumn(record, key.by);
    case 'attribute':
      // JSON null comes before every text and number, as the peers' lists have it
      return sql`coalesce(${attributesOf(record, context, set.model)} -> ${key.name}::text, 'null')`;
  }
}

const orderTypes = { id: 'uuid', created: 'timestamptz', updated: 'timestamptz', attribute: 'jsonb' } as const;

function afterCursor(set: NodeSet, record: Sql, value: Sql | null): Sql {
  const { key, descending } = orderOf(set);
  const operator = raw(descending ? '<' : '>');
  const id = set.after?.id ?? 0;
  if (value === null || key.by === 'creation') return sql`${record}.id ${operator} ${id}::bigint`;
  const type = key.by === 'id' && set.model === 'odm' ? 'text' : orderTypes[key.by];
  const seen = set.after?.value ?? null;
  const text = key.by === 'attribute' ? JSON.stringify(seen) : String(seen);
  return sql`(${value}, ${record}.id) ${operator} (${text}::${raw(type)}, ${id}::bigint)`;
}

function fromWhere(set: NodeSet, record: Sql, context: GraphContext, around: CurrentNode | undefined): Sql {
  const kinds =
    set.kinds.length === 1
      ? sql`${record}.kind = ${set.kinds[0]}::text`
      : sql`${record}.kind = any(${[...set.kinds]}::text[])`;
  const own = sql`${record}.model = ${set.model}::text and ${kinds} and ${shownOf(set, record, context)}
    and ${compileConditions(set.where, record, context, set.model)}`;
  if (set.via === undefined) return sql`record ${record} where ${own}`;
  if (around === undefined) throw new Error('Links need a node to start from');
  return linkedFrom(set.via, record, context, around, own);
}

/** A program is shown to whoever may read one of its projects: it only names them. */
function shownOf(set: NodeSet, record: Sql, context: GraphContext): Sql {
  if (set.model !== 'gen3' || !set.kinds.includes('program')) return shown(record, context);
  const project = context.alias();
  const readable = context.readable(sql`${record}.scope_id`);
  return sql`${record}.deleted_change is null and (${readable} or (${record}.kind = 'program' and exists (
    select from scope ${project} where ${project}.parent_id = ${record}.scope_id and ${context.readable(sql`${project}.id`)})))`;
}

function linkedFrom(via: Via, record: Sql, context: GraphContext, around: CurrentNode, own: Sql): Sql {
  if (via.direction === 'both' || via.names?.length !== 1) {
    return sql`record ${record} where ${record}.id in (${neighbourIds(via, around.alias, context)}) and ${own}`;
  }
  const link = context.alias();
  const [from, to] = via.direction === 'up' ? [sql`child_id`, sql`parent_id`] : [sql`parent_id`, sql`child_id`];
  return sql`link ${link} join record ${record} on ${record}.id = ${link}.${to}
    where ${link}.${from} = ${around.alias}.id and ${link}.name = ${via.names[0]}::text and ${own}`;
}

function compileShape(shape: NodeShape, node: CurrentNode, context: GraphContext, compileField: CompileField): Sql {
  const compile = (fields: readonly GraphField[]) =>
    objectText(fields.map(({ key, source }) => [key, compileField(source, context, node)] as const));
  if (shape.byKind === undefined || shape.byKind.size === 0) return compile(shape.fields);
  const cases = [...shape.byKind].map(([kind, fields]) => sql`when ${kind}::text then ${compile(fields)}`);
  return sql`case ${node.alias}.kind ${join(cases, ' ')} else ${compile(shape.fields)} end`;
}

/** SQL of the JSON text of an attribute of the current node. */
export function compileAttribute(
  source: Extract<FieldSource, { kind: 'attribute' }>,
  node: CurrentNode,
  context: GraphContext,
): Sql {
  return memberText(attributesOf(node.alias, context, node.set.model), source.name, source.as);
}

export function compileColumn(column: NodeColumn, node: CurrentNode, context: GraphContext): Sql {
  const record = node.alias;
  switch (column) {
    case 'id':
      return node.set.model === 'odm' ? jsonOf(sql`${record}.accession`) : jsonOf(sql`${record}.uuid`);
    case 'accession':
    case 'kind':
      return jsonOf(sql`${record}.${raw(column)}`);
    case 'project':
      return sql`coalesce((select to_json(s.name)::text from scope s where s.id = ${record}.scope_id and s.kind = 'project'), 'null')`;
    case 'group':
      return sql`coalesce((select to_json(g.accession)::text from record g where g.id = ${record}.group_id), 'null')`;
    case 'created':
    case 'updated':
      return timeText(timeColumn(record, column));
    case 'attributes':
      return sql`${attributesOf(record, context, node.set.model)}::text`;
    case 'cursor':
      return cursorText(node, context);
  }
}

/** Base64 of `[value, id]`: opaque to clients, read back by `readCursor`. */
function cursorText(node: CurrentNode, context: GraphContext): Sql {
  const value = orderValue(orderOf(node.set).key, node.alias, node.set, context) ?? sql`null::text`;
  const pair = sql`json_build_array(${value}, ${node.alias}.id)::text`;
  return sql`to_json(translate(encode(convert_to(${pair}, 'UTF8'), 'base64'), E'\n', ''))::text`;
}

/** SQL of the JSON text of a list: accessions of the runs of expression at or below the current node. */
export function compileRuns(node: CurrentNode, context: GraphContext): Sql {
  const [below, run, link] = [context.alias(), context.alias(), context.alias()];
  return sql`(select coalesce(json_agg(${run}.accession order by ${run}.id)::text, '[]') from record ${run}
    where ${run}.kind = 'expression' and ${shown(run, context)} and ${context.measurable(sql`${run}.scope_id`)}
      and ${run}.id in (with recursive ${below}(id) as (
        select ${node.alias}.id union select ${link}.child_id from ${below} join link ${link} on ${link}.parent_id = ${below}.id
      ) select id from ${below}))`;
}
