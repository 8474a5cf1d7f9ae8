import { type Database, type Queryable, type Sql, sql } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import { changeIdentity, type IdentityChange } from './announce.ts';
import { parseName } from './names.ts';
import { requireUser, type UserRef } from './users.ts';

export type GroupRole = 'admin' | 'member';

export interface Group {
  /** Subject id: what grants are given to. */
  id: number;
  accession: string;
  name: string;
  special: 'everyone' | 'curators' | null;
  externalId: string | null;
  memberCount: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface GroupMember {
  groupId: number;
  userId: number;
  email: string;
  name: string;
  role: GroupRole;
}

/** A group by subject id or by accession (GSG…). */
export type GroupRef = number | string;

export interface GroupChanges {
  name?: string;
  externalId?: string | null;
  /** Takes everybody out before `add`. */
  removeAll?: boolean;
  remove?: readonly UserRef[];
  add?: readonly { user: UserRef; role?: GroupRole }[];
}

const columns = sql`g.id, g.accession, g.name, g.special, g.external_id as "externalId",
  (select count(*) from group_member m where m.group_id = g.id) as "memberCount",
  g.created_at as "createdAt", g.updated_at as "updatedAt"`;

function matchesGroup(ref: GroupRef): Sql {
  return typeof ref === 'number' ? sql`g.id = ${ref}::bigint` : sql`g.accession = ${ref}`;
}

/** A boolean SQL expression: is the principal in the group whose id is in `column`? */
function isMember(principal: Principal, column: Sql): Sql {
  return sql`exists (select 1 from group_member me where me.group_id = ${column} and me.user_id = ${principal.userId})`;
}

/** A boolean SQL expression over `user_group g`: may the principal know of the group? */
function visibleGroup(principal: Principal): Sql {
  if (principal.permissions.has('MANAGE_GROUPS')) return sql`true`;
  return sql`(g.special is not null or ${isMember(principal, sql`g.id`)})`;
}

/** One group that the principal may know of: its own groups, the special ones, all for managers of groups. */
export async function getGroup(db: Queryable, principal: Principal, ref: GroupRef): Promise<Group> {
  const group = await db.first<Group>(sql`
    select ${columns} from user_group g where ${matchesGroup(ref)} and ${visibleGroup(principal)}`);
  if (group === undefined) throw new CatalogueError('not-found', 'group-not-found', 'There is no such group');
  return group;
}

/** The oldest group of this name that the principal may know of (names are not unique). */
export async function findGroupByName(db: Queryable, principal: Principal, name: string): Promise<Group | undefined> {
  return (await listGroups(db, principal, { name, limit: 1 })).groups[0];
}

/** A page of groups (all by default) by id, with the count of all that match. */
export async function listGroups(
  db: Queryable,
  principal: Principal,
  filter: { name?: string; externalId?: string; offset?: number; limit?: number } = {},
): Promise<{ groups: Group[]; total: number }> {
  const where = sql`${visibleGroup(principal)}
    and (${filter.name ?? null}::text is null or g.name = ${filter.name ?? null})
    and (${filter.externalId ?? null}::text is null or g.external_id = ${filter.externalId ?? null})`;
  const groups = await db.query<Group>(sql`
    select ${columns} from user_group g where ${where}
    order by g.id offset ${filter.offset ?? 0} limit ${filter.limit ?? null}::bigint`);
  const count = await db.first<{ total: number }>(sql`select count(*) as total from user_group g where ${where}`);
  return { groups, total: count?.total ?? 0 };
}

/** The groups that the principal may share with: those it is in; every group for administrators. */
export async function groupsToShare(db: Queryable, principal: Principal): Promise<Group[]> {
  const mine = principal.administrator ? sql`true` : isMember(principal, sql`g.id`);
  return db.query<Group>(sql`select ${columns} from user_group g where ${mine} order by g.name, g.id`);
}

/** The members of groups, by email. For members of the groups and managers of groups; other groups yield nobody. */
export async function listMembers(
  db: Queryable,
  principal: Principal,
  groupIds: readonly number[],
): Promise<GroupMember[]> {
  const allowed = principal.permissions.has('MANAGE_GROUPS') ? sql`true` : isMember(principal, sql`m.group_id`);
  return db.query<GroupMember>(sql`
    select m.group_id as "groupId", u.id as "userId", u.email, u.name, m.role
    from group_member m join user_account u on u.id = m.user_id
    where m.group_id = any(${[...groupIds]}::bigint[]) and ${allowed} order by m.group_id, lower(u.email)`);
}

/** Makes a group; anybody may, and becomes its admin. */
export async function createGroup(
  db: Database,
  principal: Principal,
  group: { name: string; externalId?: string },
): Promise<Group> {
  const name = parseName(group.name);
  return changeIdentity(db, async ({ tx, affects }) => {
    const made = await tx.first<{ id: number }>(sql`
      with made as (insert into subject (kind) values ('group') returning id)
      insert into user_group (id, name, external_id) select id, ${name}, ${group.externalId ?? null} from made
      returning id`);
    if (made === undefined) throw new Error('An insert answered nothing');
    await tx.run(sql`
      insert into group_member (group_id, user_id, role) values (${made.id}, ${principal.userId}, 'admin')`);
    affects(principal.userId);
    return getGroup(tx, principal, made.id);
  });
}

/** Changes a group's name and members, all or nothing. For admins of the group and managers of groups. */
export async function updateGroup(
  db: Database,
  principal: Principal,
  ref: GroupRef,
  changes: GroupChanges,
): Promise<Group> {
  return changeIdentity(db, async (change) => {
    const group = await managedGroup(change.tx, principal, ref);
    await rename(change, group, changes);
    await changeMembers(change, group, changes);
    await change.tx.run(sql`update user_group set updated_at = now() where id = ${group.id}`);
    return getGroup(change.tx, principal, group.id);
  });
}

async function managedGroup(tx: Queryable, principal: Principal, ref: GroupRef): Promise<Group> {
  const group = await getGroup(tx, principal, ref);
  if (principal.permissions.has('MANAGE_GROUPS')) return group;
  // locked, so that a role which is being taken away is not used at the same moment
  const admin = await tx.first(sql`
    select 1 from group_member where group_id = ${group.id} and user_id = ${principal.userId} and role = 'admin' for share`);
  if (admin === undefined) {
    throw new CatalogueError('forbidden', 'not-group-admin', 'Only admins of the group may change it');
  }
  return group;
}

async function rename({ tx }: IdentityChange, group: Group, changes: GroupChanges): Promise<void> {
  if (changes.name !== undefined && changes.name !== group.name) {
    if (group.special !== null) throw specialGroup(group);
    await tx.run(sql`update user_group set name = ${parseName(changes.name)} where id = ${group.id}`);
  }
  if (changes.externalId !== undefined) {
    await tx.run(sql`update user_group set external_id = ${changes.externalId} where id = ${group.id}`);
  }
}

async function changeMembers(change: IdentityChange, group: Group, changes: GroupChanges): Promise<void> {
  const { removeAll = false, remove = [], add = [] } = changes;
  if (!removeAll && remove.length === 0 && add.length === 0) return;
  if (group.special === 'everyone') throw specialGroup(group);
  const { tx } = change;
  if (removeAll) {
    const gone = await tx.query<{ id: number }>(sql`
      delete from group_member where group_id = ${group.id} returning user_id as id`);
    for (const { id } of gone) change.affects(id);
  }
  for (const ref of remove) {
    const user = await requireUser(tx, ref);
    await tx.run(sql`delete from group_member where group_id = ${group.id} and user_id = ${user.id}`);
    change.affects(user.id);
  }
  for (const { user: ref, role } of add) {
    const user = await requireUser(tx, ref);
    // adding a member again without naming a role keeps the role
    await tx.run(sql`
      insert into group_member (group_id, user_id, role) values (${group.id}, ${user.id}, ${role ?? 'member'})
      on conflict (group_id, user_id) do update set role = coalesce(${role ?? null}, group_member.role)`);
    change.affects(user.id);
  }
}

function specialGroup(group: Group): CatalogueError {
  return new CatalogueError('forbidden', 'group-special', `The group ${group.name} cannot be changed this way`);
}

export async function addMember(
  db: Database,
  principal: Principal,
  { group, user, role }: { group: GroupRef; user: UserRef; role?: GroupRole },
): Promise<Group> {
  return updateGroup(db, principal, group, { add: [role === undefined ? { user } : { user, role }] });
}

export async function removeMember(
  db: Database,
  principal: Principal,
  { group, user }: { group: GroupRef; user: UserRef },
): Promise<Group> {
  return updateGroup(db, principal, group, { remove: [user] });
}

/** Deletes a group and what was granted to it. One with members besides the caller only with `withMembers`. */
export async function deleteGroup(
  db: Database,
  principal: Principal,
  ref: GroupRef,
  { withMembers = false }: { withMembers?: boolean } = {},
): Promise<void> {
  await changeIdentity(db, async ({ tx, affects }) => {
    const group = await managedGroup(tx, principal, ref);
    if (group.special !== null) throw specialGroup(group);
    const gone = await tx.query<{ id: number }>(sql`
      delete from group_member where group_id = ${group.id} returning user_id as id`);
    if (!withMembers && gone.some(({ id }) => id !== principal.userId)) {
      throw new CatalogueError('conflict', 'group-not-empty', 'Take the members out of the group first');
    }
    for (const { id } of gone) affects(id);
    // grants go with the subject
    await tx.run(sql`delete from subject where id = ${group.id}`);
  });
}
