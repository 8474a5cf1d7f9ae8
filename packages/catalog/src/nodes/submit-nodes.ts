import { type Database, isUniqueViolation, type Transaction } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { nextRecordIds } from '../accessions.ts';
import { type ChangeItem, recordChange, recordItems } from '../changes.ts';
import { type Draft, draftEntities, isValid, type SubmissionContext, type SubmittedEntity, sentId } from './drafts.ts';
import { indexFiles, matchFiles } from './index-files.ts';
import { checkRepeats, instantiate, type TransactionalError } from './instantiate.ts';
import { resolveLinks } from './link-targets.ts';
import { findProject, type ProjectRef } from './projects.ts';
import { findNodes } from './stored-nodes.ts';
import { writeNodes } from './write-nodes.ts';

export interface SubmissionOutcome {
  drafts: Draft[];
  errors: TransactionalError[];
  /** Whether everything is right (and so was written, unless it was a dry run). */
  success: boolean;
  changeId: number | null;
}

export interface SubmissionRequest extends SubmissionContext {
  principal: Principal;
  dryRun: boolean;
  entities: readonly SubmittedEntity[];
}

/** Called in the transaction, after the nodes were written or found wanting: writes the log. */
export type BeforeCommit = (tx: Transaction, outcome: SubmissionOutcome) => Promise<void>;

/** Looks at the project when it is locked; throws where it may not be written to. */
export type ProjectCheck = (project: ProjectRef) => void;

/**
 * Takes entities into a project, all or none. Every error of every entity is found; with one error, or as a dry run,
 * nothing is written but what `beforeCommit` writes. Writers of one project go one after the other.
 */
export async function submitNodes(
  database: Database,
  request: SubmissionRequest,
  checkProject: ProjectCheck,
  beforeCommit: BeforeCommit,
): Promise<SubmissionOutcome> {
  const attempt = () => {
    const drafts = draftEntities(request.entities, request);
    return database.transaction(async (tx) => {
      const { program, code } = request.project;
      const project = await findProject(tx, program, code, { lock: true });
      if (!project) throw new Error('The project was deleted while it was written to');
      checkProject(project);
      const outcome = await submitInto(tx, drafts, { ...request, project });
      await beforeCommit(tx, outcome);
      return outcome;
    });
  };
  try {
    return await attempt();
  } catch (error) {
    // somebody took one of the ids in another project meanwhile: look again, and say so
    if (isUniqueViolation(error)) return attempt();
    throw error;
  }
}

async function submitInto(tx: Transaction, drafts: Draft[], request: SubmissionRequest): Promise<SubmissionOutcome> {
  const candidates = drafts.filter((draft) => isValid(draft) && draft.node);
  const ids = [...new Set(candidates.flatMap((draft) => sentId(draft) ?? []))];
  const keys = [...new Set(candidates.flatMap((draft) => draft.key ?? []))];
  const stored = await findNodes(tx, request.project.scopeId, { ids, keys });
  const known = {
    byId: new Map(stored.map((node) => [node.id, node])),
    byKey: new Map(
      stored.flatMap((node) =>
        node.naturalKey !== null && node.scopeId === request.project.scopeId ? [[node.naturalKey, node]] : [],
      ),
    ),
  };
  instantiate(candidates, known, request);
  const errors = checkRepeats(candidates, request);
  const sound = candidates.filter(isValid);
  await giveRecordIds(tx, sound);
  await resolveLinks(tx, sound, drafts, request);
  const files = await matchFiles(tx, sound, request);
  const success = errors.length === 0 && drafts.every(isValid);
  if (!success || request.dryRun) return { drafts, errors, success, changeId: null };
  const changeId = await write(tx, sound, request);
  await indexFiles(tx, request, files);
  return { drafts, errors, success, changeId };
}

async function giveRecordIds(tx: Transaction, drafts: readonly Draft[]): Promise<void> {
  const fresh = drafts.filter((draft) => draft.action === 'create');
  if (fresh.length === 0) return;
  const ids = await nextRecordIds(tx, fresh.length);
  for (const [place, draft] of fresh.entries()) draft.recordId = ids[place] ?? 0;
}

function isChanged(draft: Draft): boolean {
  return Object.keys(draft.after).length > 0 || draft.newLinks.length > 0 || draft.droppedLinks.length > 0;
}

/** Writes what is new or changed as one change; answers null when nothing is. */
async function write(tx: Transaction, drafts: readonly Draft[], request: SubmissionRequest): Promise<number | null> {
  const created = drafts.filter((draft) => draft.action === 'create');
  const updated = drafts.filter((draft) => draft.action === 'update' && isChanged(draft));
  if (created.length === 0 && updated.length === 0) return null;
  const changeId = await recordChange(tx, {
    authorId: request.principal.userId,
    origin: 'gen3',
    action: request.role,
    scopeId: request.project.scopeId,
  });
  await writeNodes(tx, { created, updated, changeId, scopeId: request.project.scopeId, author: request.principal });
  if (updated.length > 0) await recordItems(tx, changeId, items(updated));
  return changeId;
}

function* items(updated: readonly Draft[]): Generator<ChangeItem> {
  for (const { recordId, before, after } of updated) yield { recordId, action: 'update', before, after };
}
