export { type Deletion, type DeletionOutcome, type Dependent, deleteNodes } from './delete-nodes.ts';
export type { Draft, SubmittedEntity } from './drafts.ts';
export { type FileAction, type FileRef, moveFileState, requireFileState, returnFileState } from './file-states.ts';
export type { TransactionalError } from './instantiate.ts';
export { isUuid, naturalKey, programUuid, projectUuid, uuid5 } from './node-ids.ts';
export { changeProjectState, type StateOutcome } from './project-state.ts';
export {
  deleteScopeNode,
  findProgram,
  findProject,
  listProgramNames,
  listProjectCodes,
  type ProgramRef,
  type ProjectRef,
  saveProgram,
  saveProject,
} from './projects.ts';
export {
  type LinkedNode,
  type NodeSelection,
  type NodeWithLinks,
  readNodes,
  streamNodes,
  streamSelected,
  typesBelow,
} from './read-nodes.ts';
export { type PagedNode, streamNodePages } from './stream-nodes.ts';
export { type ProjectCheck, type SubmissionOutcome, submitNodes } from './submit-nodes.ts';
export {
  closeTransaction,
  endTransaction,
  findDocuments,
  findTransaction,
  type LoggedDocument,
  type LoggedTransaction,
  logTransaction,
  markCommitted,
  nextTransactionId,
  type TransactionRole,
  waitingTransactions,
} from './transaction-log.ts';
