import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { quoteCell } from './cells.ts';
import { DelimitedText } from './delimited-text.ts';

function cut(text: string, delimiter: '\t' | ',', size = text.length || 1) {
  const reader = new DelimitedText(delimiter);
  const records = [];
  for (let start = 0; start < text.length; start += size) records.push(...reader.push(text.slice(start, start + size)));
  return [...records, ...reader.end()];
}

const shape = (text: string, delimiter: '\t' | ',' = ',') =>
  cut(text, delimiter).map(({ cells, line }) => [
    line,
    ...cells.map(({ text: cell, literal }) => (literal ? `<${cell}>` : cell)),
  ]);

test('quotes, blanks around them, doubled quotes, and quotes that are text', () => {
  assert.deepEqual(shape('a,"b","c ""d""", "e" ,f"g"\n'), [[1, 'a', '<b>', '<c "d">', '<e>', 'f"g"']]);
  assert.deepEqual(shape('"a"b,"",\n'), [[1, 'ab', '<>', '']]);
  assert.deepEqual(shape('a\t"b\tc"\t', '\t'), [[1, 'a', '<b\tc>', '']]);
});

test('lines are counted through cells of several lines and any line end', () => {
  assert.deepEqual(shape('a\r\n"b\r\nc\rd"\rx\n\ny'), [
    [1, 'a'],
    [2, '<b\r\nc\rd>'],
    [5, 'x'],
    [6, ''],
    [7, 'y'],
  ]);
});

test('a quote that nobody closes is refused, with the line on which it opens', () => {
  assert.throws(() => cut('a\nb,"c\nd\n', ','), { name: 'UnreadableDocument', line: 2 });
});

const cellText = fc.oneof(fc.string({ maxLength: 6 }), fc.stringMatching(/^[a"', \t\r\n]{0,6}$/));

test('what is quoted reads back, whatever the chunk borders, and as another parser reads it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('\t' as const, ',' as const),
      fc.array(fc.array(cellText, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      (delimiter, rows, size, end) => {
        const text = rows
          .map(
            (row) =>
              row
                .map((cell) => quoteCell({ text: cell, literal: cell !== cell.trim() || cell === '' }, delimiter))
                .join(delimiter) + end,
          )
          .join('');
        const texts = cut(text, delimiter, size).map(({ cells }) => cells.map((cell) => cell.text));
        assert.deepEqual(texts, rows);
        assert.deepEqual(texts, parse(text, { delimiter, record_delimiter: end, relax_column_count: true }));
      },
    ),
    { numRuns: 400 },
  );
});
