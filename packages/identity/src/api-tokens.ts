import { type Database, isUniqueViolation, type Queryable, sql } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import { changeIdentity, type IdentityChange } from './announce.ts';
import { parseName } from './names.ts';
import type { CredentialKind } from './principal.ts';
import { apiTokenId, hashSecret, newApiToken, sameHash } from './secrets.ts';

export interface ApiToken {
  id: number;
  userId: number;
  name: string;
  /** The part of the token that may be shown. */
  tokenId: string;
  createdAt: Date;
  expiresAt: Date | null;
  /** To the minute. */
  lastUsedAt: Date | null;
}

export interface NewApiToken {
  name: string;
  expiresAt?: Date;
  /** The token itself, where a program brings its own; a random one by default. */
  content?: string;
}

const longestToken = 512;

const columns = sql`t.id, t.user_id as "userId", t.name, t.token_id as "tokenId", t.created_at as "createdAt",
  t.expires_at as "expiresAt", t.last_used_at as "lastUsedAt"`;

/** Inserts a token. Authorises nothing: for callers that did. */
export async function insertApiToken(
  { tx, affects }: IdentityChange,
  userId: number,
  token: NewApiToken,
): Promise<{ token: string; id: number }> {
  const content = token.content ?? newApiToken();
  const name = parseName(token.name);
  try {
    const row = await tx.first<{ id: number }>(sql`
      insert into api_token (user_id, name, token_id, hash, expires_at)
      values (${userId}, ${name}, ${apiTokenId(content)}, ${hashSecret(content)}, ${token.expiresAt ?? null})
      returning id`);
    if (row === undefined) throw new Error('An insert answered nothing');
    affects(userId);
    return { token: content, id: row.id };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new CatalogueError('conflict', 'token-taken', 'This token cannot be used; choose another one');
  }
}

/**
 * Makes an API token for the principal itself. The answer is the only place where the token is ever shown. A short-lived
 * access token cannot make a permanent one.
 */
export async function createApiToken(
  db: Database,
  principal: Principal & { via?: CredentialKind },
  token: NewApiToken,
): Promise<{ token: string; id: number }> {
  refuseAccessToken(principal);
  if (token.content !== undefined && !/^[\x21-\x7e]{16,512}$/.test(token.content)) {
    throw new CatalogueError('invalid', 'token-weak', 'A token has 16 to 512 ASCII characters without spaces');
  }
  if (token.expiresAt !== undefined && !(token.expiresAt.getTime() > Date.now())) {
    throw new CatalogueError('invalid', 'token-expired', 'A token expires in the future');
  }
  return changeIdentity(db, (change) => insertApiToken(change, principal.userId, token));
}

/** A credential that dies in minutes must not be able to mint one that lives on. */
export function refuseAccessToken(principal: { via?: CredentialKind }): void {
  if (principal.via !== 'access-token') return;
  throw new CatalogueError('forbidden', 'credential-too-weak', 'Sign in, or use an API token, to make credentials');
}

/** The principal's own tokens, newest first; without their secrets, which nobody has any more. */
export async function listApiTokens(db: Queryable, principal: Principal): Promise<ApiToken[]> {
  return db.query<ApiToken>(sql`
    select ${columns} from api_token t where t.user_id = ${principal.userId} order by t.id desc`);
}

export async function renameApiToken(db: Database, principal: Principal, id: number, name: string): Promise<void> {
  const renamed = await db.run(sql`
    update api_token set name = ${parseName(name)} where id = ${id} and user_id = ${principal.userId}`);
  if (renamed === 0) throw tokenNotFound();
}

/** Revokes a token at once. The principal's own; anybody's for administrators. */
export async function revokeApiToken(db: Database, principal: Principal, id: number): Promise<void> {
  const mine = principal.administrator ? sql`true` : sql`user_id = ${principal.userId}`;
  await changeIdentity(db, async ({ tx, affects }) => {
    const gone = await tx.first<{ userId: number }>(sql`
      delete from api_token where id = ${id} and ${mine} returning user_id as "userId"`);
    if (gone === undefined) throw tokenNotFound();
    affects(gone.userId);
  });
}

function tokenNotFound(): CatalogueError {
  return new CatalogueError('not-found', 'token-not-found', 'There is no such token');
}

export interface FoundToken {
  id: number;
  userId: number;
  expiresAt: Date | null;
}

/** The user that a token stands for and when it ends; undefined for an unknown, revoked or expired one. Notes its use. */
export async function findApiToken(db: Queryable, token: string): Promise<FoundToken | undefined> {
  const row = await db.first<{
    id: number;
    userId: number;
    hash: Uint8Array;
    expiresAt: Date | null;
    stale: boolean;
  }>(sql`
    select id, user_id as "userId", hash, expires_at as "expiresAt",
      last_used_at is null or last_used_at < now() - interval '1 minute' as stale
    from api_token where token_id = ${apiTokenId(token)} and (expires_at is null or expires_at > now())`);
  if (row === undefined || !sameHash(row.hash, hashSecret(token))) return undefined;
  if (row.stale) {
    // the condition again: of many requests in the same moment one writes
    await db.run(sql`
      update api_token set last_used_at = now()
      where id = ${row.id} and (last_used_at is null or last_used_at < now() - interval '1 minute')`);
  }
  return { id: row.id, userId: row.userId, expiresAt: row.expiresAt };
}

/** An API token as an OAuth client: its `tokenId`, and the token itself. */
export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
}

/** Like `findApiToken`, for a program that shows the token as an OAuth client. */
export async function findClientToken(db: Queryable, client: ClientCredentials): Promise<FoundToken | undefined> {
  const { clientId, clientSecret } = client;
  // the id is no secret: only the comparison of the token itself must not tell by its time
  if (clientSecret.length > longestToken || apiTokenId(clientSecret) !== clientId) return undefined;
  return findApiToken(db, clientSecret);
}

/** Whether a token was neither revoked nor has expired. */
export async function apiTokenExists(db: Queryable, id: number): Promise<boolean> {
  const row = await db.first(sql`
    select 1 from api_token where id = ${id} and (expires_at is null or expires_at > now())`);
  return row !== undefined;
}
