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

/** A node as one JSON array: id, attributes, and of each target its id, the link's name and its key. */
type NodeText = [string, Attributes, [string, string, string | null][]];

/** Nodes in a page: as many as make about so many characters, to hold little of nodes with large texts. */
const pageLength = 400_000;
const pageRows = { first: 50, most: 1000 };

/**
 * Every node of one type in a project in pages: those without a name first, then the others by name. All pages show one
 * moment. The next pages are fetched while the caller works on one, a handful at most.
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
  // The index of names has the order already. A sort would write the whole type to disk before the first row, and the
  // planner expects a tenth of a cursor to be wanted.
  await tx.run(sql`set local enable_sort = off`);
  await tx.run(sql`set local cursor_tuple_fraction = 1`);
  const prefix = `${type}/`;
  const whole = sql`r.scope_id = ${scopeId} and r.kind = ${type} and r.model = 'gen3' and r.deleted_change is null`;
  yield* fetchPages(tx, 'unnamed_nodes', select(sql`${whole} and r.natural_key is null order by r.id`));
  yield* fetchPages(
    tx,
    'named_nodes',
    select(sql`${whole} and r.natural_key is not null and r.natural_key ^@ ${prefix}::text order by r.natural_key`),
  );
}

// A driver takes one column in half the time of four, and JSON put together as text costs half of what the functions
// that build it do; all its parts are JSON already.
const linksOf = sql`(
  select string_agg('["' || p.uuid || '",' || to_json(l.name) || ',' || coalesce(p.attributes->'submitter_id',
    case p.kind when 'project' then p.attributes->'code' when 'program' then p.attributes->'name' end, 'null') || ']', ','
    order by l.parent_id)
  from link l join record p on p.id = l.parent_id and ${lives(sql`p`)} where l.child_id = r.id)`;

function select(where: Sql): Sql {
  return sql`
    select '["' || r.uuid || '",' || r.attributes::text || ',[' || coalesce(${linksOf}, '') || ']]' as node
    from record r where ${where}`;
}

async function* fetchPages(tx: Transaction, cursor: string, statement: Sql): AsyncGenerator<PagedNode[]> {
  await tx.run(sql`declare ${raw(cursor)} no scroll cursor for ${statement}`);
  let wanted = pageRows.first;
  while (true) {
    const rows = await tx.query<{ node: string }>(raw(`fetch ${wanted} from ${cursor}`));
    if (rows.length > 0) yield rows.map(({ node }) => nodeOf(node));
    if (rows.length < wanted) break;
    const length = rows.reduce((sum, { node }) => sum + node.length, 0);
    wanted = Math.min(Math.max(1, Math.floor((pageLength * rows.length) / length)), pageRows.most);
  }
  await tx.run(raw(`close ${cursor}`));
}

function nodeOf(text: string): PagedNode {
  const [id, attributes, targets]: NodeText = JSON.parse(text);
  const links: PagedNode['links'] = {};
  for (const [target, name, key] of targets) {
    const known = Object.hasOwn(links, name) ? links[name] : undefined;
    if (known) known.push({ id: target, key });
    else links[name] = [{ id: target, key }];
  }
  return { id, attributes, links };
}
