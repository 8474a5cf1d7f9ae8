import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pythonRepr, pythonTypeName } from './python-text.ts';

test('values are written as Python writes them', () => {
  const cases: [Parameters<typeof pythonRepr>[0], string][] = [
    ['DNA', "'DNA'"],
    ["it's", '"it\'s"'],
    [`'"`, `'\\'"'`],
    ['a"b', `'a"b'`],
    ['x\n\t\\', "'x\\n\\t\\\\'"],
    ['\u0000\u007f\u00a0\u200b', "'\\x00\\x7f\\xa0\\u200b'"],
    ['é😀 ', "'é😀 '"],
    ['\ud800', "'\\ud800'"],
    ['\u{e0001}', "'\\U000e0001'"],
    [null, 'None'],
    [true, 'True'],
    [[1, 2.5, 'a', null], "[1, 2.5, 'a', None]"],
    [{ a: { b: [false] }, "c'": 0 }, `{'a': {'b': [False]}, "c'": 0}`],
    [1e-7, '1e-07'],
    [0.00005, '5e-05'],
    [0.0001, '0.0001'],
    [1e25, '10000000000000000905969664'],
    [-3, '-3'],
  ];
  for (const [value, expected] of cases) assert.equal(pythonRepr(value), expected);
});

test('classes have their Python names', () => {
  assert.deepEqual(['', 1, 1.5, true, null, [], {}].map(pythonTypeName), [
    'str',
    'int',
    'float',
    'bool',
    'NoneType',
    'list',
    'dict',
  ]);
});
