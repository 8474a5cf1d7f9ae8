import { type Queryable, sql } from '@linnaea/database';
import { CatalogueError, type Permission, type Principal, permissions } from '@linnaea/model';

/** By which kind of credential somebody was recognised. */
export type CredentialKind = 'api-token' | 'session' | 'access-token' | 'oidc';

interface PrincipalRow {
  id: number;
  email: string;
  name: string;
  permissions: string[];
  groups: (number | string)[];
  curator: boolean;
}

/** The active user with this id as a principal; undefined for a deactivated or unknown one. */
export async function loadPrincipal(db: Queryable, userId: number): Promise<Principal | undefined> {
  const row = await db.first<PrincipalRow>(sql`
    select u.id, u.email, u.name, u.permissions,
      array(select group_id from group_member where user_id = u.id order by group_id) as groups,
      exists (select 1 from group_member m join user_group g on g.id = m.group_id
        where m.user_id = u.id and g.special = 'curators') as curator
    from user_account u where u.id = ${userId} and u.active`);
  return row === undefined ? undefined : toPrincipal(row);
}

function toPrincipal(row: PrincipalRow): Principal {
  const administrator = row.permissions.includes('MANAGE_ORGANIZATION');
  // who may do everything has every permission and role: no other code needs to know that administrators are special
  const held = permissions.filter((permission) => administrator || row.permissions.includes(permission));
  return {
    userId: row.id,
    email: row.email,
    name: row.name,
    subjects: [row.id, ...row.groups.map(Number)],
    curator: administrator || row.curator,
    administrator,
    permissions: new Set(held),
  };
}

export function requirePermission(principal: Principal, permission: Permission): void {
  if (principal.permissions.has(permission)) return;
  throw new CatalogueError('forbidden', 'permission-missing', `Not enough permissions: ${permission} is needed`, {
    details: { permission },
  });
}

/** Throws `forbidden` unless the principal may do everything. */
export function requireAdministrator(principal: Principal): void {
  requirePermission(principal, 'MANAGE_ORGANIZATION');
}

/** Throws `forbidden` unless the principal is in the group `Curator` (or an administrator). */
export function requireCurator(principal: Principal): void {
  if (principal.curator) return;
  throw new CatalogueError('forbidden', 'curator-role-missing', 'Only members of the group Curator may do this');
}
