import { CatalogueError } from '@linnaea/model';

/** Which kind of page a cursor belongs to: expression rows, variant rows, files, samples. */
export type CursorKind = 'e' | 'v' | 'g' | 's';

/** A cursor's text: opaque to clients, the key of the last thing seen to us. */
export function encodeCursor(kind: CursorKind, key: readonly number[]): string {
  return Buffer.from([kind, ...key].join(':')).toString('base64url');
}

/** The key in a cursor. Throws `invalid` for what `encodeCursor` did not make for the same kind of page. */
export function decodeCursor(kind: CursorKind, cursor: string, length: number): number[] {
  const [found, ...parts] = cursor.length > 200 ? [] : Buffer.from(cursor, 'base64url').toString('latin1').split(':');
  const key = parts.map(Number);
  const whole = parts.every((part) => /^-?\d{1,16}$/.test(part)) && key.every(Number.isSafeInteger);
  if (found !== kind || key.length !== length || !whole || encodeCursor(kind, key) !== cursor) {
    throw new CatalogueError('invalid', 'cursor-format', 'incorrect cursor format');
  }
  return key;
}
