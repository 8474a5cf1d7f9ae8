import { type Database, sql, type Transaction } from '@linnaea/database';
import type { Attributes, DataDictionary, Principal } from '@linnaea/model';
import { recordChange, recordItems } from '../changes.ts';
import { changeAttributes, findProject, type ProjectRef } from './projects.ts';
import type { ProjectCheck } from './submit-nodes.ts';

export interface StateChange {
  principal: Principal;
  project: ProjectRef;
  dictionary: DataDictionary;
  role: 'review' | 'open' | 'submit' | 'release';
  dryRun: boolean;
}

export interface SubmittedNode {
  id: string;
  type: string;
  attributes: Attributes;
}

export interface StateOutcome {
  success: boolean;
  errors: string[];
  /** What `submit` moved on. */
  nodes: SubmittedNode[];
  changeId: number | null;
}

/** Moves a project, and on `submit` its nodes, to the next state. `check` throws where the project is in a wrong one. */
export async function changeProjectState(
  database: Database,
  request: StateChange,
  check: ProjectCheck,
  beforeCommit: (tx: Transaction, outcome: StateOutcome) => Promise<void>,
): Promise<StateOutcome> {
  return database.transaction(async (tx) => {
    const project = await findProject(tx, request.project.program, request.project.code, { lock: true });
    if (!project) throw new Error('The project was deleted while it was written to');
    check(project);
    const outcome = await apply(tx, { ...request, project });
    await beforeCommit(tx, outcome);
    return outcome;
  });
}

async function apply(tx: Transaction, request: StateChange): Promise<StateOutcome> {
  const { role, project, principal, dryRun } = request;
  if (role === 'submit') return submit(tx, request);
  const errors = role === 'release' ? releaseErrors(project) : [];
  const properties: Attributes = role === 'release' ? { released: true } : { state: role };
  if (errors.length > 0 || dryRun) return { success: errors.length === 0, errors, nodes: [], changeId: null };
  const changeId = await changeAttributes(tx, principal, project, properties, role);
  return { success: true, errors, nodes: [], changeId };
}

function releaseErrors({ attributes }: ProjectRef): string[] {
  if (attributes.released === true) return ['Project is already released.'];
  if (attributes.releasable === true) return [];
  return ['Project is not releasable. Project must be submitted at least once first.'];
}

const submittedCategories = new Set(['biospecimen', 'clinical', 'data_file']);
const submittedTypes = new Set(['case', 'annotation']);

async function submit(tx: Transaction, { dictionary, project, principal, dryRun }: StateChange): Promise<StateOutcome> {
  const types = [...dictionary.nodes.values()]
    .filter((node) => submittedCategories.has(node.category) || submittedTypes.has(node.type))
    .map((node) => node.type);
  const nodes = await tx.query<SubmittedNode & { recordId: number }>(sql`
    select id as "recordId", uuid as id, kind as type,
      jsonb_strip_nulls(jsonb_build_object('state', attributes->'state', 'file_state', attributes->'file_state',
        'submitter_id', attributes->'submitter_id', 'project_id', attributes->'project_id')) as attributes
    from record where scope_id = ${project.scopeId} and kind = any(${types}::text[]) and model = 'gen3'
      and deleted_change is null and attributes->>'state' = 'validated' order by id`);
  if (dryRun) return { success: true, errors: [], nodes, changeId: null };
  const changeId = await recordChange(tx, {
    authorId: principal.userId,
    origin: 'gen3',
    action: 'submit',
    scopeId: project.scopeId,
  });
  await tx.run(sql`
    update record set updated_at = now(), attributes = attributes || '{"state": "submitted"}' ||
      case when attributes->>'file_state' = 'validated' then '{"file_state": "submitted"}'::jsonb else '{}' end
    where id = any(${nodes.map((node) => node.recordId)}::bigint[])`);
  await recordItems(
    tx,
    changeId,
    nodes.map(({ recordId, attributes }) => {
      const file = attributes.file_state === 'validated';
      const before = { state: attributes.state ?? null, ...(file ? { file_state: 'validated' } : {}) };
      const after = { state: 'submitted', ...(file ? { file_state: 'submitted' } : {}) };
      return { recordId, action: 'update' as const, before, after };
    }),
  );
  await changeAttributes(tx, principal, project, { state: 'submitted', releasable: true }, 'submit');
  return { success: true, errors: [], nodes, changeId };
}
