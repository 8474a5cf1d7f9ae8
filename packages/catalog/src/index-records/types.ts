/** Where a file is, what it hashes to, and who may have it: one document of the Gen3 index. */
export interface IndexRecord {
  did: string;
  /** The same for all versions of one file. */
  baseid: string;
  /** Changes with every write. */
  rev: string;
  form: IndexForm;
  /** Bytes; null until the file is there. */
  size: number | null;
  fileName: string | null;
  version: string | null;
  /** Email of who uploaded a file that no project has taken yet. */
  uploader: string | null;
  description: string | null;
  /** Hex by algorithm: `md5`, `sha256`, … */
  hashes: Record<string, string>;
  urls: string[];
  acl: string[];
  /** Resource paths: `/programs/P`, `/programs/P/projects/Q`. */
  authz: string[];
  metadata: Record<string, unknown>;
  urlsMetadata: Record<string, unknown>;
  contentCreatedDate: Date | null;
  contentUpdatedDate: Date | null;
  /** The stored file, where this catalogue keeps it. */
  objectId: number | null;
  /** Subject id. */
  createdBy: number | null;
  createdAt: Date;
  updatedAt: Date;
}

export const indexForms = ['object', 'container', 'multipart'] as const;
export type IndexForm = (typeof indexForms)[number];

/** What a writer may set. What is left out keeps its value, or its default in a new record. */
export interface IndexFields {
  form?: IndexForm;
  size?: number | null;
  fileName?: string | null;
  version?: string | null;
  uploader?: string | null;
  description?: string | null;
  hashes?: Record<string, string>;
  urls?: readonly string[];
  acl?: readonly string[];
  authz?: readonly string[];
  metadata?: Record<string, unknown>;
  urlsMetadata?: Record<string, unknown>;
  contentCreatedDate?: Date | null;
  contentUpdatedDate?: Date | null;
  objectId?: number | null;
}

export interface NewIndexRecord extends IndexFields {
  /** A random UUID by default. */
  did?: string;
  /** A random UUID by default; that of the earlier version where this is a newer one. */
  baseid?: string;
}
