import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseMetadataFilter } from './metadata.ts';
import { assertSyntaxError, withoutSpans } from './testing.ts';

const text = (value: string, number: number | null = null) => ({ kind: 'text', text: value, number });
const equals = (subject: string, value: string, number: number | null = null) => ({
  kind: 'equals',
  subject,
  negated: false,
  values: [text(value, number)],
});
const parsed = (filter: string) => withoutSpans(parseMetadataFilter(filter));

describe('parseMetadataFilter', () => {
  const single: [string, string, string][] = [
    ['"Species or strain"="Homo sapiens"', 'Species or strain', 'Homo sapiens'],
    ['"Study Source"=ArrayExpress', 'Study Source', 'ArrayExpress'],
    ['"Library Type"=RNA-Seq-1', 'Library Type', 'RNA-Seq-1'],
    ['Digestion=Trypsin', 'Digestion', 'Trypsin'],
    ['"Genome Version"=hg19-BROAD', 'Genome Version', 'hg19-BROAD'],
    ['"Cell Type"="CD14-positive monocyte"', 'Cell Type', 'CD14-positive monocyte'],
    ['"Library ID"="LIB1"', 'Library ID', 'LIB1'],
    ['"genestack:accession" ="GSF058582"', 'genestack:accession', 'GSF058582'],
    ['"genestack:accession"=GSF1', 'genestack:accession', 'GSF1'],
    ['genestack:accession=GSF1', 'genestack:accession', 'GSF1'],
    ['  Organ \t=\n blood ', 'Organ', 'blood'],
    ['Marker=CD45+,live', 'Marker', 'CD45+,live'],
    ['Company=R&D|Co', 'Company', 'R&D|Co'],
    ['State=OR', 'State', 'OR'],
    ['State="null"', 'State', 'null'],
    ['Note=""', 'Note', ''],
    [String.raw`Note="say \"hi\" to C:\\temp\now"`, 'Note', String.raw`say "hi" to C:\temp\now`],
    ['__proto__=constructor', '__proto__', 'constructor'],
    ['Ort="Zürich 🧬"', 'Ort', 'Zürich 🧬'],
  ];
  for (const [filter, key, value] of single) {
    test(`reads ${JSON.stringify(filter)}`, () => assert.deepEqual(parsed(filter), equals(key, value)));
  }

  test('reads each operator, with and without spaces', () => {
    for (const operator of ['<', '<=', '>', '>=']) {
      const expected = { kind: 'compare', subject: 'Age', operator, number: 30 };
      assert.deepEqual(parsed(`Age${operator}30`), expected);
      assert.deepEqual(parsed(`Age ${operator} "30"`), expected);
    }
    assert.deepEqual(parsed('Age!=30'), { ...equals('Age', '30', 30), negated: true });
    assert.deepEqual(parsed('Title =~ "CELL line"'), { kind: 'contains', subject: 'Title', text: 'CELL line' });
    assert.deepEqual(parsed('Age = NULL'), {
      kind: 'equals',
      subject: 'Age',
      negated: false,
      values: [{ kind: 'null' }],
    });
    assert.deepEqual(parsed('Age != null'), {
      kind: 'equals',
      subject: 'Age',
      negated: true,
      values: [{ kind: 'null' }],
    });
  });

  test('reads lists after IN only', () => {
    const values = [text('blood'), text('lymph node'), { kind: 'null' }];
    assert.deepEqual(parsed('Organ in (blood, "lymph node",null)'), {
      kind: 'equals',
      subject: 'Organ',
      negated: false,
      values,
    });
    assert.deepEqual(parsed('Organ NOT IN (blood,"lymph node", null)'), {
      kind: 'equals',
      subject: 'Organ',
      negated: true,
      values,
    });
    assert.deepEqual(parsed('Organ in (a) and B=c,d'), {
      kind: 'and',
      terms: [equals('Organ', 'a'), equals('B', 'c,d')],
    });
  });

  test('binds NOT before AND before OR', () => {
    const [a, b, c] = [equals('a', 'x'), equals('b', 'y'), equals('c', 'z')];
    assert.deepEqual(parsed('a=x OR b=y AND c=z'), { kind: 'or', terms: [a, { kind: 'and', terms: [b, c] }] });
    assert.deepEqual(parsed('(a=x || b=y)&&c=z'), { kind: 'and', terms: [{ kind: 'or', terms: [a, b] }, c] });
    assert.deepEqual(parsed('not a=x and !b=y'), {
      kind: 'and',
      terms: [
        { kind: 'not', term: a },
        { kind: 'not', term: b },
      ],
    });
    assert.deepEqual(parsed('a=x and b=y AND c=z'), { kind: 'and', terms: [a, b, c] });
    assert.deepEqual(parsed('! (a=x)'), { kind: 'not', term: a });
    assert.deepEqual(parsed('"Disease"="Healthy" OR "Disease"="Alzheimer Disease"'), {
      kind: 'or',
      terms: [equals('Disease', 'Healthy'), equals('Disease', 'Alzheimer Disease')],
    });
  });

  test('keeps the place of each node', () => {
    const filter = 'a = x AND NOT (b = y)';
    const tree = parseMetadataFilter(filter);
    assert.ok(tree.kind === 'and');
    assert.deepEqual(tree.at, { start: 0, end: filter.length });
    assert.deepEqual(
      tree.terms.map(({ at }) => filter.slice(at.start, at.end)),
      ['a = x', 'NOT (b = y)'],
    );
  });

  const faults: [string, number, RegExp][] = [
    ['', 0, /a condition/],
    ['   ', 3, /a condition/],
    ['Organ', 5, /one of =/],
    ['Organ=', 6, /a value/],
    ['=x', 0, /an attribute key/],
    ['""=x', 0, /an attribute key/],
    ['a=x b=y', 4, /AND, OR or the end/],
    ['Cell Type=x', 5, /an operator/],
    ['a=x AND', 7, /a condition/],
    ['a=x OR OR b=y', 7, /a condition/],
    ['AND a=x', 0, /a condition/],
    ['(a=x', 4, /closing parenthesis/],
    ['a=x)', 3, /AND, OR or the end/],
    ['()', 1, /a condition/],
    ['a="x', 4, /closing double quote/],
    ['Age<old', 4, /a number/],
    ['Age<1e999', 4, /a number/],
    ['a==x', 2, /a value/],
    ['a in x', 5, /opening parenthesis/],
    ['a in (x y)', 8, /comma or a closing/],
    ['a in ()', 6, /a value/],
    ['a not = x', 6, /IN after NOT/],
    ['“Cell Type”=x', 0, /an attribute key/],
    ['a=“x”', 2, /a value/],
    ['a=x\0', 3, /text/],
  ];
  for (const [filter, position, expected] of faults) {
    test(`refuses ${JSON.stringify(filter)}`, () =>
      assertSyntaxError(() => parseMetadataFilter(filter), position, expected));
  }

  test('hints at quotes when terms stand side by side', () => {
    assert.throws(
      () => parseMetadataFilter('Organ=lymph node'),
      /Expected AND, OR or the end at character 13, found "node": .*double quotes/,
    );
  });
});
