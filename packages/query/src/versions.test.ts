import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSyntaxError, withoutSpans } from './testing.ts';
import { parseVersions } from './versions.ts';

const parsed = (text: string) => withoutSpans(parseVersions(text));

describe('parseVersions', () => {
  const cases: [string, unknown][] = [
    ['*', [{ kind: 'all' }]],
    ['v2', [{ kind: 'versions', versions: [2] }]],
    [' V1, v0 ', [{ kind: 'versions', versions: [1, 0] }]],
    ['GSVC002:v3', [{ kind: 'chain-versions', chain: 'GSVC002', versions: [3] }]],
    [
      'GSVC002:GSF00494,GSF000496',
      [{ kind: 'chain-accessions', chain: 'GSVC002', accessions: ['GSF00494', 'GSF000496'] }],
    ],
    [
      'GSVC1:v3,v1; "my chain":"v3" ;v2',
      [
        { kind: 'chain-versions', chain: 'GSVC1', versions: [3, 1] },
        { kind: 'chain-accessions', chain: 'my chain', accessions: ['v3'] },
        { kind: 'versions', versions: [2] },
      ],
    ],
  ];
  for (const [text, rules] of cases) test(`reads ${text}`, () => assert.deepEqual(parsed(text), rules));

  const faults: [string, number, RegExp][] = [
    ['', 0, /a version/],
    ['v2;', 3, /a version/],
    ['GSF1', 0, /a version/],
    ['v1,GSF1', 3, /a version/],
    ['C:', 2, /a version/],
    ['C:v1,GSF1', 5, /a version/],
    ['C:GSF1,v1', 7, /an accession/],
    ['*,v1', 1, /a comma, a semicolon/],
    ['C:v1:v2', 4, /a comma, a semicolon/],
    ['v9999999999', 0, /a version/],
  ];
  for (const [text, position, expected] of faults) {
    test(`refuses ${JSON.stringify(text)}`, () => assertSyntaxError(() => parseVersions(text), position, expected));
  }
});
