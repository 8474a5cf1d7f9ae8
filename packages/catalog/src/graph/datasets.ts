import { type Queryable, sql } from '@linnaea/database';
import type { Attributes, Principal } from '@linnaea/model';
import { visibleRecords } from '../records.ts';

export interface Dataset {
  projectId: string;
  attributes: Attributes;
  /** Number of nodes by kind, for those of the asked kinds that there are. */
  counts: Record<string, number>;
}

/** The projects that may be read, by id, with the numbers of their nodes of the given kinds. One statement. */
export async function listDatasets(db: Queryable, principal: Principal, kinds: readonly string[]): Promise<Dataset[]> {
  return db.query<Dataset>(sql`
    select s.name as "projectId", r.attributes, coalesce(counted.counts, '{}'::json) as counts
    from record r join scope s on s.id = r.scope_id and s.kind = 'project'
    left join lateral (
      select json_object_agg(kind, number) as counts from (
        select n.kind, count(*) as number from record n
        where n.scope_id = s.id and n.model = 'gen3' and n.kind = any(${kinds}::text[]) and n.deleted_change is null
        group by n.kind) by_kind) counted on true
    where r.model = 'gen3' and r.kind = 'project' and ${visibleRecords(principal, 'read', 'draft')}
    order by s.name`);
}
