import type { Queryable } from '@linnaea/database';
import {
  type Attributes,
  type AttributeValue,
  checkLinkCounts,
  type EntityFinding,
  entityFinding,
  isSchemaObject,
  type NodeLink,
  nearest,
  pythonRepr,
  takenTargetFinding,
} from '@linnaea/model';
import { type Draft, isValid, own, refuse, type SubmissionContext } from './drafts.ts';
import { isUuid, naturalKey } from './node-ids.ts';
import { findChildrenOf, findLinks, findTargets, type TargetNode } from './stored-nodes.ts';

/** A target as the document names it. */
interface NamedTarget {
  link: NodeLink;
  id: string | null;
  /** The value that names it: submitter id, or code of a project. */
  name: AttributeValue;
  keyProperty: string;
  projectId: AttributeValue;
  named: boolean;
}

/** Finds the targets of all links at once, then judges the links of each draft by the rules of the dictionary. */
export async function resolveLinks(
  tx: Queryable,
  drafts: readonly Draft[],
  everyDraft: readonly Draft[],
  context: SubmissionContext,
): Promise<void> {
  const named = new Map(drafts.map((draft) => [draft, namedTargets(draft, context)]));
  const inRequest = indexDrafts(drafts);
  const stored = await findNamed(tx, [...named.values()].flat(), inRequest, context);
  await addStoredLinks(tx, drafts);
  const mistyped = mistypedKeys(everyDraft, context);
  for (const [draft, targets] of named) {
    for (const target of targets) place(draft, target, { inRequest, stored, mistyped }, context);
    if (isValid(draft)) draft.errors.push(...judgeCounts(draft, mistyped, targets));
  }
  await refuseTaken(tx, drafts);
}

function namedTargets(draft: Draft, { dictionary }: SubmissionContext): NamedTarget[] {
  const targets: NamedTarget[] = [];
  for (const link of draft.node?.links ?? []) {
    const value = own(draft.document, link.name);
    if (value === undefined) continue;
    if (value === null) {
      draft.clearedLinks.push(link.name);
      continue;
    }
    const keyProperty = dictionary.nodes.get(link.targetType)?.keyProperty ?? 'submitter_id';
    for (const item of Array.isArray(value) ? value : [value]) {
      if (isSchemaObject(item)) targets.push(namedTarget(link, item, keyProperty));
    }
  }
  return targets;
}

function namedTarget(link: NodeLink, item: Attributes, keyProperty: string): NamedTarget {
  const id = own(item, 'id') ?? null;
  const name = own(item, keyProperty) ?? null;
  return {
    link,
    id: typeof id === 'string' ? id : null,
    name,
    keyProperty,
    projectId: own(item, 'project_id') ?? null,
    named: id !== null || name !== null,
  };
}

function keyOf({ link, name }: NamedTarget): string | null {
  return typeof name === 'string' ? naturalKey(link.targetType, name) : null;
}

interface DraftIndex {
  byKey: ReadonlyMap<string, Draft>;
  byId: ReadonlyMap<string, Draft>;
}

function indexDrafts(drafts: readonly Draft[]): DraftIndex {
  const byKey = new Map<string, Draft>();
  const byId = new Map<string, Draft>();
  for (const draft of drafts) {
    if (draft.key !== null) byKey.set(draft.key, draft);
    if (draft.id !== null) byId.set(draft.id, draft);
  }
  return { byKey, byId };
}

interface TargetIndex {
  byKey: Map<string, TargetNode>;
  byId: Map<string, TargetNode>;
}

async function findNamed(
  tx: Queryable,
  targets: readonly NamedTarget[],
  inRequest: DraftIndex,
  { project }: SubmissionContext,
): Promise<TargetIndex> {
  const ids = new Set<string>();
  const keys = new Set<string>();
  for (const target of targets) {
    if (target.link.targetType === 'project') continue;
    const key = keyOf(target);
    if (key !== null && !inRequest.byKey.has(key)) keys.add(key);
    if (isUuid(target.id) && !inRequest.byId.has(target.id.toLowerCase())) ids.add(target.id.toLowerCase());
  }
  const found = await findTargets(tx, project.scopeId, { ids: [...ids], keys: [...keys] });
  const index: TargetIndex = { byKey: new Map(), byId: new Map() };
  for (const node of found) {
    index.byId.set(node.id, node);
    if (node.naturalKey !== null) index.byKey.set(node.naturalKey, node);
  }
  return index;
}

/** On an update the stored links count too, but for those that the document clears. */
async function addStoredLinks(tx: Queryable, drafts: readonly Draft[]): Promise<void> {
  const updated = new Map(drafts.flatMap((draft) => (draft.stored ? [[draft.recordId, draft] as const] : [])));
  for (const { child, name, parent } of await findLinks(tx, [...updated.keys()])) {
    const draft = updated.get(child);
    if (draft?.clearedLinks.includes(name)) draft.droppedLinks.push(name);
    else if (draft) addTarget(draft, name, parent);
  }
}

/** Whether the target is new under the link. */
function addTarget(draft: Draft, name: string, parent: number): boolean {
  const targets = draft.links.get(name) ?? new Set<number>();
  draft.links.set(name, targets);
  if (targets.has(parent)) return false;
  targets.add(parent);
  return true;
}

interface Findable {
  inRequest: DraftIndex;
  stored: TargetIndex;
  mistyped: ReadonlySet<string>;
}

