import { join, type Sql, sql } from '@linnaea/database';
import { selection } from './nodes.ts';
import { type GraphScope, projectOf, shownTime } from './scope.ts';
import type { BinsQuery, Breakdown, NodeQuery } from './types.ts';

/**
 * A JSON array `[{key, count, terms, missing}]` of the values of a property, the frequent ones first; items of lists
 * count each. `terms` and `missing` have an entry for each property of the breakdown: `[{key, count}]` or null when
 * there is no value, and how many records lack it.
 */
export function compileTerms(scope: GraphScope, query: NodeQuery, name: string, breakdown: Breakdown): Sql {
  const r = scope.alias('r');
  const parts = breakdownParts(scope, breakdown, r);
  return sql`(with members as (
      select e.value as bucket${parts.names} from (
        select ${termOf(scope, name, r)} as value${parts.values} from record ${r} where ${selection(scope, query, r)}) v,
        ${items(sql`v.value`)} e (value)
      where e.value is not null)
    select coalesce(json_agg(json_build_object('key', b.bucket, 'count', b.count${parts.members})
      order by b.count desc, b.bucket), '[]'::json)
    from (select bucket, count(*) as count${parts.counts} from members group by bucket) b${parts.joins})`;
}

/**
 * A JSON array `[{key: [from, to], min, max, avg, sum, count, terms, missing}]` over the numbers of a property; empty
 * bins are left out.
 */
export function compileBins(scope: GraphScope, query: NodeQuery, bins: BinsQuery, breakdown: Breakdown): Sql {
  const r = scope.alias('r');
  const value = sql`(${scope.attributes(r)} -> ${bins.name}::text)`;
  const parts = breakdownParts(scope, breakdown, r);
  return sql`(with numbers as materialized (
      select case when jsonb_typeof(${value}) = 'number' then (${value} #>> '{}')::float8 end as x${parts.values}
      from record ${r} where ${selection(scope, query, r)}),
    range as (
      select coalesce(${bins.start}::float8, min(x)) as lo, coalesce(${bins.end}::float8, max(x)) as hi from numbers),
    grid as (select lo, hi, coalesce(${bins.step}::float8, (hi - lo) / ${bins.count}::float8) as step from range),
    members as (
      select x, lo, hi, step, case when step > 0
        then least(floor((x - lo) / step), coalesce(${bins.count}::float8 - 1, 'infinity')) else 0 end as bucket${parts.names}
      from numbers v, grid where x between lo and hi)
    select coalesce(json_agg(json_build_object('key', json_build_array(b.low, b.high), 'min', b.min, 'max', b.max,
      'avg', b.avg, 'sum', b.sum, 'count', b.count${parts.members}) order by b.low), '[]'::json)
    from (select bucket, case when step > 0 then lo + bucket * step else lo end as low,
        case when step > 0 then lo + (bucket + 1) * step else hi end as high,
        min(x), max(x), avg(x), sum(x), count(*)${parts.counts}
      from members group by bucket, lo, hi, step) b${parts.joins})`;
}

/** What a breakdown adds to a statement of buckets, in the places where it adds it. All empty when there is none. */
interface BreakdownParts {
  /** The values of each record, and the columns `v.…` that hold them. */
  values: Sql;
  names: Sql;
  /** Counts of each bucket. */
  counts: Sql;
  /** Members of each bucket's object, from `b` and the joins. */
  members: Sql;
  joins: Sql;
}

function breakdownParts(scope: GraphScope, { terms, missing }: Breakdown, r: Sql): BreakdownParts {
  const columns = new Map([...terms, ...missing].map((name) => [name, scope.alias('t')]));
  const columnOf = (name: string) => columns.get(name) ?? sql`null`;
  const counts = missing.map((name) => ({ name, count: scope.alias('n') }));
  const joins = terms.map((name) => ({ name, table: scope.alias('n') }));
  const each = <T>(things: readonly T[], part: (thing: T) => Sql) =>
    things.length === 0 ? sql`` : join(things.map(part), '');
  return {
    values: each([...columns], ([name, column]) => sql`, ${termOf(scope, name, r)} as ${column}`),
    names: each([...columns], ([, column]) => sql`, v.${column}`),
    counts: each(counts, ({ name, count }) => sql`, count(*) filter (where ${isMissing(columnOf(name))}) as ${count}`),
    members: sql`${arrayMember(
      'missing',
      counts.map(({ count }) => sql`b.${count}`),
    )}${arrayMember(
      'terms',
      joins.map(({ table }) => sql`${table}.terms`),
    )}`,
    joins: each(
      joins,
      ({ name, table }) => sql` left join (
      select bucket, json_agg(json_build_object('key', term, 'count', count) order by count desc, term) as terms
      from (select m.bucket, e.value as term, count(*) as count
        from members m, ${items(sql`m.${columnOf(name)}`)} e (value) where e.value is not null group by 1, 2) counted
      group by bucket) ${table} on ${table}.bucket = b.bucket`,
    ),
  };
}

function arrayMember(name: 'missing' | 'terms', values: readonly Sql[]): Sql {
  return values.length === 0 ? sql`` : sql`, ${name}::text, json_build_array(${join(values)})`;
}

function isMissing(value: Sql): Sql {
  return sql`${value} is null or ${value} in ('null'::jsonb, '[]'::jsonb)`;
}

/** The items of a list, or the one value, as a table of texts; a value that is not there is one null. */
function items(value: Sql): Sql {
  return sql`jsonb_array_elements_text(case jsonb_typeof(${value}) when 'array' then ${value} else jsonb_build_array(${value}) end)`;
}

function termOf(scope: GraphScope, name: string, r: Sql): Sql {
  switch (name) {
    case 'id':
      return sql`to_jsonb(${r}.uuid)`;
    case 'project_id':
      return sql`to_jsonb(${projectOf(r)})`;
    case 'type':
      return sql`to_jsonb(${r}.kind)`;
    case 'created_datetime':
      return sql`to_jsonb(${shownTime(sql`${r}.created_at`)})`;
    case 'updated_datetime':
      return sql`to_jsonb(${shownTime(sql`${r}.updated_at`)})`;
    default:
      return sql`(${scope.attributes(r)} -> ${name}::text)`;
  }
}
