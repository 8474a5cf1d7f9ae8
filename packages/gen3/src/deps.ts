import type { DictionaryReload, DictionaryReloadOptions } from '@linnaea/catalog';
import type { Database, Logger } from '@linnaea/database';
import type { Authenticator, Gen3Credentials } from '@linnaea/identity';
import type { Queue } from '@linnaea/jobs';
import type { DataDictionary, Principal } from '@linnaea/model';
import type { ObjectStore } from '@linnaea/objects';

/**
 * The data dictionary in use. `current` is cheap, always answers, and may answer another one at each call; `reload`
 * reads the source again and reports what came of it (nothing where there is no source).
 */
export interface DictionaryHolder {
  current(): DataDictionary;
  reload(options?: DictionaryReloadOptions): Promise<DictionaryReload | undefined>;
}

/** What the facade is made of: handed over by the server (and by tests). */
export interface Gen3Deps {
  database: Database;
  objects: ObjectStore;
  authenticator: Authenticator;
  gen3Credentials: Gen3Credentials;
  dictionary: DictionaryHolder;
  /** Where clients find this server, e.g. `https://catalogue.example.org`; no slash at its end. */
  publicUrl: string;
  /** Longest body of a request, in bytes. */
  maxUploadBytes: number;
  logger: Logger;
  /** Where asynchronous transactions wait; without it they run in this process. */
  queue?: Queue;
  /** Shown by `/_version`. */
  version?: string;
  /** Values of features in runs, as run id -> feature -> value; runs that may not be measured are left out. */
  expressionOf?: (
    principal: Principal,
    runIds: readonly number[],
    features: readonly string[],
  ) => Promise<Map<number, Record<string, number | null>>>;
}
