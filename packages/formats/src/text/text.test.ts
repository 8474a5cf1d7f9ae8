import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, matrixOf, sourceOf, tableOf } from '../testing.ts';
import { decodeBytes, toUtf8Bytes } from './encoding.ts';
import { lineBlocks, readLines } from './lines.ts';

async function linesOf(data: string | Uint8Array, cuts: number[] = []) {
  const lines = [];
  for await (const { line, text } of readLines(sourceOf(data, cuts))) lines.push(`${line} ${text}`);
  return lines;
}

test('byte-order marks go, and UTF-16 becomes UTF-8', async () => {
  const utf8 = async (data: Uint8Array) => (await bytesOf(toUtf8Bytes(sourceOf(data)))).toString();
  const little = Buffer.from('Größe\t€', 'utf16le');
  const big = Buffer.from(little).swap16();
  assert.equal(await utf8(Buffer.from('\ufeffGröße')), 'Größe');
  assert.equal(await utf8(Buffer.concat([Buffer.from([0xff, 0xfe]), little])), 'Größe\t€');
  assert.equal(await utf8(Buffer.concat([Buffer.from([0xfe, 0xff]), big])), 'Größe\t€');
  assert.equal(await utf8(Buffer.from('plain text', 'utf16le')), 'plain text');
  assert.equal(await utf8(Buffer.from('plain text', 'utf16le').swap16()), 'plain text');
  const cut = await bytesOf(toUtf8Bytes(sourceOf(Buffer.from('plain text', 'utf16le'), [1, 3])));
  assert.equal(cut.toString(), 'plain text');
  assert.equal(await utf8(Buffer.from('ab')), 'ab');
  assert.equal(await utf8(Buffer.alloc(0)), '');
});

test('bytes that are no UTF-8 are Windows-1252', () => {
  assert.deepEqual(decodeBytes(Buffer.from('naïve')), { text: 'naïve', utf8: true });
  assert.deepEqual(decodeBytes(Buffer.from('na\xefve \x80', 'latin1')), { text: 'naïve €', utf8: false });
});

test('LF, CRLF and bare CR end lines, also mixed, and the last line needs no end', async () => {
  assert.deepEqual(await linesOf('a\nb\r\nc\rd\r\re'), ['1 a', '2 b', '3 c', '4 d', '5 ', '6 e']);
  assert.deepEqual(await linesOf('a\r'), ['1 a']);
  assert.deepEqual(await linesOf(''), []);
});

test('lines do not depend on how the bytes arrive', async () => {
  const text = fc
    .array(fc.constantFrom('\r', '\n', '\r\n', 'a', '\t', 'é', '𝛼', ''), { maxLength: 60 })
    .map((all) => all.join(''));
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.constantFrom('utf8', 'utf16le', 'latin1'),
      fc.array(fc.nat(), { maxLength: 20 }),
      async (all, as, cuts) => {
        const data = Buffer.from(as === 'utf16le' ? `\ufeff${all}` : all, as as BufferEncoding);
        assert.deepEqual(await linesOf(data, cuts), await linesOf(data));
      },
    ),
  );
});

test('blocks hold whole lines and no CRLF is cut, in a text of many blocks', async () => {
  const text = Array.from({ length: 60_000 }, (_, index) => `line ${index}`).join('\r\n');
  let all = '';
  let blocks = 0;
  for await (const block of lineBlocks(sourceOf(text, [131_071, 131_072, 262_145, 400_001]))) {
    const piece = Buffer.from(block).toString();
    assert.match(piece, /[\r\n]$/);
    assert.doesNotMatch(piece, /^\n/);
    all += piece;
    blocks += 1;
  }
  assert.ok(blocks > 3);
  assert.equal(all, `${text}\n`);
});

test('a line longer than a block stays one line', async () => {
  const long = 'x'.repeat(1_000_000);
  assert.deepEqual(await linesOf(`a\n${long}\nb`, [5, 400_000]), ['1 a', `2 ${long}`, '3 b']);
});

test('no bytes make a reader throw', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string().map((text) => Buffer.from(`#1.3\n${text}`)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.constantFrom('gct' as const, 'tabular' as const), async (data, format) => {
      const table = await tableOf(sourceOf(data));
      assert.ok(table.rows.every((row) => row.values.length === table.header.length));
      const { header, batches } = await matrixOf(sourceOf(data), { format, measurementSeparator: ':' });
      for (const { count, values } of batches) {
        assert.ok(values.every((numbers) => numbers.length === count * header.runs.length));
      }
    }),
    { numRuns: 500 },
  );
});
