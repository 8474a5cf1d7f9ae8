import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { CatalogueError } from '@linnaea/model';
import { Agent, type Dispatcher, request } from 'undici';
import { checkedAddresses, type Resolve } from './addresses.ts';
import { basicAuthorization, fileNameOf, type Link, parseLink, shownLink } from './links.ts';

export interface HttpOptions {
  allowHosts: readonly string[];
  maxBytes: number;
  /** Longest silence: to connect, before the headers, between two pieces of the body. */
  timeoutMs: number;
  signal?: AbortSignal;
  resolve: Resolve;
  /** Pause before a broken transfer is resumed; doubles with each attempt that brought nothing. */
  retryMs: number;
}

export interface FetchedLink {
  /** The bytes as the server sends them. Reading fails with a CatalogueError; destroying it ends the transfer. */
  stream: Readable;
  /** Bytes, where the server tells. */
  size?: number;
  fileName: string;
  etag?: string;
}

/** An answer with the connection it came over, which must be closed after it. */
interface Answer {
  url: URL;
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Dispatcher.ResponseData['body'];
  close(): Promise<void>;
}

const longestRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);
/** Attempts in a row to resume that brought not one byte. */
const fruitlessAttempts = 4;

/** Opens an http(s) link; every address on its way is checked, redirects included. */
export async function fetchHttp(link: Link, options: HttpOptions): Promise<FetchedLink> {
  const answer = await follow(link, {}, options);
  const size = lengthOf(answer);
  if (size !== undefined && size > options.maxBytes) {
    await answer.close();
    throw tooLarge(options.maxBytes);
  }
  const etag = header(answer, 'etag');
  const stream = Readable.from(transfer(link, answer, options), { objectMode: false });
  // a stream that is given up before its first byte never runs the clean-up of the generator
  stream.once('close', () => void answer.close());
  return {
    stream,
    fileName: fileNameOf(answer.url, header(answer, 'content-disposition')),
    ...(size === undefined ? {} : { size }),
    ...(etag === undefined ? {} : { etag }),
  };
}

/** Requests a link and follows redirects. Answers a 2xx; throws for everything else. */
async function follow(link: Link, headers: Record<string, string>, options: HttpOptions): Promise<Answer> {
  let { url } = link;
  let authorization = link.credentials && basicAuthorization(link.credentials);
  for (let hop = 0; hop <= longestRedirects; hop += 1) {
    const answer = await ask(url, authorization === undefined ? headers : { ...headers, authorization }, options);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const location = redirects.has(answer.status) ? header(answer, 'location') : undefined;
    await answer.close();
    if (location === undefined) throw badStatus(answer);
    const next = nextUrl(url, location);
    // another origin has no business with the password; once dropped it does not come back
    if (next.origin !== url.origin) authorization = undefined;
    url = next;
  }
  throw new CatalogueError('invalid', 'link-redirects', `The link redirects more than ${longestRedirects} times`);
}

function nextUrl(from: URL, location: string): URL {
  const target = URL.parse(location, from.href);
  if (target === null) throw new CatalogueError('invalid', 'link-redirect', 'The link redirects to what is no URL');
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw new CatalogueError('forbidden', 'link-redirect', `The link redirects to ${target.protocol.slice(0, 20)}`);
  }
  // a user and password in a redirect are the other side's, not the importer's
  return parseLink(target.href).url;
}

async function ask(url: URL, headers: Record<string, string>, options: HttpOptions): Promise<Answer> {
  const addresses = await checkedAddresses(url, options.allowHosts, options.resolve);
  // the connection goes to the addresses that were checked: a second look-up could answer others
  const lookup: LookupFunction = (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all || first === undefined) callback(null, addresses);
    else callback(null, first.address, first.family);
  };
  const agent = new Agent({
    connect: { lookup, timeout: options.timeoutMs },
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    connections: 1,
  });
  const close = () => agent.destroy();
  try {
    const response = await request(url, {
      dispatcher: agent,
      method: 'GET',
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'linnaea', ...headers },
      ...(options.signal && { signal: options.signal }),
    });
    // an unread body that is torn down must not end the process
    response.body.on('error', () => undefined);
    return { url, status: response.statusCode, headers: response.headers, body: response.body, close };
  } catch (cause) {
    await close();
    throw broken(url, cause, options.signal);
  }
}

