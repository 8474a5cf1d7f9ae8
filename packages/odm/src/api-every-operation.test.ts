// What holds for every operation of the table, whatever it does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Operation } from './operation.ts';
import { createOdmBench, type OdmBench } from './testing.ts';

let bench: OdmBench;
let operations: Operation[];
before(async () => {
  bench = await createOdmBench();
  operations = bench.routes.flatMap((route) => (route.operation && route.method !== 'HEAD' ? [route.operation] : []));
  assert.ok(operations.length > 190);
});
after(() => bench.close());

function fill(path: string, value: string): string {
  return path.replace(/\{\w+\}/g, encodeURIComponent(value));
}

/** Without the paths of users, which run the same code. */
const curatorsOwn = () => operations.filter((operation) => !operation.path.includes('/as-user/'));

test('nobody is let in', async () => {
  for (const { method, path } of operations) {
    const answer = await bench.ask(method, fill(path, 'GSF1'), { token: null });
    assert.equal(answer.status, 401, `${method} ${path}`);
  }
});

test('what is for curators is closed to a researcher', async () => {
  for (const { method, path, curator } of operations) {
    const answer = await bench.ask(method, fill(path, 'GSF1'), { token: bench.researcherToken });
    if (curator || path.includes('/as-curator/')) assert.equal(answer.status, 403, `${method} ${path}`);
  }
});

test('an unknown query parameter is refused, with the body of an error', async () => {
  for (const { method, path } of operations) {
    const answer = await bench.ask(method, `${fill(path, 'GSF1')}?unheardOf=1`, { token: bench.administratorToken });
    assert.equal(answer.status, 400, `${method} ${path}`);
    assert.match(answer.body.error.message, /unheardOf/);
  }
});

test('nonsense is never an error of the server', async () => {
  const ids = [
    'GSF1',
    "'; drop table record; --",
    '\u0000',
    '9'.repeat(40),
    '../..',
    'a'.repeat(5000),
    '\u{1F9EC}',
    '__proto__',
  ];
  const bodies = [
    undefined,
    '',
    '[]',
    '{}',
    'null',
    '"x"',
    '{"filters":[null],"firstIds":[1],"link":1,"metadataLink":[],"dataLink":{}}',
    '[{"firstId":1}]',
    '{"a\\u0000":"\\u0000"}',
  ];
  for (const { method, path, body } of curatorsOwn()) {
    for (const id of path.includes('{') ? ids : ['']) {
      const answer = await bench.ask(method, fill(path, id), { token: bench.administratorToken });
      assert.ok(answer.status < 500 || answer.status === 503, `${method} ${path} ${id}: ${answer.text}`);
    }
    if (body === undefined) continue;
    for (const text of bodies) {
      const sent = text === undefined ? {} : { body: text };
      const answer = await bench.ask(method, fill(path, 'GSF1'), { token: bench.administratorToken, ...sent });
      assert.ok(answer.status < 500, `${method} ${path} ${text}: ${answer.text}`);
    }
  }
});

test('values that no parameter can have are refused', async () => {
  const token = bench.administratorToken;
  for (const { method, path, query = {} } of curatorsOwn()) {
    for (const [name, rule] of Object.entries(query)) {
      if (rule.type === 'text' && rule.allowed === undefined) {
        const answer = await bench.ask(method, `${fill(path, 'GSF1')}?${name}=${encodeURIComponent('"\u0000(\\')}`, {
          token,
        });
        assert.ok(answer.status < 500, `${method} ${path}?${name}: ${answer.text}`);
      } else if (rule.type !== 'joined' && !(rule.type === 'list' && rule.allowed === undefined)) {
        const answer = await bench.ask(method, `${fill(path, 'GSF1')}?${name}=no-such-value`, { token });
        assert.equal(answer.status, 400, `${method} ${path}?${name}`);
      }
    }
  }
});
