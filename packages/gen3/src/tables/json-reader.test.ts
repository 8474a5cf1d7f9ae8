import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnreadableDocument } from './entity-row.ts';
import { readJson } from './json-reader.ts';
import { JsonParser } from './json-text.ts';

async function* cut(text: string, length: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

/** What the reader makes of a list of one element; a refusal becomes its message without the place. */
async function read(element: string, length: number): Promise<unknown> {
  try {
    for await (const item of readJson(cut(`[${element}]`, length)))
      return item.kind === 'entity' ? { value: item.row.document, findings: item.row.findings } : item;
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableDocument) return error.message.replace(/: line \d.*/, '');
    throw error;
  }
}

/** What the strict parser makes of it. */
function parse(element: string): unknown {
  try {
    const parser = new JsonParser(element);
    const value = parser.parse("Expecting ',' delimiter or ']'");
    return { value, findings: parser.findings };
  } catch (error) {
    return error instanceof Error ? `Unable to parse json: ${error.message}` : error;
  }
}

const name = fc.constantFrom('a', 'b', '__proto__', 'é', '\\u0061', '\\n', '\\"', 'a:b', '{', ']', ',');
const word = fc.constantFrom(
  '"x"',
  '"\\u0000"',
  '"\\ud800"',
  '"\ud800"',
  '"\\\\"',
  '"1e5"',
  'true',
  'null',
  '{}',
  '[]',
);
const number = fc.constantFrom(
  '0',
  '-0',
  '1.50',
  '1e5',
  '1E400',
  '123456789012345',
  '9007199254740993',
  '12345678901234567890',
);
const fault = fc.constantFrom('nul', '01', '"open', '{"a" 1}', '[1,]', '"\u0001"', '1.', '');
const { element } = fc.letrec((tie) => ({
  element: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: fc.oneof({ arbitrary: word, weight: 3 }, { arbitrary: number, weight: 2 }), weight: 4 },
    { arbitrary: fault, weight: 1 },
    { arbitrary: tie('list'), weight: 1 },
    { arbitrary: tie('object'), weight: 4 },
  ),
  list: fc.array(tie('element'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
  object: fc
    .array(fc.tuple(name, tie('element')), { maxLength: 4 })
    .map((members) => `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`),
}));

test('an element is read as the strict parser reads it, however the text is cut', async () => {
  await fc.assert(
    fc.asyncProperty(element, fc.integer({ min: 1, max: 40 }), async (text, length) => {
      // what ends the list early belongs to the cutter
      fc.pre(typeof text === 'string' && !/open|^$|\[1,]/.test(text));
      assert.deepEqual(await read(String(text), length), parse(String(text)));
    }),
    { numRuns: 2000 },
  );
});

test('a name that stands twice is refused in a plain element too', async () => {
  assert.equal(
    await read('{"type":"case","x":{"y":1,"y":1}}', 7),
    'Unable to parse json: The document contains duplicate keys: y',
  );
});
