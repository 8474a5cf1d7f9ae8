import { type Database, isTimeout, join, type Queryable, type Sql, sql, type Transaction } from '@linnaea/database';
import { visible } from '@linnaea/identity';
import { type Attributes, CatalogueError, type ModelName, type Principal } from '@linnaea/model';
import { type FullTextQuery, type FullTextTree, isLeaf } from '@linnaea/query';
import { compileFullText, wordStart } from '../full-text.ts';
import { notFound, type View, viewAttributes, visibleRecords } from '../records.ts';
import { expandTerm } from '../vocabularies-terms.ts';
import { findMatches, mostShown, type SearchMatch, searchedFor, shorten, textsOf } from './search-matches.ts';

/** A kind of record; both models have samples, so the model is part of it. */
export interface SearchKind {
  model: ModelName;
  kind: string;
}

export interface SearchOptions {
  view: View;
  /** Only hits of this kind; the counts stay those of all kinds. */
  kind?: SearchKind;
  /** `next` of the page before. */
  after?: string;
  limit: number;
}

/** How many hits are of a kind. With `more` there may be more than were counted. */
export interface SearchCount extends SearchKind {
  count: number;
  more: boolean;
}

/**
 * What a record belongs to: `name` is a study's accession or a project's id, empty for what is not linked to anything yet;
 * `title` is a study's, where the reader may see it.
 */
export interface SearchPlace {
  kind: 'study' | 'project' | 'program' | 'personal';
  name: string;
  title: string | null;
}

export interface SearchHit extends SearchKind {
  /** Accession; of a node its id. */
  id: string;
  title: string;
  place: SearchPlace;
  /** At most two. Empty when the accession matched, or a value beyond what is looked through. */
  matches: SearchMatch[];
}

export interface SearchPage {
  hits: SearchHit[];
  next: string | null;
  /** Null on every page but the first. */
  counts: SearchCount[] | null;
}

/** So many hits are counted, and put into order, at most. */
const mostCounted = 10_000;
/** So many of the newest records of a kind are looked at to tell what broad words match. */
const newestOfKind = 250;
/** So many of the newest records are looked at for a page of a query that matches very much. */
const newestOfAll = 2_000;
/** Beyond this many the scopes of a reader are no longer told one by one. */
const mostScopes = 2_000;

/** Of one statement. */
const longest = '10s';

const isStudy = sql`(r.model = 'odm' and r.kind = 'study')`;

/**
 * A page of the records of both models that match and that the principal may read: studies first, then the newest.
 * The work is bounded for any query: up to 10,000 hits are counted and ordered as they come from the full-text index;
 * when there are more, hits are so frequent that going down the ids meets a page of them soon.
 * Throws `query-too-wide` for a query that the index cannot serve: nothing but exclusions or wildcards at the front.
 */
export async function searchCatalogue(
  db: Pick<Database, 'transaction'>,
  principal: Principal,
  query: FullTextQuery,
  options: SearchOptions,
): Promise<SearchPage> {
  if (!isServedByIndex(query.tree)) {
    throw new CatalogueError(
      'invalid',
      'query-too-wide',
      'Name at least one word, or how one begins (melano*): exclusions and wildcards inside a word only narrow a search.',
    );
  }
  return db
    .transaction((tx) => findPage(tx, principal, query, options))
    .catch((error) => {
      if (!isTimeout(error)) throw error;
      throw new CatalogueError(
        'invalid',
        'query-too-wide',
        'This search took too long. Use fewer wildcards or more words.',
      );
    });
}

async function findPage(
  tx: Transaction,
  principal: Principal,
  query: FullTextQuery,
  options: SearchOptions,
): Promise<SearchPage> {
  const position = readPosition(options.after);
  await tx.run(sql`select set_config('transaction_read_only', 'on', true), set_config('jit', 'off', true),
      set_config('max_parallel_workers_per_gather', '0', true), set_config('statement_timeout', ${longest}, true)`);
  const condition = await compileFullText(tx, query, { view: options.view, alias: sql`r`, narrower: true });
  const seen = visibleRecords(principal, 'read', options.view);
  const matching = sql`(${condition} and ${await inScopes(tx, principal)} and ${seen} and not (r.model = 'gen3' and r.kind = 'root'))`;
  const found = await gather(tx, matching, options, position);
  const isBroad = found.total > mostCounted;
  const ids = isBroad ? await newestIds(tx, matching, options, position) : found.ids;
  const shown = ids.slice(0, options.limit);
  const labels = query.whole === null ? [] : await expandTerm(tx, query.whole, { narrower: true });
  const rows = await readRows(tx, shown, options.view);
  const last = rows.at(-1);
  return {
    hits: rows.map((row) => toHit(row, searchedFor(query, labels))),
    next: ids.length > shown.length && last ? `${isStudyRow(last) ? 's' : 'r'}${last.recordId}` : null,
    counts: position ? null : isBroad ? await countBroad(tx, principal, matching, found.counts) : found.counts,
  };
}

