import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { loadDataDictionary, registerGen3 } from '../../packages/gen3/src/index.ts';
import { createTestServer, type TestServer } from '../../packages/gen3/src/submission/testing.ts';
import { type Bindings, mismatch, substitute } from './matching.ts';

const folder = fileURLToPath(new URL('../../../shared/reference/gen3/cases/', import.meta.url));
const skip = existsSync(folder) ? false : 'the recorded cases are not there';

interface RecordedCase {
  request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  response: { status: number | null; body: unknown };
}

/** Cases in which we answer otherwise on purpose: what we answer, and why. */
const deviations: Record<string, { what: string; why: string; status?: number }> = JSON.parse(
  readFileSync(new URL('deviations.json', import.meta.url), 'utf8'),
);

const names = skip
  ? []
  : readdirSync(folder)
      .filter((name) => /^\d.*\.json$/.test(name))
      .sort();
let server: TestServer;
const bindings: Bindings = new Map();

before(async () => {
  if (skip) return;
  const { dictionary } = await loadDataDictionary(`${folder}dictionary`);
  server = await createTestServer(dictionary, registerGen3);
});
after(() => server?.close());

async function replay(recorded: RecordedCase): Promise<{ status: number; body: unknown }> {
  const { method, path, headers, body } = recorded.request;
  const text = body === null ? undefined : substitute(typeof body === 'string' ? body : JSON.stringify(body), bindings);
  const response = await server.app.inject({
    method: toMethod(method),
    url: encodeURI(substitute(path, bindings)),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replace(/<token:(\w+)>/, (_all, who) => tokenOf(who)),
      ]),
    ),
    ...(text === undefined ? {} : { payload: text }),
  });
  return { status: response.statusCode, body: readBody(response.rawPayload) };
}

function toMethod(method: string) {
  const known = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).find((name) => name === method);
  assert.ok(known, method);
  return known;
}

function tokenOf(who: string): string {
  const known = Object.entries(server.tokens).find(([name]) => name === who);
  assert.ok(known, who);
  return known[1];
}

function readBody(bytes: Buffer): unknown {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return { '$tar.gz': tarNames(gunzipSync(bytes)).sort() };
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function tarNames(tar: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    found.push(tar.toString('utf8', at, at + 100).replace(/\0.*$/s, ''));
    const size = Number.parseInt(tar.toString('ascii', at + 124, at + 135), 8);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

function judge(expected: RecordedCase['response'], actual: { status: number; body: unknown }): string | null {
  if (expected.status !== actual.status)
    return `status ${expected.status} expected, got ${actual.status}: ${JSON.stringify(actual.body)?.slice(0, 1200)}`;
  const reason = mismatch(expected.body, actual.body, bindings);
  if (reason === null || typeof expected.body !== 'string' || typeof actual.body !== 'string') return reason;
  // the rows of exports come in no promised order
  const rows = (text: string) =>
    text
      .replace(/<uuid:\d+>|[0-9a-f]{8}-[0-9a-f-]{27}/g, '#')
      .split('\n')
      .sort()
      .join('\n');
  return rows(expected.body) === rows(actual.body) ? null : reason;
}

test('recorded cases', { skip }, async (t) => {
  for (const name of names) {
    const recorded: RecordedCase = JSON.parse(readFileSync(`${folder}${name}`, 'utf8'));
    const id = name.replace('.json', '');
    await t.test(id, async (inner) => {
      const actual = await replay(recorded);
      if (process.env.SHOW_CASES && new RegExp(process.env.SHOW_CASES).test(id))
        console.log(id, actual.status, JSON.stringify(actual.body)?.slice(0, 1500));
      const deviation = Object.hasOwn(deviations, id) ? deviations[id] : undefined;
      if (deviation) {
        // a deviation that is none any more must leave the list
        if (deviation.status !== undefined) assert.equal(actual.status, deviation.status);
        if (recorded.response.status !== null) assert.notEqual(judge(recorded.response, actual), null);
        return;
      }
      assert.ok(actual.status < 500, `status ${actual.status}`);
      if (recorded.response.status === null) return inner.diagnostic('no recorded answer');
      assert.equal(judge(recorded.response, actual), null);
    });
  }
});
