import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits as 43 characters that are safe in a URL, a header and a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What the database keeps of a secret of 256 bits. (A password needs more: see passwords.ts.) */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

export function sameHash(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Compares two secrets of any length, in a time that tells nothing of either. */
export function sameSecret(left: string, right: string): boolean {
  return sameHash(hashSecret(left), hashSecret(right));
}

const tokenPattern = /^lnt_([0-9a-f]{12})_[\w-]{43}$/;

/** A fresh API token. Its first part is the id that the database finds it by. */
export function newApiToken(): string {
  return `lnt_${randomBytes(6).toString('hex')}_${newSecret()}`;
}

/** The id within a token of ours; for a token whose text somebody chose, the start of its hash. */
export function apiTokenId(token: string): string {
  return tokenPattern.exec(token)?.[1] ?? hashSecret(token).toString('hex').slice(0, 16);
}
