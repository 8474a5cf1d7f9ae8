import { compileCondition, type RecordCondition, relatedIds, type View, viewAttributes } from '@linnaea/catalog';
import { empty, join, type Queryable, type Sql, sql } from '@linnaea/database';
import { visible } from '@linnaea/identity';
import { type AccessLevel, groupKind, type Principal } from '@linnaea/model';
import type { VersionRule } from '@linnaea/query';
import { versionCondition } from '@linnaea/signals';

/** Kinds of measurements that can be asked for. */
export type OmicsKind = 'expression' | 'variant';

/** Which runs of which files; everything given must hold. */
export interface RunSelection {
  kind: OmicsKind;
  view: View;
  /** Conditions on what the run is linked to, over any way up the link graph. */
  study?: RecordCondition;
  sample?: RecordCondition;
  library?: RecordCondition;
  preparation?: RecordCondition;
  /** Conditions on the metadata of the file with that of the run laid over it; `genestack:accession` is the file's. */
  file?: RecordCondition;
  /** Accession of the file. */
  group?: string;
  runIds?: readonly number[];
  runAccessions?: readonly string[];
  /** Names of the columns that the runs came from. */
  runNames?: readonly string[];
  /** Absent: active versions, and files without other versions. */
  versions?: readonly VersionRule[];
  /** Internal ids of the signals that come into question. */
  signalIds?: readonly number[];
  /** Only signals from this one on (internal id), for paging. */
  fromSignal?: number;
  /** What the principal must be allowed on the runs; `measure` when absent. */
  level?: AccessLevel;
}

/** Accessions of what a run is linked to. `sample` is absent when a library or preparation pools several. */
export type Relationships = Partial<Record<'sample' | 'library' | 'preparation', string>>;

export interface SelectedRun {
  /** Internal id. */
  id: number;
  /** Place in the signal. */
  position: number;
  accession: string;
  /** Name of the column that it came from. */
  name: string;
  related: Relationships;
  /** Internal ids of the samples that it is of. */
  sampleIds: number[];
}

/** A file with measurements and its selected runs, by position; never none. */
export interface SelectedSignal {
  id: number;
  groupId: number;
  /** Accession of the file. */
  group: string;
  prefix: string;
  /** Its list of features, which files may share; null for variants. */
  featureSetId: number | null;
  featureCount: number;
  /** All runs of the file, selected or not. */
  runCount: number;
  measurements: string[];
  runs: SelectedRun[];
}

const parentKinds = ['study', 'sample', 'library', 'preparation'] as const;

/** The runs that a selection means and that the principal may see, by signal, in one statement. */
export async function selectRuns(
  db: Queryable,
  principal: Principal,
  selection: RunSelection,
): Promise<SelectedSignal[]> {
  const { view, level = 'measure' } = selection;
  const chosen = await chosenByParents(db, selection);
  const where = join(await conditions(db, selection), ' and ');
  const samples = sql`select json_agg(json_build_array(x.id, x.accession) order by x.id) from link u
    join record x on x.id = u.parent_id and ${readable(view, sql`x`)}
    where u.child_id = p.id and u.name = 'sample'`;
  // Both sets of scopes are made once, and the runs of the parents first: else each run of each file would be tried.
  const rows = await db.query<SignalRow>(sql`
    with readable as materialized (select scope.id from scope where ${visible(principal, 'read', sql`scope.id`)}),
      allowed as materialized (select scope.id from scope where ${visible(principal, level, sql`scope.id`)})
      ${chosen === undefined ? empty : sql`, chosen as materialized (${chosen})`}
    select signal.id, signal.group_id as "groupId", g.accession as "group", signal.prefix,
      signal.feature_set_id as "featureSetId", signal.feature_count as "featureCount", signal.run_count as "runCount",
      signal.measurements,
      json_agg(json_build_array(r.id, place.position, r.accession, ${viewAttributes(view, sql`r`)} ->> 'Sample Source ID',
        p.kind, p.accession, case p.kind when 'sample' then json_build_array(json_build_array(p.id, p.accession))
          else (${samples}) end) order by place.position) as runs
    from ${chosen === undefined ? sql`record r` : sql`chosen join record r on r.id = chosen.id`}
    join signal_run place on place.run_id = r.id and place.block = 0
    join signal on signal.id = place.signal_id
    join record g on g.id = signal.group_id
    left join link l on l.child_id = r.id and l.name in ('sample', 'library', 'preparation')
    left join record p on p.id = l.parent_id and ${readable(view, sql`p`)}
    where ${where} group by signal.id, g.accession order by signal.id`);
  return rows.map((row) => ({ ...row, runs: row.runs.map(toRun) }));
}

