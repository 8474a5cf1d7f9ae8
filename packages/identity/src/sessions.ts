import { type Database, type Queryable, sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { changeIdentity } from './announce.ts';
import { hashSecret, newSecret } from './secrets.ts';

/** A session ends when unused for this long … */
export const sessionIdleHours = 12;
/** … and after this long in any case. */
export const sessionLongestDays = 14;

const idle = sql`make_interval(hours => ${sessionIdleHours}::int)`;

export interface Session {
  /** What the cookie holds. The database keeps only its hash. */
  value: string;
  /** When the session ends if it is not used again. */
  expiresAt: Date;
}

/** Starts a browser session of a user who was recognised by other means. */
export async function startSession(db: Queryable, principal: { userId: number }): Promise<Session> {
  const value = newSecret();
  const row = await db.first<{ expiresAt: Date }>(sql`
    insert into browser_session (hash, user_id, expires_at, ends_at)
    values (${hashSecret(value)}, ${principal.userId}, now() + ${idle},
      now() + make_interval(days => ${sessionLongestDays}::int))
    returning expires_at as "expiresAt"`);
  if (row === undefined) throw new Error('An insert answered nothing');
  return { value, expiresAt: row.expiresAt };
}

/** The user of a running session; undefined for an unknown or ended one. Its end slides on, once a minute at most. */
export async function findSession(
  db: Queryable,
  value: string,
): Promise<{ userId: number; expiresAt: Date } | undefined> {
  const hash = hashSecret(value);
  const row = await db.first<{ userId: number; expiresAt: Date; stale: boolean }>(sql`
    select user_id as "userId", expires_at as "expiresAt", last_used_at < now() - interval '1 minute' as stale
    from browser_session where hash = ${hash} and expires_at > now()`);
  if (row === undefined) return undefined;
  if (row.stale) {
    await db.run(sql`
      update browser_session set last_used_at = now(), expires_at = least(ends_at, now() + ${idle})
      where hash = ${hash} and last_used_at < now() - interval '1 minute'`);
  }
  return { userId: row.userId, expiresAt: row.expiresAt };
}

/** Ends a session. One that is not running is no fault. */
export async function signOut(db: Database, value: string): Promise<void> {
  await changeIdentity(db, async ({ tx, affects }) => {
    const gone = await tx.first<{ userId: number }>(sql`
      delete from browser_session where hash = ${hashSecret(value)} returning user_id as "userId"`);
    if (gone !== undefined) affects(gone.userId);
  });
}

/** Ends every session of the principal. */
export async function signOutEverywhere(db: Database, principal: Principal): Promise<void> {
  await changeIdentity(db, async ({ tx, affects }) => {
    await tx.run(sql`delete from browser_session where user_id = ${principal.userId}`);
    affects(principal.userId);
  });
}
