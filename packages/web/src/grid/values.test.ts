import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnWidth, looksNumeric, toTsv, valueText } from './values.ts';

test('values become text', () => {
  assert.equal(valueText(['a', 1, null]), 'a | 1 | ');
  assert.equal(valueText({ a: 1 }), '{"a":1}');
  assert.equal(valueText(undefined), '');
  assert.equal(valueText(false), 'false');
});

test('cells that would break a paste are quoted', () => {
  assert.equal(
    toTsv([
      ['a', 'b\tc'],
      ['say "x"', 'two\nlines'],
    ]),
    'a\t"b\tc"\n"say ""x"""\t"two\nlines"',
  );
});

test('a column of numbers is one only when every text is', () => {
  assert.equal(looksNumeric(['1', '', '-2.5', '1e-3']), true);
  assert.equal(looksNumeric(['1', 'n/a']), false);
  assert.equal(looksNumeric(['', '']), false);
});

test('widths stay within bounds', () => {
  assert.equal(columnWidth('x', []), 84);
  assert.equal(columnWidth('x', ['y'.repeat(10_000)]), 300);
  assert.ok(columnWidth('x', [['skin', 'lymph node']]) > columnWidth('x', ['skin lymph node']), 'chips take room');
});
