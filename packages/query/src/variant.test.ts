import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chromosomeKey, parseRegions } from './region.ts';
import { assertSyntaxError, withoutSpans } from './testing.ts';
import { parseVariantInfo, parseVariantQuery } from './variant.ts';

const text = (value: string, number: number | null = null) => ({ kind: 'text', text: value, number });
const match = (kind: string, ...values: string[]) => ({ kind, negated: false, values });
const region = (...regions: unknown[]) => ({ kind: 'region', negated: false, regions });
const info = (subject: string, ...values: unknown[]) => ({ kind: 'equals', subject, negated: false, values });
const parsed = (query: string) => withoutSpans(parseVariantQuery(query));

describe('parseVariantQuery', () => {
  const cases: [string, unknown][] = [
    ['filter = PASS', match('filter', 'PASS')],
    ['Filter != pass', { ...match('filter', 'pass'), negated: true }],
    ['id = rs3214,rg1234', match('id', 'rs3214', 'rg1234')],
    ['region = chr1', region({ chrom: 'chr1', start: 1, end: null })],
    ['region = chr1:4567-9876543', region({ chrom: 'chr1', start: 4567, end: 9876543 })],
    ['region = chr1:456789', region({ chrom: 'chr1', start: 456789, end: 456789 })],
    ['REGION = x:3456789-*', region({ chrom: 'x', start: 3456789, end: null })],
    [
      'region = chr1:34567-98767,chr3',
      region({ chrom: 'chr1', start: 34567, end: 98767 }, { chrom: 'chr3', start: 1, end: null }),
    ],
    ['region != "chr1:5-9"', { ...region({ chrom: 'chr1', start: 5, end: 9 }), negated: true }],
    ['feature=TP53,TGFB', match('feature', 'TP53', 'TGFB')],
    ['exists(INFO.DB)', { kind: 'exists', key: 'DB' }],
    ['!EXISTS ( info.KEY )', { kind: 'not', term: { kind: 'exists', key: 'KEY' } }],
    ['info.key=value', info('key', text('value'))],
    ['info.AF != 0.5,null', { ...info('AF', text('0.5', 0.5), { kind: 'null' }), negated: true }],
    ['info.AF<=0.1', { kind: 'compare', subject: 'AF', operator: '<=', number: 0.1 }],
    [
      '0.1 < info.AF <= 0.5',
      { kind: 'range', subject: 'AF', low: { number: 0.1, inclusive: false }, high: { number: 0.5, inclusive: true } },
    ],
    ['info_VT=INDEL', info('VT', text('INDEL'))],
    ['INFO."odd key" =~ del', { kind: 'contains', subject: 'odd key', text: 'del' }],
    [
      'filter=PASS && (region=1:5-9 or not id=rs1) info.DP>10',
      {
        kind: 'and',
        terms: [
          match('filter', 'PASS'),
          { kind: 'or', terms: [region({ chrom: '1', start: 5, end: 9 }), { kind: 'not', term: match('id', 'rs1') }] },
          { kind: 'compare', subject: 'DP', operator: '>', number: 10 },
        ],
      },
    ],
  ];
  for (const [query, tree] of cases) test(`reads ${query}`, () => assert.deepEqual(parsed(query), tree));

  const faults: [string, number, RegExp][] = [
    ['', 0, /a condition/],
    ['chrom=1', 0, /region, feature/],
    ['filter > 3', 7, /= or !=/],
    ['region = chr1:9-5', 9, /ends after its start/],
    ['region = chr1:0-5', 9, /positions from 1/],
    ['region = chr1:5-', 9, /positions such as/],
    ['region = chr1:x', 9, /positions such as/],
    ['region = :5', 9, /a chromosome/],
    ['region = chr1,', 14, /a region/],
    ['exists(DB)', 7, /region, feature/],
    ['exists(info.DB', 14, /closing parenthesis/],
    ['info.=3', 5, /a name after the dot/],
    ['info=3', 0, /region, feature/],
  ];
  for (const [query, position, expected] of faults) {
    test(`refuses ${JSON.stringify(query)}`, () =>
      assertSyntaxError(() => parseVariantQuery(query), position, expected));
  }
});

describe('parseVariantInfo', () => {
  test('takes keys with and without the prefix, and nothing but INFO', () => {
    const infoOf = (query: string) => withoutSpans(parseVariantInfo(query));
    assert.deepEqual(infoOf('VT=INDEL AND info.AF < 0.1'), {
      kind: 'and',
      terms: [info('VT', text('INDEL')), { kind: 'compare', subject: 'AF', operator: '<', number: 0.1 }],
    });
    assert.deepEqual(infoOf('exists(DB) or info_X=1'), {
      kind: 'or',
      terms: [{ kind: 'exists', key: 'DB' }, info('X', text('1', 1))],
    });
    assert.deepEqual(infoOf('region=5'), info('region', text('5', 5)));
    assert.deepEqual(infoOf('exists=5'), info('exists', text('5', 5)));
    assertSyntaxError(() => parseVariantInfo('= 5'), 0, /INFO key/);
  });
});

describe('regions', () => {
  test('parseRegions reads lists, open sides and names with colons', () => {
    assert.deepEqual(parseRegions('1:5-9, X:*-7,HLA-A*01:01:1-*'), [
      { chrom: '1', start: 5, end: 9 },
      { chrom: 'X', start: 1, end: 7 },
      { chrom: 'HLA-A*01:01', start: 1, end: null },
    ]);
    assertSyntaxError(() => parseRegions('chr1 chr2'), 5, /comma or the end/);
    assertSyntaxError(() => parseRegions(''), 0, /a region/);
  });

  test('chromosomeKey makes spellings of one chromosome equal', () => {
    assert.deepEqual(['chrX', 'x', 'chrM', 'MT', 'chr', 'CHR10'].map(chromosomeKey), [
      'x',
      'x',
      'mt',
      'mt',
      'chr',
      '10',
    ]);
  });
});
