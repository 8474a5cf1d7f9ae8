import { sql, type Transaction } from '@linnaea/database';
import { type Attributes, CatalogueError, entityFinding, type NodeKind, type Principal } from '@linnaea/model';
import { recordChange, recordItems } from '../changes.ts';
import { type Draft, isFileNode, own, refuse } from './drafts.ts';
import { findProject, type ProjectRef } from './projects.ts';
import { lives } from './stored-nodes.ts';
import type { ProjectCheck } from './submit-nodes.ts';

/** What is done with the bytes of a data file. */
export type FileAction =
  | 'upload'
  | 'initiate_multipart'
  | 'upload_part'
  | 'complete_multipart'
  | 'list_parts'
  | 'abort_multipart'
  | 'delete'
  | 'reassign';

const beforeUpload = ['registered', 'uploading', 'error'];
const duringUpload = ['uploading'];

/** The states of a file in which something may be done with its bytes; what is not named here may be done in any. */
const statesFor: Readonly<Partial<Record<FileAction, readonly string[]>>> = {
  upload: beforeUpload,
  initiate_multipart: beforeUpload,
  upload_part: duringUpload,
  complete_multipart: duringUpload,
  list_parts: duringUpload,
  abort_multipart: duringUpload,
};

/** Until a file was judged, its node may be changed: later, people rely on what the node tells of the bytes. */
const changeable = new Set(['registered', 'uploading', 'uploaded', 'validating']);

/** A file node, and who does what with its bytes. */
export interface FileRef {
  principal: Principal;
  project: ProjectRef;
  node: { id: string; kind: NodeKind };
  /** Throws where the project may not be written to; asked while the project is locked. */
  checkProject: ProjectCheck;
}

function tracksState(kind: NodeKind): boolean {
  return kind.properties.has('file_state');
}

function stateOf(attributes: Attributes): string {
  const state = own(attributes, 'file_state');
  return typeof state === 'string' ? state : 'registered';
}

/** Throws `conflict` where the state of a file forbids the action. Kinds without `file_state` forbid nothing. */
export function requireFileState(kind: NodeKind, attributes: Attributes, action: FileAction): void {
  const state = stateOf(attributes);
  const states = statesFor[action];
  if (!tracksState(kind) || states === undefined || states.includes(state)) return;
  throw new CatalogueError('conflict', 'file-state', `File in ${state} state, ${action} not allowed`);
}

/**
 * Moves the file of a node to another state, as a change of its own, and answers the state before; null where the kind
 * has no `file_state`. Throws `conflict` where that state forbids the action, `not-found` when the node is gone.
 */
export async function moveFileState(
  tx: Transaction,
  file: FileRef,
  { action, to }: { action: FileAction; to: 'registered' | 'uploading' | 'uploaded' },
): Promise<string | null> {
  const { principal, node } = file;
  const project = await lockProject(tx, file);
  file.checkProject(project);
  const stored = await findFileNode(tx, file);
  if (!stored)
    throw new CatalogueError('not-found', 'file-node-gone', `File ${node.id} not found in ${project.projectId}`);
  if (!tracksState(node.kind)) return null;
  requireFileState(node.kind, stored.attributes, action);
  await write(tx, { principal, project, stored, to });
  return stateOf(stored.attributes);
}

/** Takes an upload back that came to nothing; what somebody else did with the file meanwhile stays. */
export async function returnFileState(tx: Transaction, file: FileRef, to: string | null): Promise<void> {
  if (to === null) return;
  const project = await lockProject(tx, file);
  const stored = await findFileNode(tx, file);
  if (!stored || stateOf(stored.attributes) !== 'uploading') return;
  await write(tx, { principal: file.principal, project, stored, to });
}

/** Writers of a project go one after the other: they write the properties of a node as a whole. */
async function lockProject(tx: Transaction, { project }: FileRef): Promise<ProjectRef> {
  const locked = await findProject(tx, project.program, project.code, { lock: true });
  if (locked) return locked;
  throw new CatalogueError('not-found', 'project-gone', `Project ${project.code} not found`);
}

interface StoredFile {
  recordId: number;
  attributes: Attributes;
}

function findFileNode(tx: Transaction, { project, node }: FileRef): Promise<StoredFile | undefined> {
  return tx.first<StoredFile>(sql`
    select r.id as "recordId", r.attributes from record r
    where r.uuid = ${node.id} and r.scope_id = ${project.scopeId} and r.model = 'gen3' and ${lives(sql`r`)}`);
}

async function write(
  tx: Transaction,
  { principal, project, stored, to }: { principal: Principal; project: ProjectRef; stored: StoredFile; to: string },
): Promise<void> {
  const before = own(stored.attributes, 'file_state') ?? null;
  if (before === to) return;
  const changeId = await recordChange(tx, {
    authorId: principal.userId,
    origin: 'gen3',
    action: 'update',
    scopeId: project.scopeId,
  });
  await tx.run(sql`
    update record set attributes = attributes || jsonb_build_object('file_state', ${to}::text), updated_at = now()
    where id = ${stored.recordId}`);
  const item = { recordId: stored.recordId, action: 'update' as const };
  await recordItems(tx, changeId, [{ ...item, before: { file_state: before }, after: { file_state: to } }]);
}

/** Refuses changes of nodes whose files were judged already. */
export function refuseJudgedFiles(drafts: readonly Draft[]): void {
  for (const draft of drafts) {
    const { node, stored } = draft;
    if (draft.action !== 'update' || !node || !stored || !isFileNode(node) || !tracksState(node)) continue;
    const state = stateOf(stored.attributes);
    if (changeable.has(state)) continue;
    const message = `This file is already in file_state '${state}' and cannot be updated. The raw data exists in the file storage and modifying the Entity now is unsafe and may cause problems for any processes or users consuming this data.`;
    refuse(draft, entityFinding('file-judged', 'INVALID_PERMISSIONS', ['file_state'], message));
  }
}
