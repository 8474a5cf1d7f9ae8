import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFlowQuery } from './flow.ts';
import { assertSyntaxError, withoutSpans } from './testing.ts';

const match = (field: string, ...values: string[]) => ({ kind: 'match', field, negated: false, values });
const compare = (operator: string, number: number) => ({ kind: 'compare', operator, number });
const ranges = (...pairs: [number | null, number | null][]) => ({
  kind: 'ranges',
  ranges: pairs.map(([low, high]) => ({ low, high })),
});
const parsed = (query: string) => withoutSpans(parseFlowQuery(query));

describe('parseFlowQuery', () => {
  const cases: [string, unknown][] = [
    [
      'ReadoutType=Median|Count CellPopulation="CD45+, live" MinValue=3.5',
      {
        kind: 'and',
        terms: [match('readoutType', 'Median', 'Count'), match('cellPopulation', 'CD45+, live'), compare('>=', 3.5)],
      },
    ],
    ['marker != PD1 | "CD 8"', { ...match('marker', 'PD1', 'CD 8'), negated: true }],
    ['Population=CD45+,live', match('cellPopulation', 'CD45+,live')],
    ['Marker=A | Marker=B', { kind: 'or', terms: [match('marker', 'A'), match('marker', 'B')] }],
    ['Marker=A|(Marker=B)', { kind: 'or', terms: [match('marker', 'A'), match('marker', 'B')] }],
    [
      'Marker=A | NOT Marker=B',
      { kind: 'or', terms: [match('marker', 'A'), { kind: 'not', term: match('marker', 'B') }] },
    ],
    ['Marker=A|not', match('marker', 'A', 'not')],
    ['MinValue=(0:1)', ranges([0, 1])],
    ['Value=( -1 : * )|5|(*:1e3)', ranges([-1, null], [5, 5], [null, 1000])],
    ['Value=(0:1) | (Value>5)', { kind: 'or', terms: [ranges([0, 1]), compare('>', 5)] }],
    ['value<=2 || maxvalue=9', { kind: 'or', terms: [compare('<=', 2), compare('<=', 9)] }],
  ];
  for (const [query, tree] of cases) test(`reads ${query}`, () => assert.deepEqual(parsed(query), tree));

  const faults: [string, number, RegExp][] = [
    ['', 0, /ReadoutType/],
    ['Readout=Median', 0, /ReadoutType/],
    ['Marker', 6, /= or !=/],
    ['Marker=A|', 9, /a value/],
    ['MinValue=high', 9, /a number/],
    ['Value=(0)', 7, /a range/],
    ['Value=(0:1:2)', 7, /a range/],
    ['Value=(a:b)', 7, /a range/],
    ['Value=(0:1', 10, /closing parenthesis/],
    ['Value!=3', 5, /one of =/],
  ];
  for (const [query, position, expected] of faults) {
    test(`refuses ${JSON.stringify(query)}`, () => assertSyntaxError(() => parseFlowQuery(query), position, expected));
  }
});
