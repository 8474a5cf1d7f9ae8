import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Database, raw, type Sql, sql, type Transaction } from '@linnaea/database';
import type { Attributes } from '@linnaea/model';
import type { LinkedNode } from './read-nodes.ts';
import { lives } from './stored-nodes.ts';

/** A node as exports need it. */
export interface PagedNode {
  /** UUID. */
  id: string;
  /** Without links, ids and times; never null. */
  attributes: Attributes;
  links: Record<string, LinkedNode[]>;
}

/** A node as one JSON array: id, attributes, and of each link the record id of its target and the link's name. */
type NodeText = [id: string, attributes: Attributes, links: [target: number, name: string][]];

/** Targets by record id; null: deleted. Nodes that follow each other often share them. */
type Targets = Map<number, LinkedNode | null>;

/** Nodes in a page: as many as make about so many characters, to hold little of nodes with large texts. */
const pageLength = 400_000;
const pageRows = { first: 50, most: 1000 };
const mostTargets = 10_000;

/**
 * Every node of one type in a project in pages: those without a name first, oldest first, then the others by name.
 * All pages show one moment. The next pages are fetched while the caller works on one, a handful at most.
 */
export async function* streamNodePages(db: Database, scopeId: number, type: string): AsyncGenerator<PagedNode[]> {
  const channel = new PassThrough({ objectMode: true, highWaterMark: 1 });
  const reading = db
    .transaction((tx) => pipeline(readPages(tx, scopeId, type), channel), { isolation: 'repeatable read' })
    // also what failed before the pipeline stood; the caller gets it from the channel
    .catch((error: unknown) => {
      channel.destroy(error instanceof Error ? error : new Error('Reading nodes failed', { cause: error }));
    });
  try {
    yield* channel;
  } finally {
    channel.destroy();
    await reading;
  }
}

async function* readPages(tx: Transaction, scopeId: number, type: string): AsyncGenerator<PagedNode[]> {
  const whole = sql`r.scope_id = ${scopeId} and r.kind = ${type} and r.model = 'gen3' and r.deleted_change is null`;
  // not by id alone: for that order the planner would walk through the type's nodes in all projects
  const unnamed = sql`${whole} and r.natural_key is null order by r.created_at, r.id`;
  const named = sql`${whole} and r.natural_key is not null and r.natural_key ^@ ${`${type}/`}::text order by r.natural_key`;
  // the planner expects a tenth of a cursor to be wanted
  await tx.run(sql`set local cursor_tuple_fraction = 1`);
  yield* fetchPages(tx, 'unnamed_nodes', select(unnamed));
  // the index of names has the order; a sort would write the whole type to disk before the first row
  await tx.run(sql`set local enable_sort = off`);
  yield* fetchPages(tx, 'named_nodes', select(named));
}

// A driver takes one column in half the time of four, and JSON put together as text costs half of what the functions
// that build it do; all its parts are JSON already.
function select(where: Sql): Sql {
  return sql`
    select '["' || r.uuid || '",' || r.attributes::text || ',[' || coalesce((
      select string_agg('[' || l.parent_id || ',' || to_json(l.name) || ']', ',' order by l.parent_id)
      from link l where l.child_id = r.id), '') || ']]' as node
    from record r where ${where}`;
}

async function findTargets(tx: Transaction, nodes: readonly NodeText[], targets: Targets): Promise<void> {
  if (targets.size > mostTargets) targets.clear();
  const missing = new Set<number>();
  for (const [, , links] of nodes) for (const [target] of links) if (!targets.has(target)) missing.add(target);
  if (missing.size === 0) return;
  const found = await tx.first<{ list: string | null }>(sql`
    select string_agg('[' || p.id || ',"' || p.uuid || '",' || coalesce(p.attributes->'submitter_id', case p.kind
      when 'project' then p.attributes->'code' when 'program' then p.attributes->'name' end, 'null') || ']', ',') as list
    from record p where p.id = any(${[...missing]}::bigint[]) and ${lives(sql`p`)}`);
  for (const target of missing) targets.set(target, null);
  const list: [number, string, string | null][] = JSON.parse(`[${found?.list ?? ''}]`);
  for (const [recordId, id, key] of list) targets.set(recordId, { id, key });
}

async function* fetchPages(tx: Transaction, cursor: string, statement: Sql): AsyncGenerator<PagedNode[]> {
  await tx.run(sql`declare ${raw(cursor)} no scroll cursor for ${statement}`);
  const targets: Targets = new Map();
  let wanted = pageRows.first;
  while (true) {
    const rows = await tx.query<{ node: string }>(raw(`fetch ${wanted} from ${cursor}`));
    const nodes = rows.map(({ node }): NodeText => JSON.parse(node));
    await findTargets(tx, nodes, targets);
    if (nodes.length > 0) yield nodes.map((node) => withLinks(node, targets));
    if (rows.length < wanted) break;
    const length = rows.reduce((sum, { node }) => sum + node.length, 0);
    wanted = Math.min(Math.max(1, Math.floor((pageLength * rows.length) / length)), pageRows.most);
  }
  await tx.run(raw(`close ${cursor}`));
}

function withLinks([id, attributes, named]: NodeText, targets: Targets): PagedNode {
  const links: PagedNode['links'] = {};
  for (const [recordId, name] of named) {
    const target = targets.get(recordId);
    if (!target) continue;
    const known = Object.hasOwn(links, name) ? links[name] : undefined;
    if (known) known.push(target);
    else links[name] = [target];
  }
  return { id, attributes, links };
}
