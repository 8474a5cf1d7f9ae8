import type { ModelName } from '@linnaea/model';
import type { MetadataFilter } from '@linnaea/query';

/** A link as seen from one end: `up` to the parent that the link names, `down` to the children that name it. */
export interface GraphEdge {
  direction: 'up' | 'down';
  /** Name of the link, as declared by the child. */
  name: string;
  /** Kind of the record at the other end. */
  kind: string;
}

export type GraphValue = string | number | boolean | null;

export type GraphColumn =
  | 'id'
  | 'accession'
  | 'kind'
  | 'project_id'
  | 'created_datetime'
  | 'updated_datetime'
  | 'cursor'
  | 'record';

export type NodeCondition =
  /** Any of the ids; texts that are no ids match nothing. */
  | { kind: 'ids'; ids: readonly string[] }
  | { kind: 'accessions'; accessions: readonly string[] }
  /** Any of the values; null stands for "has no such property". `text` compares whatever is stored by its text. */
  | { kind: 'property'; name: string; values: readonly GraphValue[]; compare: 'value' | 'text' }
  /** An array property that holds every one of the values. */
  | { kind: 'items'; name: string; values: readonly GraphValue[] }
  | { kind: 'range'; name: string; operator: '<' | '<=' | '>' | '>='; value: string | number }
  /** Has the property, and with another value. */
  | { kind: 'other-than'; name: string; values: readonly GraphValue[] }
  | { kind: 'contains'; name: string; text: string }
  | { kind: 'projects'; names: readonly string[] }
  | { kind: 'quick-search'; text: string }
  | { kind: 'time'; column: 'created_at' | 'updated_at'; operator: '<' | '<=' | '>' | '>='; at: string }
  /** Exact times, in the form in which they are shown. */
  | { kind: 'times'; column: 'created_at' | 'updated_at'; texts: readonly string[] }
  /** Has a record at the other end of one of the edges that meets the conditions. */
  | { kind: 'linked'; edges: readonly GraphEdge[]; where?: readonly NodeCondition[] }
  | PathCondition
  | { kind: 'metadata'; filter: MetadataFilter }
  | { kind: 'all'; terms: readonly NodeCondition[] }
  | { kind: 'any'; terms: readonly NodeCondition[] }
  | { kind: 'not'; term: NodeCondition };

/** Reached from a record of kind `target`, which is above (`up`) or below (`down`), over any number of links one way. */
export interface PathCondition {
  kind: 'path';
  target: string;
  where: readonly NodeCondition[];
  up: PathWay;
  down: PathWay;
}

/** The kinds on the ways from one kind to another; empty when there is none. */
export interface PathWay {
  /** Every kind that a way may enter, both ends included. */
  through: readonly string[];
  /** Those of them from which a way may go on, away from the target. */
  onward: readonly string[];
}

export interface GraphOrder {
  /** A property, or one of `id`, `project_id`, `created_datetime`, `updated_datetime`. */
  by: string;
  descending: boolean;
}

/** Records of some kinds of one model: which, in what order, how many. */
export interface NodeQuery {
  model: ModelName;
  kinds: readonly string[];
  where: readonly NodeCondition[];
  /** Ties, and an empty list, are ordered by creation. */
  order: readonly GraphOrder[];
  /** null: all. */
  first: number | null;
  offset: number;
  /** Internal id of the record after which the page begins. */
  after: number | null;
  fields: readonly NodeField[];
}

/** How records are reached from those around: by some links, or by every link that there is. */
export type Via = readonly GraphEdge[] | 'every-link';

export type NodeField = { on?: readonly string[] } & (
  | { kind: 'property'; name: string }
  | { kind: 'column'; column: GraphColumn }
  | { kind: 'attributes' }
  | { kind: 'list'; via: Via; query: NodeQuery }
  | { kind: 'count'; via: Via; query: NodeQuery }
  | { kind: 'transactions'; query: TransactionQuery }
  | { kind: 'transaction-count'; query: TransactionQuery }
);

export interface TransactionQuery {
  ids?: readonly number[];
  roles?: readonly string[];
  projectIds?: readonly string[];
  project?: string;
  program?: string;
  /** Ids of nodes that the transaction changed. */
  entities?: readonly string[];
  relatedCases?: readonly string[];
  dryRun?: boolean;
  closed?: boolean;
  committable?: boolean;
  states?: readonly string[];
  committedBy?: number;
  order?: { by: TransactionColumn; descending: boolean };
  first: number | null;
  offset: number;
  /** Documents and snapshots are big: read only when asked for. */
  documents: boolean;
  snapshots: boolean;
}

export const transactionColumns = [
  'id',
  'submitter',
  'role',
  'state',
  'program',
  'project',
  'project_id',
  'created_datetime',
  'is_dry_run',
  'closed',
  'committed_by',
] as const;
export type TransactionColumn = (typeof transactionColumns)[number];

/** How the numbers of a property are put into bins: by their width, by how many, or all into one. */
export interface BinsQuery {
  name: string;
  start: number | null;
  end: number | null;
  step: number | null;
  count: number | null;
}

/** What each bucket of a histogram tells of other properties of its records: their values, how many lack them. */
export interface Breakdown {
  terms: readonly string[];
  missing: readonly string[];
}

export type GraphRoot =
  | { kind: 'terms'; query: NodeQuery; name: string; breakdown?: Breakdown }
  | { kind: 'bins'; query: NodeQuery; bins: BinsQuery; breakdown?: Breakdown }
  | { kind: 'list'; query: NodeQuery }
  | { kind: 'count'; query: NodeQuery }
  | { kind: 'transactions'; query: TransactionQuery }
  | { kind: 'transaction-count'; query: TransactionQuery };
