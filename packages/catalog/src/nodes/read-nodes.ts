import { type Database, type Queryable, type Sql, sql } from '@linnaea/database';
import type { Attributes } from '@linnaea/model';
import { lives } from './stored-nodes.ts';

/** A target of a link: its id, and the name people know it by (submitter id, project code, program name). */
export interface LinkedNode {
  id: string;
  key: string | null;
}

export interface NodeWithLinks {
  recordId: number;
  /** UUID. */
  id: string;
  type: string;
  /** Without links, ids and times; never null. */
  attributes: Attributes;
  createdAt: Date;
  updatedAt: Date;
  links: Record<string, LinkedNode[]>;
}

const linksOf = sql`coalesce((
  select jsonb_object_agg(named.name, named.targets) from (
    select l.name, jsonb_agg(jsonb_build_object('id', p.uuid, 'key', coalesce(p.attributes->>'submitter_id',
      case p.kind when 'project' then p.attributes->>'code' when 'program' then p.attributes->>'name' end)) order by p.id) as targets
    from link l join record p on p.id = l.parent_id and ${lives(sql`p`)}
    where l.child_id = r.id group by l.name) named), '{}') as links`;

function select(from: Sql, where: Sql, order: Sql = sql`r.id`): Sql {
  return sql`
    select r.id as "recordId", r.uuid as id, r.kind as type, r.attributes, r.created_at as "createdAt",
      r.updated_at as "updatedAt", ${linksOf}
    from ${from} where ${where} and r.model = 'gen3' and ${lives(sql`r`)} order by ${order}`;
}

/** Nodes of a project by id, in the order of the ids; unknown ones are left out. */
export async function readNodes(db: Queryable, scopeId: number, ids: readonly string[]): Promise<NodeWithLinks[]> {
  if (ids.length === 0) return [];
  const rows = await db.query<NodeWithLinks>(
    select(sql`record r`, sql`r.uuid = any(${ids}::uuid[]) and r.scope_id = ${scopeId}`),
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => found.get(id.toLowerCase()) ?? []);
}

/** Every node of one type in a project, by name, through a cursor. */
export function streamNodes(db: Database, scopeId: number, type: string): AsyncIterable<NodeWithLinks> {
  const where = sql`r.scope_id = ${scopeId} and r.kind = ${type}`;
  return db.stream<NodeWithLinks>(select(sql`record r`, where, sql`r.natural_key nulls first, r.id`));
}

/** Types of the nodes with these ids, and of what hangs on them when `withChildren` is set. */
export async function typesBelow(db: Queryable, selection: NodeSelection): Promise<string[]> {
  const rows = await db.query<{ type: string }>(sql`
    with recursive ${below(selection)}
    select r.kind as type from record r join below on below.id = r.id where ${lives(sql`r`)}
    group by r.kind order by min(r.id)`);
  return rows.map((row) => row.type);
}

export interface NodeSelection {
  scopeId: number;
  ids: readonly string[];
  withChildren: boolean;
}

/** The selected nodes of some types, parents before children, through a cursor. */
export function streamSelected(
  db: Database,
  selection: NodeSelection,
  types: readonly string[],
): AsyncIterable<NodeWithLinks> {
  return db.stream<NodeWithLinks>(sql`
    with recursive ${below(selection)}
    ${select(sql`record r join below on below.id = r.id`, sql`r.kind = any(${types}::text[])`)}`);
}

function below({ scopeId, ids, withChildren }: NodeSelection): Sql {
  const step = withChildren
    ? sql`union select l.child_id from below b join link l on l.parent_id = b.id
        join record c on c.id = l.child_id and c.scope_id = ${scopeId} and ${lives(sql`c`)}`
    : sql``;
  return sql`below(id) as (
    select id from record where uuid = any(${ids}::uuid[]) and scope_id = ${scopeId} and ${lives(sql`record`)} ${step})`;
}
