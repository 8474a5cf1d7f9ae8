import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CatalogueError, type ErrorKind } from '@linnaea/model';
import { type FetchOptions, fetchLink } from './fetch-link.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const routes = new Map<string, Handler>();
const requests: { url: string; headers: IncomingMessage['headers'] }[] = [];
const server = createServer((request, response) => {
  requests.push({ url: request.url ?? '', headers: request.headers });
  const handler = routes.get(request.url?.split('?')[0] ?? '');
  if (handler !== undefined) handler(request, response);
  else response.writeHead(404).end('a body that nobody should see');
});
let port = 0;
let folder = '';

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  port = address.port;
  folder = await mkdtemp(join(tmpdir(), 'linnaea-fetch-'));
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  requests.length = 0;
});

const content = Buffer.from(Array.from({ length: 50_000 }, (_, index) => `row ${index}\n`).join(''));

/** Fetches from the local server, which is allowed by its host and port, and reads all of it. */
async function read(path: string, options: FetchOptions = {}): Promise<Buffer> {
  const { stream } = await open(path, options);
  return Buffer.concat(await stream.toArray());
}

function open(path: string, options: FetchOptions = {}) {
  return fetchLink(`http://127.0.0.1:${port}${path}`, { allowHosts: [`127.0.0.1:${port}`], retryMs: 1, ...options });
}

async function refuses(promise: Promise<unknown>, kind: ErrorKind, code?: string): Promise<CatalogueError> {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CatalogueError, String(error));
  assert.equal(error.kind, kind, error.message);
  if (code !== undefined) assert.equal(error.code, code);
  return error;
}

test('a file comes as it is, with its size, name and tag', async () => {
  routes.set('/study.tsv', (_, response) => {
    response.writeHead(200, { 'content-length': content.length, etag: '"v1"' }).end(content);
  });
  const { stream, size, fileName, etag } = await open('/study.tsv?version=2');
  assert.deepEqual([size, fileName, etag], [content.length, 'study.tsv', '"v1"']);
  assert.ok(content.equals(Buffer.concat(await stream.toArray())));
  assert.equal(requests[0]?.url, '/study.tsv?version=2');
});

