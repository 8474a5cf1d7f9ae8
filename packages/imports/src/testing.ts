import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listTemplates, loadVocabulary, saveTemplate, setDefaultTemplate } from '@linnaea/catalog';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { addMember, createUser, ensureAdministrator, loadPrincipal } from '@linnaea/identity';
import { createQueue, type Job, type Queue } from '@linnaea/jobs';
import { batchOf, loadDefaultTemplate, loadDefaultVocabularies, type Principal } from '@linnaea/model';
import { localStore, type ObjectStore } from '@linnaea/objects';
import type { ImportDeps } from './deps.ts';
import { importHandlers } from './handlers.ts';
import { type ImportRequest, startImport } from './request.ts';

/** Everything that imports need, real: for tests here and in the packages above. */
export interface ImportBench {
  database: Database;
  databaseUrl: string;
  objects: ObjectStore;
  queue: Queue;
  deps: ImportDeps;
  administrator: Principal;
  curator: Principal;
  /** Serves a text under a name; answers its link. */
  serve(name: string, body: string | Uint8Array): string;
  /** Runs an import to its end. */
  run(request: ImportRequest, principal?: Principal): Promise<Job>;
  close(): Promise<void>;
}

/** `workers`: imports done at the same time in this process; 0 = the test has workers of its own. */
export async function createImportBench({ workers: concurrency = 2 } = {}): Promise<ImportBench> {
  const { database, url: databaseUrl, drop } = await createTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'linnaea-imports-'));
  const objects = localStore(directory);
  const files = new Map<string, string | Uint8Array>();
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const body = files.get(decodeURIComponent(path.slice(1)));
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const administrator = await firstAdministrator(database);
  await database.transaction(async (tx) => {
    for (const { name, description, terms } of loadDefaultVocabularies()) {
      await loadVocabulary(tx, { name, description, terms: batchOf(terms) });
    }
    if ((await listTemplates(tx)).length > 0) return;
    const { name, rules } = loadDefaultTemplate();
    const { template } = await saveTemplate(tx, { name, rules });
    await setDefaultTemplate(tx, template.accession);
  });
  const queue = createQueue({ database });
  const deps: ImportDeps = {
    database,
    objects,
    queue,
    maxFileBytes: 2 ** 33,
    links: { allowHosts: [`127.0.0.1:${port}`], localDirectories: [] },
  };
  const workers = concurrency > 0 ? await queue.work(importHandlers(deps), { concurrency }) : undefined;
  const curator = await makeUser(database, administrator, 'curator@example.org', true);
  return {
    database,
    databaseUrl,
    objects,
    queue,
    deps,
    administrator,
    curator,
    serve(name, body) {
      files.set(name, body);
      return `http://127.0.0.1:${port}/${encodeURIComponent(name)}`;
    },
    async run(request, principal = curator) {
      const job = await startImport(deps, principal, request);
      for await (const seen of queue.watch(job.id, AbortSignal.timeout(600_000))) {
        if (['completed', 'failed', 'stopped'].includes(seen.state)) return seen;
      }
      throw new Error('The job did not end');
    },
    async close() {
      await workers?.stop({ graceMs: 1000 });
      server.close();
      await drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function firstAdministrator(database: Database): Promise<Principal> {
  await ensureAdministrator(database, { email: 'root@example.org', password: 'only for tests' });
  const row = await database.first<{ id: number }>(sql`select id from user_account where email = 'root@example.org'`);
  return (await loadPrincipal(database, row!.id))!;
}

/** Adds a user, if wanted to the curators, and answers who that is. */
export async function makeUser(
  database: Database,
  administrator: Principal,
  email: string,
  curator: boolean,
): Promise<Principal> {
  const user = await createUser(database, administrator, {
    email,
    name: email.split('@')[0]!,
    password: 'only for tests',
  });
  if (curator) await addMember(database, administrator, { group: 'GSG000002', user: user.id });
  return (await loadPrincipal(database, user.id))!;
}
