import { type Queryable, sql } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import { requireAccess } from './access.ts';
import { requireAdministrator, requireCurator } from './principal.ts';

export interface NewScope {
  kind: 'study' | 'program' | 'project';
  /** A study's accession, a program's name, or a project's `program-code`. */
  name: string;
  /** The program of a project. */
  parentId?: number;
}

/** The scope of what a user imported and has not linked to a study yet. Made at first need. */
export async function personalScope(tx: Queryable, principal: Pick<Principal, 'userId'>): Promise<number> {
  const name = String(principal.userId);
  const find = () => tx.first<{ id: number }>(sql`select id from scope where kind = 'personal' and name = ${name}`);
  const known = await find();
  if (known !== undefined) return known.id;
  await tx.run(sql`
    insert into scope (kind, name, owner_id) values ('personal', ${name}, ${principal.userId})
    on conflict (kind, name) do nothing`);
  const made = await find();
  if (made === undefined) throw new Error('A personal scope vanished while it was made');
  return made.id;
}

/**
 * Makes a scope that the principal owns, and answers its id. Curators make studies, administrators programs, and
 * whoever owns a program its projects. Throws `conflict` when the name is taken.
 */
export async function createScope(tx: Queryable, principal: Principal, scope: NewScope): Promise<number> {
  await checkCreation(tx, principal, scope);
  const made = await tx.first<{ id: number }>(sql`
    insert into scope (kind, name, parent_id, owner_id)
    values (${scope.kind}, ${scope.name}, ${scope.parentId ?? null}, ${principal.userId})
    on conflict (kind, name) do nothing returning id`);
  if (made === undefined) {
    throw new CatalogueError('conflict', 'scope-exists', `There is a ${scope.kind} of this name already`);
  }
  return made.id;
}

/**
 * Takes up the scope that a deleted program or project left, as if it were new: the principal owns it and nobody else has
 * a grant on it. Answers undefined when there is none; allowed to whom `createScope` is.
 */
export async function renewScope(tx: Queryable, principal: Principal, scope: NewScope): Promise<number | undefined> {
  await checkCreation(tx, principal, scope);
  const renewed = await tx.first<{ id: number }>(sql`
    update scope set owner_id = ${principal.userId} where kind = ${scope.kind} and name = ${scope.name} returning id`);
  if (renewed !== undefined) await tx.run(sql`delete from scope_grant where scope_id = ${renewed.id}`);
  return renewed?.id;
}

async function checkCreation(tx: Queryable, principal: Principal, scope: NewScope): Promise<void> {
  if (scope.kind === 'study') return requireCurator(principal);
  if (scope.kind === 'program') return requireAdministrator(principal);
  if (scope.parentId === undefined) {
    throw new CatalogueError('invalid', 'project-without-program', 'A project is in a program');
  }
  const program = await tx.first(sql`select 1 from scope where id = ${scope.parentId} and kind = 'program'`);
  if (program === undefined) throw new CatalogueError('not-found', 'program-not-found', 'There is no such program');
  await requireAccess(tx, principal, 'own', scope.parentId);
}

/** Gives a study, program or project to another user. For administrators. */
export async function setScopeOwner(
  tx: Queryable,
  principal: Principal,
  { scopeId, userId }: { scopeId: number; userId: number },
): Promise<void> {
  requireAdministrator(principal);
  const changed = await tx.run(sql`
    update scope set owner_id = ${userId}
    where id = ${scopeId} and kind <> 'personal' and exists (select 1 from user_account where id = ${userId} and active)`);
  if (changed === 0) {
    throw new CatalogueError('not-found', 'scope-or-user-not-found', 'There is no such scope or active user');
  }
}
