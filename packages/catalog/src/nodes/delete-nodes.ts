import { type Database, type Queryable, sql, type Transaction } from '@linnaea/database';
import {
  type Attributes,
  CatalogueError,
  checkLinkCounts,
  type DataDictionary,
  type EntityFinding,
  entityFinding,
  type Principal,
} from '@linnaea/model';
import { recordChange, recordItems } from '../changes.ts';
import { own } from './drafts.ts';
import { isUuid } from './node-ids.ts';
import { findProject, type ProjectRef, withoutNulls } from './projects.ts';
import { findNodes, lives, type StoredLink, type StoredNode } from './stored-nodes.ts';
import type { ProjectCheck } from './submit-nodes.ts';

export interface Dependent {
  id: string;
  type: string;
}

/** What becomes of one id that was to be deleted. */
export interface Deletion {
  /** As it was sent. */
  sent: string;
  node: StoredNode | undefined;
  errors: (EntityFinding & { dependents?: Dependent[]; id?: string })[];
}

export interface DeletionOutcome {
  deletions: Deletion[];
  success: boolean;
  changeId: number | null;
}

export interface DeletionRequest {
  principal: Principal;
  project: ProjectRef;
  dictionary: DataDictionary;
  ids: readonly string[];
  dryRun: boolean;
  /** Clear these properties in place of deleting the nodes. */
  fields?: readonly string[];
  /** Only mark (or unmark) the nodes as to be deleted. */
  mark?: boolean;
}

/**
 * Deletes nodes, all or none: what others need, what is no longer only validated, and what is not there is refused.
 * Throws `invalid` for a field that a node does not have or cannot do without.
 */
export async function deleteNodes(
  database: Database,
  request: DeletionRequest,
  checkProject: ProjectCheck,
  beforeCommit: (tx: Transaction, outcome: DeletionOutcome) => Promise<void>,
): Promise<DeletionOutcome> {
  return database.transaction(async (tx) => {
    const project = await findProject(tx, request.project.program, request.project.code, { lock: true });
    if (!project) throw new Error('The project was deleted while it was written to');
    checkProject(project);
    const deletions = await findDeletions(tx, request);
    if (request.fields) checkFields(deletions, request.fields, request.dictionary);
    else if (request.mark === undefined) await judge(tx, deletions, request.dictionary);
    const success = deletions.every(({ errors }) => errors.length === 0);
    const changeId = success && !request.dryRun ? await write(tx, deletions, request) : null;
    const outcome = { deletions, success, changeId };
    await beforeCommit(tx, outcome);
    return outcome;
  });
}

async function findDeletions(tx: Queryable, { ids, project }: DeletionRequest): Promise<Deletion[]> {
  const wanted = [...new Set(ids)];
  const known = await findNodes(tx, project.scopeId, { ids: wanted.filter(isUuid), keys: [] });
  const byId = new Map(known.filter((node) => node.scopeId === project.scopeId).map((node) => [node.id, node]));
  return wanted.map((sent) => {
    const node = byId.get(sent.toLowerCase());
    // the project itself is not among its entities
    if (node && node.recordId !== project.recordId) return { sent, node, errors: [] };
    const missing = entityFinding('entity-not-found', 'NOT_FOUND', ['id'], 'Entity not found.');
    return { sent, node: undefined, errors: [{ ...missing, id: sent }] };
  });
}

async function judge(tx: Queryable, deletions: readonly Deletion[], dictionary: DataDictionary): Promise<void> {
  for (const { node, errors } of deletions) if (node) errors.push(...judgeState(node.attributes));
  const gone = new Set(deletions.flatMap(({ node }) => node?.recordId ?? []));
  const blockers = await findBlockers(tx, [...gone], gone, dictionary);
  for (const { node, errors } of deletions) {
    const first = node && blockers.get(node.recordId)?.[0];
    if (!first) continue;
    const dependents = await chainBelow(tx, first, gone, dictionary);
    const message = `Unable to delete entity because at least ${dependents.length} other(s) directly or indirectly depend on it. You can only delete this entity by deleting its dependents prior to, or during the same transaction as this one.`;
    errors.push({ ...entityFinding('entity-needed', 'INVALID_LINK', [], message), dependents });
  }
}

function judgeState(attributes: Attributes): EntityFinding[] {
  const state = own(attributes, 'state') ?? 'validated';
  const fileState = own(attributes, 'file_state') ?? 'registered';
  const findings: EntityFinding[] = [];
  const add = (key: string, message: string) =>
    findings.push(entityFinding('entity-state', 'INVALID_PERMISSIONS', [key], message));
  if (state === 'submitted')
    add(
      'state',
      'This node has been submitted. Deletion is disallowed for submitted entities. This node must be redacted.',
    );
  else if (state !== 'validated') add('state', `Unable to delete entity because it is in state '${state}'.`);
  if (fileState !== 'registered')
    add('file_state', `Unable to delete entity because its file is in state '${fileState}'.`);
  return findings;
}

interface Blocker {
  recordId: number;
  id: string;
  type: string;
}

