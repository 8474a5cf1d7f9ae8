const reading = new Set(['GET', 'HEAD']);
const thisMachine = ['127.0.0.1', 'localhost', '[::1]'];

/** The origins that clients may find a server by: the configured one first, and its namesakes on one machine. */
export function publicOrigins(publicUrl: string): string[] {
  const url = new URL(publicUrl);
  if (!thisMachine.includes(url.hostname)) return [url.origin];
  const port = url.port === '' ? '' : `:${url.port}`;
  return [...new Set([url.origin, ...thisMachine.map((host) => `${url.protocol}//${host}${port}`)])];
}

export interface SentRequest {
  method: string;
  /** By names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Whose page had a browser send a request. A browser adds the session cookie for whichever page asks, so what comes with
 * it may only change something when it is not `foreign`: sent by a page of another site, or by one that hides its own.
 * `own` is a page of ours, and whatever only reads. `program` shows no sign of a browser: each that is younger than 2020
 * names the origin of what is neither GET nor HEAD. Who shows a token need not be asked: no page can add one.
 */
export function requestSource({ method, headers }: SentRequest, origins: readonly string[]): RequestSource {
  if (reading.has(method)) return 'own';
  const site = headers['sec-fetch-site'];
  // `none` is a person at the address bar, who sends nothing but GET
  if (site !== undefined) return site === 'same-origin' ? 'own' : 'foreign';
  const page = headers.origin ?? headers.referer;
  if (page !== undefined) return isOwn(String(page), headers.host, origins) ? 'own' : 'foreign';
  // another site's page would need our leave for a header of its own, which it never gets
  return headers['x-csrf-token'] ? 'own' : 'program';
}

export type RequestSource = 'own' | 'foreign' | 'program';

function isOwn(page: string, host: SentRequest['headers'][string], origins: readonly string[]): boolean {
  if (!URL.canParse(page)) return false;
  const { origin, host: pageHost } = new URL(page);
  if (origins.includes(origin)) return true;
  // A server that was told of no TLS is often called by names that it was not told of either, and then no browser sends
  // Sec-Fetch-Site. `Host` is the browser's word, not the page's. Behind TLS only the configured address counts.
  return pageHost !== '' && pageHost === host && origins.every((each) => each.startsWith('http:'));
}
