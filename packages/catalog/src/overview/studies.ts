import { join, type Queryable, type Sql, sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import type { FullTextQuery } from '@linnaea/query';
import type { Page } from '../list.ts';
import { type View, viewAttributes, visibleRecords } from '../records.ts';
import { compileStudySearch } from './study-search.ts';

export const studySorts = ['changed', 'title', 'samples'] as const;
export type StudySort = (typeof studySorts)[number];

/** A study as one line of a list. */
export interface StudySummary {
  accession: string;
  title: string;
  ownerName: string;
  ownerEmail: string;
  sampleCount: number;
  /** Classes of the data that belong to it, e.g. `Expression`. */
  dataClasses: string[];
  /** The study's own metadata differ from what readers see, or readers see none yet. */
  isDraft: boolean;
  createdAt: Date;
  changedAt: Date;
}

export interface StudyListOptions {
  view: View;
  query?: FullTextQuery;
  sort: StudySort;
  offset: number;
  limit: number;
}

/** Everything of a study is in the study's scope, so that its samples are found by that alone. */
function sampleCount(principal: Principal, view: View): Sql {
  return sql`(select count(*)::int from record s where s.scope_id = r.scope_id and s.kind = 'sample'
    and ${visibleRecords(principal, 'read', view, sql`s`)})`;
}

function title(view: View): Sql {
  const shown = viewAttributes(view);
  return sql`coalesce(${shown} ->> 'Study Title', ${shown} ->> 'Study Name', r.accession)`;
}

function sortOrder(sort: StudySort, principal: Principal, view: View): Sql {
  switch (sort) {
    case 'changed':
      return sql`r.updated_at desc, r.id desc`;
    case 'title':
      return sql`lower(${title(view)}), r.id`;
    case 'samples':
      return sql`${sampleCount(principal, view)} desc, r.id desc`;
  }
}

/** The classes of the data files in the scope of alias `r`. */
function dataClasses(principal: Principal, view: View): Sql {
  return sql`array(select distinct coalesce(v.data_class, initcap(replace(replace(g.kind, '-group', ''), '-', ' ')))
    from record g left join signal v on v.group_id = g.id
    where g.scope_id = r.scope_id and g.kind in ('expression-group', 'variant-group', 'flow-cytometry-group')
      and ${visibleRecords(principal, 'read', view, sql`g`)} order by 1)`;
}

/** The columns of a `StudySummary` over alias `r`, which must be joined with an account as `u`. */
export function summaryColumns(principal: Principal, view: View): Sql {
  return sql`r.accession, ${title(view)} as title, coalesce(u.name, '') as "ownerName", coalesce(u.email, '') as "ownerEmail",
    ${sampleCount(principal, view)} as "sampleCount", ${dataClasses(principal, view)} as "dataClasses",
    (not r.is_published or r.published is not null) as "isDraft", r.created_at as "createdAt", r.updated_at as "changedAt"`;
}

export const withOwner = sql`left join scope c on c.id = r.scope_id
  left join user_account u on u.id = coalesce(c.owner_id, r.created_by)`;

/** A page of the studies that the principal may read, with what a list shows of each, and how many there are in all. */
export async function listStudies(
  db: Queryable,
  principal: Principal,
  options: StudyListOptions,
): Promise<Page<StudySummary>> {
  const { view, query } = options;
  const parts = [sql`r.model = 'odm'`, sql`r.kind = 'study'`, visibleRecords(principal, 'read', view)];
  if (query) parts.push(await compileStudySearch(db, principal, query, view));
  const where = join(parts, ' and ');
  // the page is chosen first, so that samples and data are counted for its few studies only
  const items = await db.query<StudySummary>(sql`
    with page as materialized (
      select r.id, row_number() over (order by ${sortOrder(options.sort, principal, view)}) as place
      from record r where ${where} order by place limit ${options.limit} offset ${options.offset}
    )
    select ${summaryColumns(principal, view)} from page join record r on r.id = page.id ${withOwner} order by page.place`);
  const count = await db.first<{ total: number }>(sql`select count(*)::int as total from record r where ${where}`);
  return { items, total: count?.total ?? 0 };
}
