import { CatalogueError } from '@linnaea/model';
import { hash, verify } from '@node-rs/argon2';

/** Argon2id with 19 MiB, two passes and one lane. The settings travel within each hash, so they may rise later. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const shortestPassword = 8;
const longestPassword = 1024;

/** Throws `invalid` for a password that is too short to keep, or too long to hash cheaply. */
export function checkPassword(password: string): void {
  if (password.length < shortestPassword) {
    throw new CatalogueError('invalid', 'password-too-short', `A password has at least ${shortestPassword} characters`);
  }
  if (password.length > longestPassword) {
    throw new CatalogueError('invalid', 'password-too-long', `A password has at most ${longestPassword} characters`);
  }
}

// two people may type the same letter as one code point or as two
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'), cost);
}

let decoy: Promise<string> | undefined;

/**
 * True when the password is the one that was hashed. Without a hash (no such user, or one without a password) the same
 * work is done against a decoy, so that the time tells nothing about who exists.
 */
export async function verifyPassword(password: string, passwordHash: string | null | undefined): Promise<boolean> {
  if (password.length > longestPassword) return false;
  decoy ??= hashPassword('nobody signs in with this');
  const matches = await verify(passwordHash ?? (await decoy), password.normalize('NFC'));
  return matches && passwordHash !== null && passwordHash !== undefined;
}
