import { type Queryable, sql } from '@linnaea/database';
import { type AccessLevel, accessLevels, CatalogueError, levelNumber, type Principal } from '@linnaea/model';
import { requireAccess } from './access.ts';

/**
 * The level that sharing a study gives a group: what ODM calls "view" lets curators among its members edit as well, and
 * nobody else, because every way to edit a study also asks for the curator role (`requireCurator`).
 */
export const sharedStudyLevel: AccessLevel = 'edit';

export interface Grant {
  subjectId: number;
  kind: 'user' | 'group';
  /** Email of the user, accession of the group. */
  key: string;
  name: string;
  level: AccessLevel;
  grantedBy?: number;
  grantedAt: Date;
}

export interface GrantRequest {
  scopeId: number;
  /** Id of a user or a group. */
  subjectId: number;
  level: AccessLevel;
  by: Principal;
}

/**
 * Gives a user or a group a level on a scope, in place of the level it had. Only the scope's owners and administrators
 * may; an owner shares with groups that the owner is in, and programs and projects also with single users.
 */
export async function grant(tx: Queryable, { scopeId, subjectId, level, by }: GrantRequest): Promise<void> {
  await requireAccess(tx, by, 'own', scopeId);
  await checkGrantee(tx, by, scopeId, subjectId);
  await tx.run(sql`
    insert into scope_grant (scope_id, subject_id, level, granted_by)
    values (${scopeId}, ${subjectId}, ${levelNumber(level)}, ${by.userId})
    on conflict (scope_id, subject_id)
    do update set level = excluded.level, granted_by = excluded.granted_by, granted_at = now()`);
}

async function checkGrantee(tx: Queryable, by: Principal, scopeId: number, subjectId: number): Promise<void> {
  const found = await tx.first<{ scopeKind: string; subjectKind: string | null }>(sql`
    select scope.kind as "scopeKind", subject.kind as "subjectKind"
    from scope left join subject on subject.id = ${subjectId} where scope.id = ${scopeId}`);
  if (found?.scopeKind === 'personal') {
    throw new CatalogueError('invalid', 'scope-personal', 'Link the data to a study, then share the study');
  }
  if (typeof found?.subjectKind !== 'string') {
    throw new CatalogueError('not-found', 'subject-not-found', 'There is no such user or group');
  }
  if (by.administrator) return;
  const mayBeUser = found.scopeKind === 'program' || found.scopeKind === 'project';
  const allowed = found.subjectKind === 'user' ? mayBeUser : by.subjects.includes(subjectId);
  if (!allowed) {
    throw new CatalogueError('forbidden', 'not-in-group', 'Studies are shared only with groups that you are in');
  }
}

/** Takes a user's or group's grant on a scope away. Answers whether there was one. */
export async function revokeGrant(
  tx: Queryable,
  { scopeId, subjectId, by }: { scopeId: number; subjectId: number; by: Principal },
): Promise<boolean> {
  await requireAccess(tx, by, 'own', scopeId);
  const removed = await tx.run(sql`delete from scope_grant where scope_id = ${scopeId} and subject_id = ${subjectId}`);
  return removed > 0;
}

/** Who has which level on a scope, beside its owner. For whoever may read it. */
export async function listGrants(db: Queryable, principal: Principal, scopeId: number): Promise<Grant[]> {
  await requireAccess(db, principal, 'read', scopeId);
  const rows = await db.query<Omit<Grant, 'level'> & { level: number; grantedBy?: number | null }>(sql`
    select g.subject_id as "subjectId", s.kind, coalesce(u.email, ug.accession) as key,
      coalesce(u.name, ug.name) as name, g.level, g.granted_by as "grantedBy", g.granted_at as "grantedAt"
    from scope_grant g join subject s on s.id = g.subject_id
      left join user_account u on u.id = s.id left join user_group ug on ug.id = s.id
    where g.scope_id = ${scopeId} order by s.kind, name, g.subject_id`);
  return rows.map(({ grantedBy, ...row }) => ({
    ...row,
    level: levelFrom(row.level),
    ...(typeof grantedBy === 'number' ? { grantedBy } : {}),
  }));
}

/** The level that the database stores as this number. */
export function levelFrom(number: number): AccessLevel {
  const level = accessLevels[number - 1];
  if (level === undefined) throw new Error(`Not an access level: ${number}`);
  return level;
}

/**
 * Shares scopes with groups, all or none: the sharer owns each scope (or is an administrator) and is in each group.
 * Groups are given by accession (GSG…).
 */
export async function shareScopes(
  tx: Queryable,
  principal: Principal,
  share: { scopeIds: readonly number[]; groups: readonly string[]; level?: AccessLevel },
): Promise<void> {
  const level = share.level ?? sharedStudyLevel;
  for (const accession of share.groups) {
    const group = await tx.first<{ id: number }>(sql`select id from user_group where accession = ${accession}`);
    if (group === undefined) {
      throw new CatalogueError('not-found', 'group-not-found', `There is no group ${accession}`);
    }
    for (const scopeId of share.scopeIds) await grant(tx, { scopeId, subjectId: group.id, level, by: principal });
  }
}
