import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseExpressionQuery } from './expression.ts';
import { assertSyntaxError, withoutSpans } from './testing.ts';

const text = (value: string, number: number | null = null) => ({ kind: 'text', text: value, number });
const feature = (name: string | null = null) => ({ kind: 'feature', name });
const value = (name: string | null = null) => ({ kind: 'value', name });
const equals = (subject: unknown, ...values: unknown[]) => ({ kind: 'equals', subject, negated: false, values });
const differs = (subject: unknown, ...values: unknown[]) => ({ kind: 'equals', subject, negated: true, values });
const compare = (subject: unknown, operator: string, number: number) => ({
  kind: 'compare',
  subject,
  operator,
  number,
});
const between = (subject: unknown, low: number, high: number, inclusive = false) => ({
  kind: 'range',
  subject,
  low: { number: low, inclusive },
  high: { number: high, inclusive },
});
const parsed = (query: string) => withoutSpans(parseExpressionQuery(query));

describe('parseExpressionQuery', () => {
  const cases: [string, unknown][] = [
    [
      'feature=ENSG00000230368,ENSG00000188976 value>=1.50',
      {
        kind: 'and',
        terms: [equals(feature(), text('ENSG00000230368'), text('ENSG00000188976')), compare(value(), '>=', 1.5)],
      },
    ],
    ['feature.NAME=1007_s_at', equals(feature('NAME'), text('1007_s_at'))],
    ['feature."Average Mz"=2.218', equals(feature('Average Mz'), text('2.218', 2.218))],
    ['feature.Name_1 != A,B, C', differs(feature('Name_1'), text('A'), text('B'), text('C'))],
    ['feature.Name_1 > 3', compare(feature('Name_1'), '>', 3)],
    ['feature.Name_1>= 6', compare(feature('Name_1'), '>=', 6)],
    ['-3 < feature.Name_3 < 3', between(feature('Name_3'), -3, 3)],
    ['feature.attribute1 =~ "some text"', { kind: 'contains', subject: feature('attribute1'), text: 'some text' }],
    ['value > 3', compare(value(), '>', 3)],
    ['-3<value<3', between(value(), -3, 3)],
    ['3 >= value.FC >= -3', between(value('FC'), -3, 3, true)],
    ['3 < value', compare(value(), '>', 3)],
    ['value.intensity = 3', equals(value('intensity'), text('3', 3))],
    ['value.intensity != 2,null', differs(value('intensity'), text('2', 2), { kind: 'null' })],
    ['value.p_value > 3e-8', compare(value('p_value'), '>', 3e-8)],
    ['value < Inf', compare(value(), '<', Number.POSITIVE_INFINITY)],
    ['-inf < value < -0', between(value(), Number.NEGATIVE_INFINITY, 0)],
    ['Feature=TRAF3IP2-AS1', equals(feature(), text('TRAF3IP2-AS1'))],
    [
      'Feature=TRAF3IP2-AS1 MinValue=200',
      { kind: 'and', terms: [equals(feature(), text('TRAF3IP2-AS1')), compare(value(), '>=', 200)] },
    ],
    ['features.NAME=A', equals(feature('NAME'), text('A'))],
    ['FEATURES."a.b"="x, y","z"', equals(feature('a.b'), text('x, y'), text('z'))],
    ['feature.a.b="null",null', equals(feature('a.b'), text('null'), { kind: 'null' })],
    ['feature=HLA-A*01:01', equals(feature(), text('HLA-A*01:01'))],
    [
      'feature.Name_1=A AND (feature.Name_2=B OR value>=1.0)',
      {
        kind: 'and',
        terms: [
          equals(feature('Name_1'), text('A')),
          { kind: 'or', terms: [equals(feature('Name_2'), text('B')), compare(value(), '>=', 1)] },
        ],
      },
    ],
    [
      'feature=A value>1 || not feature=B',
      {
        kind: 'or',
        terms: [
          { kind: 'and', terms: [equals(feature(), text('A')), compare(value(), '>', 1)] },
          { kind: 'not', term: equals(feature(), text('B')) },
        ],
      },
    ],
    [
      'feature=A !(value>1) && value<9',
      {
        kind: 'and',
        terms: [
          equals(feature(), text('A')),
          { kind: 'not', term: compare(value(), '>', 1) },
          compare(value(), '<', 9),
        ],
      },
    ],
    ['feature=A -3 < value < 3', { kind: 'and', terms: [equals(feature(), text('A')), between(value(), -3, 3)] }],
  ];
  for (const [query, tree] of cases) test(`reads ${query}`, () => assert.deepEqual(parsed(query), tree));

  const faults: [string, number, RegExp][] = [
    ['', 0, /a condition/],
    ['gene=A', 0, /feature, feature.NAME/],
    ['"feature"=A', 0, /feature, feature.NAME/],
    ['feature', 7, /one of = !=/],
    ['feature.=A', 8, /a name after the dot/],
    ['feature. "a b"=A', 8, /a name after the dot/],
    ['feature=A,', 10, /a value/],
    ['feature=,A', 8, /a value/],
    ['value=high', 6, /a number or null/],
    ['value =~ "3"', 6, /one of = != < <= > >=$/],
    ['value > x', 8, /a number/],
    ['-3 < value > 3', 11, /< or <=/],
    ['3 > value < 5', 10, /> or >=/],
    ['-3 = value', 0, /feature, feature.NAME/],
    ['MinValue>200', 8, /= after MinValue/],
    ['feature=A AND', 13, /a condition/],
    ['feature=A)', 9, /the end/],
    ['value > 3 < 4', 10, /feature, feature.NAME/],
  ];
  for (const [query, position, expected] of faults) {
    test(`refuses ${JSON.stringify(query)}`, () =>
      assertSyntaxError(() => parseExpressionQuery(query), position, expected));
  }
});
