import type { Deletion, DeletionOutcome, Draft, SubmissionOutcome, TransactionalError } from '@linnaea/catalog';
import type { Attributes, EntityFinding } from '@linnaea/model';

/** The answers of transactions. Their property names are the wire's. */
export interface EntityResult {
  valid: boolean;
  action: string | null;
  type: string | null;
  id: string | null;
  submitter_id: unknown;
  unique_keys: Attributes[];
  errors: unknown[];
  warnings: unknown[];
}

export interface TransactionResult {
  transaction_id: number;
  success: boolean;
  code: number;
  message: string;
  entities: EntityResult[];
  entity_error_count: number;
  transactional_error_count: number;
  transactional_errors: (TransactionalError | string)[];
}

export interface UploadResult extends TransactionResult {
  created_entity_count: number;
  updated_entity_count: number;
}

export function showFinding(finding: EntityFinding): Record<string, unknown> {
  const { message, keys, type, suggestions } = finding;
  // the message of an unknown type names its neighbours already
  return { message, keys, type, ...(suggestions && suggestions.length > 0 ? { suggestions } : {}) };
}

function showDraft(draft: Draft): EntityResult {
  const { action, type, id, uniqueKeys, errors, warnings } = draft;
  return {
    valid: errors.length === 0,
    action,
    type,
    id,
    submitter_id: uniqueKeys[0]?.submitter_id ?? null,
    unique_keys: uniqueKeys,
    errors: errors.map(showFinding),
    warnings: warnings.map(showFinding),
  };
}

export interface UploadContext {
  transactionId: number;
  role: 'create' | 'update';
  dryRun: boolean;
}

const dryRunMessage =
  'Transaction would have been successful. User selected dry run option, transaction aborted, no data written to database.';

/** The answer for the drafts of one document. */
export function uploadResult(
  drafts: readonly Draft[],
  errors: readonly (TransactionalError | string)[],
  { transactionId, role, dryRun }: UploadContext,
): UploadResult {
  const entities = drafts.map(showDraft);
  const invalid = entities.filter((entity) => !entity.valid).length;
  const success = invalid === 0 && errors.length === 0;
  const count = (action: string) => (success ? drafts.filter((draft) => draft.action === action).length : 0);
  return {
    transaction_id: transactionId,
    success,
    code: dryRun ? 200 : success ? (role === 'create' ? 201 : 200) : 400,
    message: success ? (dryRun ? dryRunMessage : 'Transaction successful.') : abortedMessage(invalid, errors.length),
    entities,
    entity_error_count: invalid,
    transactional_error_count: errors.length,
    transactional_errors: [...errors],
    created_entity_count: count('create'),
    updated_entity_count: count('update'),
  };
}

function abortedMessage(invalid: number, errors: number): string {
  const reasons = [
    ...(invalid > 0 ? [`${invalid} invalid ${invalid === 1 ? 'entity' : 'entities'}`] : []),
    ...(errors > 0 ? [`${errors} transactional error(s)`] : []),
  ];
  return `Transaction aborted due to ${reasons.join(' and ')}.`;
}

export interface BulkResult {
  transaction_id: number;
  success: boolean;
  code: number;
  message: string;
  entity_error_count: number;
  document_error_count: number;
  created_entity_count: number;
  updated_entity_count: number;
  transactional_errors: (TransactionalError | string)[];
  subtransactions: { name: string; response_json: UploadResult }[];
}

/** The answer for all documents of a bulk request. */
export function bulkResult(
  names: readonly string[],
  { drafts, errors, success }: SubmissionOutcome,
  context: UploadContext,
): BulkResult {
  const parts = names.map((name, part) => ({
    name,
    response_json: uploadResult(
      drafts.filter((draft) => draft.part === part),
      [],
      context,
    ),
  }));
  const sum = (count: (result: UploadResult) => number) =>
    parts.reduce((total, part) => total + count(part.response_json), 0);
  return {
    transaction_id: context.transactionId,
    success,
    code: context.dryRun ? 200 : success ? (context.role === 'create' ? 201 : 200) : 400,
    message: success ? 'Bulk Transaction succeeded.' : 'Bulk Transaction failed.',
    entity_error_count: sum((result) => result.entity_error_count),
    document_error_count: parts.filter((part) => !part.response_json.success).length,
    created_entity_count: sum((result) => result.created_entity_count),
    updated_entity_count: sum((result) => result.updated_entity_count),
    transactional_errors: success ? [...errors] : [...errors, '[400] - Bulk Transaction failed'],
    subtransactions: parts,
  };
}

export interface DeleteResult extends TransactionResult {
  deleted_entity_count: number;
  dependent_ids: string;
}

function showDeletion({ sent, node, errors }: Deletion): EntityResult {
  const key = node && {
    project_id: node.attributes.project_id ?? null,
    submitter_id: node.attributes.submitter_id ?? null,
  };
  return {
    valid: errors.length === 0,
    action: 'delete',
    type: node?.type ?? null,
    id: node?.id ?? null,
    submitter_id: node?.attributes.submitter_id ?? null,
    unique_keys: key ? [key] : [],
    errors: errors.map((finding) => ({
      ...showFinding(finding),
      ...(finding.dependents ? { dependents: finding.dependents } : {}),
      ...(node ? {} : { id: sent }),
    })),
    warnings: [],
  };
}

export function deleteResult(
  { deletions, success }: DeletionOutcome,
  { transactionId, dryRun }: { transactionId: number; dryRun: boolean },
): DeleteResult {
  const entities = deletions.map(showDeletion);
  const dependents = deletions.flatMap(({ errors }) => errors.flatMap((error) => error.dependents ?? []));
  const failed = entities.filter((entity) => !entity.valid).length;
  const done = dryRun ? 'Dry run successful. Would have deleted' : 'Successfully deleted';
  return {
    transaction_id: transactionId,
    success,
    code: success || dryRun ? 200 : 400,
    message: success ? `${done} ${entities.length} entities` : 'Deletion transaction failed.',
    entities,
    entity_error_count: failed,
    transactional_error_count: 0,
    transactional_errors: [],
    deleted_entity_count: success ? entities.length : 0,
    dependent_ids: [...new Set(dependents.map(({ id }) => id))].join(','),
  };
}
