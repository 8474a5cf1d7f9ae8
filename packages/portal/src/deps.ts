import type { Database, Logger } from '@linnaea/database';
import type { Authenticator, Gen3Credentials } from '@linnaea/identity';
import type { Queue } from '@linnaea/jobs';
import type { DataDictionary } from '@linnaea/model';
import type { ObjectStore } from '@linnaea/objects';

/** What the portal is made of; handed over by the server. */
export interface PortalDeps {
  database: Database;
  objects: ObjectStore;
  queue: Queue;
  authenticator: Authenticator;
  gen3Credentials: Gen3Credentials;
  dictionary: { current(): DataDictionary };
  /** Where browsers find this server, without a slash at its end. `https` makes the session cookie Secure. */
  publicUrl: string;
  logger: Logger;
}
