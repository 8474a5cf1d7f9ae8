import type { Database } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import { decodeJwt } from 'jose';
import { changeIdentity, onIdentityChange } from './announce.ts';
import { findApiToken } from './api-tokens.ts';
import { createExpiringCache } from './expiring-cache.ts';
import type { Gen3Credentials } from './gen3-credentials.ts';
import type { OidcUser, OidcVerifier } from './oidc.ts';
import { type CredentialKind, loadPrincipal } from './principal.ts';
import { hashSecret } from './secrets.ts';
import { findSession } from './sessions.ts';
import { findUser, insertUser } from './users.ts';

/** What a request showed. */
export type Credential =
  /** Value of the header `Genestack-API-Token`. */
  | { kind: 'api-token'; value: string }
  /** Value of the header `Authorization` (or `X-Auth-Token`), with or without `Bearer` in any case. */
  | { kind: 'authorization'; value: string }
  /** Value of the session cookie. */
  | { kind: 'session'; value: string };

export interface AuthenticatedPrincipal extends Principal {
  readonly via: CredentialKind;
}

export interface Authenticator {
  /**
   * The active user behind a credential; undefined when the credential is not valid. Throws a CatalogueError only where
   * an OIDC issuer's token is refused for a reason worth telling, or the issuer cannot be reached.
   */
  authenticate(credential: Credential): Promise<AuthenticatedPrincipal | undefined>;
  close(): Promise<void>;
}

export interface AuthenticatorOptions {
  db: Database;
  gen3: Gen3Credentials;
  oidc?: OidcVerifier;
  /** How long a principal is kept without asking the database again. Changes made through this package cut it short. */
  cacheMs?: number;
}

interface Recognised {
  userId: number;
  via: CredentialKind;
  /** Milliseconds since 1970. */
  expiresAt?: number;
}

const longestCredential = 16_384;

/** Recognises credentials, remembering each principal for a few seconds. One for a process; close it at the end. */
export async function createAuthenticator(options: AuthenticatorOptions): Promise<Authenticator> {
  const { db, cacheMs = 5_000 } = options;
  const cache = createExpiringCache<AuthenticatedPrincipal>(10_000);
  let generation = 0;
  const stop = await onIdentityChange(db, (userId) => {
    generation += 1;
    if (userId === undefined) cache.clear();
    else cache.deleteWhere((principal) => principal.userId === userId);
  });

  async function authenticate(credential: Credential): Promise<AuthenticatedPrincipal | undefined> {
    const value = credential.kind === 'authorization' ? withoutScheme(credential.value) : credential.value.trim();
    if (value === '' || value.length > longestCredential) return undefined;
    const key = `${credential.kind} ${hashSecret(value).toString('base64')}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const seen = generation;
    const recognised = await recognise(options, credential.kind, value);
    const principal = recognised && (await loadPrincipal(db, recognised.userId));
    if (principal === undefined || recognised === undefined) return undefined;
    const answer = { ...principal, via: recognised.via };
    // what changed while it was loaded may not be in it
    const until = Math.min(Date.now() + cacheMs, recognised.expiresAt ?? Number.POSITIVE_INFINITY);
    if (seen === generation) cache.set(key, answer, until);
    return answer;
  }

  return { authenticate, close: stop };
}

function withoutScheme(header: string): string {
  return header.trim().replace(/^bearer\s+/i, '');
}

async function recognise(
  options: AuthenticatorOptions,
  kind: Credential['kind'],
  value: string,
): Promise<Recognised | undefined> {
  const { db } = options;
  if (kind === 'session') {
    const session = await findSession(db, value);
    return session && { userId: session.userId, via: 'session', expiresAt: session.expiresAt.getTime() };
  }
  if (kind === 'authorization' && isJwt(value)) return recogniseJwt(options, value);
  const token = await findApiToken(db, value);
  if (token === undefined) return undefined;
  return { userId: token.userId, via: 'api-token', ...(token.expiresAt && { expiresAt: token.expiresAt.getTime() }) };
}

async function recogniseJwt({ db, gen3, oidc }: AuthenticatorOptions, token: string): Promise<Recognised | undefined> {
  if (oidc?.knows(token)) {
    const user = await oidc.verify(token);
    return { userId: await oidcUserId(db, user), via: 'oidc', expiresAt: user.expiresAt };
  }
  const claims = await gen3.verifyAccessToken(token);
  if (claims === undefined || !(await gen3.sourceExists(claims))) return undefined;
  return { userId: claims.userId, via: 'access-token', expiresAt: claims.expiresAt };
}

function isJwt(value: string): boolean {
  try {
    decodeJwt(value);
    return true;
  } catch {
    return false;
  }
}

/** The user with the token's email; made at first sight. */
async function oidcUserId(db: Database, user: OidcUser): Promise<number> {
  const known = await findUser(db, user.email);
  if (known !== undefined) return known.id;
  try {
    const made = await changeIdentity(db, (change) =>
      insertUser(change, { email: user.email, name: shortName(user.name) }),
    );
    return made.id;
  } catch (error) {
    // the user's first two requests came at once
    const winner = isConflict(error) ? await findUser(db, user.email) : undefined;
    if (winner !== undefined) return winner.id;
    throw error;
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof CatalogueError && error.kind === 'conflict';
}

/** Others' names need not keep to our rules: no line ends, at most 200 characters. */
function shortName(name: string): string {
  return name
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
    .toWellFormed();
}
