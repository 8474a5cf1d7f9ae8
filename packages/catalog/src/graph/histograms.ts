import { type Sql, sql } from '@linnaea/database';
import { selection } from './nodes.ts';
import { type GraphScope, projectOf } from './scope.ts';
import type { BinsQuery, NodeQuery } from './types.ts';

/** A JSON array `[{key, count}]` of the values of a property, the frequent ones first; items of lists count each. */
export function compileTerms(scope: GraphScope, query: NodeQuery, name: string): Sql {
  const r = scope.alias('r');
  return sql`(select coalesce(json_agg(json_build_object('key', t.key, 'count', t.count) order by t.count desc, t.key), '[]'::json)
    from (select e.value as key, count(*) as count
      from (select ${termOf(scope, name, r)} as value from record ${r} where ${selection(scope, query, r)}) v,
        jsonb_array_elements_text(case jsonb_typeof(v.value) when 'array' then v.value else jsonb_build_array(v.value) end) e (value)
      where v.value is not null and e.value is not null group by e.value) t)`;
}

function termOf(scope: GraphScope, name: string, r: Sql): Sql {
  if (name === 'project_id') return sql`to_jsonb(${projectOf(r)})`;
  if (name === 'type') return sql`to_jsonb(${r}.kind)`;
  return sql`(${scope.attributes(r)} -> ${name}::text)`;
}

/** A JSON array `[{key: [from, to], min, max, avg, sum, count}]` over the numbers of a property; empty bins are left out. */
export function compileBins(scope: GraphScope, query: NodeQuery, bins: BinsQuery): Sql {
  const r = scope.alias('r');
  const value = sql`(${scope.attributes(r)} -> ${bins.name}::text)`;
  return sql`(with numbers as materialized (
      select case when jsonb_typeof(${value}) = 'number' then (${value} #>> '{}')::float8 end as x
      from record ${r} where ${selection(scope, query, r)}),
    range as (
      select coalesce(${bins.start}::float8, min(x)) as lo, coalesce(${bins.end}::float8, max(x)) as hi from numbers),
    grid as (select lo, hi, coalesce(${bins.step}::float8, (hi - lo) / ${bins.count}::float8) as step from range),
    placed as (
      select x, lo, hi, step, case when step > 0
        then least(floor((x - lo) / step), coalesce(${bins.count}::float8 - 1, 'infinity')) else 0 end as bin
      from numbers, grid where x between lo and hi)
    select coalesce(json_agg(json_build_object('key', json_build_array(b.low, b.high), 'min', b.min, 'max', b.max,
      'avg', b.avg, 'sum', b.sum, 'count', b.count) order by b.low), '[]'::json)
    from (select case when step > 0 then lo + bin * step else lo end as low,
        case when step > 0 then lo + (bin + 1) * step else hi end as high,
        min(x), max(x), avg(x), sum(x), count(*)
      from placed group by 1, 2) b)`;
}
