import { CatalogueError } from '@linnaea/model';

// Loose on purpose: whether mail arrives is not ours to know, and `admin@localhost` is fine on one machine.
const emailPattern = /^[^\s@\p{Cc}]{1,128}@[^\s@\p{Cc}]{1,190}$/u;

/** The trimmed email; throws `invalid` when it is none. Case is kept for showing, and ignored for finding. */
export function parseEmail(text: string): string {
  const email = text.trim();
  if (!emailPattern.test(email)) throw new CatalogueError('invalid', 'email-invalid', 'This is not an email address');
  return email;
}

/** A name of a user, a group or a token: trimmed, one line, 1 to 200 characters. */
export function parseName(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > 200 || /\p{Cc}/u.test(name)) {
    throw new CatalogueError('invalid', 'name-invalid', 'A name has 1 to 200 characters on one line');
  }
  return name;
}
