import { join, type Sql, sql } from '@linnaea/database';
import type { GraphScope } from './scope.ts';
import type { PathWay } from './types.ts';

/** How targets and records are joined by links. */
export interface Walk {
  isTarget: (record: Sql) => Sql;
  way: PathWay;
  /** From the targets to the records. */
  direction: 'to-children' | 'to-parents';
}

/** A query of the ids, each once, that walks lead to and `wanted` holds for; undefined when there are no walks. */
export function compileWalks(scope: GraphScope, walks: readonly Walk[], wanted: (record: Sql) => Sql): Sql | undefined {
  if (walks.length === 0) return undefined;
  return join(
    walks.map((walk) => sql`(${fromTargets(scope, walk, wanted)})`),
    ' union ',
  );
}

/**
 * Only kinds that lie on a way are entered, and a record is entered once, so neither cycles nor many ways to the same
 * record cost more. Every step goes by indexes, one record after the other: the planner knows nothing of how many a walk
 * will reach, and right after an import nothing of the tables either.
 */
function fromTargets(scope: GraphScope, { isTarget, way, direction }: Walk, wanted: (record: Sql) => Sql): Sql {
  const w = scope.alias('w');
  const target = scope.alias('r');
  const next = scope.alias('r');
  // The targets themselves are no answer unless a walk comes back to them. As an array they count as few: for the many
  // that a walk might reach, space would be prepared before it is known whether the walk is taken at all.
  return sql`with recursive ${w} (id, onward, wanted) as (
      select t.id, true, false from unnest(array(select ${target}.id from record ${target} where ${isTarget(target)})) t (id)
      union
      select ${next}.id, ${next}.onward, ${next}.wanted from ${w} cross join lateral (${step(w, direction)}) l
      cross join lateral (
        select ${next}.id, ${next}.kind = any(${way.onward}::text[]) as onward, coalesce(${wanted(next)}, false) as wanted
        from record ${next}
        where ${next}.id = l.id and ${next}.kind = any(${way.through}::text[]) and ${scope.alive(next)} offset 0) ${next}
      where ${w}.onward)
    select id from ${w} where wanted`;
}

function step(w: Sql, direction: Walk['direction']): Sql {
  return direction === 'to-children'
    ? sql`select k.child_id as id from link k where k.parent_id = ${w}.id offset 0`
    : sql`select k.parent_id as id from link k where k.child_id = ${w}.id offset 0`;
}

export interface FirstRecords {
  /** The records that may be wanted, without a limit, in the order of their ids. */
  records: Sql;
  /** How many of them are looked at. */
  most: number;
  /** How many of the wanted ones are enough; null: all are needed. */
  enough: number | null;
}

// records on the ways from one record, on average; where there are more, the other end is the better one to begin at
const stepsPerRecord = 10;

/**
 * The ids that a walk leads to, when the first few records that are looked at may be enough: from those it walks to the
 * targets, and only if they do not settle the answer, from all targets to the records (`otherwise`).
 */
export function compileFirstWalks(
  scope: GraphScope,
  { isTarget, way, direction }: Walk,
  { records, most, enough }: FirstRecords,
  otherwise: Sql,
): Sql {
  const w = scope.alias('w');
  const next = scope.alias('r');
  const limit = most * stepsPerRecord;
  const back = direction === 'to-children' ? 'to-parents' : 'to-children';
  const settled = enough === null ? sql`` : sql` or (select count(*) from near) >= ${enough}::bigint`;
  // a recursion goes on only as long as its rows are fetched, so that the limit bounds the walk
  return sql`with recursive first as materialized (${records} limit ${most}::bigint),
    ${w} (origin, id, is_target) as (
      select id, id, false from first
      union
      select ${w}.origin, ${next}.id, ${next}.is_target from ${w} cross join lateral (${step(w, back)}) l
      cross join lateral (
        select ${next}.id, coalesce(${isTarget(next)}, false) as is_target from record ${next}
        where ${next}.id = l.id and ${next}.kind = any(${way.through}::text[]) and ${scope.alive(next)} offset 0) ${next}),
    walked as materialized (select origin, is_target from ${w} limit ${limit}::bigint),
    near as materialized (select distinct origin as id from walked where is_target),
    decided as materialized (
      select (select count(*) from walked) < ${limit}::bigint and ((select count(*) from first) < ${most}::bigint${settled}) as near)
    select id from near where (select near from decided)
    union all select id from (${otherwise}) otherwise where not (select near from decided)`;
}
