import { type Queryable, sql } from '@linnaea/database';

/** Deletes what has expired: sessions, links, counts of failed sign-ins, keys and tokens. Call it now and then. */
export async function purgeExpired(db: Queryable): Promise<void> {
  await db.run(sql`delete from browser_session where expires_at < now()`);
  await db.run(sql`delete from sign_in_link where expires_at < now() - interval '7 days'`);
  await db.run(sql`delete from sign_in_failure where window_ends < now()`);
  // kept for a while, so that their owners see why something stopped working
  await db.run(sql`delete from gen3_api_key where expires_at < now() - interval '30 days'`);
  await db.run(sql`delete from api_token where expires_at < now() - interval '30 days'`);
}
