import { sql, type Transaction } from '@linnaea/database';
import { type AttributeValue, type EntityFinding, entityFinding, type Principal } from '@linnaea/model';
import { createIndexRecord, findIndexRecords, updateIndexRecord } from '../index-records/records.ts';
import type { IndexRecord } from '../index-records/types.ts';
import { type Draft, isFileNode, isValid, own, refuse } from './drafts.ts';
import { refuseJudgedFiles } from './file-states.ts';
import type { ProjectRef } from './projects.ts';

/** A new file node and its entry in the index of files, if that was there before it. */
export interface FileEntry {
  draft: Draft;
  did: string;
  known: IndexRecord | undefined;
}

/** Who enters files for which project. */
export interface FileOwner {
  principal: Principal;
  project: ProjectRef;
}

/**
 * Finds the index records that new file nodes mean, and refuses what the index would not take, and changes of nodes whose
 * files were judged already.
 */
export async function matchFiles(tx: Transaction, drafts: readonly Draft[], owner: FileOwner): Promise<FileEntry[]> {
  refuseJudgedFiles(drafts);
  const files = drafts.filter((draft) => draft.action === 'create' && draft.node && isFileNode(draft.node));
  if (files.length === 0) return [];
  await findByContent(tx, files, owner);
  const dids = files.map(didOf);
  const records = new Map((await findIndexRecords(tx, dids)).map((record) => [record.did, record]));
  const entries: FileEntry[] = [];
  const sameFile = new Map<string, Draft>();
  for (const [place, draft] of files.entries()) {
    if (!isValid(draft)) continue;
    const did = dids[place] ?? '';
    const known = records.get(did);
    const first = sameFile.get(did);
    const finding =
      unfit(draft, did) ?? (first ? unlike(draft, did, factsOf(first)) : known && disagreement(draft, known));
    if (finding) refuse(draft, finding);
    // two nodes may tell of one file: it is entered once
    else if (!first) entries.push({ draft, did, known });
    if (!first) sameFile.set(did, draft);
  }
  return entries;
}

/**
 * A file that was sent before its node, which does not name it, is found by its MD5 sum and size: among the records of the
 * project, and those that the sender uploaded and nobody has taken. Other records of equal files are none of their business.
 */
async function findByContent(
  tx: Transaction,
  files: readonly Draft[],
  { principal, project }: FileOwner,
): Promise<void> {
  const nameless = files.filter(
    ({ node, document }) => node?.properties.has('object_id') && (own(document, 'object_id') ?? null) === null,
  );
  const asked = nameless.flatMap((draft) => {
    const { hash, size } = factsOf(draft);
    return hash === null || size === null || !Number.isSafeInteger(size) ? [] : [{ draft, hash, size }];
  });
  if (asked.length === 0) return;
  const found = await tx.query<{ place: number; did: string }>(sql`
    select asked.place::int as place, known.did
    from unnest(${asked.map(({ hash }) => hash)}::text[], ${asked.map(({ size }) => size)}::bigint[])
      with ordinality as asked(md5, size, place)
    cross join lateral (
      select i.did from index_record i
      where i.hashes @> jsonb_build_object('md5', asked.md5) and i.size = asked.size
        and (i.authz = ${resourcesOf(project)}::text[] or (i.authz = '{}' and i.created_by = ${principal.userId}))
      order by i.id limit 1) known`);
  for (const { place, did } of found) {
    const draft = asked[place - 1]?.draft;
    if (draft) draft.attributes.object_id = did;
  }
}

function resourcesOf({ program, code }: ProjectRef): string[] {
  return [`/programs/${program}/projects/${code}`];
}

/** The index has rules of its own, whatever the data dictionary allows. */
function unfit(draft: Draft, did: string): EntityFinding | undefined {
  const { hash, size } = factsOf(draft);
  const refused = (key: string, message: string) => entityFinding('file-unfit', 'INVALID_VALUE', [key], message);
  if (!/^[^\s\p{Cc}?#]{1,512}$/u.test(did))
    return refused('object_id', 'An object_id has 1 to 512 characters without spaces, ? and #');
  if (hash !== null && !/^[0-9a-f]{32}$/i.test(hash))
    return refused('md5sum', `${hash.slice(0, 100)} is not an MD5 sum`);
  if (size !== null && !(Number.isSafeInteger(size) && size >= 0))
    return refused('file_size', `${size} is not a number of bytes`);
  return undefined;
}

interface FileFacts {
  hash: string | null;
  size: number | null;
}

function factsOf(draft: Draft): FileFacts {
  return { hash: textOf(own(draft.attributes, 'md5sum')), size: sizeOf(draft) };
}

/** Where the dictionary has no property for it, the node and the file have one id. */
function didOf(draft: Draft): string {
  const objectId = own(draft.attributes, 'object_id');
  return typeof objectId === 'string' ? objectId : (draft.id ?? '');
}

function textOf(value: AttributeValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function sizeOf(draft: Draft): number | null {
  const size = own(draft.attributes, 'file_size');
  return typeof size === 'number' ? size : null;
}

function disagreement(draft: Draft, known: IndexRecord): EntityFinding | undefined {
  if (Object.keys(known.hashes).length === 0 || known.size === null) {
    return entityFinding(
      'file-not-ready',
      'INVALID_VALUE',
      ['object_id'],
      `Indexed file of id ${known.did} is not ready for metadata submission yet (no hashes and size).`,
    );
  }
  return unlike(draft, known.did, { hash: known.hashes.md5 ?? null, size: known.size });
}

function unlike(draft: Draft, did: string, there: FileFacts): EntityFinding | undefined {
  const { hash, size } = factsOf(draft);
  if ((hash === null || there.hash === hash) && (size === null || there.size === size)) return undefined;
  return entityFinding(
    'file-differs',
    'INVALID_VALUE',
    ['md5sum', 'file_size'],
    `Provided hash (${hash}) and size (${size}) do not match those of indexed file of id ${did}.`,
  );
}

/** Enters new files into the index, and takes those over that were uploaded before. */
export async function indexFiles(
  tx: Transaction,
  { principal, project }: FileOwner,
  entries: readonly FileEntry[],
): Promise<void> {
  const authz = resourcesOf(project);
  const phsid = own(project.attributes, 'dbgap_accession_number');
  const open = own(project.attributes, 'availability_type') === 'Open';
  const acl = open ? ['*'] : typeof phsid === 'string' ? [phsid] : [];
  for (const { draft, did, known } of entries) {
    if (known) {
      await updateIndexRecord(tx, principal, did, { authz, acl, uploader: null });
      continue;
    }
    const md5 = textOf(own(draft.attributes, 'md5sum'));
    await createIndexRecord(tx, principal, {
      did,
      size: sizeOf(draft),
      fileName: textOf(own(draft.attributes, 'file_name')),
      hashes: md5 === null ? {} : { md5 },
      urls: draft.urls,
      acl,
      authz,
    });
  }
}
