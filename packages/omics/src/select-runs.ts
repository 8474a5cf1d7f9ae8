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
  const chosen = await chosenRuns(db, selection);
  const where = join(await runConditions(db, selection), ' and ');
  const samples = sql`select json_agg(json_build_array(x.id, x.accession) order by x.id) from link u
    join record x on x.id = u.parent_id and ${readable(view, sql`x`)}
    where u.child_id = p.id and u.name = 'sample'`;
  const files = sql`select signal.*, g.accession from signal join record g on g.id = signal.group_id
    where ${join(fileConditions(selection), ' and ')}`;
  // The order of the steps is laid down (materialized, offset 0): right after an import the database knows nothing of
  // how many runs there are, and left alone it tries each run of the catalogue for each run of a file.
  const rows = await db.query<SignalRow>(sql`
    with readable as materialized (select scope.id from scope where ${visible(principal, 'read', sql`scope.id`)}),
      allowed as materialized (select scope.id from scope where ${visible(principal, level, sql`scope.id`)}),
      ${chosen === undefined ? sql`file as materialized (${files})` : sql`chosen as materialized (${chosen})`}
    select file.id, file.group_id as "groupId", file.accession as "group", file.prefix,
      file.feature_set_id as "featureSetId", file.feature_count as "featureCount", file.run_count as "runCount",
      file.measurements,
      json_agg(json_build_array(r.id, place.position, r.accession, ${viewAttributes(view, sql`r`)} ->> 'Sample Source ID',
        p.kind, p.accession, case p.kind when 'sample' then json_build_array(json_build_array(p.id, p.accession))
          else (${samples}) end) order by place.position) as runs
    ${
      chosen === undefined
        ? sql`from file join signal_run place on place.signal_id = file.id and place.block = 0`
        : sql`from chosen
          cross join lateral (select * from signal_run where run_id = chosen.id and block = 0 offset 0) place
          cross join lateral (${files} and signal.id = place.signal_id offset 0) file`
    }
    cross join lateral (select * from record where record.id = place.run_id offset 0) r
    ${selection.file === undefined ? empty : sql`join record g on g.id = file.group_id`}
    left join lateral (
      select p.id, p.kind, p.accession from link l join record p on p.id = l.parent_id and ${readable(view, sql`p`)}
      where l.child_id = r.id and l.name in ('sample', 'library', 'preparation') order by p.id limit 1) p on true
    where ${where}
    group by file.id, file.group_id, file.accession, file.prefix, file.feature_set_id, file.feature_count,
      file.run_count, file.measurements
    order by file.id`);
  return rows.map((row) => ({ ...row, runs: row.runs.map(toRun) }));
}

/** Ids of the signals that may have selected runs, ascending: what a selection says of files only is looked at. */
export async function selectSignalIds(db: Queryable, principal: Principal, selection: RunSelection): Promise<number[]> {
  const rows = await db.query<{ id: number }>(sql`
    with readable as materialized (select scope.id from scope where ${visible(principal, 'read', sql`scope.id`)})
    select signal.id from signal join record g on g.id = signal.group_id
    where ${join(fileConditions(selection), ' and ')} order by signal.id`);
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

/** Statement for the ids of the runs that a selection names by id or by what they are linked to; undefined without such. */
async function chosenRuns(db: Queryable, selection: RunSelection): Promise<Sql | undefined> {
  const { kind, view, runIds, runAccessions } = selection;
  const parts: Sql[] = [];
  if (runIds !== undefined) parts.push(sql`select unnest(${runIds}::bigint[]) as id`);
  if (runAccessions !== undefined) {
    parts.push(sql`select record.id from record where record.accession = any(${runAccessions}::text[])`);
  }
  for (const parent of parentKinds) {
    const where = selection[parent];
    if (where === undefined) continue;
    const condition = await compileCondition(db, where, view, sql`k`);
    parts.push(relatedIds(kind, parent, sql`${condition} and ${readable(view, sql`k`)}`));
  }
  if (parts.length === 0) return undefined;
  return sql`select distinct id from (${join(
    parts.map((part) => sql`(${part})`),
    ' intersect ',
  )}) as every`;
}

/** Conditions on `signal` and its file `g`. */
function fileConditions({ kind, view, group, versions, signalIds, fromSignal }: RunSelection): Sql[] {
  const parts = [sql`g.kind = ${groupKind(kind)}`, versionCondition(versions), readable(view, sql`g`)];
  if (group !== undefined) parts.push(sql`g.accession = ${group}`);
  if (signalIds !== undefined) parts.push(sql`signal.id = any(${signalIds}::bigint[])`);
  if (fromSignal !== undefined) parts.push(sql`signal.id >= ${fromSignal}`);
  return parts;
}

async function runConditions(db: Queryable, { kind, view, runNames, file }: RunSelection): Promise<Sql[]> {
  const parts = [sql`r.kind = ${kind}`, shown(view, sql`r`), sql`r.scope_id in (select id from allowed)`];
  if (runNames !== undefined) {
    parts.push(sql`${viewAttributes(view, sql`r`)} ->> 'Sample Source ID' = any(${runNames}::text[])`);
  }
  if (file !== undefined) parts.push(await onFileAndRun(db, file, view));
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
