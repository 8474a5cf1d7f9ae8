/** Test support: the portal over a small catalogue; requests go in without a socket. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { registerPortal } from './register.ts';
import { createTestCatalogue, testPassword } from './testing.ts';

export type TestPortal = Awaited<ReturnType<typeof createTestPortal>>;

export async function createTestPortal() {
  const folder = await mkdtemp(join(tmpdir(), 'linnaea-portal-'));
  const catalogue = await createTestCatalogue(folder);
  const app = Fastify();
  await registerPortal(app, catalogue);
  return {
    app,
    catalogue,
    /** Signs a person of the catalogue in; answers the session cookie. */
    async signedIn(email: string): Promise<string> {
      const answer = await app.inject({
        method: 'POST',
        url: '/portal/api/session',
        payload: { email, password: testPassword },
      });
      assert.equal(answer.statusCode, 200, answer.body);
      return String(answer.headers['set-cookie']).split(';')[0]!;
    },
    async read(url: string, cookie: string) {
      const answer = await app.inject({ url: `/portal/api${url}`, headers: { cookie } });
      return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
    },
    async close(): Promise<void> {
      await app.close();
      await catalogue.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