interface Position {
  inStudies: boolean;
  id: number;
}

function readPosition(after: string | undefined): Position | null {
  if (after === undefined) return null;
  const [, part, id] = /^([sr])(\d{1,15})$/.exec(after) ?? [];
  if (id === undefined)
    throw new CatalogueError('invalid', 'cursor-invalid', 'This place in the results is not known.');
  return { inStudies: part === 's', id: Number(id) };
}

/** Tells the planner which scopes may be read, in addition to the condition that decides: else it guesses wildly. */
async function inScopes(tx: Transaction, principal: Principal): Promise<Sql> {
  const seen = visible(principal, 'read', sql`s.id`);
  if (seen.sql === 'true') return seen;
  const scopes = await tx.query<{ id: number }>(sql`select s.id from scope s where ${seen} limit ${mostScopes + 1}`);
  return scopes.length > mostScopes ? sql`true` : sql`r.scope_id = any(${scopes.map(({ id }) => id)}::bigint[])`;
}

/** Studies come before everything else, within both parts the newest first. */
function afterPosition(position: Position | null): Sql {
  if (position === null) return sql`true`;
  if (position.inStudies) return sql`(not ${isStudy} or r.id < ${position.id}::bigint)`;
  return sql`(not ${isStudy} and r.id < ${position.id}::bigint)`;
}

function ofKind(kind: SearchKind | undefined): Sql {
  return kind ? sql`(r.model = ${kind.model} and r.kind = ${kind.kind})` : sql`true`;
}

/** The newest records of a kind. Kinds are compared so that only the index of kinds has this order. */
function newestRows({ model, kind }: SearchKind, condition: Sql, most: number | null): Sql {
  return sql`select * from record r where r.model = ${model} and r.kind between ${kind} and ${kind}
    and r.deleted_change is null and ${condition} order by r.kind desc, r.id desc limit ${most}::bigint`;
}

/** The planner takes words for evenly spread, and would look for frequent ones in the table or along another index. */
async function fromTextIndex<R>(tx: Transaction, statement: Sql): Promise<R[]> {
  await tx.run(sql`select set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)`);
  const rows = await tx.query<R>(statement);
  await tx.run(sql`select set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'on', true)`);
  return rows;
}

/** Up to 10,001 hits as the index has them, counted, and the ids of the page when these are all. One more than asked. */
async function gather(tx: Transaction, matching: Sql, options: SearchOptions, position: Position | null) {
  type Found = { total: number; counts: Omit<SearchCount, 'more'>[]; ids: number[] };
  const [row] = await fromTextIndex<Found>(
    tx,
    sql`
    with found as materialized (
      select r.id, r.model, r.kind from record r where ${matching} limit ${mostCounted + 1}
    )
    select (select count(*)::int from found) as total,
      (select coalesce(json_agg(k), '[]') from (
        select model, kind, count(*)::int as count from found group by model, kind order by model desc, count desc, kind) k) as counts,
      array(select r.id from found r where ${ofKind(options.kind)} and ${afterPosition(position)}
        order by ${isStudy} desc, r.id desc limit ${options.limit + 1}) as ids`,
  );
  return { ...row!, counts: row!.counts.map((count) => ({ ...count, more: false })) };
}

/** The same page for a query that matches very much: of the newest records, or else of all that the index has. */
async function newestIds(tx: Transaction, matching: Sql, options: SearchOptions, position: Position | null) {
  const wanted = options.limit + 1;
  const later = afterPosition(position);
  const others = sql`select * from record r where not ${isStudy} and r.deleted_change is null and ${later}
    order by r.id desc limit ${newestOfAll}`;
  const looked = options.kind
    ? [newestRows(options.kind, later, newestOfAll)]
    : // studies are few, and first whatever their age
      [newestRows({ model: 'odm', kind: 'study' }, later, null), others];
  const parts = looked.map(
    (rows) => sql`(select r.id, ${isStudy} as first from (${rows}) r where ${matching}
      order by ${rows === others ? sql`` : sql`r.kind desc, `}r.id desc limit ${wanted})`,
  );
  const order = sql`order by first desc, id desc limit ${wanted}`;
  const newest = await tx.query<{ id: number }>(sql`select id from (${join(parts, ' union all ')}) found ${order}`);
  if (newest.length === wanted) return newest.map((row) => row.id);
  const all = sql`select r.id, ${isStudy} as first from record r where ${ofKind(options.kind)} and ${later} and ${matching}`;
  return (await fromTextIndex<{ id: number }>(tx, sql`${all} ${order}`)).map((row) => row.id);
}

