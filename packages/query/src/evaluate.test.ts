import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExpressionRow, FlowRow, VariantRow } from './evaluate.ts';
import { evaluateExpression, evaluateFlow, evaluateMetadata, evaluateVariant } from './evaluate.ts';
import { parseExpressionQuery } from './expression.ts';
import { parseFlowQuery } from './flow.ts';
import { parseMetadataFilter } from './metadata.ts';
import { parseVariantQuery } from './variant.ts';

function checks(holds: (query: string) => boolean, yes: readonly string[], no: readonly string[]): void {
  for (const query of yes) test(`holds: ${query}`, () => assert.equal(holds(query), true));
  for (const query of no) test(`does not hold: ${query}`, () => assert.equal(holds(query), false));
}

describe('evaluateMetadata', () => {
  const record = new Map([
    ['Organ', ['blood', 'Spleen']],
    ['Age', ['031']],
    ['Note', ['']],
  ]);
  checks(
    (query) => evaluateMetadata(parseMetadataFilter(query), (key) => record.get(key) ?? []),
    [
      'Organ=blood',
      'Organ=Spleen',
      'Organ != liver',
      'Sex != male',
      'Sex = null',
      'Organ != null',
      'Organ in (x, blood)',
      'Organ =~ SPL',
      'Age > 30',
      'Age <= 31',
      'Age = 031',
      'Note = ""',
      'Note != null',
      'NOT Organ = liver',
      'Organ=x OR Age>3 AND Organ=blood',
      'Sex in (null, male)',
      'Organ not in (x, y)',
    ],
    [
      'Organ=Blood',
      'organ=blood',
      'Organ != blood',
      'Sex = male',
      'Sex != null',
      'Organ = null',
      'Organ > 3',
      'Age = 31',
      'Sex < 3',
      'Sex =~ ""',
      'Organ not in (x, blood)',
      '(Organ=x OR Age>3) AND Organ=y',
    ],
  );
});

describe('evaluateExpression', () => {
  const attributes = new Map<string | null, string>([
    [null, '007'],
    ['Mz', '2.2180'],
    ['Name', 'Actin beta'],
  ]);
  const measures = new Map<string | null, number>([
    [null, 3],
    ['FC', -2.5],
    ['big', Number.POSITIVE_INFINITY],
  ]);
  const row: ExpressionRow = {
    feature: (name) => attributes.get(name) ?? null,
    value: (name) => measures.get(name) ?? null,
  };
  checks(
    (query) => evaluateExpression(parseExpressionQuery(query), row),
    [
      'feature=007',
      'feature=x,007',
      'feature.Mz=2.218',
      'feature.Name =~ ACTIN',
      'value>=3',
      'MinValue=3',
      '-3 < value.FC < -2',
      'value=3.0',
      'value.p = null',
      'value.p != 3',
      'value.FC != 2,null',
      'value.big = Inf',
      'value.big > 1e300',
      'feature=007 value>2',
      'feature=x or value=3',
    ],
    [
      'feature=7',
      'feature!=007',
      'value>3',
      'value.p<3',
      'value.p != null',
      '3 < value < 4',
      'feature=007 value<2',
      'value.FC != -2.5,null',
      'value.p != 3,null',
      'not value=3',
    ],
  );
});

describe('evaluateFlow', () => {
  const row: FlowRow = { readoutType: 'Median', cellPopulation: 'CD45+, live', marker: 'PD1', value: 1 };
  checks(
    (query) => evaluateFlow(parseFlowQuery(query), row),
    [
      'ReadoutType=Count|Median',
      'CellPopulation="CD45+, live" MinValue=1',
      'Value=(0:1)',
      'Value=(1:*)|5',
      'Value=1',
      'Marker!=x',
      'Marker=x|Value<2',
    ],
    [
      'ReadoutType=median',
      'Value=(1.1:2)',
      'Value=(*:0.9)|5',
      'MinValue=1.1',
      'Value<1',
      'Marker!=x|PD1',
      'Marker=PD1 Value>1',
    ],
  );
  test('a missing value satisfies no limit', () => {
    assert.equal(evaluateFlow(parseFlowQuery('Value=(*:*)'), { ...row, value: null }), false);
  });
});

describe('evaluateVariant', () => {
  const info = new Map<string, (string | number)[]>([
    ['AF', [0.1, 0.64]],
    ['DB', []],
    ['VT', ['INDEL']],
    ['AC', ['3']],
  ]);
  const row: VariantRow = {
    chrom: 'chrX',
    pos: 500,
    id: ['rs1', 'rs2'],
    filter: ['PASS'],
    info: (key) => info.get(key) ?? null,
  };
  const regionsOf = (name: string) => (name === 'GENE1' ? [{ chrom: 'X', start: 400, end: 500 }] : []);
  checks(
    (query) => evaluateVariant(parseVariantQuery(query), row, regionsOf),
    [
      'filter=pass',
      'id=rs9,rs2',
      'id!=rs9',
      'region=x:500',
      'region=chrX:1-499,X:500-*',
      'region=X',
      'region!=1',
      'feature=GENE1',
      'feature!=GENE2',
      'exists(info.DB)',
      'exists(info.AF)',
      '!exists(info.db)',
      'info.AF=0.64000005',
      'info.AF>0.5',
      '0.05<info.AF<0.2',
      'info_VT=INDEL,SNP',
      'info.AC>=3',
      'info.AC=3.0',
      'info.XX=null',
      'info.XX!=1',
      'info.DB!=null',
      'info.DB!=1',
      'info.VT =~ del',
    ],
    [
      'filter!=PASS',
      'id=RS1',
      'id!=rs1',
      'region=X:501-*',
      'region=X:1-499',
      'region=1',
      'region!=X',
      'feature=GENE2',
      'exists(info.XX)',
      'info.AF=0.6401',
      '0.2<info.AF<0.5',
      'info.VT=indel',
      'info.XX>1',
      'info.DB=null',
      'info.DB=1',
      'info.DB>0',
      'info.AF!=0.1',
    ],
  );
});
