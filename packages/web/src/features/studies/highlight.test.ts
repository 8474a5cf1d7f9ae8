import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findWords } from './highlight.ts';

const found = (text: string, query: string) =>
  findWords(text, query)
    .filter((piece) => piece.found)
    .map((piece) => piece.text);

test('words are found whatever their case, and the text stays whole', () => {
  assert.deepEqual(found('Melanoma of the skin: melanoma', 'melanoma biopsy'), ['Melanoma', 'melanoma']);
  assert.equal(
    findWords('Skin melanoma', 'melanoma')
      .map((piece) => piece.text)
      .join(''),
    'Skin melanoma',
  );
});

test('operators and signs of the query are not words', () => {
  assert.deepEqual(found('A and B (C++) AND D', 'NOT "C++" AND (x)'), ['C++']);
  assert.deepEqual(found('anything', ''), []);
  assert.deepEqual(found('a.b axb', 'a.b'), ['a.b']);
});