/** Children that would break a rule of the dictionary without the parents that go, by parent. */
async function findBlockers(
  tx: Queryable,
  parents: readonly number[],
  gone: ReadonlySet<number>,
  dictionary: DataDictionary,
): Promise<Map<number, Blocker[]>> {
  if (parents.length === 0) return new Map();
  const rows = await tx.query<StoredLink & { id: string; type: string }>(sql`
    select l.child_id as child, l.name, l.parent_id as parent, c.uuid as id, c.kind as type
    from record c join link l on l.child_id = c.id join record p on p.id = l.parent_id and ${lives(sql`p`)}
    where c.id in (select child_id from link where parent_id = any(${parents}::bigint[])) and ${lives(sql`c`)}
    order by c.id`);
  const children = new Map<number, { blocker: Blocker; links: StoredLink[] }>();
  for (const { child, id, type, name, parent } of rows) {
    if (gone.has(child)) continue;
    const known = children.get(child) ?? { blocker: { recordId: child, id, type }, links: [] };
    children.set(child, known);
    known.links.push({ child, name, parent });
  }
  const blockers = new Map<number, Blocker[]>();
  for (const { blocker, links } of children.values()) {
    const cut = links.filter(({ parent }) => gone.has(parent) || parents.includes(parent));
    if (!breaks(blocker.type, links, cut, dictionary)) continue;
    for (const { parent } of cut) blockers.set(parent, [...(blockers.get(parent) ?? []), blocker]);
  }
  return blockers;
}

function breaks(
  type: string,
  links: readonly StoredLink[],
  cut: readonly StoredLink[],
  dictionary: DataDictionary,
): boolean {
  const node = dictionary.nodes.get(type);
  if (!node) return true;
  const counts = new Map<string, number>();
  for (const link of links) if (!cut.includes(link)) counts.set(link.name, (counts.get(link.name) ?? 0) + 1);
  const emptied = cut.some(({ name }) => node.required.includes(name) && !counts.has(name));
  return emptied || checkLinkCounts(node, (name) => counts.get(name) ?? 0).length > 0;
}

/** The dependent and, one after the other, the first of what depends on it: the peers name one such chain. */
async function chainBelow(
  tx: Queryable,
  first: Blocker,
  gone: ReadonlySet<number>,
  dictionary: DataDictionary,
): Promise<Dependent[]> {
  const chain: Blocker[] = [];
  const seen = new Set(gone);
  for (let next: Blocker | undefined = first; next && !seen.has(next.recordId) && chain.length < 100; ) {
    chain.push(next);
    seen.add(next.recordId);
    next = (await findBlockers(tx, [next.recordId], seen, dictionary)).get(next.recordId)?.[0];
  }
  return chain.map(({ id, type }) => ({ id, type }));
}

function className(type: string): string {
  return type
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}

function checkFields(deletions: readonly Deletion[], fields: readonly string[], dictionary: DataDictionary): void {
  for (const { node } of deletions) {
    const kind = node && dictionary.nodes.get(node.type);
    if (!node || !kind) continue;
    for (const field of fields) {
      const property = kind.properties.get(field);
      const place = `in a node <${className(node.type)}(${node.id})>`;
      if (!property || property.kind === 'link' || field === 'type')
        throw new CatalogueError(
          'invalid',
          'field-unknown',
          `Attempted to delete non-existing field "${field}" ${place}`,
        );
      if (property.required || property.system || field === kind.keyProperty)
        throw new CatalogueError('invalid', 'field-required', `Attempted to delete required field "${field}" ${place}`);
    }
  }
}

async function write(
  tx: Transaction,
  deletions: readonly Deletion[],
  request: DeletionRequest,
): Promise<number | null> {
  const nodes = deletions.flatMap(({ node }) => node ?? []);
  if (nodes.length === 0) return null;
  const changeId = await recordChange(tx, {
    authorId: request.principal.userId,
    origin: 'gen3',
    action: request.fields ? 'update' : request.mark === undefined ? 'delete' : 'mark',
    scopeId: request.project.scopeId,
  });
  const ids = nodes.map((node) => node.recordId);
  if (request.fields) await clearFields(tx, nodes, request.fields, changeId);
  else if (request.mark === true) {
    await tx.run(sql`
      insert into gen3_to_delete (record_id, change_id) select unnest(${ids}::bigint[]), ${changeId}
      on conflict (record_id) do nothing`);
  } else if (request.mark === false)
    await tx.run(sql`delete from gen3_to_delete where record_id = any(${ids}::bigint[])`);
  else {
    await tx.run(sql`update record set deleted_change = ${changeId} where id = any(${ids}::bigint[])`);
    await recordItems(
      tx,
      changeId,
      ids.map((recordId) => ({ recordId, action: 'delete' as const })),
    );
  }
  return changeId;
}

async function clearFields(
  tx: Transaction,
  nodes: readonly StoredNode[],
  fields: readonly string[],
  changeId: number,
): Promise<void> {
  const nothing = Object.fromEntries(fields.map((field) => [field, null]));
  const items = nodes.flatMap((node) => {
    const before = Object.fromEntries(
      fields.flatMap((field) => {
        const value = own(node.attributes, field) ?? null;
        return value === null ? [] : [[field, value] as const];
      }),
    );
    const after = Object.fromEntries(Object.keys(before).map((field) => [field, null]));
    return Object.keys(before).length === 0
      ? []
      : [
          {
            recordId: node.recordId,
            action: 'update' as const,
            before,
            after,
            attributes: withoutNulls({ ...node.attributes, ...nothing }),
          },
        ];
  });
  await tx.run(sql`
    update record r set attributes = u.attributes::jsonb, updated_at = now()
    from unnest(${items.map((item) => item.recordId)}::bigint[], ${items.map((item) => JSON.stringify(item.attributes))}::text[])
      as u(id, attributes)
    where r.id = u.id`);
  await recordItems(tx, changeId, items);
}
