import {
  attachObject,
  type FileAction,
  type FileRef,
  getIndexRecord,
  type IndexRecord,
  isUuid,
  moveFileState,
  objectHashes,
  readNodes,
  returnFileState,
} from '@linnaea/catalog';
import { storeFile } from '@linnaea/imports';
import type { Attributes } from '@linnaea/model';
import type { Gen3Deps } from '../deps.ts';
import { isFileKind } from '../tables/columns.ts';
import { Refusal } from './http.ts';

/** A data file that a node tells of, and its record in the index of files. */
export interface NodeFile extends FileRef {
  attributes: Attributes;
  record: IndexRecord;
}

/** Throws where the project has no such node, or the index no record of its file. */
export async function findFile(
  deps: Gen3Deps,
  { id, ...caller }: { id: string } & Omit<FileRef, 'node'>,
): Promise<NodeFile> {
  const { project } = caller;
  const [node] = isUuid(id) ? await readNodes(deps.database, project.scopeId, [id]) : [];
  const kind = node && deps.dictionary.current().nodes.get(node.type);
  if (!node || !kind || !isFileKind(kind)) throw new Refusal(404, `File ${id} not found in ${project.projectId}`);
  const did = typeof node.attributes.object_id === 'string' ? node.attributes.object_id : node.id;
  const record = await getIndexRecord(deps.database, did);
  return { ...caller, node: { id: node.id, kind }, attributes: node.attributes, record };
}

/** Does what brings the bytes of a file while it counts as being uploaded. When that fails, it is as it was before. */
export async function whileUploading<T>(deps: Gen3Deps, file: NodeFile, work: () => Promise<T>): Promise<T> {
  const before = await deps.database.transaction((tx) =>
    moveFileState(tx, file, { action: 'upload', to: 'uploading' }),
  );
  try {
    return await work();
  } catch (error) {
    await deps.database.transaction((tx) => returnFileState(tx, file, before));
    throw error;
  }
}

/** Stores bytes as the file of a node, if they are those that the node tells of; what differs is left to the sweep. */
export async function keepFile(
  deps: Gen3Deps,
  file: NodeFile,
  bytes: AsyncIterable<Uint8Array>,
  action: FileAction,
): Promise<{ md5: string }> {
  const { attributes, record, principal } = file;
  const parts = { database: deps.database, objects: deps.objects, maxFileBytes: deps.maxUploadBytes };
  const fileName = record.fileName ?? (typeof attributes.file_name === 'string' ? attributes.file_name : 'file');
  const { objectId, size } = await storeFile(parts, bytes, { fileName, createdBy: principal.userId });
  const hashes = await objectHashes(deps.database, objectId);
  const md5 = hashes.md5 ?? '';
  const { md5sum, file_size: told } = attributes;
  if ((typeof md5sum === 'string' && md5sum.toLowerCase() !== md5) || (typeof told === 'number' && told !== size)) {
    throw new Refusal(
      400,
      `The file has the MD5 sum ${md5} and ${size} bytes, but its node tells of ${md5sum ?? 'no sum'} and ${told ?? 'no size'}.`,
    );
  }
  await deps.database.transaction(async (tx) => {
    await moveFileState(tx, file, { action, to: 'uploaded' });
    await attachObject(tx, record.did, { objectId, size, hashes });
  });
  return { md5 };
}