function place(draft: Draft, target: NamedTarget, findable: Findable, context: SubmissionContext): void {
  const found = find(target, findable, context);
  if (typeof found === 'number') {
    if (addTarget(draft, target.link.name, found)) draft.newLinks.push({ name: target.link.name, parent: found });
    return;
  }
  const key = keyOf(target);
  // the parent is only mistyped in its type, and says so itself
  if (key !== null && findable.mistyped.has(key)) return;
  refuse(draft, found);
}

function find(target: NamedTarget, findable: Findable, context: SubmissionContext): number | EntityFinding {
  const { link, name } = target;
  if (link.targetType === 'project') return findOwnProject(target, context);
  if (!target.named)
    return linkFinding('link-target-ambiguous', link, `More than one link destination found for ${link.name}`);
  const { inRequest, stored } = findable;
  const key = keyOf(target);
  const id = target.id?.toLowerCase();
  const byKey = key === null ? undefined : (inRequest.byKey.get(key) ?? stored.byKey.get(key));
  const byId = id === undefined ? undefined : (inRequest.byId.get(id) ?? stored.byId.get(id));
  const foreign = target.projectId !== null && target.projectId !== context.project.projectId;
  const found = id === undefined ? byKey : byId;
  const agrees =
    found !== undefined &&
    found.type === link.targetType &&
    (name === null || id === undefined || found === byKey || sameNode(found, byKey));
  return agrees && !foreign ? found.recordId : missing(target, context);
}

function sameNode(one: { recordId: number }, other: { recordId: number } | undefined): boolean {
  return one.recordId === other?.recordId;
}

function findOwnProject(target: NamedTarget, { project }: SubmissionContext): number | EntityFinding {
  const { link, id, name } = target;
  if (name !== null && name !== project.code) {
    const text = typeof name === 'string' ? name : pythonRepr(name);
    return entityFinding(
      'link-other-project',
      'INVALID_PERMISSIONS',
      [],
      `Cannot link entity to project ${text} under ${project.code} endpoint`,
    );
  }
  if (!target.named)
    return linkFinding('link-target-ambiguous', link, `More than one link destination found for ${link.name}`);
  if (id !== null && id.toLowerCase() !== project.id)
    return linkFinding(
      'link-target-missing',
      link,
      `No link destination found for ${link.name}, id='${id}', unique_keys='${pythonRepr([{ code: name }])}'`,
    );
  return project.recordId;
}

function missing({ link, id, name, keyProperty, projectId }: NamedTarget, context: SubmissionContext): EntityFinding {
  const key = { project_id: projectId ?? context.project.projectId, [keyProperty]: name };
  const byId = id === null ? '' : `, id='${id}'`;
  return linkFinding(
    'link-target-missing',
    link,
    `No link destination found for ${link.name}${byId}, unique_keys='${pythonRepr([key])}'`,
  );
}

function linkFinding(code: string, link: NodeLink, message: string): EntityFinding {
  return entityFinding(code, 'INVALID_LINK', [link.name], message);
}

/** Keys that entities of unknown types would have, had their type been spelt like its nearest neighbours. */
function mistypedKeys(drafts: readonly Draft[], { dictionary }: SubmissionContext): Set<string> {
  const keys = new Set<string>();
  for (const draft of drafts) {
    if (draft.node || draft.type === null) continue;
    const name = own(draft.document, 'submitter_id');
    if (typeof name !== 'string') continue;
    for (const type of nearest(draft.type, dictionary.nodes.keys())) keys.add(naturalKey(type, name));
  }
  return keys;
}

function judgeCounts(draft: Draft, mistyped: ReadonlySet<string>, targets: readonly NamedTarget[]): EntityFinding[] {
  if (!draft.node) return [];
  // a target whose own type is mistyped is there, and says so itself
  const isMistyped = (name: string) =>
    mistyped.size > 0 && targets.some((target) => target.link.name === name && mistyped.has(keyOf(target) ?? ''));
  return checkLinkCounts(draft.node, (name) => draft.links.get(name)?.size ?? (isMistyped(name) ? 1 : 0));
}

/** Links that allow a target one child: the target must have no other, stored or in this request. */
async function refuseTaken(tx: Queryable, drafts: readonly Draft[]): Promise<void> {
  const groups = new Map<string, { link: NodeLink; type: string; wanted: [Draft, number][] }>();
  for (const draft of drafts) {
    if (!isValid(draft)) continue;
    for (const link of draft.node?.links ?? []) {
      if (link.multiplicity !== 'one_to_one' && link.multiplicity !== 'one_to_many') continue;
      const added = draft.newLinks.filter((made) => made.name === link.name);
      if (added.length === 0) continue;
      const group = groups.get(`${draft.type}/${link.name}`) ?? { link, type: draft.type ?? '', wanted: [] };
      groups.set(`${draft.type}/${link.name}`, group);
      for (const { parent } of added) group.wanted.push([draft, parent]);
    }
  }
  for (const { link, type, wanted } of groups.values()) {
    const parents = [...new Set(wanted.map(([, parent]) => parent))];
    const taken = new Map<number, Set<number>>();
    for (const { child, parent } of await findChildrenOf(tx, parents, link.name, type))
      taken.set(parent, (taken.get(parent) ?? new Set()).add(child));
    for (const [draft, parent] of wanted) {
      const children = taken.get(parent) ?? new Set<number>();
      if ([...children].some((child) => child !== draft.recordId)) refuse(draft, takenTargetFinding(link));
      taken.set(parent, children.add(draft.recordId));
    }
  }
}
