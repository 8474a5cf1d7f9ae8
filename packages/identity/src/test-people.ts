import assert from 'node:assert/strict';
import type { Database } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { CatalogueError, type ErrorKind, type Principal } from '@linnaea/model';
import { ensureAdministrator } from './first-start.ts';
import { loadPrincipal } from './principal.ts';
import { createUser, requireUser } from './users.ts';

export const adminPassword = 'twinflower under pines';

/** A database with an administrator, for tests. */
export async function createTestPeople(): Promise<TestPeople> {
  const { database, drop } = await createTestDatabase();
  await ensureAdministrator(database, { email: 'root@example.org', password: adminPassword });
  const { id } = await requireUser(database, 'root@example.org');
  const admin = await principalOf(database, id, 'root@example.org');
  return {
    db: database,
    drop,
    admin,
    person: async (name) => {
      const user = await createUser(database, admin, { email: `${name}@example.org`, name });
      return principalOf(database, user.id, name);
    },
    again: (principal) => principalOf(database, principal.userId, principal.email),
  };
}

export interface TestPeople {
  db: Database;
  admin: Principal;
  /** A new user `name@example.org` without a password. */
  person(name: string): Promise<Principal>;
  /** The principal as it is now. */
  again(principal: Principal): Promise<Principal>;
  drop(): Promise<void>;
}

async function principalOf(db: Database, id: number, name: string): Promise<Principal> {
  const known = await loadPrincipal(db, id);
  assert.ok(known, `no active user ${name}`);
  return known;
}

/** Checks that a promise is refused as a CatalogueError of this kind, and of this code where one is given. */
export async function refuses(promise: Promise<unknown>, kind: ErrorKind, code?: string): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof CatalogueError, String(error));
    assert.equal(error.kind, kind);
    if (code !== undefined) assert.equal(error.code, code);
    return true;
  });
}
