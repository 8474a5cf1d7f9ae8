import type { Database, Logger } from '@linnaea/database';
import type { Authenticator } from '@linnaea/identity';
import type { ImportDeps } from '@linnaea/imports';
import type { Queue } from '@linnaea/jobs';
import type { ObjectStore } from '@linnaea/objects';

/** What the facade is made of: handed over by the server (and by tests). */
export interface OdmDeps {
  database: Database;
  objects: ObjectStore;
  queue: Queue;
  authenticator: Authenticator;
  imports: ImportDeps;
  /** Where clients find this server, e.g. `https://catalogue.example.org`; no slash at its end. */
  publicUrl: string;
  /** Longest uploaded file, in bytes. */
  maxUploadBytes: number;
  logger: Logger;
}
