import { type AttributeValue, entityFinding, pythonRepr, sameValue, systemDefaults } from '@linnaea/model';
import { type Draft, isFileNode, isValid, notUnique, own, refuse, type SubmissionContext, sentId } from './drafts.ts';
import { isUuid, naturalKey, newNodeUuid } from './node-ids.ts';
import type { StoredNode } from './stored-nodes.ts';

/** The stored nodes that drafts may mean, by id and by key. */
export interface KnownNodes {
  byId: ReadonlyMap<string, StoredNode>;
  byKey: ReadonlyMap<string, StoredNode>;
}

/** Decides of each valid draft whether it makes a node or changes one, and works out its properties. */
export function instantiate(drafts: readonly Draft[], known: KnownNodes, context: SubmissionContext): void {
  for (const draft of drafts) {
    if (!isValid(draft) || !draft.node) continue;
    if (context.role === 'create') instantiateNew(draft, known, context);
    else instantiateMerged(draft, known, context);
  }
}

function instantiateNew(draft: Draft, known: KnownNodes, context: SubmissionContext): void {
  const id = sentId(draft);
  if (id !== undefined && known.byId.has(id)) {
    refuse(
      draft,
      notUnique(['id'], 'Cannot create entity that already exists. Try updating entity (PUT instead of POST)'),
    );
    return;
  }
  makeNew(draft, context);
  if (draft.key !== null && known.byKey.has(draft.key)) refuse(draft, existsAlready(draft));
}

function existsAlready(draft: Draft) {
  const key = draft.uniqueKeys[0] ?? {};
  return entityFinding(
    'entity-exists',
    'ERROR',
    Object.keys(key),
    `${draft.type} with ${pythonRepr(key)} already exists in the DB`,
  );
}

function instantiateMerged(draft: Draft, known: KnownNodes, context: SubmissionContext): void {
  const sent = own(draft.document, 'id') ?? null;
  const byKey = draft.key === null ? undefined : known.byKey.get(draft.key);
  if (sent === null) {
    if (byKey) merge(draft, byKey, context);
    else makeNew(draft, context);
    return;
  }
  if (!isUuid(sent)) {
    refuse(
      draft,
      entityFinding('id-not-uuid', 'INVALID_VALUE', ['id'], 'Cannot create entity with custom id that is not a UUID.'),
    );
    return;
  }
  const byId = known.byId.get(sent.toLowerCase());
  if (byKey && byKey !== byId) {
    refuse(draft, notUnique(['id'], `Existing ${draft.type} entity found with id different from ${sent}`));
  } else if (!byId) makeNew(draft, context);
  else mergeById(draft, byId, context);
}

function mergeById(draft: Draft, stored: StoredNode, context: SubmissionContext): void {
  const { project } = context;
  if (stored.scopeId !== project.scopeId) {
    // which project that is would tell of data that the sender may not know of
    refuse(
      draft,
      entityFinding(
        'entity-elsewhere',
        'INVALID_PERMISSIONS',
        ['project_id'],
        `Entity is owned by another project, not ${project.projectId}`,
      ),
    );
  } else if (stored.type !== draft.type) {
    refuse(draft, notUnique(['id'], `Existing ${stored.type} entity found with type different from ${draft.type}`));
  } else if (draft.key !== null && stored.naturalKey !== null && draft.key !== stored.naturalKey) {
    const name = own(stored.attributes, draft.node?.keyProperty ?? 'submitter_id') ?? null;
    refuse(
      draft,
      notUnique(
        ['id', 'submitter_id'],
        `Existing ${draft.type} entity with id ${stored.id} has submitter_id ${pythonRepr(name)}; it cannot be changed`,
      ),
    );
  } else merge(draft, stored, context);
}

/** A new node: the sent properties without nulls and links, and what the server fills in. */
function makeNew(draft: Draft, { project }: SubmissionContext): void {
  const { node, document } = draft;
  if (!node) return;
  draft.action = 'create';
  draft.id = sentId(draft) ?? newNodeUuid();
  checkProject(draft, project.projectId);
  const entries: [string, AttributeValue][] = [['project_id', project.projectId]];
  for (const [name, value] of Object.entries(document)) {
    if (value === null || name === 'type' || isOwnedByServer(draft, name) || isLink(draft, name)) continue;
    entries.push([name, value]);
  }
  // files are found in the index by an id of their own, where the dictionary gives them a place for it
  if (isFileNode(node) && node.properties.has('object_id') && (own(document, 'object_id') ?? null) === null)
    entries.push(['object_id', newNodeUuid()]);
  draft.attributes = Object.fromEntries([...entries, ...Object.entries(systemDefaults(node))]);
}

