import { type Database, type Queryable, sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { changeIdentity } from './announce.ts';
import { apiTokenId, hashSecret, newSecret } from './secrets.ts';

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

/**
 * Starts a browser session of a user who was recognised by other means. One that was started by an API token ends with
 * it: when it is revoked, and when it expires.
 */
export async function startSession(
  db: Queryable,
  principal: { userId: number },
  by: { apiToken?: string } = {},
): Promise<Session> {
  const value = newSecret();
  const row = await db.first<{ expiresAt: Date }>(sql`
    insert into browser_session (hash, user_id, api_token_id, expires_at, ends_at)
    select ${hashSecret(value)}, ${principal.userId}, token.id, least(now() + ${idle}, token.expires_at),
      least(now() + make_interval(days => ${sessionLongestDays}::int), token.expires_at)
    from (select 1) one
    left join api_token token on token.token_id = ${by.apiToken === undefined ? null : apiTokenId(by.apiToken)}
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