/** Ids of the signals that may have selected runs, ascending: what a selection says of files only is looked at. */
export async function selectSignalIds(
  db: Queryable,
  principal: Principal,
  { kind, view, versions, fromSignal = 0 }: RunSelection,
): Promise<number[]> {
  const rows = await db.query<{ id: number }>(sql`
    with readable as materialized (select scope.id from scope where ${visible(principal, 'read', sql`scope.id`)})
    select signal.id from signal join record g on g.id = signal.group_id
    where g.kind = ${groupKind(kind)} and ${versionCondition(versions)} and ${readable(view, sql`g`)}
      and signal.id >= ${fromSignal} order by signal.id`);
  return rows.map(({ id }) => id);
}

/** Restricts an alias of `record` to what lives, what the view shows and what may be read; for the statement above. */
function readable(view: View, alias: Sql): Sql {
  return sql`(${shown(view, alias)} and ${alias}.scope_id in (select id from readable))`;
}

function shown(view: View, alias: Sql): Sql {
  return view === 'draft'
    ? sql`${alias}.deleted_change is null`
    : sql`(${alias}.deleted_change is null and ${alias}.is_published)`;
}

type RunTuple = [
  id: number,
  position: number,
  accession: string,
  name: string | null,
  parentKind: 'sample' | 'library' | 'preparation' | null,
  parent: string | null,
  samples: [number, string][] | null,
];

interface SignalRow extends Omit<SelectedSignal, 'runs'> {
  runs: RunTuple[];
}

function toRun([id, position, accession, name, parentKind, parent, samples]: RunTuple): SelectedRun {
  const related: Relationships = {};
  if (parentKind !== null && parent !== null) related[parentKind] = parent;
  const [sample, ...pooled] = samples ?? [];
  if (sample !== undefined && pooled.length === 0) related.sample = sample[1];
  return { id, position, accession, name: name ?? accession, related, sampleIds: (samples ?? []).map(([id]) => id) };
}

/** Ids of the runs that are linked to what the selection asks for; undefined when it asks for nothing of the kind. */
async function chosenByParents(db: Queryable, selection: RunSelection): Promise<Sql | undefined> {
  const { kind, view } = selection;
  const parts: Sql[] = [];
  for (const parent of parentKinds) {
    const where = selection[parent];
    if (where === undefined) continue;
    const condition = await compileCondition(db, where, view, sql`k`);
    parts.push(sql`(${relatedIds(kind, parent, sql`${condition} and ${readable(view, sql`k`)}`)})`);
  }
  return parts.length === 0 ? undefined : join(parts, ' intersect ');
}

async function conditions(db: Queryable, selection: RunSelection): Promise<Sql[]> {
  const { kind, view, group, runIds, runAccessions, runNames, versions, signalIds, fromSignal } = selection;
  const parts: Sql[] = [
    sql`g.kind = ${groupKind(kind)}`,
    sql`r.kind = ${kind}`,
    versionCondition(versions),
    readable(view, sql`g`),
    shown(view, sql`r`),
    sql`r.scope_id in (select id from allowed)`,
  ];
  if (group !== undefined) parts.push(sql`g.accession = ${group}`);
  if (signalIds !== undefined) parts.push(sql`signal.id = any(${signalIds}::bigint[])`);
  if (fromSignal !== undefined) parts.push(sql`signal.id >= ${fromSignal}`);
  if (runIds !== undefined) parts.push(sql`r.id = any(${runIds}::bigint[])`);
  if (runAccessions !== undefined) parts.push(sql`r.accession = any(${runAccessions}::text[])`);
  if (runNames !== undefined) {
    parts.push(sql`${viewAttributes(view, sql`r`)} ->> 'Sample Source ID' = any(${runNames}::text[])`);
  }
  if (selection.file !== undefined) parts.push(await onFileAndRun(db, selection.file, view));
  return parts;
}

/** A condition on the file and the run as if they were one record: NOT and OR may then span both. */
async function onFileAndRun(db: Queryable, where: RecordCondition, view: View): Promise<Sql> {
  const both = sql`${viewAttributes('published', sql`g`)} || ${viewAttributes('published', sql`r`)}`;
  return sql`exists (select from (select g.id, g.accession, g.id as group_id, g.attributes || r.attributes as attributes,
      case when g.published is not null or r.published is not null then ${both} end as published,
      g.search || r.search as search) f
    where ${await compileCondition(db, where, view, sql`f`)})`;
}
