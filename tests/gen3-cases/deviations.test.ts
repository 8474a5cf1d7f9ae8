import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

test('every deviation from a recorded case has its row in the documentation', () => {
  const listed = Object.keys(JSON.parse(readFileSync(new URL('deviations.json', import.meta.url), 'utf8')));
  const text = readFileSync(new URL('../../docs/deviations.md', import.meta.url), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith('Gen3 API')) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  const documented = rows.flatMap((row) => /\(`(\d{3}-[\w-]+)`\)/.exec(row)?.[1] ?? []);
  assert.deepEqual(documented.toSorted(), listed.toSorted());
  for (const row of rows) assert.equal(row.split(' | ').length, 4, row);
});
