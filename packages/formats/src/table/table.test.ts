import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '@linnaea/model';
import fc from 'fast-check';
import { places, sourceOf, tableOf } from '../testing.ts';
import { readTable } from './read-table.ts';
import { formatCell, parseCell } from './values.ts';
import { formatTableRow, writeTable } from './write-table.ts';

const read = (text: string | Uint8Array, options = {}) => tableOf(sourceOf(text), options);

test('cells are trimmed, empty ones null, and rows know their line', async () => {
  const { header, rows, findings } = await read('A\t B \tC\n 1 \t\t x y \n\n\t\t\n2\t \t3\n');
  assert.deepEqual(header, ['A', 'B', 'C']);
  assert.deepEqual(rows, [
    { line: 2, values: ['1', null, 'x y'] },
    { line: 5, values: ['2', null, '3'] },
  ]);
  assert.deepEqual(findings, []);
});

test('a pipe separates values and a doubled one is a pipe', () => {
  const cases: [string, ReturnType<typeof parseCell>][] = [
    ['a|b', ['a', 'b']],
    [' a | b ', ['a', 'b']],
    ['a||b', 'a|b'],
    ['a|||b', ['a|', 'b']],
    ['a| ||b', ['a', '|b']],
    ['||||', '||'],
    ['a|', 'a'],
    ['|', null],
    ['  ', null],
  ];
  for (const [cell, value] of cases) assert.deepEqual(parseCell(cell), value, cell);
  assert.deepEqual(
    ['a|b', 'c'].map((value) => formatCell(value)),
    ['a||b', 'c'],
  );
  assert.equal(formatCell(['a', '|b', ' ', 'c']), 'a| ||b|c');
});

test('pipes are ordinary where values are single', async () => {
  const { rows } = await read('A\na|b||c\n', { multiValues: false });
  assert.deepEqual(rows[0]?.values, ['a|b||c']);
});

test('quoted cells hold tabs, line ends and quotes', async () => {
  const { rows, findings } = await read('A\tB\r\n"x\ty"\t"say ""hi"""\r\n"two\r\nlines" \t z\r\n"last"\t""');
  assert.deepEqual(rows, [
    { line: 2, values: ['x\ty', 'say "hi"'] },
    { line: 3, values: ['two\r\nlines', 'z'] },
    { line: 5, values: ['last', null] },
  ]);
  assert.deepEqual(findings, []);
});

test('quotes that quote nothing are ordinary characters', async () => {
  const { rows, findings } = await read('A\tB\n5" tube\t"so called" cell\n"a" b\tc\n"open\td\nnext\te\n');
  assert.deepEqual(
    rows.map((row) => row.values),
    [
      ['5" tube', '"so called" cell'],
      ['"a" b', 'c'],
      ['"open', 'd'],
      ['next', 'e'],
    ],
  );
  assert.deepEqual(places(findings), ['quote-not-closed 4:1']);
});

test('a quote is not looked for beyond 4 MiB', async () => {
  const filler = `${'x'.repeat(999)}\n`.repeat(4300);
  const { rows, findings } = await read(`A\n"open\n${filler}close"\n`);
  assert.equal(rows.length, 4302);
  assert.deepEqual(places(findings), ['quote-not-closed 2:1']);
  const whole = await read(`A\n"open\n${filler.slice(0, 2_000_000)}close"\n`);
  assert.equal(whole.rows.length, 1);
  assert.deepEqual(whole.findings, []);
});

test('headers are judged', async () => {
  const wide = 'w'.repeat(256);
  const { header, findings } = await read(`A\t\tB\tA\tb\t${wide}\t${'v'.repeat(255)}\t\t\n1\n`);
  assert.equal(header.length, 7);
  assert.deepEqual(places(findings), [
    'empty-header 1:2',
    'header-too-long 1:6',
    'duplicate-header 1:4',
    'duplicate-header-case 1:5',
    'row-short 2:2',
  ]);
  assert.deepEqual(findings[2], {
    code: 'duplicate-header',
    severity: 'error',
    message: 'The column "A" stands 2 times (columns 1, 4).',
    location: { line: 1, column: 4, attribute: 'A' },
    value: [1, 4],
  });
  assert.equal(findings[3]?.severity, 'warning');
});

test('ragged rows: short ones are filled, long ones reported unless empty', async () => {
  const { rows, findings } = await read('A\tB\n1\n1\t2\t\t\n1\t2\t\t3\n', { file: 'a.tsv' });
  assert.deepEqual(
    rows.map((row) => row.values),
    [
      ['1', null],
      ['1', '2'],
      ['1', '2'],
    ],
  );
  assert.deepEqual(places(findings), ['row-short 2:2', 'row-long 4:4']);
  assert.deepEqual(findings[1]?.location, { file: 'a.tsv', line: 4, column: 4 });
  assert.equal(findings[1]?.value, '3');
});

