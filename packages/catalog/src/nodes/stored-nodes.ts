import { type Queryable, type Sql, sql } from '@linnaea/database';
import type { Attributes } from '@linnaea/model';

/**
 * That a record found by its id lives. Written so that no partial index `where deleted_change is null` fits: on tables
 * without statistics the planner would read that whole index in place of looking the id up.
 */
export function lives(alias: Sql): Sql {
  return sql`coalesce(${alias}.deleted_change, 0) = 0`;
}

export interface StoredNode {
  recordId: number;
  /** UUID. */
  id: string;
  type: string;
  scopeId: number;
  naturalKey: string | null;
  attributes: Attributes;
  createdAt: Date;
  updatedAt: Date;
}

const columns = sql`r.id as "recordId", r.uuid as id, r.kind as type, r.scope_id as "scopeId",
  r.natural_key as "naturalKey", r.attributes, r.created_at as "createdAt", r.updated_at as "updatedAt"`;

// One look into the unique index for each key or id. `limit 1` keeps the planner from any other way, which it would
// choose on tables that have grown since their statistics were taken.
function byKey(scopeId: number, keys: readonly string[], wanted: Sql): Sql {
  return sql`
    select found.* from unnest(${keys}::text[]) as asked(key) cross join lateral (
      select ${wanted} from record r
      where r.scope_id = ${scopeId} and r.natural_key = asked.key and r.deleted_change is null limit 1) found`;
}

function byId(ids: readonly string[], wanted: Sql): Sql {
  return sql`
    select found.* from unnest(${ids}::uuid[]) as asked(id) cross join lateral (
      select ${wanted} from record r where r.uuid = asked.id and ${lives(sql`r`)} limit 1) found`;
}

/** Nodes by their id (in whatever project) and by their key in one project; one found both ways comes once. */
export async function findNodes(
  db: Queryable,
  scopeId: number,
  { ids, keys }: { ids: readonly string[]; keys: readonly string[] },
): Promise<StoredNode[]> {
  if (ids.length === 0 && keys.length === 0) return [];
  const rows = await db.query<StoredNode>(sql`${byKey(scopeId, keys, columns)} union all ${byId(ids, columns)}`);
  return [...new Map(rows.map((row) => [row.recordId, row])).values()];
}

export interface TargetNode {
  recordId: number;
  id: string;
  type: string;
  naturalKey: string | null;
}

/** What links may point to: nodes of one project by id or key, without their properties. */
export async function findTargets(
  db: Queryable,
  scopeId: number,
  { ids, keys }: { ids: readonly string[]; keys: readonly string[] },
): Promise<TargetNode[]> {
  if (ids.length === 0 && keys.length === 0) return [];
  const wanted = sql`r.id as "recordId", r.uuid as id, r.kind as type, r.natural_key as "naturalKey", r.scope_id as scope`;
  const rows = await db.query<TargetNode & { scope: number }>(sql`
    ${byKey(scopeId, keys, wanted)} union all ${byId(ids, wanted)}`);
  return rows.filter((row) => row.scope === scopeId);
}

export interface StoredLink {
  child: number;
  name: string;
  parent: number;
}

/** The links of children to parents that live. */
export async function findLinks(db: Queryable, children: readonly number[]): Promise<StoredLink[]> {
  if (children.length === 0) return [];
  return db.query<StoredLink>(sql`
    select l.child_id as child, l.name, l.parent_id as parent
    from unnest(${children}::bigint[]) as asked(id) join link l on l.child_id = asked.id
    cross join lateral (select from record p where p.id = l.parent_id and ${lives(sql`p`)} limit 1) parent`);
}

/** Which of the parents have a child of this type under this link: for links that allow one only. */
export async function findChildrenOf(
  db: Queryable,
  parents: readonly number[],
  name: string,
  type: string,
): Promise<StoredLink[]> {
  if (parents.length === 0) return [];
  return db.query<StoredLink>(sql`
    select l.child_id as child, l.name, l.parent_id as parent
    from unnest(${parents}::bigint[]) as asked(id) join link l on l.parent_id = asked.id and l.name = ${name}
    cross join lateral (
      select from record c where c.id = l.child_id and c.kind = ${type} and ${lives(sql`c`)} limit 1) child`);
}
