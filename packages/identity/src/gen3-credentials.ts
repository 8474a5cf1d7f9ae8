import { randomUUID } from 'node:crypto';
import { type Database, sql } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import { type JSONWebKeySet, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { changeIdentity } from './announce.ts';
import { apiTokenExists, type ClientCredentials, findClientToken, refuseAccessToken } from './api-tokens.ts';
import { createExpiringCache } from './expiring-cache.ts';
import { type CredentialKind, loadPrincipal } from './principal.ts';
import { hashSecret, sameHash } from './secrets.ts';
import { createSigningKeys, signingAlgorithm } from './signing-keys.ts';
import {
  accessTokenSeconds,
  apiKeySeconds,
  checkLife,
  checkScope,
  narrowScope,
  type TokenOptions,
} from './token-options.ts';

const audience = 'gen3';
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What an API key can be exchanged with: the client that shows it, where it says who it is. */
export interface ExchangeOptions extends TokenOptions {
  client?: ClientCredentials;
}

/** Names are the wire's, as `scope` is: clients store them as they come. */
export interface IssuedToken {
  access_token: string;
  /** Seconds since 1970. */
  expires: number;
  /** Seconds from now. */
  expires_in: number;
  scope: string[];
}

/** Who a valid access token stands for. */
export interface AccessClaims {
  userId: number;
  /** The API key it was made from; that key must still exist. */
  keyId?: string;
  /** The row of the API token it was made from; that token must still exist. */
  apiTokenId?: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Credentials of the Gen3 API. Property names of the answers are the wire's: clients store them as they come. */
export interface Gen3Credentials {
  /** Makes an API key of 30 days for the principal. Shown once. */
  createApiKey(
    principal: Principal & { via?: CredentialKind },
    options?: TokenOptions,
  ): Promise<{ api_key: string; key_id: string }>;
  /** An access token for an API key, with its scope or a part of it. Throws `unauthenticated` for a key not valid. */
  exchangeApiKey(apiKey: unknown, options?: ExchangeOptions): Promise<IssuedToken>;
  /**
   * An access token for an API token that a program shows as an OAuth client; it ends with the API token at the latest.
   * Throws `unauthenticated` for one that is unknown, expired or revoked.
   */
  exchangeClientCredentials(client: ClientCredentials, options?: TokenOptions): Promise<IssuedToken>;
  /** An access token for a browser session. */
  issueAccessToken(principal: Principal & { via?: CredentialKind }, options?: TokenOptions): Promise<IssuedToken>;
  /** The principal's valid keys, the one that expires last first; `exp` in seconds since 1970. */
  listApiKeys(principal: Principal): Promise<{ jti: string; exp: number }[]>;
  /** Revokes a key and every access token made from it. The principal's own; anybody's for administrators. */
  revokeApiKey(principal: Principal, jti: string): Promise<void>;
  /** Undefined for anything but an unexpired access token that this catalogue signed. */
  verifyAccessToken(token: string): Promise<AccessClaims | undefined>;
  /** False when the API key or API token that an access token was made from was revoked. */
  sourceExists(claims: AccessClaims): Promise<boolean>;
  jwks(): Promise<JSONWebKeySet>;
  publicKeys(): Promise<{ kid: string; pem: string }[]>;
}

export interface Gen3CredentialsOptions {
  db: Database;
  /** `https://host/user`: clients derive the address to call from it. */
  issuer: string;
  now?: () => number;
}

export function createGen3Credentials({ db, issuer, now = Date.now }: Gen3CredentialsOptions): Gen3Credentials {
  const keys = createSigningKeys(db, now);
  const verified = createExpiringCache<AccessClaims>(10_000, now);
  const seconds = () => Math.floor(now() / 1000);

  async function sign(
    claims: JWTPayload,
    options: { jti: string; iss: string; iat: number; exp: number },
  ): Promise<string> {
    const key = await keys.current();
    return new SignJWT(claims)
      .setProtectedHeader({ alg: signingAlgorithm, typ: 'JWT', kid: key.kid })
      .setIssuer(options.iss)
      .setAudience([audience])
      .setIssuedAt(options.iat)
      .setExpirationTime(options.exp)
      .setJti(options.jti)
      .sign(key.privateKey);
  }

  /**
   * The payload of a token that one of our keys signed. `iss` is not compared: it is the address that the client came
   * by, several are right, and only this database holds the keys.
   */
  async function verify(token: string): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(
        token,
        async ({ kid }) => {
          const key = kid === undefined ? undefined : await keys.publicKey(kid);
          if (key === undefined) throw new UnknownKey();
          return key;
        },
        {
          algorithms: [signingAlgorithm],
          audience,
          requiredClaims: ['exp', 'sub', 'jti'],
          currentDate: new Date(now()),
        },
      );
      return payload;
    } catch (error) {
      if (error instanceof UnknownKey || isTokenFault(error)) return undefined;
      throw error;
    }
  }

  async function createApiKey(principal: Principal & { via?: CredentialKind }, options: TokenOptions = {}) {
    refuseAccessToken(principal);
    const scope = checkScope(options.scope);
    const jti = randomUUID();
    // the clock is read once: a second that turns before the signature must not shorten the life that is told
    const iat = seconds();
    const exp = iat + checkLife(options.expiresIn ?? apiKeySeconds, apiKeySeconds);
    const claims = { pur: 'api_key', sub: String(principal.userId), azp: '', scope };
    const apiKey = await sign(claims, { jti, iss: options.issuer ?? issuer, iat, exp });
    await db.run(sql`
      insert into gen3_api_key (jti, user_id, hash, expires_at)
      values (${jti}, ${principal.userId}, ${hashSecret(apiKey)}, to_timestamp(${exp}::float8))`);
    return { api_key: apiKey, key_id: jti };
  }

  async function exchangeApiKey(apiKey: unknown, options: ExchangeOptions = {}) {
    if (typeof apiKey !== 'string' || apiKey === '') {
      throw new CatalogueError('invalid', 'api-key-missing', 'Please provide an api_key in payload');
    }
    const client = options.client && (await requireClient(options.client));
    const life = lifeOf(options);
    const payload = apiKey.length > 8192 ? undefined : await verify(apiKey);
    const jti = payload?.pur === 'api_key' ? payload.jti : undefined;
    const userId = jti === undefined ? undefined : await useKey(jti, apiKey);
    const principal = userId === undefined ? undefined : await loadPrincipal(db, userId);
    const others = client !== undefined && client.userId !== principal?.userId;
    if (payload?.exp === undefined || jti === undefined || principal === undefined || others) {
      throw new CatalogueError('unauthenticated', 'api-key-invalid', 'The API key is invalid, expired or revoked');
    }
    if (payload.exp < seconds() + life) {
      throw new CatalogueError('invalid', 'api-key-expires', 'The API key expires before the access token would');
    }
    const scope = narrowScope(payload.scope, options.scope);
    return accessToken(principal, { ...options, life, scope }, { key_id: jti });
  }

  async function exchangeClientCredentials(client: ClientCredentials, options: TokenOptions = {}) {
    const token = await requireClient(client);
    const principal = await loadPrincipal(db, token.userId);
    if (principal === undefined) throw clientUnknown();
    const left = token.expiresAt === null ? Infinity : Math.floor(token.expiresAt.getTime() / 1000) - seconds();
    const life = Math.max(1, Math.min(lifeOf(options), left));
    const made = { azp: client.clientId, api_token_id: token.id };
    return accessToken(principal, { ...options, life, scope: checkScope(options.scope) }, made);
  }

  async function requireClient(client: ClientCredentials) {
    const token = await findClientToken(db, client);
    if (token === undefined) throw clientUnknown();
    return token;
  }

  /** Answers the user of a key that is known, not revoked and the very one that was handed out; notes its use. */
  async function useKey(jti: string, apiKey: string): Promise<number | undefined> {
    if (!uuidPattern.test(jti)) return undefined;
    const row = await db.first<{ userId: number; hash: Uint8Array; stale: boolean }>(sql`
      select user_id as "userId", hash, last_used_at is null or last_used_at < now() - interval '1 minute' as stale
      from gen3_api_key where jti = ${jti}::uuid`);
    if (row === undefined || !sameHash(row.hash, hashSecret(apiKey))) return undefined;
    if (row.stale) await db.run(sql`update gen3_api_key set last_used_at = now() where jti = ${jti}::uuid`);
    return row.userId;
  }

  /** `made` names what the token was made from: ours, so that revoking that ends the token too. */
  async function accessToken(
    principal: Principal,
    { life, scope, ...options }: { life: number; scope: string[]; issuer?: string },
    made: { key_id?: string; azp?: string; api_token_id?: number } = {},
  ): Promise<IssuedToken> {
    const iat = seconds();
    const exp = iat + life;
    const user = { name: principal.email, is_admin: principal.administrator, google: { proxy_group: null } };
    const claims = {
      pur: 'access',
      sub: String(principal.userId),
      azp: '',
      scope,
      context: { user },
      ...made,
    };
    const token = await sign(claims, { jti: randomUUID(), iss: options.issuer ?? issuer, iat, exp });
    return { access_token: token, expires: exp, expires_in: life, scope };
  }

  async function issueAccessToken(principal: Principal & { via?: CredentialKind }, options: TokenOptions = {}) {
    refuseAccessToken(principal);
    return accessToken(principal, { ...options, life: lifeOf(options), scope: checkScope(options.scope) });
  }

  async function verifyAccessToken(token: string): Promise<AccessClaims | undefined> {
    const hash = hashSecret(token).toString('base64');
    const known = verified.get(hash);
    if (known !== undefined) return known;
    const payload = await verify(token);
    if (payload?.pur !== 'access' || payload.exp === undefined || !/^\d{1,15}$/.test(payload.sub ?? ''))
      return undefined;
    const claims: AccessClaims = { userId: Number(payload.sub), expiresAt: payload.exp * 1000 };
    if (typeof payload.key_id === 'string') claims.keyId = payload.key_id;
    if (typeof payload.api_token_id === 'number') claims.apiTokenId = payload.api_token_id;
    verified.set(hash, claims, claims.expiresAt);
    return claims;
  }

  async function sourceExists({ keyId, apiTokenId }: AccessClaims): Promise<boolean> {
    if (apiTokenId !== undefined) return apiTokenExists(db, apiTokenId);
    if (keyId === undefined) return true;
    return (await db.first(sql`select 1 from gen3_api_key where jti = ${keyId}::uuid`)) !== undefined;
  }

  async function listApiKeys(principal: Principal): Promise<{ jti: string; exp: number }[]> {
    return db.query<{ jti: string; exp: number }>(sql`
      select jti, extract(epoch from expires_at)::float8 as exp from gen3_api_key
      where user_id = ${principal.userId} and expires_at > to_timestamp(${now() / 1000}::float8)
      order by expires_at desc, jti`);
  }

  async function revokeApiKey(principal: Principal, jti: string): Promise<void> {
    const mine = principal.administrator ? sql`true` : sql`user_id = ${principal.userId}`;
    await changeIdentity(db, async ({ tx, affects }) => {
      const gone = uuidPattern.test(jti)
        ? await tx.first<{ userId: number }>(sql`
            delete from gen3_api_key where jti = ${jti}::uuid and ${mine} returning user_id as "userId"`)
        : undefined;
      if (gone === undefined) {
        const shown = jti.slice(0, 100);
        throw new CatalogueError(
          'not-found',
          'api-key-not-found',
          `token not found with JTI ${shown} for current user`,
        );
      }
      affects(gone.userId);
    });
  }

  return {
    createApiKey,
    exchangeApiKey,
    exchangeClientCredentials,
    issueAccessToken,
    listApiKeys,
    revokeApiKey,
    verifyAccessToken,
    sourceExists,
    jwks: keys.jwks,
    publicKeys: keys.pem,
  };
}

class UnknownKey extends Error {}

/** Every fault of a token has a `code` of jose's; anything else is a fault of ours and must not look like a 401. */
export function isTokenFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^ERR_J(WT|WS|OSE|WK)/.test(String(error.code));
}

function lifeOf({ expiresIn = accessTokenSeconds.default }: TokenOptions): number {
  return checkLife(expiresIn, accessTokenSeconds.longest);
}

function clientUnknown(): CatalogueError {
  const message = 'The client is an API token: its id, and the token itself as the secret, not expired or revoked';
  return new CatalogueError('unauthenticated', 'client-invalid', message);
}
