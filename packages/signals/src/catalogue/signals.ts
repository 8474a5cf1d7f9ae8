import { type Queryable, type Sql, sql } from '@linnaea/database';

/** What the catalogue knows of the measurements of one file. */
export interface Signal {
  id: number;
  /** Record of the file. */
  groupId: number;
  layout: 'matrix' | 'variants';
  /** Where its store is among the objects. */
  prefix: string;
  /** Null while the file has no other version; its version is then 0. */
  chain: string | null;
  version: number;
  /** The version that a query means when it names none. */
  active: boolean;
  featureSetId: number | null;
  featureCount: number;
  runCount: number;
  measurements: string[];
  dataClass: string | null;
  separator: string | null;
}

/** Place of a run's measurements. */
export interface SignalRun {
  signalId: number;
  block: number;
  position: number;
  runId: number;
}

interface SignalRow {
  id: number;
  group_id: number;
  layout: Signal['layout'];
  prefix: string;
  chain: string | null;
  version: number;
  active: boolean;
  feature_set_id: number | null;
  feature_count: number;
  run_count: number;
  measurements: string[];
  data_class: string | null;
  separator: string | null;
}

const columns = sql`signal.id, signal.group_id, signal.layout, signal.prefix, signal.chain, signal.version, signal.active,
  signal.feature_set_id, signal.feature_count, signal.run_count, signal.measurements, signal.data_class, signal.separator`;

/** Signals of the files, in the order of their ids. A file without measurements has none. */
export function signalsOfGroups(db: Queryable, groupIds: readonly number[]): Promise<Signal[]> {
  return selectSignals(db, sql`signal.group_id = any(${groupIds}::bigint[])`);
}

export function signalsById(db: Queryable, ids: readonly number[]): Promise<Signal[]> {
  return selectSignals(db, sql`signal.id = any(${ids}::bigint[])`);
}

/** All versions of a chain, the newest first. */
export async function versionsOf(db: Queryable, chain: string): Promise<Signal[]> {
  const signals = await selectSignals(db, sql`signal.chain = ${chain}`);
  return signals.sort((a, b) => b.version - a.version);
}

/** The signal that holds a run's measurements, and their place in it. */
export async function signalOfRun(
  db: Queryable,
  runId: number,
): Promise<{ signal: Signal; run: SignalRun } | undefined> {
  const [run] = await placesOfRuns(db, [runId]);
  if (run === undefined) return undefined;
  const [signal] = await signalsById(db, [run.signalId]);
  return signal === undefined ? undefined : { signal, run };
}

/** Places of many runs, by signal and then by position. */
export function placesOfRuns(db: Queryable, runIds: readonly number[]): Promise<SignalRun[]> {
  return selectRuns(db, sql`run_id = any(${runIds}::bigint[])`);
}

/** All runs of some signals, by signal and then by position. */
export function runsOfSignals(db: Queryable, signalIds: readonly number[]): Promise<SignalRun[]> {
  return selectRuns(db, sql`signal_id = any(${signalIds}::bigint[])`);
}

/** Those of some object keys (or prefixes) that belong to a signal: what the sweep must leave alone. */
export async function isReferenced(db: Queryable, keys: readonly string[]): Promise<Set<string>> {
  const candidates = new Set(keys.flatMap(foldersOf));
  const rows = await db.query<{ prefix: string }>(
    sql`select prefix from signal where prefix = any(${[...candidates]}::text[])`,
  );
  const prefixes = new Set(rows.map(({ prefix }) => prefix));
  return new Set(keys.filter((key) => foldersOf(key).some((folder) => prefixes.has(folder))));
}

function foldersOf(key: string): string[] {
  const names = key.split('/').filter((name) => name !== '');
  return names.map((_, i) => names.slice(0, i + 1).join('/'));
}

async function selectSignals(db: Queryable, condition: Sql): Promise<Signal[]> {
  const rows = await db.query<SignalRow>(sql`select ${columns} from signal where ${condition} order by signal.id`);
  return rows.map((row) => ({
    id: row.id,
    groupId: row.group_id,
    layout: row.layout,
    prefix: row.prefix,
    chain: row.chain,
    version: row.version,
    active: row.active,
    featureSetId: row.feature_set_id,
    featureCount: row.feature_count,
    runCount: row.run_count,
    measurements: row.measurements,
    dataClass: row.data_class,
    separator: row.separator,
  }));
}

function selectRuns(db: Queryable, condition: Sql): Promise<SignalRun[]> {
  return db.query<SignalRun>(sql`
    select signal_id as "signalId", block, position, run_id as "runId" from signal_run
    where ${condition} order by signal_id, block, position`);
}
