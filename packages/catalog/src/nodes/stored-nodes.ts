import { type Queryable, sql } from '@linnaea/database';
import type { Attributes } from '@linnaea/model';

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

/** Nodes by their id (in whatever project) or by their key in one project: one statement, each of its index. */
export async function findNodes(
  db: Queryable,
  scopeId: number,
  { ids, keys }: { ids: readonly string[]; keys: readonly string[] },
): Promise<StoredNode[]> {
  if (ids.length === 0 && keys.length === 0) return [];
  return db.query<StoredNode>(sql`
    select ${columns} from record r
    where r.scope_id = ${scopeId} and r.natural_key = any(${keys}::text[]) and r.deleted_change is null
    union all
    select ${columns} from record r
    where r.uuid = any(${ids}::uuid[]) and r.deleted_change is null
      and not (r.scope_id = ${scopeId} and coalesce(r.natural_key = any(${keys}::text[]), false))`);
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
  return db.query<TargetNode>(sql`
    select r.id as "recordId", r.uuid as id, r.kind as type, r.natural_key as "naturalKey" from record r
    where r.scope_id = ${scopeId} and r.natural_key = any(${keys}::text[]) and r.deleted_change is null
    union
    select r.id, r.uuid, r.kind, r.natural_key from record r
    where r.uuid = any(${ids}::uuid[]) and r.scope_id = ${scopeId} and r.deleted_change is null`);
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
    from link l join record p on p.id = l.parent_id and p.deleted_change is null
    where l.child_id = any(${children}::bigint[])`);
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
    from link l join record c on c.id = l.child_id and c.kind = ${type} and c.deleted_change is null
    where l.parent_id = any(${parents}::bigint[]) and l.name = ${name}`);
}
