import type { Transaction } from '@linnaea/database';
import { type AttributeValue, type EntityFinding, entityFinding, type Principal } from '@linnaea/model';
import { createIndexRecord, findIndexRecords, updateIndexRecord } from '../index-records/records.ts';
import type { IndexRecord } from '../index-records/types.ts';
import { type Draft, isFileNode, isValid, own, refuse } from './drafts.ts';
import type { ProjectRef } from './projects.ts';

/** A new file node and its entry in the index of files, if that was there before it. */
export interface FileEntry {
  draft: Draft;
  did: string;
  known: IndexRecord | undefined;
}

/** Finds the index records that new file nodes name, and refuses what the index would not take. */
export async function matchFiles(tx: Transaction, drafts: readonly Draft[]): Promise<FileEntry[]> {
  const files = drafts.filter((draft) => draft.action === 'create' && draft.node && isFileNode(draft.node));
  if (files.length === 0) return [];
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
  principal: Principal,
  project: ProjectRef,
  entries: readonly FileEntry[],
): Promise<void> {
  const authz = [`/programs/${project.program}/projects/${project.code}`];
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
