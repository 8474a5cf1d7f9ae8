import { type Database, isUniqueViolation, type Queryable, type Sql, sql, type Transaction } from '@linnaea/database';
import { CatalogueError, type Permission, type Principal, permissions } from '@linnaea/model';
import { changeIdentity, type IdentityChange } from './announce.ts';
import { parseEmail, parseName } from './names.ts';
import { checkPassword, hashPassword } from './passwords.ts';
import { requireAdministrator, requirePermission } from './principal.ts';

export interface User {
  id: number;
  email: string;
  name: string;
  active: boolean;
  permissions: Permission[];
  /** The identity provider's own name for the user. */
  externalId: string | null;
  hasPassword: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** A user by id or by email, whatever its case. */
export type UserRef = number | string;

export interface NewUser {
  email: string;
  name: string;
  /** Without one the user signs in by the identity provider or a one-time link. */
  password?: string;
  externalId?: string;
}

const columns = sql`u.id, u.email, u.name, u.active, u.permissions, u.external_id as "externalId",
  u.password_hash is not null as "hasPassword", u.created_at as "createdAt", u.updated_at as "updatedAt"`;

export function matchesUser(ref: UserRef): Sql {
  return typeof ref === 'number' ? sql`u.id = ${ref}::bigint` : sql`lower(u.email) = lower(${ref})`;
}

export async function findUser(db: Queryable, ref: UserRef): Promise<User | undefined> {
  return db.first<User>(sql`select ${columns} from user_account u where ${matchesUser(ref)}`);
}

export async function requireUser(db: Queryable, ref: UserRef): Promise<User> {
  const user = await findUser(db, ref);
  if (user === undefined) throw new CatalogueError('not-found', 'user-not-found', 'There is no such user');
  return user;
}

/** Inserts a user and puts it into `All users`. Authorises nothing: for callers that did. */
export async function insertUser(
  { tx, affects }: IdentityChange,
  user: {
    email: string;
    name: string;
    passwordHash?: string;
    permissions?: readonly Permission[];
    externalId?: string;
  },
): Promise<User> {
  const email = parseEmail(user.email);
  const name = parseName(user.name);
  if ((await findUser(tx, email)) !== undefined) throw emailTaken(email);
  const subject = await tx.first<{ id: number }>(sql`insert into subject (kind) values ('user') returning id`);
  if (subject === undefined) throw new Error('An insert answered nothing');
  try {
    await tx.run(sql`
      insert into user_account (id, email, name, password_hash, permissions, external_id)
      values (${subject.id}, ${email}, ${name}, ${user.passwordHash ?? null},
        ${[...(user.permissions ?? [])]}::text[], ${user.externalId ?? null})`);
  } catch (error) {
    // two requests made the same user at once
    if (isUniqueViolation(error, 'user_account_email')) throw emailTaken(email);
    throw error;
  }
  await tx.run(sql`
    insert into group_member (group_id, user_id, role)
    select id, ${subject.id}::bigint, 'member' from user_group where special = 'everyone'`);
  affects(subject.id);
  return requireUser(tx, subject.id);
}

function emailTaken(email: string): CatalogueError {
  return new CatalogueError('conflict', 'email-taken', `Email ${email} is already taken`);
}

/** Makes a user. For administrators. Throws `conflict` when the email is taken, `invalid` for a bad email or password. */
export async function createUser(db: Database, principal: Principal, user: NewUser): Promise<User> {
  requireAdministrator(principal);
  const { password, ...rest } = user;
  if (password !== undefined) checkPassword(password);
  const passwordHash = password === undefined ? undefined : await hashPassword(password);
  return changeIdentity(db, (change) =>
    insertUser(change, passwordHash === undefined ? rest : { ...rest, passwordHash }),
  );
}

/** Changes what is given. For administrators; a user may change their own name. */
export async function updateUser(
  db: Database,
  principal: Principal,
  ref: UserRef,
  fields: { email?: string; name?: string; externalId?: string | null; active?: boolean },
): Promise<User> {
  const onlyName = Object.entries(fields).every(([key, value]) => key === 'name' || value === undefined);
  return changeIdentity(db, async (change) => {
    const { tx } = change;
    if (!principal.administrator && !(onlyName && (await findUser(tx, ref))?.id === principal.userId)) {
      requireAdministrator(principal);
    }
    const user = await requireUser(tx, ref);
    const email = fields.email === undefined ? user.email : parseEmail(fields.email);
    const name = fields.name === undefined ? user.name : parseName(fields.name);
    const externalId = fields.externalId === undefined ? user.externalId : fields.externalId;
    try {
      await tx.run(sql`
        update user_account set email = ${email}, name = ${name}, external_id = ${externalId}, updated_at = now()
        where id = ${user.id}`);
    } catch (error) {
      if (isUniqueViolation(error, 'user_account_email')) throw emailTaken(email);
      throw error;
    }
    change.affects(user.id);
    if (fields.active !== undefined && fields.active !== user.active) {
      await applyActive(tx, principal, user, fields.active);
    }
    return requireUser(tx, user.id);
  });
}

/** Deactivates or reactivates a user. A deactivated user's credentials stop working at once; sessions end for good. */
export async function setActive(db: Database, principal: Principal, ref: UserRef, active: boolean): Promise<User> {
  requireAdministrator(principal);
  return updateUser(db, principal, ref, { active });
}

async function applyActive(tx: Transaction, principal: Principal, user: User, active: boolean): Promise<void> {
  if (!active && user.id === principal.userId) {
    throw new CatalogueError('forbidden', 'own-account', 'You cannot deactivate yourself');
  }
  await tx.run(sql`update user_account set active = ${active} where id = ${user.id}`);
  if (active) return;
  await endSessions(tx, user.id);
  await requireRemainingAdministrator(tx);
}

/** Ends every browser session and open sign-in link of a user. */
export async function endSessions(tx: Queryable, userId: number): Promise<void> {
  await tx.run(sql`delete from browser_session where user_id = ${userId}`);
  await tx.run(sql`delete from sign_in_link where user_id = ${userId} and used_at is null`);
}

/** Sets a user's password and ends the user's sessions. For administrators. */
export async function setPassword(db: Database, principal: Principal, ref: UserRef, password: string): Promise<void> {
  requireAdministrator(principal);
  checkPassword(password);
  const passwordHash = await hashPassword(password);
  await changeIdentity(db, async ({ tx, affects }) => {
    const user = await requireUser(tx, ref);
    await storePassword(tx, user.id, passwordHash);
    affects(user.id);
  });
}

export async function storePassword(tx: Queryable, userId: number, passwordHash: string): Promise<void> {
  await tx.run(sql`
    update user_account set password_hash = ${passwordHash}, updated_at = now() where id = ${userId}`);
  await endSessions(tx, userId);
}

/** Replaces a user's permissions. For administrators, who cannot take MANAGE_ORGANIZATION from themselves. */
export async function setPermissions(
  db: Database,
  principal: Principal,
  ref: UserRef,
  ids: readonly string[],
): Promise<User> {
  requireAdministrator(principal);
  const wanted = permissions.filter((permission) => ids.includes(permission));
  const unknown = ids.find((id) => !wanted.some((permission) => permission === id));
  if (unknown !== undefined) {
    throw new CatalogueError('invalid', 'permission-unknown', `There is no permission ${unknown.slice(0, 100)}`);
  }
  return changeIdentity(db, async ({ tx, affects }) => {
    const user = await requireUser(tx, ref);
    if (user.id === principal.userId && !wanted.includes('MANAGE_ORGANIZATION')) {
      throw new CatalogueError('forbidden', 'own-account', 'You cannot take MANAGE_ORGANIZATION from yourself');
    }
    await tx.run(sql`
      update user_account set permissions = ${wanted}::text[], updated_at = now() where id = ${user.id}`);
    await requireRemainingAdministrator(tx);
    affects(user.id);
    return requireUser(tx, user.id);
  });
}

/** Two administrators must not be able to depose each other in the same moment and leave nobody. */
async function requireRemainingAdministrator(tx: Transaction): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock(hashtext('linnaea administrators'))`);
  const left = await tx.first(sql`
    select 1 from user_account where active and 'MANAGE_ORGANIZATION' = any(permissions)`);
  if (left === undefined) {
    throw new CatalogueError('conflict', 'last-administrator', 'Somebody must keep MANAGE_ORGANIZATION');
  }
}

/** One user. Everybody may see themselves; others are for administrators and managers of groups. */
export async function getUser(db: Queryable, principal: Principal, ref: UserRef): Promise<User> {
  const user = await findUser(db, ref);
  if (user?.id === principal.userId) return user;
  requirePermission(principal, 'MANAGE_GROUPS');
  return user ?? requireUser(db, ref);
}

export interface UserFilter {
  /** Whatever its case. */
  email?: string;
  externalId?: string;
  active?: boolean;
  offset?: number;
  limit?: number;
}

/** A page of users (100 by default) by id, with the count of all that match. For administrators and managers of groups. */
export async function listUsers(
  db: Queryable,
  principal: Principal,
  filter: UserFilter = {},
): Promise<{ users: User[]; total: number }> {
  requirePermission(principal, 'MANAGE_GROUPS');
  const where = sql`(${filter.email ?? null}::text is null or lower(u.email) = lower(${filter.email ?? null}))
    and (${filter.externalId ?? null}::text is null or u.external_id = ${filter.externalId ?? null})
    and (${filter.active ?? null}::boolean is null or u.active = ${filter.active ?? null})`;
  const users = await db.query<User>(sql`
    select ${columns} from user_account u where ${where}
    order by u.id offset ${filter.offset ?? 0} limit ${filter.limit ?? 100}`);
  const count = await db.first<{ total: number }>(sql`select count(*) as total from user_account u where ${where}`);
  return { users, total: count?.total ?? 0 };
}
