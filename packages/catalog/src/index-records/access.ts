import { type Queryable, sql } from '@linnaea/database';
import { can, visible } from '@linnaea/identity';
import { type AccessLevel, CatalogueError, type Principal } from '@linnaea/model';
import type { IndexRecord } from './types.ts';

type Guarded = Pick<IndexRecord, 'authz' | 'acl' | 'createdBy'>;

/**
 * Throws unless the principal may change a record: `edit` on every resource of its `authz`. One without resources is
 * its maker's. Resources that are no program or project of this catalogue are the administrators'.
 */
export async function requireIndexWrite(db: Queryable, principal: Principal, record: Guarded): Promise<void> {
  if (principal.administrator) return;
  const allowed =
    record.authz.length === 0
      ? record.createdBy === principal.userId
      : await onAll(db, principal, record.authz, 'edit');
  if (!allowed) throw refused('change', record);
}

/** Throws unless the principal may put files here at all: somebody who may edit at least one project. */
export async function requireUploader(db: Queryable, principal: Principal): Promise<void> {
  if (principal.administrator) return;
  const row = await db.first(sql`
    select 1 from scope s where s.kind in ('program', 'project') and ${visible(principal, 'edit', sql`s.id`)} limit 1`);
  if (row === undefined) {
    throw new CatalogueError('forbidden', 'upload-not-allowed', 'You do not have access to upload data.');
  }
}

/**
 * Throws unless the file of a record may be fetched. Without `authz` a file is its uploader's, and everybody's where its
 * `acl` is `*`. Nobody signed in is undefined.
 */
export async function requireFileAccess(
  db: Queryable,
  principal: Principal | undefined,
  record: Guarded,
): Promise<void> {
  if (record.authz.length === 0 && record.acl.includes('*')) return;
  if (record.authz.length > 0 && record.authz.every((path) => path === '/open')) return;
  if (principal === undefined) throw new CatalogueError('unauthenticated', 'sign-in-needed', 'Please login');
  if (principal.administrator) return;
  const allowed =
    record.authz.length === 0
      ? record.createdBy === principal.userId
      : await onAll(db, principal, record.authz, 'download');
  if (!allowed) throw refused('download', record);
}

async function onAll(
  db: Queryable,
  principal: Principal,
  paths: readonly string[],
  level: AccessLevel,
): Promise<boolean> {
  for (const path of new Set(paths)) {
    const scope = await scopeOf(db, path);
    if (scope === undefined || !(await can(db, principal, level, scope))) return false;
  }
  return true;
}

/** The scope that a resource path names; undefined where there is none. */
async function scopeOf(db: Queryable, path: string): Promise<number | undefined> {
  const parts = /^\/programs\/([^/]+)(?:\/projects\/([^/]+))?$/.exec(path);
  if (parts?.[1] === undefined) return undefined;
  const [, program, project] = parts;
  const kind = project === undefined ? 'program' : 'project';
  const name = project === undefined ? program : `${program}-${project}`;
  const row = await db.first<{ id: number }>(sql`select id from scope where kind = ${kind} and name = ${name}`);
  return row?.id;
}

function refused(action: string, record: Guarded): CatalogueError {
  return new CatalogueError('forbidden', 'index-access-missing', `You don't have access to ${action} this file`, {
    details: { authz: record.authz },
  });
}
