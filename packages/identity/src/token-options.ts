import { CatalogueError } from '@linnaea/model';

/** Seconds. The SDK asks for a new access token before every call when one lives for 300 s or less. */
export const accessTokenSeconds = { default: 1200, longest: 3600 };
export const apiKeySeconds = 30 * 24 * 3600;

const defaultScope = ['openid', 'user', 'data', 'fence'];
const supportedScopes = new Set([
  ...defaultScope,
  'admin',
  'google_credentials',
  'google_service_account',
  'google_link',
  'ga4gh_passport_v1',
]);

export interface TokenOptions {
  /** Seconds to live. */
  expiresIn?: number;
  /** Base URL that clients find the server by, in place of the configured one; it ends in `/user`. */
  issuer?: string;
  scope?: readonly string[];
}

/** The scope that was asked for, or the default one. Throws `invalid` for names that nobody can have. */
export function checkScope(asked: readonly string[] | undefined): string[] {
  const unknown = asked?.find((name) => !supportedScopes.has(name));
  if (unknown !== undefined) {
    throw new CatalogueError('invalid', 'scope-unsupported', `Scope ${unknown.slice(0, 100)} is not supported`);
  }
  return asked === undefined || asked.length === 0 ? [...defaultScope] : [...new Set(asked)];
}

/** The part that was asked for of a scope once given (the claim of a token of ours); all of it when nothing was asked. */
export function narrowScope(given: unknown, asked: readonly string[] | undefined): string[] {
  const whole = Array.isArray(given) ? given.map(String) : [...defaultScope];
  const beyond = asked?.find((name) => !whole.includes(name));
  if (beyond !== undefined) {
    const message = `Scope ${beyond.slice(0, 100)} is not in that of the API key`;
    throw new CatalogueError('invalid', 'scope-unsupported', message);
  }
  return asked === undefined || asked.length === 0 ? whole : [...new Set(asked)];
}

export function checkLife(seconds: number, longest: number): number {
  if (Number.isInteger(seconds) && seconds > 0) return Math.min(seconds, longest);
  throw new CatalogueError('invalid', 'expires-in-invalid', 'expires_in is a whole number of seconds above 0');
}
