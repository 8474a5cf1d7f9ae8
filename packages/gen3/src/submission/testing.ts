/** Test support: the facade (this part of it, unless told otherwise) over a database of its own, with an administrator, a reader and a stranger. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import {
  createAuthenticator,
  createGen3Credentials,
  createUser,
  ensureAdministrator,
  loadPrincipal,
  setPermissions,
} from '@linnaea/identity';
import type { DataDictionary, Principal } from '@linnaea/model';
import { localStore } from '@linnaea/objects';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { registerSubmission } from './register.ts';

export type Person = 'submitter' | 'reader' | 'noaccess';

export interface TestServer {
  app: FastifyInstance;
  database: Database;
  deps: Gen3Deps;
  admin: Principal;
  tokens: Record<Person, string>;
  /** Sends a request as somebody; a body that is no text goes as JSON. */
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    options?: SendOptions,
  ): Promise<Answer>;
  close(): Promise<void>;
}

export interface SendOptions {
  as?: Person | null;
  type?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  bytes: Buffer;
  /** The body as JSON; tests look into it by path, with `at`. */
  json: () => unknown;
}

const silent = {
  info: () => {},
  warn: () => {},
  error: (fields: object) => process.stderr.write(`${String(Reflect.get(fields, 'err'))}\n`),
};

export async function createTestServer(
  dictionary: DataDictionary,
  register: (app: FastifyInstance, deps: Gen3Deps) => Promise<void> = registerSubmission,
): Promise<TestServer> {
  const { database, drop } = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'linnaea-gen3-'));
  const gen3Credentials = createGen3Credentials({ db: database, issuer: 'http://127.0.0.1/user' });
  const authenticator = await createAuthenticator({ db: database, gen3: gen3Credentials });
  const admin = await administrator(database);
  const deps: Gen3Deps = {
    database,
    objects: localStore(folder),
    authenticator,
    gen3Credentials,
    dictionary: { current: () => dictionary, reload: async () => {} },
    publicUrl: 'http://127.0.0.1',
    maxUploadBytes: 64 * 1024 * 1024,
    logger: silent,
  };
  const app = Fastify({ routerOptions: { maxParamLength: 5000 } });
  await register(app, deps);
  await app.ready();
  const reader = await person(database, admin, 'reader', ['ACCESS_ALL_DATA']);
  const stranger = await person(database, admin, 'noaccess', []);
  const token = async (who: Principal) => {
    const { api_key } = await gen3Credentials.createApiKey(who);
    return (await gen3Credentials.exchangeApiKey(api_key)).access_token;
  };
  const tokens = { submitter: await token(admin), reader: await token(reader), noaccess: await token(stranger) };
  return {
    app,
    database,
    deps,
    admin,
    tokens,
    send: async (method, path, body, options = {}) => answer(app, tokens, { method, path, body, options }),
    close: async () => {
      await app.close();
      await authenticator.close();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Like `createTestServer`, with the program SEA and its project `tide`. */
export async function createTideServer(...options: Parameters<typeof createTestServer>): Promise<TestServer> {
  const server = await createTestServer(...options);
  await server.send('PUT', '/v0/submission/', { type: 'program', name: 'SEA', dbgap_accession_number: 's' });
  const project = { type: 'project', code: 'tide', dbgap_accession_number: 't' };
  const made = await server.send('PUT', '/v0/submission/SEA', project);
  if (made.status !== 200) throw new Error(made.text);
  return server;
}

async function administrator(database: Database): Promise<Principal> {
  await ensureAdministrator(database, { email: 'root@example.org', password: 'twinflower under pines' });
  const row = await database.first<{ id: number }>(sql`select id from user_account where email = 'root@example.org'`);
  const principal = await loadPrincipal(database, row?.id ?? 0);
  if (!principal) throw new Error('There is no administrator');
  return principal;
}

async function person(
  database: Database,
  admin: Principal,
  name: string,
  permissions: readonly string[],
): Promise<Principal> {
  const user = await createUser(database, admin, { email: `${name}@example.org`, name });
  if (permissions.length > 0) await setPermissions(database, admin, user.id, permissions);
  const principal = await loadPrincipal(database, user.id);
  if (!principal) throw new Error(`There is no ${name}`);
  return principal;
}

interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body: unknown;
  options: SendOptions;
}

async function answer(
  app: FastifyInstance,
  tokens: Record<Person, string>,
  { method, path, body, options }: Request,
): Promise<Answer> {
  const { as = 'submitter', type = 'application/json' } = options;
  const request: InjectOptions = {
    method,
    url: path,
    headers: {
      ...(as === null ? {} : { authorization: `bearer ${tokens[as]}` }),
      ...(body === undefined ? {} : { 'content-type': type }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  const response = await app.inject(request);
  return {
    status: response.statusCode,
    headers: response.headers,
    text: response.body,
    bytes: response.rawPayload,
    json: () => JSON.parse(response.body),
  };
}
