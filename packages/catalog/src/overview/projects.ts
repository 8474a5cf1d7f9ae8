import { type Queryable, sql } from '@linnaea/database';
import { visible } from '@linnaea/identity';
import type { Principal } from '@linnaea/model';
import { countOf } from '../counts.ts';

export interface ProjectSummary {
  /** `program-code`. */
  id: string;
  program: string;
  code: string;
  /** Nodes by kind; kinds without a node are left out. */
  counts: Record<string, number>;
  total: number;
}

/** The projects that the principal may read, by name, with how many nodes of each kind they hold. */
export async function listProjects(db: Queryable, principal: Principal): Promise<ProjectSummary[]> {
  const rows = await db.query<{ id: string; program: string; counts: Record<string, number>; total: number }>(sql`
    select s.name as id, coalesce(p.name, split_part(s.name, '-', 1)) as program,
      coalesce(n.counts, '{}') as counts, coalesce(n.total, 0)::int as total
    from scope s left join scope p on p.id = s.parent_id
    left join lateral (
      select jsonb_object_agg(k.kind, k.count) as counts, sum(k.count) as total from (
        select c.kind, sum(c.delta)::int as count from record_count c
        where c.scope_id = s.id and c.model = 'gen3' and c.kind not in ('root', 'program', 'project')
        group by c.kind having sum(c.delta) > 0) k
    ) n on true
    where s.kind = 'project' and ${visible(principal, 'read', sql`s.id`)} order by s.name`);
  return rows.map((row) => ({ ...row, code: row.id.slice(row.program.length + 1) }));
}

/** What the first page counts: everything that the principal may read. */
export async function countCatalogue(
  db: Queryable,
  principal: Principal,
): Promise<{ studies: number; samples: number; projects: number }> {
  const row = await db.first<{ studies: number; samples: number; projects: number }>(sql`
    select
      ${countOf(principal, 'odm', 'study')} as studies,
      ${countOf(principal, 'odm', 'sample')} as samples,
      (select count(*)::int from scope s where s.kind = 'project' and ${visible(principal, 'read', sql`s.id`)}) as projects`);
  return row!;
}
