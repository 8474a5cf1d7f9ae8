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

interface NodeRow {
  recordId: number;
  id: string;
  /** The attributes as JSON. */
  text: string;
}

/** Links of one name in a page: child and parent record ids side by side, those of a child in the parents' order. */
interface LinkRows {
  name: string;
  children: number[];
  parents: number[];
}

/** A page as the database gives it. */
interface Page {
  rows: readonly NodeRow[];
  links: readonly LinkRows[];
  targets: ReadonlyMap<number, LinkedNode | null>;
}

/** Nodes in a page: as many as make about so many characters, to hold little of nodes with large texts or many links. */
const pageLength = 400_000;
const pageRows = { first: 50, most: 1000 };
const linkLength = 20;
/** Targets that are kept for the next pages, in characters: about 140,000 with names of usual length. */
const targetsLength = 16_000_000;

/**
 * Every node of one type in a project in pages: those without a name first, oldest first, then the others by name.
 * All pages show one moment. The next page is fetched while the caller works on one.
 */
export async function* streamNodePages(db: Database, scopeId: number, type: string): AsyncGenerator<PagedNode[]> {
  const opened = Promise.withResolvers<Transaction>();
  const ended = Promise.withResolvers<void>();
  const work = async (tx: Transaction) => {
    opened.resolve(tx);
    await ended.promise;
  };
  const transaction = db.transaction(work, { isolation: 'repeatable read' }).catch(opened.reject);
  try {
    for await (const page of ahead(readPages(await opened.promise, scopeId, type))) yield joinNodes(page);
  } finally {
    ended.resolve();
    await transaction;
  }
}

/** Asks for the next item before the caller works on this one. */
async function* ahead<Item>(source: AsyncGenerator<Item>): AsyncGenerator<Item> {
  let next = source.next();
  while (true) {
    const result = await next;
    if (result.done) return;
    next = source.next();
    // the caller may go away without asking for it
    next.catch(() => {});
    yield result.value;
  }
}

async function* readPages(tx: Transaction, scopeId: number, type: string): AsyncGenerator<Page> {
  const whole = sql`r.scope_id = ${scopeId} and r.kind = ${type} and r.model = 'gen3' and r.deleted_change is null`;
  const unnamed = sql`${whole} and r.natural_key is null order by r.created_at, r.id`;
  const named = sql`${whole} and r.natural_key is not null and r.natural_key ^@ ${`${type}/`}::text order by r.natural_key`;
  // the planner expects a tenth of a cursor to be wanted; names and links come in the order of their indexes, where a sort
  // would write the whole type to disk before the first row
  await tx.run(sql`select set_config('cursor_tuple_fraction', '1', true), set_config('enable_sort', 'off', true)`);
  yield* fetchPages(tx, 'unnamed_nodes', select(unnamed));
  yield* fetchPages(tx, 'named_nodes', select(named));
}

function select(where: Sql): Sql {
  return sql`select r.id as "recordId", r.uuid as id, r.attributes::text as text from record r where ${where}`;
}

async function* fetchPages(tx: Transaction, cursor: string, statement: Sql): AsyncGenerator<Page> {
  await tx.run(sql`declare ${raw(cursor)} no scroll cursor for ${statement}`);
  const targets = new TargetFinder(tx);
  let wanted = pageRows.first;
  while (true) {
    const rows = await tx.query<NodeRow>(raw(`fetch ${wanted} from ${cursor}`));
    if (rows.length === 0) break;
    const links = await readLinks(tx, rows);
    const parents = links.flatMap((link) => link.parents);
    yield { rows, links, targets: await targets.find(parents) };
    if (rows.length < wanted) break;
    const length = rows.reduce((sum, { text }) => sum + text.length, linkLength * parents.length);
    wanted = Math.min(Math.max(1, Math.floor((pageLength * rows.length) / length)), pageRows.most);
  }
}

// All links of a page in one statement: a look into their index for every node would cost several times as much. Their
// order is the index's, which keeps the planner from reading all links of the store, as it may without statistics.
async function readLinks(tx: Transaction, nodes: readonly NodeRow[]): Promise<LinkRows[]> {
  return tx.query<LinkRows>(sql`
    select name, array_agg(child_id) as children, array_agg(parent_id) as parents from (
      select child_id, parent_id, name from link
      where child_id = any(${nodes.map(({ recordId }) => recordId)}::bigint[]) order by child_id, parent_id) l
    group by name`);
}

/** Targets of links. They are remembered, because many nodes of a type often share them. */
class TargetFinder {
  readonly #tx: Transaction;
  /** By record id; null: deleted. */
  #known = new Map<number, LinkedNode | null>();
  #length = 0;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  /** These targets, among others, by record id. */
  async find(recordIds: readonly number[]): Promise<ReadonlyMap<number, LinkedNode | null>> {
    if (this.#length > targetsLength) {
      // a new map, as the caller may still work with the last one
      this.#known = new Map();
      this.#length = 0;
    }
    const missing = [...new Set(recordIds)].filter((recordId) => !this.#known.has(recordId));
    if (missing.length > 0) await this.#read(missing);
    return this.#known;
  }

  async #read(recordIds: readonly number[]): Promise<void> {
    const found = await this.#tx.first<{ list: string | null }>(sql`
      select string_agg('[' || p.id || ',"' || p.uuid || '",' || coalesce(p.attributes->'submitter_id', case p.kind
        when 'project' then p.attributes->'code' when 'program' then p.attributes->'name' end, 'null') || ']', ',') as list
      from record p where p.id = any(${recordIds}::bigint[]) and ${lives(sql`p`)}`);
    for (const recordId of recordIds) this.#known.set(recordId, null);
    const list: [number, string, string | null][] = JSON.parse(`[${found?.list ?? ''}]`);
    for (const [recordId, id, key] of list) this.#known.set(recordId, { id, key });
    // an entry takes the room of about a hundred characters besides its name
    this.#length += 100 * recordIds.length + list.reduce((sum, [, , key]) => sum + (key?.length ?? 0), 0);
  }
}

function joinNodes({ rows, links, targets }: Page): PagedNode[] {
  const linksOf = new Map<number, PagedNode['links']>();
  const nodes = rows.map(({ recordId, id, text }): PagedNode => {
    const own = {};
    linksOf.set(recordId, own);
    return { id, attributes: JSON.parse(text), links: own };
  });
  for (const { name, children, parents } of links) {
    for (const [place, child] of children.entries()) {
      const own = linksOf.get(child);
      const target = targets.get(parents[place] ?? 0);
      if (!own || !target) continue;
      const known = Object.hasOwn(own, name) ? own[name] : undefined;
      if (known) known.push(target);
      else own[name] = [target];
    }
  }
  return nodes;
}
