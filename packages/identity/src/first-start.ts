import { type Database, sql, type Transaction } from '@linnaea/database';
import { permissions } from '@linnaea/model';
import { changeIdentity } from './announce.ts';
import { insertApiToken } from './api-tokens.ts';
import { hashPassword } from './passwords.ts';
import { insertSignInLink } from './sign-in.ts';
import { findUser, insertUser } from './users.ts';

export const defaultAdministratorEmail = 'admin@localhost';

export interface FirstStart {
  created: boolean;
  email?: string;
  /** Secret of a one-time sign-in link, to be printed; only when no password was configured. */
  signInLinkToken?: string;
  /** An API token, to be printed; only when neither a password nor a token was configured. */
  token?: string;
}

/**
 * Makes the first administrator on an empty catalogue. Once there is one, configured values are ignored, so that a
 * password changed since is not set back by a restart. Their strength is the operator's affair.
 */
export async function ensureAdministrator(
  db: Database,
  configured: { email?: string; password?: string; token?: string } = {},
): Promise<FirstStart> {
  if (await hasAdministrator(db)) return { created: false };
  const email = configured.email ?? defaultAdministratorEmail;
  const passwordHash = configured.password === undefined ? undefined : await hashPassword(configured.password);
  return changeIdentity(db, async (change) => {
    const { tx } = change;
    // several processes may start on one empty database
    await tx.query(sql`select pg_advisory_xact_lock(hashtext('linnaea administrators'))`);
    if (await hasAdministrator(tx)) return { created: false };
    const known = await findUser(tx, email);
    const { id } = known ?? (await insertUser(change, { email, name: 'Administrator' }));
    await tx.run(sql`
      update user_account set active = true, permissions = ${[...permissions]}::text[],
        password_hash = coalesce(${passwordHash ?? null}, password_hash)
      where id = ${id}`);
    await tx.run(sql`
      insert into group_member (group_id, user_id, role)
      select id, ${id}::bigint, 'admin' from user_group where special = 'curators'
      on conflict do nothing`);
    change.affects(id);
    const answer: FirstStart = { created: true, email };
    if (passwordHash === undefined) {
      answer.signInLinkToken = (await insertSignInLink(tx, { userId: id, hours: 24 })).token;
    }
    if (configured.token !== undefined) {
      await insertApiToken(change, id, { name: 'first start', content: configured.token });
    } else if (passwordHash === undefined) {
      answer.token = (await insertApiToken(change, id, { name: 'first start' })).token;
    }
    return answer;
  });
}

async function hasAdministrator(db: Database | Transaction): Promise<boolean> {
  const row = await db.first(sql`select 1 from user_account where 'MANAGE_ORGANIZATION' = any(permissions) limit 1`);
  return row !== undefined;
}
