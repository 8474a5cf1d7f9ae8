import { type Database, json, type Queryable, sql } from '@linnaea/database';
import type { Finding } from '@linnaea/model';
import type { DictionaryCheck } from './dictionary-check.ts';

/** Told of every version that the running processes are to switch to. */
export const dictionaryChannel = 'linnaea_dictionary';
const mostListed = 1_000;
const mostGroupsKept = 50;

export interface DictionaryReloadOptions {
  /** Judge the stored data first. Default true. */
  check?: boolean;
  /** Switch although stored data became invalid; a faulty dictionary is refused even so. */
  force?: boolean;
  /** Only report. */
  dryRun?: boolean;
  /** User id of whoever asks. */
  by?: number;
}

export interface DictionaryReload {
  source: string;
  /** Digests of the dictionary in use and of the one that was loaded. */
  from: string;
  to: string;
  nodeKinds: number;
  outcome: 'switched' | 'unchanged' | 'dry-run' | 'refused-faulty' | 'refused-stored-data';
  /** What is wrong with the dictionary itself. */
  findings: Finding[];
  /** Null when the stored data was not checked. */
  check: DictionaryCheck | null;
}

export interface NewDictionaryVersion {
  digest: string;
  source: string;
  reason: 'start' | 'reload';
  loadedBy?: number | undefined;
  nodeKinds: number;
  check: DictionaryCheck | null;
}

export interface DictionaryVersion {
  id: number;
  digest: string;
  source: string;
  reason: 'start' | 'reload';
  loadedAt: Date;
  /** Name or e-mail address of who asked for it; null for a start. */
  loadedBy: string | null;
  nodeKinds: number;
  /** Counts without examples; null when the stored data was not checked. */
  findings: object | null;
}

const columns = sql`v.id, v.digest, v.source, v.reason, v.loaded_at as "loadedAt",
  coalesce(nullif(u.name, ''), u.email) as "loadedBy", v.node_kinds as "nodeKinds", v.findings`;
const from = sql`dictionary_version v left join user_account u on u.id = v.loaded_by`;

/** Notes a version that is put into use; one of a reload is announced to the other processes. Answers its id. */
export async function recordDictionaryVersion(db: Database, version: NewDictionaryVersion): Promise<number> {
  const { digest, source, reason, loadedBy = null, nodeKinds, check } = version;
  return db.transaction(async (tx) => {
    const row = await tx.first<{ id: number }>(sql`
      insert into dictionary_version (digest, source, reason, loaded_by, node_kinds, findings)
      values (${digest}, ${source}, ${reason}, ${loadedBy}, ${nodeKinds}, ${check ? json(summary(check)) : null})
      returning id`);
    const id = row?.id ?? 0;
    if (reason === 'reload') await tx.query(sql`select pg_notify(${dictionaryChannel}, ${String(id)})`);
    return id;
  });
}

function summary({ checked, invalid, becameInvalid, findings, groups }: DictionaryCheck) {
  return {
    checked,
    invalid,
    becameInvalid,
    findings,
    groups: groups.slice(0, mostGroupsKept).map(({ kind, code, attribute, count, became }) => ({
      kind,
      code,
      attribute,
      count,
      became,
    })),
  };
}

/** The newest version, or the newest of those that processes switched to while running. */
export async function newestDictionaryVersion(
  db: Queryable,
  reason?: 'reload',
): Promise<DictionaryVersion | undefined> {
  const wanted = reason === undefined ? sql`true` : sql`v.reason = ${reason}`;
  return db.first<DictionaryVersion>(sql`select ${columns} from ${from} where ${wanted} order by v.id desc limit 1`);
}

/** The versions that were put into use, the newest first; a thousand at most. */
export async function listDictionaryVersions(db: Queryable): Promise<DictionaryVersion[]> {
  return db.query<DictionaryVersion>(sql`select ${columns} from ${from} order by v.id desc limit ${mostListed}`);
}
