import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FullTextOptions } from './fulltext.ts';
import { parseFullText } from './fulltext.ts';
import { assertSyntaxError, withoutSpans } from './testing.ts';

const word = (text: string) => ({ kind: 'word', text });
const phrase = (text: string) => ({ kind: 'phrase', text });
const or = (...terms: unknown[]) => ({ kind: 'or', terms });
const and = (...terms: unknown[]) => ({ kind: 'and', terms });
const not = (term: unknown) => ({ kind: 'not', term });
const parsed = (text: string, defaultOperator?: FullTextOptions['defaultOperator']) =>
  withoutSpans(parseFullText(text, defaultOperator ? { defaultOperator } : {}).tree);

describe('parseFullText', () => {
  test('joins words by the default operator', () => {
    assert.deepEqual(parsed('brain t-cell'), or(word('brain'), word('t-cell')));
    assert.deepEqual(parsed('brain t-cell', 'and'), and(word('brain'), word('t-cell')));
    assert.deepEqual(parsed('brain t-cell', 'phrase'), phrase('brain t-cell'));
    assert.deepEqual(parsed('brain stem "t cell" x', 'phrase'), and(phrase('brain stem'), phrase('t cell'), word('x')));
  });

  test('AND binds before the default operator and OR', () => {
    assert.deepEqual(parsed('a b AND c'), or(word('a'), and(word('b'), word('c'))));
    assert.deepEqual(parsed('a && b || c'), or(and(word('a'), word('b')), word('c')));
    assert.deepEqual(parsed('(a OR b) AND "c d"'), and(or(word('a'), word('b')), phrase('c d')));
    assert.deepEqual(parsed('a b OR c d', 'and'), or(and(word('a'), word('b')), and(word('c'), word('d'))));
  });

  test('excludes a negated term from the run around it', () => {
    assert.deepEqual(parsed('a b -c'), and(or(word('a'), word('b')), not(word('c'))));
    assert.deepEqual(parsed('-c a'), and(word('a'), not(word('c'))));
    assert.deepEqual(parsed('a OR NOT b'), or(word('a'), not(word('b'))));
    assert.deepEqual(parsed('-a'), not(word('a')));
    assert.deepEqual(parsed('-"a b" -(c d)'), and(not(phrase('a b')), not(or(word('c'), word('d')))));
    assert.deepEqual(parsed('a - b'), or(word('a'), word('-'), word('b')));
  });

  test('operators are words in small letters', () => {
    assert.deepEqual(parsed('cats and dogs'), or(word('cats'), word('and'), word('dogs')));
    assert.deepEqual(parsed('"AND"'), phrase('AND'));
    assert.deepEqual(parsed('\\AND'), word('AND'));
  });

  test('reads wildcards in words, not in phrases', () => {
    const run = { kind: 'run' };
    assert.deepEqual(parsed('*ale'), { kind: 'wildcard', parts: [run, { kind: 'text', text: 'ale' }] });
    assert.deepEqual(parsed('h?rt***'), {
      kind: 'wildcard',
      parts: [{ kind: 'text', text: 'h' }, { kind: 'one' }, { kind: 'text', text: 'rt' }, run],
    });
    assert.deepEqual(parsed('"*ale"'), phrase('*ale'));
    assert.deepEqual(parsed('HLA-A\\*01'), word('HLA-A*01'));
  });

  test('tells the whole text for the vocabulary', () => {
    const whole = (text: string) => parseFullText(text).whole;
    assert.equal(whole('Brain'), 'Brain');
    assert.equal(whole('"Body fluid"'), 'Body fluid');
    assert.equal(whole('  Body   fluid '), 'Body fluid');
    assert.equal(whole('(Body fluid)'), 'Body fluid');
    for (const text of [
      'Body OR fluid',
      'Body AND fluid',
      'Body (fluid)',
      'Body "fluid"',
      'Bod*',
      'Body -fluid',
      'NOT a',
    ]) {
      assert.equal(whole(text), null, text);
    }
    assert.equal(parseFullText('Body fluid', { defaultOperator: 'phrase' }).whole, 'Body fluid');
    assert.equal(parseFullText('Body fluid', { defaultOperator: 'and' }).whole, 'Body fluid');
  });

  const faults: [string, number, RegExp][] = [
    ['', 0, /a search term/],
    [' ', 1, /a search term/],
    ['a OR', 4, /a search term/],
    ['AND a', 0, /a search term/],
    ['(a', 2, /closing parenthesis/],
    ['a)', 1, /the end/],
    ['""', 0, /between the quotes/],
    ['a "b', 4, /closing double quote/],
    ['NOT', 3, /a search term/],
  ];
  for (const [text, position, expected] of faults) {
    test(`refuses ${JSON.stringify(text)}`, () => assertSyntaxError(() => parseFullText(text), position, expected));
  }
});
