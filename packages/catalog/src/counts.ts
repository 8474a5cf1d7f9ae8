import { type Queryable, type Sql, sql } from '@linnaea/database';
import { visible } from '@linnaea/identity';
import type { ModelName, Principal } from '@linnaea/model';

/**
 * A sub-select for the number of live records of a kind that a principal may read: a look at kept totals, whatever their
 * number. `scope` may narrow it, over `total.scope_id`. Drafts that were never published count too.
 */
export function countOf(principal: Principal, model: ModelName, kind: string, scope: Sql = sql`true`): Sql {
  return sql`(select coalesce(sum(total.delta), 0)::bigint from record_count total
    where total.model = ${model} and total.kind = ${kind} and ${visible(principal, 'read', sql`total.scope_id`)} and ${scope})`;
}

/** The numbers of live records by kind that a principal may read; kinds without any are left out. */
export async function countRecords(
  db: Queryable,
  principal: Principal,
  model: ModelName,
): Promise<Map<string, number>> {
  const rows = await db.query<{ kind: string; count: number }>(sql`
    select kind, sum(delta)::bigint as count from record_count
    where model = ${model} and ${visible(principal, 'read', sql`scope_id`)} group by kind having sum(delta) <> 0`);
  return new Map(rows.map((row) => [row.kind, row.count]));
}

/** Adds the kept differences up, so that they stay few. */
export async function compactCounts(db: Queryable): Promise<void> {
  await db.run(sql`
    with gone as (delete from record_count returning *)
    insert into record_count select scope_id, model, kind, sum(delta) from gone group by 1, 2, 3 having sum(delta) <> 0`);
}
