/** Name of the cookie that holds a browser's session, for every API family of one server. */
export const sessionCookie = 'linnaea_session';

/** The session in a `Cookie` header; undefined when there is none. */
export function readSessionCookie(header: string | undefined): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const sign = part.indexOf('=');
    if (sign <= 0 || part.slice(0, sign).trim() !== sessionCookie) continue;
    const value = part.slice(sign + 1).trim();
    return value.replace(/^"|"$/g, '') || undefined;
  }
  return undefined;
}

/** Text of a `Set-Cookie` header; an empty value with 0 seconds takes the cookie away. `secure` for servers behind TLS. */
export function writeSessionCookie(value: string, seconds: number, secure: boolean): string {
  return `${sessionCookie}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? '; Secure' : ''}`;
}
