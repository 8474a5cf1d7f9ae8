import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entityLines, formatOf } from './entity-lines.ts';

test('each row of a table begins on its line, whatever the line ends', () => {
  assert.deepEqual(entityLines('type\tid\nsample\ta\nsample\tb\n', 'tsv'), [2, 3]);
  assert.deepEqual(entityLines('type\tid\r\nsample\ta\r\n\r\nsample\tb', 'tsv'), [2, 4]);
  assert.deepEqual(entityLines('type\tid\n', 'tsv'), []);
});

test('a quoted cell over several lines is one row', () => {
  assert.deepEqual(entityLines('type,note\nsample,"two\nlines"\nsample,"say ""x"""\n', 'csv'), [2, 4]);
});

test('objects of a JSON list begin on their lines; those inside of them do not count', () => {
  assert.deepEqual(
    entityLines('[\n  {"type": "a", "links": [{"id": 1}]},\n\n  {"note": "[{ \\" {"}\n]', 'json'),
    [2, 4],
  );
  assert.deepEqual(entityLines('\n{"type": "a",\n "b": {}}', 'json'), [2]);
});

test('the format is told by the name, else by the first sign', () => {
  assert.equal(formatOf('a.JSON', ''), 'json');
  assert.equal(formatOf('a.txt', '[x]'), 'tsv');
  assert.equal(formatOf('nameless', ' [{}]'), 'json');
});
