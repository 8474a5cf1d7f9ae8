import { type Queryable, type Sql, sql } from '@linnaea/database';
import type { OdmKind, Principal } from '@linnaea/model';
import type { Page } from './list.ts';
import { type View, visibleRecords } from './records.ts';

/** A record and one above it, by internal ids and by accessions. */
export interface ParentPair {
  childId: number;
  parentId: number;
  child: string;
  parent: string;
}

/**
 * The records of a kind above many records at once, over as many links as it takes: a run that was made from a library
 * has the library's samples. Pairs of which the principal may see both ends, by child, then by parent.
 */
export function parentsOf(
  db: Queryable,
  principal: Principal,
  childIds: readonly number[],
  parentKind: OdmKind,
  view: View,
): Promise<ParentPair[]> {
  return db.query<ParentPair>(sql`
    with recursive up(child_id, id) as (
      select child_id, child_id from unnest(${childIds}::bigint[]) as asked(child_id)
      union
      select up.child_id, l.parent_id from up join link l on l.child_id = up.id
    )
    select c.id as "childId", p.id as "parentId", c.accession as child, p.accession as parent
    from up join record c on c.id = up.child_id join record p on p.id = up.id
    where p.model = 'odm' and p.kind = ${parentKind} and p.id <> c.id
      and ${visibleRecords(principal, 'read', view, sql`c`)} and ${visibleRecords(principal, 'read', view, sql`p`)}
    order by c.id, p.id`);
}

/** A stored link as seen from one of its ends. Kinds of groups end in `-group`. */
export interface StoredLink {
  accession: string;
  kind: string;
  otherAccession: string;
  otherKind: string;
}

export interface LinkQuery {
  view: View;
  /** Only links of records of this kind. */
  kind?: string;
  /** Only links to records of this kind. */
  otherKind?: string;
  /** Only links to these accessions. */
  others?: readonly string[];
  offset: number;
  limit: number;
}

/**
 * The links that are stored for records or groups, not those that follow from others. A link between groups counts
 * while a member of the one is linked to a member of the other: a run that finds another parent leaves it behind. Both
 * ends must be visible to the principal. In the order asked, parents before children; `total` counts all pages.
 */
export async function linksOf(
  db: Queryable,
  principal: Principal,
  accessions: readonly string[],
  query: LinkQuery,
): Promise<Page<StoredLink>> {
  const { view, others } = query;
  // the outer join answers the total even where the page is empty
  const rows = await db.query<{ total: number; accession: string | null } & Omit<StoredLink, 'accession'>>(sql`
    with asked as (
      select r.id, r.kind, r.accession, a.place
      from (select accession, min(place) as place from unnest(${accessions}::text[]) with ordinality as each(accession, place)
        group by accession) a join record r on r.accession = a.accession
      where r.model = 'odm' and ${equals(sql`r.kind`, query.kind)} and ${visibleRecords(principal, 'read', view)}
    ), ends as (
      select asked.*, 0 as direction, l.parent_id as other_id, l.child_id, l.parent_id
      from asked join link l on l.child_id = asked.id
      union all
      select asked.*, 1, l.child_id, l.child_id, l.parent_id from asked join link l on l.parent_id = asked.id
    ), found as (
      select e.place, e.direction, e.other_id, e.accession, e.kind, o.accession as "otherAccession", o.kind as "otherKind"
      from ends e join record o on o.id = e.other_id
      where o.model = 'odm' and ${equals(sql`o.kind`, query.otherKind)}
        and ${others === undefined ? sql`true` : sql`o.accession = any(${others}::text[])`}
        and ${visibleRecords(principal, 'read', view, sql`o`)}
        and (case e.direction when 0 then e.kind else o.kind end not like '%-group' or exists (
          select from record c join link own on own.child_id = c.id join record p on p.id = own.parent_id
          where c.group_id = e.child_id and c.deleted_change is null and e.parent_id in (p.id, p.group_id)))
    )
    select counted.total, page.accession, page.kind, page."otherAccession", page."otherKind"
    from (select count(*)::int as total from found) counted left join (
      select * from found order by place, direction, other_id offset ${query.offset}::bigint limit ${query.limit}::bigint
    ) page on true order by page.place, page.direction, page.other_id`);
  const items = rows.flatMap(({ accession, kind, otherAccession, otherKind }) =>
    accession === null ? [] : [{ accession, kind, otherAccession, otherKind }],
  );
  return { items, total: rows[0]?.total ?? 0 };
}

function equals(column: Sql, value: string | undefined): Sql {
  return value === undefined ? sql`true` : sql`${column} = ${value}`;
}

/** A record that hangs on nothing. */
export interface DetachedRecord {
  id: number;
  kind: string;
  accession: string;
  /** Empty when nobody is known to have made it. */
  ownerEmail: string;
  createdAt: Date;
}

/**
 * Studies without samples, and groups none of whose members leads to a study; by the order of `kinds`, then by id.
 * `after` continues a list behind the record that its page before ended with.
 */
export function detachedRecords(
  db: Queryable,
  principal: Principal,
  kinds: readonly string[],
  page: { limit: number; after?: { kind: string; id: number } },
): Promise<DetachedRecord[]> {
  const { limit, after } = page;
  const start = after === undefined ? 0 : kinds.indexOf(after.kind) + 1;
  // a run is at most three links away from its study: library or preparation, sample, study
  return db.query<DetachedRecord>(sql`
    select r.id, r.kind, r.accession, coalesce(u.email, '') as "ownerEmail", r.created_at as "createdAt"
    from unnest(${kinds}::text[]) with ordinality as wanted(kind, place)
    join record r on r.model = 'odm' and r.kind = wanted.kind
    left join user_account u on u.id = r.created_by
    where (wanted.place, r.id) > (${start}::bigint, ${after?.id ?? 0}::bigint)
      and ${visibleRecords(principal, 'read', 'draft')}
      and case when r.kind = 'study' then not exists (
        select from link l join record c on c.id = l.child_id
        where l.parent_id = r.id and l.name = 'study' and c.kind = 'sample' and c.deleted_change is null)
      else not exists (
        select from record m join link first on first.child_id = m.id
        left join link second on second.child_id = first.parent_id
        left join link third on third.child_id = second.parent_id
        where m.group_id = r.id and m.deleted_change is null and 'study' in (first.name, second.name, third.name)) end
    order by wanted.place, r.id limit ${limit}::bigint`);
}
