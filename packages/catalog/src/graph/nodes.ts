import { join, type Sql, sql } from '@linnaea/database';
import { compileConditions, walksOf } from './conditions.ts';
import { drivingPaths } from './driving-paths.ts';
import { type GraphScope, projectOf, shownTime } from './scope.ts';
import { compileTransactionCount, compileTransactions } from './transactions.ts';
import type { GraphColumn, GraphEdge, GraphOrder, NodeField, NodeQuery, Via } from './types.ts';
import { compileFirstWalks, compileWalks } from './walks.ts';

/** The record from which others are reached: its alias, and over which links. */
interface Origin {
  alias: Sql;
  via: Via;
}

/** A JSON array with one row per record: `[kind, [field, …]]`, in the order of the query. */
export function compileList(scope: GraphScope, query: NodeQuery, origin?: Origin): Sql {
  const r = scope.alias('r');
  const n = scope.alias('n');
  const limit = query.first === null ? sql`` : sql` limit ${query.first}::bigint`;
  const offset = query.offset > 0 ? sql` offset ${query.offset}::bigint` : sql``;
  return sql`(select coalesce(json_agg(${row(scope, query.fields, n)}), '[]'::json) from (
    ${records(scope, query, r, origin)}${limit}${offset}) ${n})`;
}

/** The records of a query in its order, without its limits. */
function records(scope: GraphScope, query: NodeQuery, r: Sql, origin?: Origin): Sql {
  const columns = sql`${r}.id, ${r}.kind, ${r}.uuid, ${r}.accession, ${r}.scope_id, ${r}.created_at, ${r}.updated_at,
      ${scope.attributes(r)} as attributes`;
  const enough = query.order.length > 0 || query.first === null ? null : query.first + query.offset;
  const reached = origin ? undefined : reachedByPath(scope, query, enough);
  if (reached === undefined) {
    return sql`select ${columns} from record ${r} where ${selection(scope, query, r, origin)}${after(scope, query, r)}
    order by ${orderColumns(scope, query.order, r, sql`${r}.id`)}`;
  }
  // sorted ids first: with a limit and no order of its own, only the records of the page are read
  const f = scope.alias('t');
  return sql`select ${columns} from (select id from (${reached}) ${scope.alias('t')} order by id) ${f} cross join lateral (
      select ${r}.* from record ${r} where ${r}.id = ${f}.id offset 0) ${r}
    order by ${orderColumns(scope, query.order, r, sql`${f}.id`)}`;
}

/**
 * The ids of the records of a query that asks for paths, found by walking along them; undefined when it asks for none, or
 * the records are better looked through. `enough`: how many are needed, the first by id; null: all.
 */
function reachedByPath(scope: GraphScope, query: NodeQuery, enough: number | null): Sql | undefined {
  const driving = drivingPaths(query.where);
  if (driving === undefined) return undefined;
  const isWanted = (r: Sql) => {
    const others = compileConditions(scope, driving.others, r);
    return sql`${r}.model = ${query.model} and ${ofKinds(query, r)} and ${others}${after(scope, query, r)}`;
  };
  const walks = walksOf(scope, driving.paths);
  const [only] = walks;
  const reached = compileWalks(scope, walks, isWanted);
  const most =
    driving.named === 'records' ? mostNamed : driving.named === undefined && enough !== null ? enough * 4 : 0;
  // a walk from each of many records would go over the same ground again
  if (walks.length !== 1 || only === undefined || reached === undefined || most === 0 || most > mostFirst) {
    return driving.named === 'records' ? undefined : reached;
  }
  const r = scope.alias('r');
  const records = sql`select ${r}.id from record ${r} where ${isWanted(r)} and ${scope.alive(r)} order by ${r}.id`;
  return compileFirstWalks(scope, only, { records, most, enough }, reached);
}

const mostNamed = 100;
const mostFirst = 1000;

/** How many records match, at most `first` when that is given. */
export function compileCount(scope: GraphScope, query: NodeQuery, origin?: Origin): Sql {
  const r = scope.alias('r');
  const reached = origin ? undefined : reachedByPath(scope, query, null);
  const count =
    compileTotal(scope, query, r, origin) ??
    (reached
      ? sql`(select count(*) from (${reached}) ${r})`
      : sql`(select count(*) from record ${r} where ${selection(scope, query, r, origin)})`);
  return query.first === null ? count : sql`least(${count}, ${query.first}::bigint)`;
}

/** The kept totals answer what asks for whole kinds, of everything or of some projects, however many there are. */
function compileTotal(scope: GraphScope, query: NodeQuery, t: Sql, origin?: Origin): Sql | undefined {
  const isWhole = query.where.every((condition) => condition.kind === 'projects');
  // totals count drafts too; only ODM records may be unpublished
  if (origin !== undefined || !isWhole || (query.model === 'odm' && scope.view === 'published')) return undefined;
  return sql`(select coalesce(sum(${t}.delta), 0)::bigint from record_count ${t}
    where ${t}.model = ${query.model} and ${t}.kind = any(${query.kinds}::text[]) and ${scope.allowed(t)}
      and ${compileConditions(scope, query.where, t)})`;
}

/** The condition over the record of an alias that makes it one of the query's. */
export function selection(scope: GraphScope, query: NodeQuery, r: Sql, origin?: Origin): Sql {
  const reached = origin ? sql` and ${reach(origin, r)}` : sql``;
  return sql`${r}.model = ${query.model} and ${ofKinds(query, r)}${reached} and ${scope.alive(r)}
    and ${compileConditions(scope, query.where, r)}`;
}

