import { CatalogueError } from '@linnaea/model';

export interface LinkCredentials {
  username: string;
  password: string;
}

/** A parsed link whose user and password, if it held any, have been taken out. */
export interface Link {
  url: URL;
  credentials?: LinkCredentials;
}

/**
 * Takes a link apart. No error ever repeats the text: it may hold a password, or a signature in its query.
 * Throws `invalid` for what is no absolute URL.
 */
export function parseLink(text: string): Link {
  // parsing by `new URL` would put the text into an error
  const url = URL.parse(text);
  if (url === null) throw new CatalogueError('invalid', 'link-invalid', 'The link is not a URL');
  const { username, password } = url;
  if (username === '' && password === '') return { url };
  url.username = '';
  url.password = '';
  return { url, credentials: { username: decode(username), password: decode(password) } };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray `%` is itself
  }
}

/** A URL as it may be shown and logged: without user, password, query and fragment. */
export function shownLink(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`.slice(0, 300);
}

export function basicAuthorization({ username, password }: LinkCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** The file's name: from Content-Disposition (RFC 6266), else the path's last part; never a path, never empty. */
export function fileNameOf(url: URL, disposition?: string): string {
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(`;${disposition ?? ''}`)?.[1];
  const quoted = /;\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(`;${disposition ?? ''}`)?.[1];
  const plain = /;\s*filename\s*=\s*([^";\s]+)/i.exec(`;${disposition ?? ''}`)?.[1];
  const given = extended === undefined ? (quoted?.replace(/\\(.)/g, '$1') ?? plain) : decode(extended);
  return baseName(given) ?? baseName(decode(url.pathname)) ?? 'download';
}

function baseName(path: string | undefined): string | undefined {
  const name = path
    ?.split(/[/\\]/)
    .at(-1)
    ?.replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, 255);
  return name === '' || name === '.' || name === '..' ? undefined : name;
}
