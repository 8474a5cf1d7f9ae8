import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { defaultDictionaryFolder, type Gen3Deps, loadDataDictionary, mergeSlashes, registerGen3 } from '@linnaea/gen3';
import {
  createAuthenticator,
  createGen3Credentials,
  createUser,
  ensureAdministrator,
  loadPrincipal,
} from '@linnaea/identity';
import type { Principal } from '@linnaea/model';
import { localStore } from '@linnaea/objects';
import Fastify from 'fastify';

/** A request as it came: what a program did, beside what it was told. */
export interface SeenRequest {
  method: string;
  path: string;
  status: number;
}

export interface SdkServer {
  url: string;
  seen: SeenRequest[];
  administrator: Principal;
  outsider: Principal;
  deps: Gen3Deps;
  /** Writes credentials.json for somebody, whose issuer is the address given; answers its path. */
  credentials(principal: Principal, options?: { url?: string }): Promise<string>;
  /** Runs a program of this folder with the SDK; answers what it printed as JSON. */
  run(program: string, ...args: string[]): Promise<Answer>;
  /** Runs the command-line program that comes with the SDK. */
  command(...args: string[]): Promise<{ code: number; output: string }>;
  close(): Promise<void>;
}
// what a program prints is looked into freely
export type Answer = ReturnType<typeof JSON.parse>;

/** The Gen3 family on a port of this machine, and the real SDK to drive it. `python` is the SDK's own interpreter. */
export async function startSdkServer(python: string, source = defaultDictionaryFolder): Promise<SdkServer> {
  const { database, drop } = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'linnaea-gen3-sdk-'));
  const home = join(folder, 'home');
  await mkdir(join(home, '.gen3'), { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const gen3Credentials = createGen3Credentials({ db: database, issuer: `${url}/user` });
  const authenticator = await createAuthenticator({ db: database, gen3: gen3Credentials });
  const { dictionary } = await loadDataDictionary(source);
  const quiet = () => {};
  const deps: Gen3Deps = {
    database,
    gen3Credentials,
    authenticator,
    publicUrl: url,
    objects: localStore(join(folder, 'objects')),
    maxUploadBytes: 2 ** 24,
    dictionary: { current: () => dictionary, reload: async () => {} },
    logger: {
      info: quiet,
      warn: quiet,
      error: (fields, message) => process.stderr.write(`${message} ${String(Reflect.get(fields, 'err'))}\n`),
    },
  };
  const seen: SeenRequest[] = [];
  const app = Fastify({
    rewriteUrl: (request) => mergeSlashes(request.url ?? '/'),
    routerOptions: { maxParamLength: 16_384 },
    bodyLimit: 2 ** 26,
    forceCloseConnections: true,
  });
  app.addHook('onResponse', async (request, reply) => {
    seen.push({ method: request.method, path: request.url, status: reply.statusCode });
  });
  try {
    await app.register(async (scope) => registerGen3(scope, deps));
    await app.listen({ host: '127.0.0.1', port });
  } catch (error) {
    // what stays open would keep the test from ending
    await authenticator.close();
    await drop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }

  const administrator = await makeAdministrator(deps);
  const made = await createUser(database, administrator, { email: 'outsider@example.org', name: 'Outsider' });
  const outsider = await loadPrincipal(database, made.id);
  assert.ok(outsider);
  const environment = { PATH: process.env.PATH ?? '', HOME: home, NO_PROXY: '*', PYTHONDONTWRITEBYTECODE: '1' };
  const start = (file: string, args: readonly string[]) => execute(file, args, { cwd: folder, env: environment });
  let count = 0;
  return {
    url,
    seen,
    administrator,
    outsider,
    deps,
    credentials: async (principal, options = {}) => {
      const key = await gen3Credentials.createApiKey(principal, { issuer: `${options.url ?? url}/user` });
      count += 1;
      const path = join(folder, `credentials-${count}.json`);
      await writeFile(path, JSON.stringify(key));
      return path;
    },
    run: async (program, ...args) => {
      const { code, output, errors } = await start(python, [
        fileURLToPath(new URL(`programs/${program}.py`, import.meta.url)),
        ...args,
      ]);
      assert.equal(code, 0, `${program} failed:\n${errors.slice(-3000)}\n${output.slice(-1000)}`);
      return JSON.parse(output.trim().split('\n').at(-1) ?? 'null');
    },
    command: async (...args) => {
      const { code, output, errors } = await start(python, [
        '-c',
        'import sys; from gen3.cli.__main__ import main; sys.exit(main())',
        ...args,
      ]);
      return { code, output: output + errors };
    },
    close: async () => {
      await app.close();
      await authenticator.close();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function execute(
  file: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    execFile(file, [...args], { ...options, maxBuffer: 2 ** 26 }, (error, output, errors) => {
      if (error !== null && typeof error.code !== 'number') return reject(error);
      resolve({ code: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

async function makeAdministrator({ database }: Gen3Deps): Promise<Principal> {
  const { created } = await ensureAdministrator(database, { email: 'root@example.org' });
  assert.ok(created);
  const row = await database.first<{ id: number }>(sql`select id from user_account`);
  const administrator = row && (await loadPrincipal(database, row.id));
  assert.ok(administrator);
  return administrator;
}