/** Kinds of few records are counted in full; of the others at least what was met. A kind that was not met is kept. */
async function countBroad(
  tx: Transaction,
  principal: Principal,
  matching: Sql,
  met: readonly SearchCount[],
): Promise<SearchCount[]> {
  const kinds = await tx.query<SearchKind>(sql`
    select c.model, c.kind from record_count c
    where ${visible(principal, 'read', sql`c.scope_id`)} and not (c.model = 'gen3' and c.kind = 'root')
    group by c.model, c.kind having sum(c.delta) > 0`);
  // one part a kind, so that each goes along the index of kinds
  const newest = kinds.map((kind) => sql`(${newestRows(kind, sql`true`, newestOfKind)})`);
  if (newest.length === 0) return [];
  const rows = await tx.query<SearchCount>(sql`
    select r.model, r.kind, count(*) filter (where ${matching})::int as count, count(*) = ${newestOfKind} as more
    from (${join(newest, ' union all ')}) r group by r.model, r.kind
    having count(*) = ${newestOfKind} or count(*) filter (where ${matching}) > 0 order by r.model desc, r.kind`);
  const counts = rows.map((row) => {
    const count = met.find(({ model, kind }) => model === row.model && kind === row.kind)?.count ?? 0;
    return row.more ? { ...row, count: Math.min(Math.max(count, row.count), mostCounted) } : row;
  });
  return counts.toSorted((a, b) => (a.model === b.model ? b.count - a.count : 0));
}

interface Row extends SearchKind {
  recordId: number;
  accession: string;
  attributes: Attributes;
  scopeKind: SearchPlace['kind'];
  scopeName: string;
  studyTitle: string | null;
}

const isStudyRow = (row: Row) => row.model === 'odm' && row.kind === 'study';

async function readRows(tx: Queryable, ids: readonly number[], view: View): Promise<Row[]> {
  const study = viewAttributes(view, sql`t`);
  const shown = view === 'draft' ? sql`` : sql` and t.is_published`;
  return tx.query<Row>(sql`
    select r.id as "recordId", r.model, r.kind, r.accession, ${viewAttributes(view)} as attributes, s.kind as "scopeKind",
      s.name as "scopeName", coalesce(${study} ->> 'Study Title', ${study} ->> 'Study Name') as "studyTitle"
    from unnest(${[...ids]}::bigint[]) with ordinality as asked(id, place)
    join record r on r.id = asked.id join scope s on s.id = r.scope_id
    left join record t on s.kind = 'study' and t.accession = s.name and t.kind = 'study' and t.deleted_change is null${shown}
    order by asked.place`);
}

/** What people call a record by, the best first; an accession tells them little. */
const titleNames: Record<ModelName, readonly string[]> = {
  odm: [
    'Study Title',
    'Study Name',
    'Sample Name',
    'Sample Source ID',
    'Library ID',
    'Preparation ID',
    'Name',
    'File Name',
    'Data Files / Raw',
  ],
  gen3: ['submitter_id', 'code', 'name'],
};

function toHit(row: Row, wanted: RegExp | null): SearchHit {
  const attributes = new Map(Object.entries(row.attributes));
  const titleName = titleNames[row.model].find((name) =>
    textsOf(attributes.get(name) ?? null).some((text) => text !== ''),
  );
  const [title = row.accession] = titleName === undefined ? [] : textsOf(attributes.get(titleName) ?? null);
  const matches = wanted ? findMatches(attributes, wanted) : [];
  return {
    id: row.accession,
    model: row.model,
    kind: row.kind,
    title: shorten(title, { start: 0, end: 0 }).text,
    place: { kind: row.scopeKind, name: row.scopeKind === 'personal' ? '' : row.scopeName, title: row.studyTitle },
    // the title stands above them anyway
    matches: matches.filter(({ name }) => name !== titleName || title.length > mostShown).slice(0, 2),
  };
}

/** Whether the full-text index narrows the query down, whatever else it asks. */
function isServedByIndex(tree: FullTextTree): boolean {
  if (!isLeaf(tree)) {
    if (tree.kind === 'not') return false;
    return tree.kind === 'and' ? tree.terms.some(isServedByIndex) : tree.terms.every(isServedByIndex);
  }
  return tree.kind !== 'wildcard' || wordStart(tree) !== null;
}

/**
 * Where the table of a project's nodes of one kind, the last changed first, shows a node: `before` is the number of rows
 * above it. Throws `not-found` for what is no node of a project that the principal may read.
 */
export async function findNodePlace(
  db: Queryable,
  principal: Principal,
  id: string,
): Promise<{ project: string; kind: string; before: number }> {
  const place = await db.first<{ project: string; kind: string; before: number }>(sql`
    select s.name as project, r.kind, (select count(*)::int from record o
      where o.scope_id = r.scope_id and o.kind = r.kind and o.model = 'gen3' and o.deleted_change is null
        and (o.updated_at > r.updated_at or (o.updated_at = r.updated_at and o.id < r.id))) as before
    from record r join scope s on s.id = r.scope_id and s.kind = 'project'
    where r.accession = ${id} and r.model = 'gen3' and ${visibleRecords(principal, 'read', 'draft')}`);
  if (!place) throw notFound(id);
  return place;
}
