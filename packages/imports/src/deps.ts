import type { Database } from '@linnaea/database';
import type { Queue } from '@linnaea/jobs';
import type { ObjectStore } from '@linnaea/objects';

/** What imports need of the outside; the composition root gives it. */
export interface ImportDeps {
  database: Database;
  objects: ObjectStore;
  queue: Queue;
  links: {
    /** Hosts on private addresses that links may name. */
    allowHosts: readonly string[];
    /** Folders that `file:` links may point into. */
    localDirectories: readonly string[];
  };
  maxFileBytes: number;
}
