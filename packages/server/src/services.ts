import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type Database, type Logger, migrate, startEmbedded } from '@linnaea/database';
import { defaultDictionaryFolder, type Gen3Deps, gen3JobHandlers } from '@linnaea/gen3';
import {
  type Authenticator,
  createAuthenticator,
  createGen3Credentials,
  createOidcVerifier,
  ensureAdministrator,
  type Gen3Credentials,
} from '@linnaea/identity';
import { type ImportDeps, importHandlers } from '@linnaea/imports';
import { createQueue, type Queue } from '@linnaea/jobs';
import { type ObjectStore, openObjectStore } from '@linnaea/objects';
import { odmJobHandlers } from '@linnaea/odm';
import { expressionOf } from '@linnaea/omics';
import type { Configuration } from './config.ts';
import { loadDefaults } from './defaults.ts';
import { type OpenDictionary, openDictionary } from './dictionary.ts';
import { startUpkeep } from './upkeep.ts';

/** What a running process is made of, before any HTTP. */
export interface Services {
  configuration: Configuration;
  logger: Logger;
  database: Database;
  objects: ObjectStore;
  queue: Queue;
  authenticator: Authenticator;
  gen3Credentials: Gen3Credentials;
  dictionary: OpenDictionary;
  imports: ImportDeps;
  gen3: Gen3Deps;
  /** Set when this start made the first administrator; shown once. */
  firstStart: Awaited<ReturnType<typeof ensureAdministrator>>;
  close(): Promise<void>;
}

/**
 * Opens everything that the configuration names, in the order of need, and migrates the database. `close` undoes it in
 * the reverse order; a failure half-way closes what was open. `serving` is false for commands: see `openDictionary`.
 */
export async function openServices(
  configuration: Configuration,
  logger: Logger,
  { serving = true }: { serving?: boolean } = {},
): Promise<Services> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const database = await openDatabase(configuration, logger, closers);
    const objects = await openObjectStore(configuration.objectStore, { s3: s3Options(configuration) });
    const firstStart = await ensureAdministrator(database, withoutUndefined(configuration.administrator));
    await loadDefaults(database);
    const source = configuration.dataDictionary ?? defaultDictionaryFolder;
    const dictionary = await openDictionary({ source, database, logger, serving });
    closers.push(() => dictionary.close());
    const gen3Credentials = createGen3Credentials({ db: database, issuer: `${configuration.publicUrl}/user` });
    const oidc =
      configuration.oidcIssuers.length > 0 ? { oidc: createOidcVerifier({ issuers: configuration.oidcIssuers }) } : {};
    const authenticator = await createAuthenticator({ db: database, gen3: gen3Credentials, ...oidc });
    closers.push(() => authenticator.close());
    const queue = createQueue({ database, logger });
    const imports: ImportDeps = {
      database,
      objects,
      queue,
      maxFileBytes: configuration.maxUploadBytes,
      links: { allowHosts: configuration.linkAllowHosts, localDirectories: configuration.linkLocalDirectories },
    };
    const gen3: Gen3Deps = {
      database,
      objects,
      queue,
      authenticator,
      gen3Credentials,
      dictionary,
      logger,
      publicUrl: configuration.publicUrl,
      maxUploadBytes: configuration.maxUploadBytes,
      expressionOf: async (principal, runIds, features) => {
        const found = await expressionOf({ database, objects }, principal, runIds, features);
        return new Map([...found].map(([run, values]) => [run, Object.fromEntries(values)]));
      },
    };
    if (configuration.workers > 0) {
      const workers = await queue.work(
        { ...importHandlers(imports), ...gen3JobHandlers(gen3) },
        { concurrency: configuration.workers },
      );
      // a worker of their own: short tasks of people who wait do not queue behind imports
      const taskWorkers = await queue.work(odmJobHandlers({ database }), { concurrency: 1 });
      closers.push(() => Promise.all([workers.stop({ graceMs: 5_000 }), taskWorkers.stop({ graceMs: 5_000 })]));
    }
    const upkeep = startUpkeep({ database, objects, queue, logger });
    closers.push(() => upkeep.stop());
    return {
      configuration,
      logger,
      database,
      objects,
      queue,
      authenticator,
      gen3Credentials,
      dictionary,
      imports,
      gen3,
      firstStart,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDatabase(
  configuration: Configuration,
  logger: Logger,
  closers: (() => Promise<unknown>)[],
): Promise<Database> {
  let url = configuration.databaseUrl;
  if (url === undefined) {
    const directory = join(configuration.dataDirectory, 'database');
    await mkdir(configuration.dataDirectory, { recursive: true });
    const server = await startEmbedded({ directory, logger });
    closers.push(() => server.stop());
    url = server.url;
  }
  const database = connect(url, { poolSize: configuration.databasePoolSize, logger });
  closers.push(() => database.close());
  await migrate(database);
  return database;
}

function s3Options({ s3 }: Configuration) {
  return {
    region: s3.region,
    forcePathStyle: s3.forcePathStyle,
    ...(s3.endpoint === undefined ? {} : { endpoint: s3.endpoint }),
  };
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
