import type { Database } from '@linnaea/database';
import type { ObjectStore } from '@linnaea/objects';

/** What the queries need; handed over by who composes the server. */
export interface OmicsDeps {
  database: Database;
  objects: ObjectStore;
}
