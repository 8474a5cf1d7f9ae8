import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Queryable, sql } from '@linnaea/database';

/** What a signed link lets its holder do, until when (seconds since 1970). */
export interface LinkGrant {
  /** `download`, `upload`, `part …`: a link for one use must not serve another. */
  action: string;
  did: string;
  expires: number;
}

export async function signLink(db: Queryable, grant: LinkGrant): Promise<string> {
  return mac(await linkSecret(db), grant).toString('base64url');
}

/** False for a wrong signature and for a link whose time is over. `now` in milliseconds since 1970. */
export async function checkLink(
  db: Queryable,
  grant: LinkGrant,
  signature: string,
  now = Date.now(),
): Promise<boolean> {
  if (!Number.isSafeInteger(grant.expires) || grant.expires * 1000 < now) return false;
  const expected = mac(await linkSecret(db), grant);
  const shown = Buffer.from(signature, 'base64url');
  return shown.length === expected.length && timingSafeEqual(shown, expected);
}

function mac(secret: Uint8Array, { action, did, expires }: LinkGrant): Buffer {
  return createHmac('sha256', secret)
    .update(JSON.stringify([action, did, expires]))
    .digest();
}

async function linkSecret(db: Queryable): Promise<Uint8Array> {
  const row = await db.first<{ secret: Uint8Array }>(sql`select secret from link_secret`);
  if (row === undefined) throw new Error('The database has no secret for links');
  return row.secret;
}