/** The bytes of an answer, going on with a new request where the connection breaks and the server can resume. */
async function* transfer(link: Link, first: Answer, options: HttpOptions): AsyncGenerator<Uint8Array> {
  const expected = lengthOf(first);
  let received = 0;
  let answer: Answer | undefined = first;
  for (let fruitless = 0; ; fruitless += 1) {
    const before = received;
    let fault: unknown;
    try {
      answer ??= await resume(link, first, received, options);
      for await (const chunk of answer.body) {
        const bytes: Uint8Array = chunk;
        received += bytes.length;
        if (received > options.maxBytes) throw tooLarge(options.maxBytes);
        yield bytes;
      }
      if (expected === undefined || received === expected) return;
      fault = new Error('The body ended early');
    } catch (error) {
      if (isFinal(error)) throw error;
      fault = error;
    } finally {
      await answer?.close();
      answer = undefined;
    }
    if (received > before) fruitless = 0;
    if (!canResume(first, received, expected) || fruitless >= fruitlessAttempts || options.signal?.aborted) {
      throw broken(first.url, fault, options.signal);
    }
    await pause(options.retryMs * 2 ** fruitless, options.signal);
  }
}

/** A refusal stays one; a server that is away or busy for the moment may come back. */
function isFinal(error: unknown): boolean {
  return error instanceof CatalogueError && (error.kind !== 'unavailable' || error.code === 'link-changed');
}

function canResume(first: Answer, received: number, expected: number | undefined): boolean {
  return header(first, 'accept-ranges')?.toLowerCase() === 'bytes' && expected !== undefined && received < expected;
}

/** Asks for the rest. Throws when the file is not the same any more, or the server does not send from there. */
async function resume(link: Link, first: Answer, from: number, options: HttpOptions): Promise<Answer> {
  const etag = header(first, 'etag');
  const validator = etag === undefined || etag.startsWith('W/') ? header(first, 'last-modified') : etag;
  const answer = await follow(
    link,
    { range: `bytes=${from}-`, ...(validator === undefined ? {} : { 'if-range': validator }) },
    options,
  );
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header(answer, 'content-range') ?? '');
  const total = range?.[2] === '*' ? undefined : Number(range?.[2]);
  const same = header(answer, 'etag') === etag && (total === undefined || total === lengthOf(first));
  if (answer.status === 206 && Number(range?.[1]) === from && same) return answer;
  await answer.close();
  throw new CatalogueError('unavailable', 'link-changed', 'The file at the link changed while it was read');
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
  });
}

function header(answer: Pick<Answer, 'headers'>, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function lengthOf(answer: Answer): number | undefined {
  const text = header(answer, 'content-length');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function tooLarge(maxBytes: number): CatalogueError {
  return new CatalogueError('too-large', 'link-too-large', `The file is larger than ${maxBytes} bytes`, {
    details: { maxBytes },
  });
}

function badStatus({ url, status }: Answer): CatalogueError {
  const kind = status >= 500 || status === 429 ? 'unavailable' : 'invalid';
  return new CatalogueError(kind, 'link-status', `${shownLink(url)} answered with status ${status}`, {
    details: { status },
  });
}

function broken(url: URL, cause: unknown, signal: AbortSignal | undefined): CatalogueError {
  if (cause instanceof CatalogueError) return cause;
  const message = signal?.aborted ? 'The transfer was stopped' : `The transfer from ${shownLink(url)} broke`;
  return new CatalogueError('unavailable', signal?.aborted ? 'link-stopped' : 'link-broken', message, { cause });
}
