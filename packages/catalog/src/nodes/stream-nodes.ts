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

interface PagedRow {
  id: string;
  attributes: Attributes;
  /** Items of a JSON array: id, link's name and key of each target. */
  links: string | null;
  /** Bytes of the attributes as stored. */
  size: number;
}

/** Nodes in a page: as many as have about so many bytes, to hold little of nodes with large texts. */
const pageBytes = 262_144;
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

// JSON put together as text takes half the time of the functions that build it; its parts are JSON already.
const linksOf = sql`(
  select string_agg('["' || p.uuid || '",' || to_json(l.name) || ',' || coalesce(p.attributes->'submitter_id',
    case p.kind when 'project' then p.attributes->'code' when 'program' then p.attributes->'name' end, 'null') || ']', ','
    order by l.parent_id)
  from link l join record p on p.id = l.parent_id and ${lives(sql`p`)} where l.child_id = r.id) as links`;

function select(where: Sql): Sql {
  return sql`
    select r.uuid as id, r.attributes, pg_column_size(r.attributes) as size, ${linksOf} from record r where ${where}`;
}

async function* fetchPages(tx: Transaction, cursor: string, statement: Sql): AsyncGenerator<PagedNode[]> {
  await tx.run(sql`declare ${raw(cursor)} no scroll cursor for ${statement}`);
  let wanted = pageRows.first;
  while (true) {
    const rows = await tx.query<PagedRow>(raw(`fetch ${wanted} from ${cursor}`));
    if (rows.length > 0) yield rows.map(nodeOf);
    if (rows.length < wanted) break;
    const bytes = rows.reduce((sum, { size }) => sum + size, 0);
    wanted = Math.min(Math.max(1, Math.floor((pageBytes * rows.length) / bytes)), pageRows.most);
  }
  await tx.run(raw(`close ${cursor}`));
}

function nodeOf({ id, attributes, links }: PagedRow): PagedNode {
  const byName: Record<string, LinkedNode[]> = {};
  if (links === null) return { id, attributes, links: byName };
  const targets: [string, string, string | null][] = JSON.parse(`[${links}]`);
  for (const [target, name, key] of targets) {
    const known = Object.hasOwn(byName, name) ? byName[name] : undefined;
    if (known) known.push({ id: target, key });
    else byName[name] = [{ id: target, key }];
  }
  return { id, attributes, links: byName };
}
