import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '@linnaea/model';
import { readCrossReferences } from './cross-references.ts';
import { places, sourceOf } from './testing.ts';

async function read(text: string) {
  const findings: Finding[] = [];
  const pairs = [];
  for await (const batch of readCrossReferences(sourceOf(text), { report: (finding) => findings.push(finding) })) {
    pairs.push(...batch);
  }
  return { pairs: pairs.map(({ sourceId, targetId, line }) => `${line} ${sourceId}>${targetId}`), findings };
}

test('both orders of the columns and several transcripts of a gene', async () => {
  const pairs = ['2 T1>G1', '3 T2>G1'];
  assert.deepEqual(await read('TXNAME\tGENEID\nT1\tG1\nT2\tG1\n'), { pairs, findings: [] });
  assert.deepEqual(await read('geneid\ttxname\nG1\tT1\nG1\tT2\n'), { pairs, findings: [] });
});

test('other names are read by position, further columns left out', async () => {
  const { pairs, findings } = await read('transcript\tgene\tnote\nT1\tG1\tx\n');
  assert.deepEqual(pairs, ['2 T1>G1']);
  assert.deepEqual(places(findings), ['xref-header 1:-', 'xref-columns 1:3']);
});

test('duplicates are skipped and counted, conflicts listed, incomplete rows reported', async () => {
  const { pairs, findings } = await read('TXNAME\tGENEID\nT1\tG1\nT1\tG1\nT1\tG2\nT2\t\n\tG3\nA|B\tG4\n');
  assert.deepEqual(pairs, ['2 T1>G1', '7 A|B>G4']);
  assert.deepEqual(places(findings), [
    'xref-conflict 4:-',
    'xref-incomplete 5:2',
    'xref-incomplete 6:1',
    'xref-duplicates 3:-',
  ]);
  assert.equal(findings.at(-1)?.value, 2);
});

test('one column or nothing is an error', async () => {
  assert.deepEqual(places((await read('TXNAME\nT1\n')).findings), ['xref-header 1:-']);
  assert.deepEqual(places((await read('')).findings), ['empty-file -:-']);
});
