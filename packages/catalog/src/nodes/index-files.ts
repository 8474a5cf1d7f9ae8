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

/** Finds the index records that new file nodes name, and refuses those that tell otherwise of the file. */
export async function matchFiles(tx: Transaction, drafts: readonly Draft[]): Promise<FileEntry[]> {
  const files = drafts.filter((draft) => draft.action === 'create' && draft.node && isFileNode(draft.node));
  if (files.length === 0) return [];
  const dids = files.map(didOf);
  const records = new Map((await findIndexRecords(tx, dids)).map((record) => [record.did, record]));
  return files.map((draft, place) => {
    const did = dids[place] ?? '';
    const known = records.get(did);
    const finding = known && isValid(draft) ? disagreement(draft, known) : undefined;
    if (finding) refuse(draft, finding);
    return { draft, did, known };
  });
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
  const [hash, size] = [textOf(own(draft.attributes, 'md5sum')), sizeOf(draft)];
  if ((hash === null || known.hashes.md5 === hash) && (size === null || known.size === size)) return undefined;
  return entityFinding(
    'file-differs',
    'INVALID_VALUE',
    ['md5sum', 'file_size'],
    `Provided hash (${hash}) and size (${size}) do not match those of indexed file of id ${known.did}.`,
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