function ofKinds({ kinds }: NodeQuery, r: Sql): Sql {
  return kinds.length === 1 ? sql`${r}.kind = ${kinds[0]}` : sql`${r}.kind = any(${kinds}::text[])`;
}

// The ids come first, as an array: a plan then starts from one record's links, never from all records of the kind.
function reach({ alias, via }: Origin, r: Sql): Sql {
  if (via === 'every-link') {
    return sql`${r}.id = any(array(select l.child_id from link l where l.parent_id = ${alias}.id
      union select l.parent_id from link l where l.child_id = ${alias}.id))`;
  }
  const [only] = via;
  if (via.length === 1 && only) return sql`${r}.id = any(array(${ends(only, alias)}))`;
  const parts = via.map((edge) => sql`(${r}.kind = ${edge.kind} and ${r}.id = any(array(${ends(edge, alias)})))`);
  return parts.length === 0 ? sql`false` : sql`(${join(parts, ' or ')})`;
}

function ends(edge: GraphEdge, alias: Sql): Sql {
  return edge.direction === 'up'
    ? sql`select l.parent_id from link l where l.child_id = ${alias}.id and l.name = ${edge.name}`
    : sql`select l.child_id from link l where l.parent_id = ${alias}.id and l.name = ${edge.name}`;
}

// A function takes a hundred arguments at most, so wide rows come as several arrays.
const fieldsPerArray = 90;

function row(scope: GraphScope, fields: readonly NodeField[], n: Sql): Sql {
  const values = fields.map((field) => compileField(scope, field, n));
  const parts: Sql[] = [];
  for (let start = 0; start < values.length; start += fieldsPerArray) {
    parts.push(sql`json_build_array(${join(values.slice(start, start + fieldsPerArray))})`);
  }
  return parts.length === 0 ? sql`json_build_array(${n}.kind)` : sql`json_build_array(${n}.kind, ${join(parts)})`;
}

function compileField(scope: GraphScope, field: NodeField, n: Sql): Sql {
  const value = fieldValue(scope, field, n);
  return field.on === undefined ? value : sql`case when ${n}.kind = any(${field.on}::text[]) then ${value} end`;
}

function fieldValue(scope: GraphScope, field: NodeField, n: Sql): Sql {
  switch (field.kind) {
    case 'property':
      return sql`${n}.attributes -> ${field.name}::text`;
    case 'attributes':
      return sql`${n}.attributes`;
    case 'column':
      return columnValue(field.column, n);
    case 'list':
      return compileList(scope, field.query, { alias: n, via: field.via });
    case 'count':
      return compileCount(scope, field.query, { alias: n, via: field.via });
    case 'transactions':
      return compileTransactions(scope, field.query, sql`${n}.id`);
    case 'transaction-count':
      return compileTransactionCount(scope, field.query, sql`${n}.id`);
  }
}

function columnValue(column: GraphColumn, n: Sql): Sql {
  switch (column) {
    case 'id':
      return sql`${n}.uuid`;
    case 'accession':
      return sql`${n}.accession`;
    case 'kind':
      return sql`${n}.kind`;
    case 'project_id':
      return projectOf(n);
    case 'created_datetime':
      return shownTime(sql`${n}.created_at`);
    case 'updated_datetime':
      return shownTime(sql`${n}.updated_at`);
    case 'cursor':
    case 'record':
      return sql`${n}.id`;
  }
}

function orderValue(scope: GraphScope, by: string, r: Sql): Sql {
  switch (by) {
    case 'id':
      return sql`${r}.uuid`;
    case 'project_id':
      return projectOf(r);
    case 'created_datetime':
      return sql`${r}.created_at`;
    case 'updated_datetime':
      return sql`${r}.updated_at`;
    default:
      return sql`(${scope.attributes(r)} -> ${by}::text)`;
  }
}

/** A missing value is the least one, as JSON's null is. */
function orderColumns(scope: GraphScope, order: readonly GraphOrder[], r: Sql, id: Sql): Sql {
  const keys = order.map(({ by, descending }) => {
    const value = orderValue(scope, by, r);
    return descending ? sql`${value} desc nulls last` : sql`${value} asc nulls first`;
  });
  return join([...keys, id]);
}

/**
 * Keyset: what comes after a known record in the order of the query. A cursor can be made up: of a record that may not be
 * read no value is looked at, or pages would tell between which of the reader's own values it lies.
 */
function after(scope: GraphScope, query: NodeQuery, r: Sql): Sql {
  if (query.after === null) return sql``;
  const known = scope.alias('t');
  let later = sql`${r}.id > ${query.after}::bigint`;
  for (const { by, descending } of [...query.order].reverse()) {
    const value = orderValue(scope, by, r);
    const limit = sql`(select ${orderValue(scope, by, known)} from record ${known}
      where ${known}.id = ${query.after}::bigint and ${scope.allowed(known)})`;
    const beyond = descending
      ? sql`(${value} < ${limit} or (${value} is null and ${limit} is not null))`
      : sql`(${value} > ${limit} or (${value} is not null and ${limit} is null))`;
    later = sql`(coalesce(${beyond}, false) or (${value} is not distinct from ${limit} and ${later}))`;
  }
  return sql` and ${later}`;
}
