import {
  changeProjectState,
  logTransaction,
  nextTransactionId,
  type ProjectRef,
  type StateOutcome,
  type TransactionRole,
} from '@linnaea/catalog';
import type { Principal } from '@linnaea/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { openProject } from './access.ts';
import { Refusal, sendJson, shownPath } from './http.ts';

/** Refuses what the state of the project forbids. A project without a state is open. */
export function requireState(project: ProjectRef, states: readonly string[], path: string): void {
  const state = typeof project.attributes.state === 'string' ? project.attributes.state : 'open';
  if (states.includes(state)) return;
  throw new Refusal(
    400,
    `Project is in state '${state}', which prevents ${path}. In order to perform this action, the project must be in state <${states.join(' or ')}>.`,
  );
}

type StateRole = Extract<TransactionRole, 'review' | 'open' | 'submit' | 'release'>;

export const stateRoles: readonly StateRole[] = ['review', 'open', 'submit', 'release'];

const from: Readonly<Record<StateRole, readonly string[]>> = {
  review: ['open'],
  open: ['review'],
  submit: ['review'],
  release: ['open', 'review', 'submitted', 'processing'],
};

export async function changeState(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Gen3Deps,
  role: StateRole,
  dryRun: boolean,
): Promise<FastifyReply> {
  const { principal, project } = await openProject(request, deps, 'release');
  const path = shownPath(request);
  requireState(project, from[role], path);
  const transactionId = await nextTransactionId(deps.database);
  const outcome = await changeProjectState(
    deps.database,
    { principal, project, dictionary: deps.dictionary.current(), role, dryRun },
    (current) => requireState(current, from[role], path),
    (tx, { success, changeId }) =>
      logTransaction(tx, logEntry({ id: transactionId, role, success, project, principal, dryRun, changeId })),
  );
  const result = showResult(outcome, { transactionId, role, dryRun });
  return sendJson(reply, result.code, result);
}

function logEntry(entry: {
  id: number;
  role: StateRole;
  success: boolean;
  project: ProjectRef;
  principal: Principal;
  dryRun: boolean;
  changeId: number | null;
}) {
  const { id, role, success, project, principal, dryRun, changeId } = entry;
  return {
    id,
    role,
    state: success ? ('SUCCEEDED' as const) : ('FAILED' as const),
    program: project.program,
    project: project.code,
    scopeId: project.scopeId,
    author: principal,
    dryRun,
    changeId,
    documents: [],
  };
}

interface StateContext {
  transactionId: number;
  role: StateRole;
  dryRun: boolean;
}

function showResult(outcome: StateOutcome, { transactionId, role, dryRun }: StateContext) {
  const { success, errors, nodes } = outcome;
  return {
    transaction_id: transactionId,
    success,
    code: success || dryRun ? 200 : 400,
    message: message(outcome, role, dryRun),
    entities: nodes.map(({ id, type, attributes }) => ({
      valid: true,
      action: 'submit',
      type,
      id,
      unique_keys: [{ project_id: attributes.project_id ?? null, submitter_id: attributes.submitter_id ?? null }],
      errors: [],
      warnings: [],
    })),
    entity_error_count: 0,
    transactional_error_count: errors.length,
    transactional_errors: errors.map((text) => ({ message: text })),
    ...(role === 'submit' ? { submitted_entity_count: nodes.length } : {}),
  };
}

function message({ success, nodes }: StateOutcome, role: StateRole, dryRun: boolean): string {
  if (!success) return 'Release transaction failed.';
  const what =
    role === 'submit'
      ? `submitted ${nodes.length} entities${dryRun ? '.' : ''}`
      : role === 'release'
        ? 'released project'
        : `transitioned project state to '${role}'`;
  if (role === 'submit') return dryRun ? `Dry run successful. Would have ${what}` : `Successfully ${what}.`;
  return dryRun ? `Dry run successful. Would have successfully ${what}` : `Successfully ${what}`;
}