test('files without content, without rows, or separated otherwise', async () => {
  assert.deepEqual(places((await read('')).findings), ['empty-file -:-']);
  assert.deepEqual(places((await read('\n \n')).findings), ['empty-file -:-']);
  assert.deepEqual(places((await read('A\tB\n')).findings), ['no-rows -:-']);
  assert.deepEqual(places((await read('A,B\n1,2\n')).findings), ['wrong-separator 1:-']);
  assert.deepEqual(places((await read('A;B;C\n')).findings), ['wrong-separator 1:-', 'no-rows -:-']);
  assert.deepEqual((await read('Title, long\nplain\n')).findings, []);
  const early: Finding[] = [];
  await readTable(sourceOf('A,B\n1,2\n'), { report: (finding) => early.push(finding) });
  assert.deepEqual(places(early), ['wrong-separator 1:-'], 'told before any row is asked for');
  const { rows } = await read('A,B\n1,"2,3"\n', { separator: ',' });
  assert.deepEqual(rows[0]?.values, ['1', '2,3']);
});

test('Latin-1 is read with one warning, and NUL characters are taken out', async () => {
  const { rows, findings } = await read(Buffer.from('A\tB\nok\tok\nMalm\xf6\tx\0y\nK\xf8ln\tz\n', 'latin1'));
  assert.deepEqual(
    rows.map((row) => row.values),
    [
      ['ok', 'ok'],
      ['Malmö', 'xy'],
      ['Køln', 'z'],
    ],
  );
  assert.deepEqual(places(findings), ['encoding-not-utf8 3:-', 'nul-character 3:2']);
});

test('names that mean something to JavaScript are ordinary', async () => {
  const { header, rows, findings } = await read('__proto__\tconstructor\ttoString\n1\t2\t3\n');
  assert.deepEqual(header, ['__proto__', 'constructor', 'toString']);
  assert.deepEqual(rows[0]?.values, ['1', '2', '3']);
  assert.deepEqual(findings, []);
});

test('thousands of findings collapse into a count', async () => {
  const { rows, findings } = await read(`A\tB\n${'x\n'.repeat(5000)}`, { findingLimit: 3, file: 'a.tsv' });
  assert.equal(rows.length, 5000);
  assert.equal(findings.length, 4);
  assert.equal(findings[3]?.value, 5000);
  assert.deepEqual(findings[3]?.location, { file: 'a.tsv' });
});

test('rows come in batches of 500, and an abandoned table closes its source', async () => {
  const { readTable } = await import('./read-table.ts');
  let closed = false;
  async function* source() {
    try {
      for (let index = 0; ; index += 1) yield Buffer.from(index === 0 ? 'A\n' : 'row\n'.repeat(1000));
    } finally {
      closed = true;
    }
  }
  for await (const batch of (await readTable(source(), { report: (finding) => assert.fail(finding.message) })).rows) {
    assert.equal(batch.length, 500);
    break;
  }
  assert.equal(closed, true);
});

test('a cell of 1 MB passes', async () => {
  const long = 'é'.repeat(500_000);
  const { rows } = await read(`A\tB\n${long}\t"${long}\n"\n`);
  assert.deepEqual(rows[0]?.values, [long, long]);
});

const textValue = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc
      .array(fc.constantFrom('|', '"', '\t', '\n', '\r', ' ', 'a', 'é', ','), { maxLength: 8 })
      .map((all) => all.join('')),
  )
  .map((text) => text.replaceAll('\0', '').trim())
  .filter((text) => text !== '');
const cellValue = fc.oneof(fc.constant(null), textValue, fc.array(textValue, { minLength: 2, maxLength: 4 }));

test('what is written reads back unchanged', async () => {
  const table = fc.uniqueArray(textValue, { minLength: 1, maxLength: 5 }).chain((header) =>
    fc.record({
      header: fc.constant(header),
      rows: fc.array(fc.array(cellValue, { minLength: header.length, maxLength: header.length }), { maxLength: 6 }),
      separator: fc.constantFrom('\t' as const, ',' as const),
      lineEnd: fc.constantFrom('\n' as const, '\r\n' as const),
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.array(fc.nat(), { maxLength: 12 }),
      async ({ header, rows, separator, lineEnd }, cuts) => {
        let text = '';
        for await (const piece of writeTable(header, rows, { separator, lineEnd })) text += piece;
        const back = await tableOf(sourceOf(text, cuts), { separator });
        assert.deepEqual(back.header, header);
        assert.deepEqual(
          back.rows.map((row) => row.values),
          rows,
        );
      },
    ),
    { numRuns: 400 },
  );
});

test('rows and findings do not depend on how the bytes arrive', async () => {
  const piece = fc.constantFrom('"', '""', '\t', '\n', '\r', '\r\n', 'a', 'b|c', '||', ' ', '\0', 'é', '\xff', ',');
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 60 }),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 30 }),
      async (all, latin1, cuts) => {
        const data = Buffer.from(all.join(''), latin1 ? 'latin1' : 'utf8');
        assert.deepEqual(await tableOf(sourceOf(data, cuts)), await tableOf(sourceOf(data)));
      },
    ),
    { numRuns: 500 },
  );
});

test('records across many blocks are the same as in one piece', async () => {
  const row = (index: number) => [
    `id ${index}`,
    index % 5 ? `v\n${index}` : null,
    index % 3 ? ['a', `${index}`] : 'é"',
  ];
  const rows = Array.from({ length: 30_000 }, (_, index) => row(index));
  let text = '';
  for await (const piece of writeTable(['A', 'B', 'C'], rows)) text += piece;
  const back = await tableOf(sourceOf(text, [1000, 131_073, 300_000, 300_001]));
  assert.deepEqual(
    back.rows.map((read) => read.values),
    rows,
  );
  assert.equal(formatTableRow([null, null]), '""\t\n');
});
