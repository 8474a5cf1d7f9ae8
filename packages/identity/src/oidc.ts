import { CatalogueError } from '@linnaea/model';
import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { isTokenFault } from './gen3-credentials.ts';

export interface OidcIssuer {
  /** Exactly as in the tokens' `iss`. */
  issuer: string;
  /** What `aud` must hold: the API as the issuer knows it. */
  audience: string | string[];
  /** Found by discovery when absent. */
  jwksUri?: string;
}

export interface OidcUser {
  issuer: string;
  subject: string;
  email: string;
  name: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export interface OidcVerifier {
  /** True when the token names an issuer that is trusted here; proves nothing. */
  knows(token: string): boolean;
  /**
   * The user of a valid access token. Throws `unauthenticated` with the reason for an invalid one, `unavailable` when the
   * issuer's keys cannot be had.
   */
  verify(token: string): Promise<OidcUser>;
}

// signatures by a private key only: an HMAC or `none` would let anybody who knows the public key sign
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const timeoutMs = 5_000;

type KeySource = ReturnType<typeof createRemoteJWKSet>;

export interface OidcOptions {
  issuers: readonly OidcIssuer[];
  now?: () => number;
}

/** Verifies access tokens of configured OpenID Connect issuers against the keys that they publish. */
export function createOidcVerifier({ issuers, now = Date.now }: OidcOptions): OidcVerifier {
  const known = new Map(issuers.map((entry) => [entry.issuer, entry]));
  const sources = new Map<string, Promise<KeySource>>();

  function keysOf(entry: OidcIssuer): Promise<KeySource> {
    const present = sources.get(entry.issuer);
    if (present !== undefined) return present;
    const source = discover(entry).then((uri) => createRemoteJWKSet(uri, { timeoutDuration: timeoutMs }));
    sources.set(entry.issuer, source);
    // an issuer that was down is asked again
    source.catch(() => sources.delete(entry.issuer));
    return source;
  }

  function issuerOf(token: string): OidcIssuer | undefined {
    try {
      return known.get(decodeJwt(token).iss ?? '');
    } catch {
      return undefined; // not a JWT at all
    }
  }

  async function verify(token: string): Promise<OidcUser> {
    const entry = issuerOf(token);
    if (entry === undefined) throw refused('The access token is of an unknown issuer');
    return userOf(entry.issuer, await verifiedPayload(token, entry));
  }

  async function verifiedPayload(token: string, entry: OidcIssuer): Promise<JWTPayload> {
    const keys = await keysOf(entry);
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: entry.issuer,
        audience: entry.audience,
        algorithms,
        requiredClaims: ['exp'],
        clockTolerance: 30,
        currentDate: new Date(now()),
      });
      return payload;
    } catch (error) {
      throw translate(error);
    }
  }

  return { knows: (token) => issuerOf(token) !== undefined, verify };
}

async function discover({ issuer, jwksUri }: OidcIssuer): Promise<URL> {
  if (jwksUri !== undefined) return new URL(jwksUri);
  try {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
    const document: unknown = response.ok ? await response.json() : undefined;
    if (typeof document !== 'object' || document === null) throw new Error(`Status ${response.status}`);
    const uri = 'jwks_uri' in document ? document.jwks_uri : undefined;
    const named = 'issuer' in document ? document.issuer : undefined;
    if (named !== issuer || typeof uri !== 'string')
      throw new Error('The document is of another issuer, or incomplete');
    return new URL(uri);
  } catch (cause) {
    throw new CatalogueError('unavailable', 'oidc-unavailable', 'The identity provider cannot be reached', { cause });
  }
}

function userOf(issuer: string, payload: JWTPayload): OidcUser {
  const { email, name, email_verified: isVerified } = payload;
  if (typeof email !== 'string' || email === '') throw refused('Claim "email" is not present in JWT');
  // an address that its holder never proved would open somebody else's account
  if (isVerified === false || isVerified === 'false') throw refused('Claim "email" is not verified');
  return {
    issuer,
    subject: payload.sub ?? '',
    email,
    name: typeof name === 'string' && name.trim() !== '' ? name : email,
    expiresAt: (payload.exp ?? 0) * 1000,
  };
}

function translate(error: unknown): CatalogueError {
  if (error instanceof errors.JWTExpired) return refused('The access token has expired');
  const keysMissing =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC');
  if (isTokenFault(error) && !keysMissing) return refused('The access token is not valid');
  // what remains is that the issuer's keys could not be fetched or read: not the token's fault
  return new CatalogueError('unavailable', 'oidc-unavailable', 'The identity provider cannot be reached', {
    cause: error,
  });
}

function refused(message: string): CatalogueError {
  return new CatalogueError('unauthenticated', 'oidc-token-invalid', message);
}