test('compressed content is left alone', async () => {
  routes.set('/x.gz', (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not unpacked'));
  assert.equal((await read('/x.gz')).toString(), 'not unpacked');
  assert.equal(requests[0]?.headers['accept-encoding'], 'identity');
});

test('a private address is refused unless its host and port are allowed', async () => {
  routes.set('/ok', (_, response) => response.end('ok'));
  await refuses(open('/ok', { allowHosts: [] }), 'forbidden', 'link-address');
  await refuses(open('/ok', { allowHosts: [`127.0.0.1:${port + 1}`, 'localhost'] }), 'forbidden');
  await refuses(fetchLink(`http://localhost:${port}/ok`), 'forbidden');
  await refuses(fetchLink(`http://2130706433:${port}/ok`), 'forbidden');
  await refuses(fetchLink(`http://[::ffff:127.0.0.1]:${port}/ok`), 'forbidden');
  assert.equal(requests.length, 0);
  assert.equal((await read('/ok', { allowHosts: ['127.0.0.1'] })).toString(), 'ok');
});

test('the address that was checked is the one that is called: DNS is asked once', async () => {
  routes.set('/rebind', (_, response) => response.end('pinned'));
  let asked = 0;
  const resolve = async () => {
    asked += 1;
    return [{ address: asked === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 as const }];
  };
  const { stream } = await fetchLink(`http://studies.example:${port}/rebind`, {
    allowHosts: ['studies.example'],
    resolve,
  });
  assert.equal(Buffer.concat(await stream.toArray()).toString(), 'pinned');
  assert.deepEqual([asked, requests[0]?.headers.host], [1, `studies.example:${port}`]);
});

test('a name that leads to a private address is refused without a call', async () => {
  const resolve = async () => [{ address: '127.0.0.1', family: 4 as const }];
  await refuses(fetchLink(`http://studies.example:${port}/ok`, { resolve }), 'forbidden', 'link-address');
  assert.equal(requests.length, 0);
});

test('a redirect to a private address is refused, wherever it comes from', async () => {
  const targets = ['http://169.254.169.254/latest', `http://localhost:${port}/ok`, 'http://[::1]/', '//10.0.0.1/x'];
  for (const location of targets) {
    routes.set('/redirect', (_, response) => response.writeHead(302, { location }).end());
    await refuses(open('/redirect'), 'forbidden', 'link-address');
  }
  for (const location of ['file:///etc/passwd', 's3://bucket/key', 'ftp://host/x', 'data:text/plain,x']) {
    routes.set('/redirect', (_, response) => response.writeHead(302, { location }).end());
    await refuses(open('/redirect', { allowLocal: ['/'] }), 'forbidden', 'link-redirect');
  }
  routes.set('/redirect', (_, response) => response.writeHead(302, { location: 'http://' }).end());
  await refuses(open('/redirect'), 'invalid', 'link-redirect');
});

test('five redirects are followed, six are not', async () => {
  for (let index = 0; index < 6; index += 1) {
    routes.set(`/hop${index}`, (_, response) => response.writeHead(307, { location: `hop${index + 1}` }).end());
  }
  routes.set('/hop6', (_, response) => response.end('arrived'));
  assert.equal((await read('/hop1')).toString(), 'arrived');
  await refuses(open('/hop0'), 'invalid', 'link-redirects');
});

test('credentials are sent to their origin, and never anywhere else', async () => {
  const other = createServer((request, response) => {
    requests.push({ url: `other${request.url}`, headers: request.headers });
    if (request.url === '/back') response.writeHead(302, { location: `http://127.0.0.1:${port}/final` }).end();
    else response.end('other');
  });
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const otherPort = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    routes.set('/same', (_, response) => response.writeHead(302, { location: '/cross' }).end());
    routes.set('/cross', (_, response) => {
      response.writeHead(302, { location: `http://user:fromredirect@127.0.0.1:${otherPort}/back` }).end();
    });
    routes.set('/final', (_, response) => response.end('done'));
    const { stream } = await fetchLink(`http://me:s%20ecret@127.0.0.1:${port}/same`, { allowHosts: ['127.0.0.1'] });
    assert.equal(Buffer.concat(await stream.toArray()).toString(), 'done');
    const basic = `Basic ${Buffer.from('me:s ecret').toString('base64')}`;
    assert.deepEqual(
      requests.map(({ url, headers }) => [url, headers.authorization]),
      [
        ['/same', basic],
        ['/cross', basic],
        ['other/back', undefined],
        ['/final', undefined],
      ],
    );
    await read('/final', { credentials: { username: 'given', password: 'apart' } });
    assert.equal(requests.at(-1)?.headers.authorization, `Basic ${Buffer.from('given:apart').toString('base64')}`);
  } finally {
    other.closeAllConnections();
    other.close();
  }
});

test('no error tells a password, a query or a body', async () => {
  const secretive = `http://me:password1@127.0.0.1:${port}/missing?signature=sig1`;
  const errors = [
    await refuses(fetchLink(secretive, { allowHosts: ['127.0.0.1'] }), 'invalid', 'link-status'),
    await refuses(fetchLink(secretive), 'forbidden'),
    await refuses(fetchLink(secretive.replace('http:', 'ftp:')), 'unsupported'),
    await refuses(fetchLink(secretive.replace(`:${port}`, ':99999')), 'invalid', 'link-invalid'),
    await refuses(fetchLink(secretive.replace(`:${port}`, ':1'), { allowHosts: ['127.0.0.1'] }), 'unavailable'),
  ];
  assert.deepEqual(errors[0]?.details, { status: 404 });
  for (const error of errors) {
    const told = `${error.stack} ${JSON.stringify(error)} ${error.cause instanceof Error ? error.cause.stack : ''}`;
    assert.doesNotMatch(told, /password1|sig1|nobody should see/);
  }
});

test('a status of 5xx is the moment’s fault, 4xx the link’s', async () => {
  routes.set('/busy', (_, response) => response.writeHead(503).end());
  await refuses(open('/busy'), 'unavailable', 'link-status');
  routes.set('/gone', (_, response) => response.writeHead(410).end());
  await refuses(open('/gone'), 'invalid', 'link-status');
});

test('a file that is too large is refused by its size, or where it grows too large', async () => {
  routes.set('/large', (_, response) => response.writeHead(200, { 'content-length': content.length }).end(content));
  await refuses(open('/large', { maxBytes: content.length - 1 }), 'too-large');
  assert.equal((await read('/large', { maxBytes: content.length })).length, content.length);
  routes.set('/chunked', (_, response) => response.writeHead(200).end(content));
  await refuses(read('/chunked', { maxBytes: 1000 }), 'too-large');
});

/** Serves `content` in pieces: each request gets `piece` bytes, then the connection is cut. */
function flaky(piece: number, { ranges = true, etag = (): string => '"v1"' } = {}): Handler {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const partial = from > 0 && ranges;
    response.writeHead(partial ? 206 : 200, {
      'content-length': content.length - (partial ? from : 0),
      etag: etag(),
      ...(ranges ? { 'accept-ranges': 'bytes' } : {}),
      ...(partial ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    });
    const part = content.subarray(from, from + piece);
    response.write(part, () => {
      if (from + piece >= content.length) response.end();
      else response.destroy();
    });
  };
}

test('a broken transfer goes on where it broke', async () => {
  routes.set('/flaky', flaky(200_000));
  assert.ok(content.equals(await read('/flaky')));
  assert.ok(requests.length > 1);
  assert.equal(requests[1]?.headers['if-range'], '"v1"');
});

test('a server that is away for a moment does not end a transfer; one that stays away does', async () => {
  const serve = flaky(300_000);
  let count = 0;
  routes.set('/away', (request, response) => {
    count += 1;
    if (count === 2) response.writeHead(503).end();
    else if (count === 3) response.destroy();
    else serve(request, response);
  });
  assert.ok(content.equals(await read('/away')));
  routes.set('/lost', (request, response) => {
    if (request.headers.range === undefined) serve(request, response);
    else response.destroy();
  });
  await refuses(read('/lost'), 'unavailable', 'link-broken');
});

test('what cannot be resumed, or has changed, fails', async () => {
  routes.set('/no-ranges', flaky(100_000, { ranges: false }));
  await refuses(read('/no-ranges'), 'unavailable', 'link-broken');
  assert.equal(requests.length, 1);
  routes.set('/changed', flaky(100_000, { etag: () => `"v${requests.length}"` }));
  await refuses(read('/changed'), 'unavailable', 'link-changed');
});

test('a stop ends a transfer, and a silent server is given up', async () => {
  routes.set('/slow', (_, response) => response.writeHead(200, { 'content-length': 100 }).write('x'));
  const controller = new AbortController();
  const { stream } = await open('/slow', { signal: controller.signal });
  stream.once('data', () => controller.abort());
  await refuses(once(stream, 'end'), 'unavailable', 'link-stopped');
  routes.set('/silent', () => undefined);
  await refuses(open('/silent', { timeoutMs: 50 }), 'unavailable', 'link-broken');
  await refuses(open('/slow', { signal: AbortSignal.abort() }), 'unavailable', 'link-stopped');
});

// without its own end the connection would live until the longest silence is over
test('a stream that is given up unread closes its connection', { timeout: 60_000 }, async () => {
  let closed: Promise<unknown> | undefined;
  routes.set('/unread', (request, response) => {
    closed = once(request.socket, 'close');
    response.writeHead(200, { 'content-length': 100 }).write('x');
  });
  const { stream } = await open('/unread', { timeoutMs: 3_600_000 });
  stream.destroy();
  await closed;
  assert.ok(closed);
});

test('other schemes: s3 by what is given, the rest not at all', async () => {
  await refuses(fetchLink('s3://bucket/Key'), 'unsupported', 'link-scheme');
  const { fileName } = await fetchLink('s3://bucket/Key', {
    maxBytes: 5,
    openS3: async (url, { maxBytes }) => ({
      stream: Readable.from([]),
      fileName: `${url.host} ${url.pathname} ${maxBytes}`,
    }),
  });
  assert.equal(fileName, 'bucket /Key 5');
  for (const link of ['ftp://ftp.example.org/x', 'data:text/plain,x', 'gopher://h/', 'javascript:1']) {
    await refuses(fetchLink(link), 'unsupported', 'link-scheme');
  }
  for (const link of ['', 'x.tsv', '/etc/passwd']) await refuses(fetchLink(link), 'invalid', 'link-invalid');
});

test('local files only from allowed directories, whatever links there are', async () => {
  const [inside, outside] = [join(folder, 'inside'), join(folder, 'inside-not')];
  await mkdir(inside);
  await mkdir(outside);
  await writeFile(join(inside, 'a b.tsv'), content);
  await writeFile(join(outside, 'secret.tsv'), 'secret');
  await symlink(join(outside, 'secret.tsv'), join(inside, 'leak.tsv'));
  await symlink(inside, join(outside, 'way-in'));
  const url = (path: string) => pathToFileURL(join(folder, path)).href;
  const options = { allowLocal: [inside] };
  await refuses(fetchLink(url('inside/a b.tsv')), 'forbidden', 'link-file');
  const { stream, size, fileName } = await fetchLink(url('inside/a b.tsv'), options);
  assert.deepEqual([size, fileName], [content.length, 'a b.tsv']);
  assert.ok(content.equals(Buffer.concat(await stream.toArray())));
  const through = await fetchLink(url('inside-not/way-in/a b.tsv'), options);
  assert.equal(through.size, content.length);
  through.stream.destroy();
  const refused = [
    'inside-not/secret.tsv',
    'inside/leak.tsv',
    'inside',
    'inside/missing.tsv',
    'inside/../inside-not/secret.tsv',
  ];
  for (const path of refused) await refuses(fetchLink(url(path), options), 'forbidden', 'link-file');
  for (const link of ['file://host/x', `file://${inside}/..%2finside-not/secret.tsv`, 'file:///dev/zero']) {
    await refuses(fetchLink(link, { allowLocal: [inside] }), 'forbidden', 'link-file');
  }
  await refuses(fetchLink('file:///dev/zero', { allowLocal: ['/dev'] }), 'forbidden', 'link-file');
  await refuses(fetchLink(url('inside/a b.tsv'), { ...options, maxBytes: 10 }), 'too-large');
});
