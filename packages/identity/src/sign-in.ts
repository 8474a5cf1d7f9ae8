import { type Database, type Queryable, sql } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import { changeIdentity } from './announce.ts';
import { checkPassword, hashPassword, verifyPassword } from './passwords.ts';
import { loadPrincipal, requireAdministrator } from './principal.ts';
import { hashSecret, newSecret } from './secrets.ts';
import { type Session, startSession } from './sessions.ts';
import { requireUser, storePassword, type UserRef } from './users.ts';

const windowMinutes = 15;
/** Wrong passwords that one email may have from one address in a window. */
export const failuresPerEmail = 10;
/** Wrong passwords that one address may have over all emails in a window; many people may share an address. */
export const failuresPerAddress = 200;

export interface SignedIn {
  principal: Principal;
  session: Session;
}

/**
 * Signs in by email and password. Throws `unauthenticated` for a wrong pair, an unknown or a deactivated user alike, in
 * about the same time, and `limited` after too many failures from the address (`details.retryAfterSeconds`).
 */
export async function signIn(
  db: Database,
  { email, password, address }: { email: string; password: string; address: string },
): Promise<SignedIn> {
  const key = email.trim().toLowerCase().slice(0, 320);
  // counted before the slow part, so that a burst of parallel guesses is counted too
  await countFailure(db, key, address, failuresPerEmail);
  await countFailure(db, '', address, failuresPerAddress);
  const row = await db.first<{ id: number; hash: string | null; active: boolean }>(sql`
    select id, password_hash as hash, active from user_account where lower(email) = lower(${email.trim()})`);
  const matches = await verifyPassword(password, row?.active === true ? row.hash : undefined);
  const principal = matches && row !== undefined ? await loadPrincipal(db, row.id) : undefined;
  if (principal === undefined) {
    throw new CatalogueError('unauthenticated', 'sign-in-failed', 'Wrong email or password');
  }
  await forgetFailures(db, key, address);
  return { principal, session: await startSession(db, principal) };
}

async function countFailure(db: Queryable, email: string, address: string, limit: number): Promise<void> {
  const row = await db.first<{ failures: number; seconds: number }>(sql`
    insert into sign_in_failure as f (email, address, failures, window_ends)
    values (${email}, ${address.slice(0, 100)}, 1, now() + make_interval(mins => ${windowMinutes}::int))
    on conflict (email, address) do update set
      failures = case when f.window_ends > now() then f.failures + 1 else 1 end,
      window_ends = case when f.window_ends > now() then f.window_ends else excluded.window_ends end
    returning failures, ceil(extract(epoch from window_ends - now()))::int as seconds`);
  if (row === undefined || row.failures <= limit) return;
  throw new CatalogueError('limited', 'sign-in-limited', 'Too many failed sign-ins; try again later', {
    details: { retryAfterSeconds: row.seconds },
  });
}

async function forgetFailures(db: Queryable, email: string, address: string): Promise<void> {
  await db.run(sql`delete from sign_in_failure where email = ${email} and address = ${address.slice(0, 100)}`);
  await db.run(sql`
    update sign_in_failure set failures = greatest(failures - 1, 0)
    where email = '' and address = ${address.slice(0, 100)}`);
}

/** Changes the principal's own password and ends its sessions. The current one is asked for where there is one. */
export async function changePassword(
  db: Database,
  principal: Principal,
  { current, next, address }: { current?: string; next: string; address: string },
): Promise<void> {
  checkPassword(next);
  await countFailure(db, principal.email.toLowerCase(), address, failuresPerEmail);
  const row = await db.first<{ hash: string | null }>(sql`
    select password_hash as hash from user_account where id = ${principal.userId}`);
  if (row?.hash && !(await verifyPassword(current ?? '', row.hash))) {
    throw new CatalogueError('forbidden', 'password-wrong', 'The current password is another one');
  }
  const passwordHash = await hashPassword(next);
  await changeIdentity(db, async ({ tx, affects }) => {
    await storePassword(tx, principal.userId, passwordHash);
    affects(principal.userId);
  });
  await db.run(sql`
    delete from sign_in_failure where email = ${principal.email.toLowerCase()} and address = ${address.slice(0, 100)}`);
}

/** Makes a secret that signs a user in once, within `hours`. For administrators: the way back for a lost password. */
export async function createSignInLink(
  db: Database,
  principal: Principal,
  ref: UserRef,
  hours = 24,
): Promise<{ token: string; expiresAt: Date }> {
  requireAdministrator(principal);
  const user = await requireUser(db, ref);
  return insertSignInLink(db, { userId: user.id, createdBy: principal.userId, hours });
}

export async function insertSignInLink(
  db: Queryable,
  { userId, createdBy, hours }: { userId: number; createdBy?: number; hours: number },
): Promise<{ token: string; expiresAt: Date }> {
  const token = newSecret();
  const row = await db.first<{ expiresAt: Date }>(sql`
    insert into sign_in_link (hash, user_id, created_by, expires_at)
    values (${hashSecret(token)}, ${userId}, ${createdBy ?? null}, now() + make_interval(hours => ${hours}::int))
    returning expires_at as "expiresAt"`);
  if (row === undefined) throw new Error('An insert answered nothing');
  return { token, expiresAt: row.expiresAt };
}

/** Uses a one-time secret up. Throws `unauthenticated` for an unknown, used or expired one. */
export async function signInByLink(db: Database, token: string): Promise<SignedIn> {
  const used = await db.first<{ userId: number }>(sql`
    update sign_in_link set used_at = now()
    where hash = ${hashSecret(token)} and used_at is null and expires_at > now()
    returning user_id as "userId"`);
  const principal = used === undefined ? undefined : await loadPrincipal(db, used.userId);
  if (principal === undefined) {
    throw new CatalogueError('unauthenticated', 'link-invalid', 'This sign-in link was used, or is too old');
  }
  return { principal, session: await startSession(db, principal) };
}