function isLink(draft: Draft, name: string): boolean {
  return draft.node?.links.some((link) => link.name === name) ?? false;
}

function isOwnedByServer(draft: Draft, name: string): boolean {
  return name === 'id' || name === 'project_id' || (draft.node?.systemProperties.includes(name) ?? false);
}

function checkProject(draft: Draft, projectId: string): void {
  const sent = own(draft.document, 'project_id') ?? null;
  if (sent === null || sent === projectId) return;
  refuse(
    draft,
    entityFinding(
      'project-fixed',
      'INVALID_PERMISSIONS',
      ['project_id'],
      `Key 'project_id' is a system property and cannot be updated from '${projectId}' to ${pythonRepr(sent)}`,
    ),
  );
}

/** Changes a stored node: what was sent replaces, null clears, what was not sent stays. */
function merge(draft: Draft, stored: StoredNode, { project }: SubmissionContext): void {
  draft.action = 'update';
  draft.stored = stored;
  draft.id = stored.id;
  draft.recordId = stored.recordId;
  checkProject(draft, project.projectId);
  const changes: [string, AttributeValue][] = [];
  for (const [name, value] of Object.entries(draft.document)) {
    if (name === 'type' || name === 'id' || name === 'project_id' || isLink(draft, name)) continue;
    const before = own(stored.attributes, name) ?? null;
    if (isOwnedByServer(draft, name)) warnOfSystemProperty(draft, name, value, before);
    else if (!sameValue(value, before)) changes.push([name, value]);
  }
  draft.after = Object.fromEntries(changes);
  draft.before = Object.fromEntries(changes.map(([name]) => [name, own(stored.attributes, name) ?? null]));
  const merged = changes.length === 0 ? stored.attributes : { ...stored.attributes, ...draft.after };
  draft.attributes =
    changes.length === 0 ? merged : Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
  const name = own(draft.attributes, draft.node?.keyProperty ?? 'submitter_id');
  draft.key = typeof name === 'string' ? naturalKey(stored.type, name) : null;
}

const times = new Set(['created_datetime', 'updated_datetime']);

function warnOfSystemProperty(draft: Draft, name: string, value: AttributeValue, before: AttributeValue): void {
  if (value === null || times.has(name) || sameValue(value, before)) return;
  const shown = typeof value === 'string' ? value : pythonRepr(value);
  draft.warnings.push(
    entityFinding(
      'property-ignored',
      'INVALID_PROPERTY' as const,
      [name],
      `Property '${name}' (${shown}) is a system property and will be ignored.`,
      { severity: 'warning' },
    ),
  );
}

export interface TransactionalError {
  message: string;
  type?: string;
}

/** Two drafts of one request must not mean one node. Across documents the later one is at fault, else the request is. */
export function checkRepeats(drafts: readonly Draft[], context: SubmissionContext): TransactionalError[] {
  const errors: TransactionalError[] = [];
  const seen = new Map<string, Draft>();
  for (const draft of drafts) {
    if (!isValid(draft) || draft.id === null) continue;
    const first = (draft.key === null ? undefined : seen.get(draft.key)) ?? seen.get(draft.id);
    if (draft.key !== null && !seen.has(draft.key)) seen.set(draft.key, draft);
    if (!seen.has(draft.id)) seen.set(draft.id, draft);
    if (!first) continue;
    if (first.part !== draft.part) {
      refuse(
        draft,
        notUnique(Object.keys(draft.uniqueKeys[0] ?? {}), 'Entity is duplicated elsewhere in bulk transaction'),
      );
      continue;
    }
    const name = own(draft.document, draft.node?.keyProperty ?? 'submitter_id') ?? null;
    errors.push({
      message: `Entity is not unique, ((${pythonRepr(context.project.projectId)}, ${pythonRepr(name)}),)`,
      type: 'NOT_UNIQUE',
    });
  }
  return errors;
}
