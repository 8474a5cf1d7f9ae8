import type { AttributeValue, ModelName } from '@linnaea/model';
import type { MetadataFilter } from '@linnaea/query';

/** What is asked of the graph: a tree whose answer has the same form. Compiled to one statement, whatever its size. */
export interface GraphField {
  /** Key of the answer: letters, digits and `_`. */
  key: string;
  source: FieldSource;
}

export type FieldSource =
  /** Known without the database. */
  | { kind: 'constant'; value: AttributeValue }
  | { kind: 'object'; fields: readonly GraphField[] }
  | { kind: 'nodes'; set: NodeSet; shape: NodeShape }
  | { kind: 'node-count'; set: NodeSet }
  | { kind: 'transactions'; set: TransactionSet; fields: readonly GraphField[] }
  | { kind: 'transaction-count'; set: TransactionSet }
  /** Of the node around it: an attribute in the form that the type system promised. */
  | { kind: 'attribute'; name: string; as: AttributeForm }
  | { kind: 'column'; column: NodeColumn }
  /** Of the node around it: accessions of the runs at or below it that the principal may measure. */
  | { kind: 'runs' }
  /** Of the transaction around it. */
  | { kind: 'transaction-column'; column: TransactionColumn }
  | { kind: 'snapshots' | 'documents'; fields: readonly GraphField[] }
  | { kind: 'snapshot-column'; column: SnapshotColumn }
  | { kind: 'document-column'; column: DocumentColumn }
  /** Part of the JSON around it (the response of a document), picked by a selection. */
  | { kind: 'json'; name: string; list: boolean; as: AttributeForm; fields?: readonly GraphField[] };

export type AttributeForm = 'text' | 'number' | 'boolean' | 'texts' | 'json';

export type NodeColumn =
  | 'id'
  | 'kind'
  | 'project'
  | 'created'
  | 'updated'
  | 'cursor'
  | 'attributes'
  | 'accession'
  | 'group';

export type TransactionColumn =
  | 'id'
  | 'is_dry_run'
  | 'closed'
  | 'committed_by'
  | 'state'
  | 'type'
  | 'submitter'
  | 'role'
  | 'program'
  | 'project'
  | 'project_id'
  | 'created_datetime'
  | 'canonical_json';
export type SnapshotColumn = 'id' | 'transaction_id' | 'action' | 'old_props' | 'new_props';
export type DocumentColumn =
  | 'id'
  | 'transaction_id'
  | 'doc_format'
  | 'doc'
  | 'doc_size'
  | 'name'
  | 'response_json'
  | 'response';

/** Fields of each node of a list; kinds that are named have fields of their own (fragments on a type). */
export interface NodeShape {
  fields: readonly GraphField[];
  byKind?: ReadonlyMap<string, readonly GraphField[]>;
}

/** How to come from the node around a set to the nodes of the set; without it, every node is meant. */
export interface Via {
  /** `up`: to parents; `down`: to children. */
  direction: 'up' | 'down' | 'both';
  /** Names of links; null for all. */
  names: readonly string[] | null;
}

export type OrderKey = { by: 'creation' } | { by: 'id' | 'created' | 'updated' } | { by: 'attribute'; name: string };

export interface NodeSet {
  model: ModelName;
  kinds: readonly string[];
  via?: Via;
  where: readonly NodeCondition[];
  order?: { key: OrderKey; descending: boolean };
  /** Null for all. */
  first: number | null;
  offset: number;
  /** The cursor of the last node that was seen, in the same order. */
  after?: GraphCursor;
}

/** Where a page ended: the value that the list is ordered by, and the node. */
export interface GraphCursor {
  value: AttributeValue;
  id: number;
}

export type NodeCondition =
  | { kind: 'all' | 'any'; terms: readonly NodeCondition[] }
  | { kind: 'not'; term: NodeCondition }
  | { kind: 'ids'; values: readonly string[] }
  | { kind: 'kinds'; values: readonly string[] }
  | { kind: 'projects'; names: readonly string[] }
  /** One of the values, of the same JSON type. */
  | { kind: 'equals'; name: string; values: readonly (string | number | boolean)[] }
  /** The attribute is there and none of the values. */
  | { kind: 'differs'; name: string; values: readonly (string | number | boolean)[] }
  | { kind: 'contains-all'; name: string; values: readonly (string | number | boolean)[] }
  | { kind: 'has'; name: string }
  | { kind: 'compare'; name: string; operator: '<' | '<=' | '>' | '>='; value: string | number }
  | { kind: 'substring'; names: readonly string[]; text: string; orId: boolean }
  /** `time` is text that PostgreSQL reads as a time with zone. */
  | { kind: 'time'; column: 'created' | 'updated'; operator: '<' | '>' | '='; time: string }
  | { kind: 'linked'; via: Via; kinds: readonly string[] | null }
  | { kind: 'path'; path: NodePath }
  | { kind: 'metadata'; filter: MetadataFilter };

/** Some node of a kind, at the end of a chain of links that all go up or all go down. */
export interface NodePath {
  model: ModelName;
  target: string;
  /** Conditions on the node at the end. */
  where: readonly NodeCondition[];
  /** Kinds that lie between, both ends included: on the chains up to the target, and on those down to it. */
  up: readonly string[];
  down: readonly string[];
}

export interface TransactionSet {
  /** Only those that changed the node around it. */
  ofNode: boolean;
  where: TransactionCondition;
  order: { column: TransactionColumn; descending: boolean };
  first: number | null;
  offset: number;
}

export interface TransactionCondition {
  ids?: readonly number[];
  /** `upload` for creations and updates, else the role. */
  type?: string;
  projectIds?: readonly string[];
  project?: string;
  program?: string;
  isDryRun?: boolean;
  closed?: boolean;
  committable?: boolean;
  state?: string;
  committedBy?: readonly number[];
  /** Ids of nodes that were changed. */
  entities?: readonly string[];
}
