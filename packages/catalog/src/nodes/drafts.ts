import {
  type Attributes,
  type AttributeValue,
  type DataDictionary,
  type EntityFinding,
  entityFinding,
  isSchemaObject,
  type NodeKind,
  validateDocument,
} from '@linnaea/model';
import { isUuid, naturalKey } from './node-ids.ts';
import type { ProjectRef } from './projects.ts';
import type { StoredNode } from './stored-nodes.ts';

/** One entity of a request, as its document gave it. */
export interface SubmittedEntity {
  document: AttributeValue;
  /** What reading the document found wrong with it. */
  findings: readonly EntityFinding[];
  /** Place of its document among those of the request. */
  part: number;
}

export type EntityAction = 'create' | 'update' | 'delete' | 'submit';

/** What becomes of one submitted entity. Filled stage by stage; a stage looks only at drafts without errors. */
export interface Draft {
  part: number;
  document: Attributes;
  type: string | null;
  node: NodeKind | undefined;
  action: EntityAction | null;
  /** The node's id, known from its instantiation on; before that the id that was sent. */
  id: string | null;
  uniqueKeys: Attributes[];
  errors: EntityFinding[];
  warnings: EntityFinding[];
  /** The name it is found by within the project; null when it has none. */
  key: string | null;
  stored: StoredNode | undefined;
  recordId: number;
  attributes: Attributes;
  before: Attributes;
  after: Attributes;
  /** Targets by link name, in full; only the links that the document names (and, on update, the stored ones). */
  links: Map<string, Set<number>>;
  newLinks: { name: string; parent: number }[];
  /** Names of links that the document sets to null … */
  clearedLinks: string[];
  /** … and of those among them that had targets, which go. */
  droppedLinks: string[];
  /** Addresses of a file's content. */
  urls: string[];
}

export interface SubmissionContext {
  project: ProjectRef;
  dictionary: DataDictionary;
  role: 'create' | 'update';
}

/** Judges each document by itself, against the data dictionary. */
export function draftEntities(entities: readonly SubmittedEntity[], context: SubmissionContext): Draft[] {
  return entities.map((entity) => draftEntity(entity, context));
}

function draftEntity({ document: sent, findings, part }: SubmittedEntity, context: SubmissionContext): Draft {
  const document = isSchemaObject(sent) ? sent : {};
  const type = typeof document.type === 'string' ? document.type : null;
  const node = type === null ? undefined : context.dictionary.nodes.get(type);
  const judged = node ? withoutUrls(document, node) : document;
  const submitterId = own(document, node?.keyProperty ?? 'submitter_id');
  const errors = isSchemaObject(sent)
    ? validateDocument(judged, context.dictionary, context.role === 'create')
    : validateDocument(sent, context.dictionary);
  const id = own(document, 'id');
  const isLong = typeof submitterId === 'string' && Buffer.byteLength(submitterId) > longestKey;
  const longKey = isLong ? [longKeyFinding(node?.keyProperty ?? 'submitter_id')] : [];
  return {
    part,
    document: judged,
    type,
    node,
    action: null,
    id: typeof id === 'string' ? id : null,
    uniqueKeys: [uniqueKey(document, node, context.project.projectId)],
    errors: findings.length + longKey.length === 0 ? errors : [...findings, ...errors, ...longKey],
    warnings: [],
    key: node && typeof submitterId === 'string' && !isLong ? naturalKey(node.type, submitterId) : null,
    stored: undefined,
    recordId: 0,
    attributes: {},
    before: {},
    after: {},
    links: new Map(),
    newLinks: [],
    clearedLinks: [],
    droppedLinks: [],
    urls: judged === document ? [] : urlsOf(document),
  };
}

/** Bytes; an index entry cannot take much more. */
const longestKey = 2_000;

function longKeyFinding(property: string) {
  return entityFinding('key-too-long', 'INVALID_VALUE', [property], `'${property}' is longer than ${longestKey} bytes`);
}

/** An own member; undefined for what an object inherits. */
export function own(document: Attributes, name: string): AttributeValue | undefined {
  return Object.hasOwn(document, name) ? document[name] : undefined;
}

/** Clients read `unique_keys[0].submitter_id` of every entity, also of those that have no name. */
function uniqueKey(document: Attributes, node: NodeKind | undefined, projectId: string): Attributes {
  const text = (name: string) => {
    const value = own(document, name);
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  };
  const outside = node !== undefined && !node.inProject;
  return outside
    ? { [node.keyProperty]: text(node.keyProperty) }
    : { project_id: projectId, submitter_id: text('submitter_id') };
}

/** Addresses of a file's content are for the index of files; the data dictionary does not know them. */
function withoutUrls(document: Attributes, node: NodeKind): Attributes {
  if (!isFileNode(node) || node.properties.has('urls') || !Object.hasOwn(document, 'urls')) return document;
  return Object.fromEntries(Object.entries(document).filter(([name]) => name !== 'urls'));
}

function urlsOf(document: Attributes): string[] {
  const sent = own(document, 'urls');
  const list = Array.isArray(sent) ? sent : typeof sent === 'string' ? sent.split(',') : [];
  return list.flatMap((url) => (typeof url === 'string' && url.trim() !== '' ? [url.trim()] : []));
}

export function isFileNode(node: NodeKind): boolean {
  return node.category.endsWith('_file');
}

export function refuse(draft: Draft, finding: EntityFinding): void {
  draft.errors.push(finding);
}

export function notUnique(keys: readonly string[], message: string): EntityFinding {
  return entityFinding('entity-not-unique', 'NOT_UNIQUE', keys, message);
}

export function isValid(draft: Draft): boolean {
  return draft.errors.length === 0;
}

/** The sent id in the form it is stored in; undefined when none was sent or it is none. */
export function sentId(draft: Draft): string | undefined {
  const id = own(draft.document, 'id');
  return isUuid(id) ? id.toLowerCase() : undefined;
}
