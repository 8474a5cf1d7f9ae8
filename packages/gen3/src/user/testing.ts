import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import {
  createAuthenticator,
  createGen3Credentials,
  createScope,
  createUser,
  ensureAdministrator,
  grant,
  loadPrincipal,
  startSession,
} from '@linnaea/identity';
import { type AccessLevel, buildDataDictionary, type Principal } from '@linnaea/model';
import { localStore } from '@linnaea/objects';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { registerDrs } from '../drs/register.ts';
import { registerIndexRecords } from '../index-records/register.ts';
import { registerMetadataService } from '../metadata-service/register.ts';
import { registerUser } from './register.ts';

/** The services around the files of the facade, on a database of its own, with a program `P`, a project `P-J` and people. */
export interface Gen3Bench {
  app: FastifyInstance;
  deps: Gen3Deps;
  database: Database;
  admin: Principal;
  projectScope: number;
  /** A new user with a level on the project, or none. */
  person(name: string, level?: AccessLevel): Promise<Principal>;
  /** Headers of a program that acts for somebody. */
  bearer(principal: Principal): Promise<{ authorization: string }>;
  /** Headers of a browser that is signed in. */
  browser(principal: Principal): Promise<{ cookie: string }>;
  close(): Promise<void>;
}

export async function createGen3Bench(options: { publicUrl?: string } = {}): Promise<Gen3Bench> {
  const { database, drop } = await createTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'linnaea-gen3-'));
  const deps = await makeDeps(database, directory, options.publicUrl ?? 'http://127.0.0.1:8080');
  const admin = await firstAdministrator(database);
  const programScope = await createScope(database, admin, { kind: 'program', name: 'P' });
  const projectScope = await createScope(database, admin, { kind: 'project', name: 'P-J', parentId: programScope });
  const app = Fastify({ routerOptions: { maxParamLength: 16_384 }, forceCloseConnections: true });
  for (const register of [registerUser, registerIndexRecords, registerDrs, registerMetadataService])
    await register(app, deps);
  await app.ready();
  return {
    app,
    deps,
    database,
    admin,
    projectScope,
    person: async (name, level) => {
      const user = await createUser(database, admin, { email: `${name}@example.org`, name });
      if (level !== undefined) await grant(database, { scopeId: projectScope, subjectId: user.id, level, by: admin });
      const principal = await loadPrincipal(database, user.id);
      assert.ok(principal);
      return principal;
    },
    bearer: async (principal) => {
      const { access_token: token } = await deps.gen3Credentials.issueAccessToken(principal);
      return { authorization: `bearer ${token}` };
    },
    browser: async (principal) => ({ cookie: `linnaea_session=${(await startSession(database, principal)).value}` }),
    close: async () => {
      await app.close();
      await deps.authenticator.close();
      await drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function makeDeps(database: Database, directory: string, publicUrl: string): Promise<Gen3Deps> {
  const gen3Credentials = createGen3Credentials({ db: database, issuer: `${publicUrl}/user` });
  const authenticator = await createAuthenticator({ db: database, gen3: gen3Credentials });
  const { dictionary } = buildDataDictionary(new Map());
  const quiet = () => {};
  return {
    database,
    gen3Credentials,
    authenticator,
    publicUrl,
    objects: localStore(directory),
    maxUploadBytes: 2 ** 20,
    dictionary: { current: () => dictionary, reload: async () => {} },
    logger: {
      info: quiet,
      warn: quiet,
      error: (fields, message) => process.stderr.write(`${message} ${String(Reflect.get(fields, 'err'))}\n`),
    },
  };
}

async function firstAdministrator(database: Database): Promise<Principal> {
  const { token } = await ensureAdministrator(database, { email: 'root@example.org' });
  assert.ok(token);
  const row = await database.first<{ id: number }>(sql`select id from user_account`);
  const admin = row && (await loadPrincipal(database, row.id));
  assert.ok(admin);
  return admin;
}
