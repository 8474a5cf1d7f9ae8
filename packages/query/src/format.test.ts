import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseExpressionQuery } from './expression.ts';
import { parseFlowQuery } from './flow.ts';
import {
  formatExpressionQuery,
  formatFlowQuery,
  formatFullText,
  formatMetadataFilter,
  formatVariantInfo,
  formatVariantQuery,
  formatVersions,
} from './format.ts';
import { parseFullText } from './fulltext.ts';
import { parseMetadataFilter } from './metadata.ts';
import { withoutSpans } from './testing.ts';
import { readNumber } from './tokens.ts';
import { parseVariantInfo, parseVariantQuery } from './variant.ts';
import { parseVersions } from './versions.ts';

const at = fc.constant({ start: 0, end: 0 });
const oddWords = [
  'and',
  'OR',
  'not',
  'in',
  'null',
  '',
  ' ',
  '-',
  '*',
  'v2',
  '"',
  '\\',
  '\\"',
  '1e3',
  'Inf',
  'info.',
  '__proto__',
  '“x”',
  'a,b',
  '||',
];
const anyText = fc.oneof(
  fc.constantFrom(...oddWords),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.replaceAll('\0', '')),
);
const name = anyText.filter((text) => text !== '');
const number = fc.double({ noNaN: true }).map((value) => (value === 0 ? 0 : value));
const literal = fc.oneof(
  fc.constant({ kind: 'null' as const }),
  anyText.map((text) => ({ kind: 'text' as const, text, number: readNumber(text) })),
);
const numericLiteral = fc.oneof(
  fc.constant({ kind: 'null' as const }),
  number.map((value) => ({ kind: 'text' as const, text: String(value), number: value })),
);
const bound = fc.record({ number, inclusive: fc.boolean() });
const operator = fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const);
const listOf = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 3 });

const equalsOf = <Subject>(subject: fc.Arbitrary<Subject>, value: fc.Arbitrary<unknown> = literal) =>
  fc.record({ kind: fc.constant('equals' as const), subject, negated: fc.boolean(), values: listOf(value), at });
const compareOf = <Subject>(subject: fc.Arbitrary<Subject>) =>
  fc.record({ kind: fc.constant('compare' as const), subject, operator, number, at });
const rangeOf = <Subject>(subject: fc.Arbitrary<Subject>) =>
  fc.record({ kind: fc.constant('range' as const), subject, low: bound, high: bound, at });
const containsOf = <Subject>(subject: fc.Arbitrary<Subject>) =>
  fc.record({ kind: fc.constant('contains' as const), subject, text: anyText, at });

/** Random trees over a language's terms; loosely typed, since the parser's answer is what is compared. */
function treeOf(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => {
    const terms = fc.array(tie('tree'), { minLength: 2, maxLength: 3 });
    return {
      tree: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        leaf,
        fc.record({ kind: fc.constantFrom('and', 'or'), terms, at }),
        fc.record({ kind: fc.constant('not'), term: tie('tree'), at }),
      ),
    };
  }).tree;
}

function holdsRoundTrip<Parsed>(
  trees: fc.Arbitrary<unknown>,
  format: (tree: Parsed) => string,
  parse: (text: string) => Parsed,
): void {
  fc.assert(
    fc.property(trees as fc.Arbitrary<Parsed>, (tree) => {
      const text = format(tree);
      assert.deepEqual(withoutSpans(parse(text)), withoutSpans(tree), text);
    }),
    { numRuns: 300 },
  );
}

const feature = fc.record({ kind: fc.constant('feature' as const), name: fc.option(name) });
const value = fc.record({ kind: fc.constant('value' as const), name: fc.option(name) });
const subject = fc.oneof(feature, value);
const exists = fc.record({ kind: fc.constant('exists' as const), key: name, at });
const infoTerms = [equalsOf(name), compareOf(name), rangeOf(name), containsOf(name), exists];
const position = fc.integer({ min: 1, max: 3e9 });
const region = fc
  .record({ chrom: name, start: position, length: fc.option(fc.nat()) })
  .map(({ chrom, start, length }) => ({
    chrom,
    start: chrom.includes(':') ? start : 1,
    end: length === null ? null : start + length,
  }));

describe('parse(format(tree)) is the tree', () => {
  test('of metadata filters', () => {
    const leaf = fc.oneof(equalsOf(name), compareOf(name), containsOf(name));
    holdsRoundTrip(treeOf(leaf), formatMetadataFilter, parseMetadataFilter);
  });

  test('of expression queries', () => {
    const leaf = fc.oneof(
      equalsOf(feature),
      equalsOf(value, numericLiteral),
      containsOf(feature),
      compareOf(subject),
      rangeOf(subject),
    );
    holdsRoundTrip(treeOf(leaf), formatExpressionQuery, parseExpressionQuery);
  });

  test('of variant queries and of variantInfo', () => {
    const kind = fc.constantFrom('filter' as const, 'id' as const, 'feature' as const);
    const match = fc.record({ kind, negated: fc.boolean(), values: listOf(anyText), at });
    const inRegion = fc.record({
      kind: fc.constant('region' as const),
      negated: fc.boolean(),
      regions: listOf(region),
      at,
    });
    holdsRoundTrip(treeOf(fc.oneof(match, inRegion, ...infoTerms)), formatVariantQuery, parseVariantQuery);
    holdsRoundTrip(treeOf(fc.oneof(...infoTerms)), formatVariantInfo, parseVariantInfo);
  });

  test('of flow-cytometry queries', () => {
    const field = fc.constantFrom('readoutType' as const, 'cellPopulation' as const, 'marker' as const);
    const match = fc.record({
      kind: fc.constant('match' as const),
      field,
      negated: fc.boolean(),
      values: listOf(anyText),
      at,
    });
    const compare = fc.record({ kind: fc.constant('compare' as const), operator, number, at });
    const range = fc.record({ low: fc.option(number), high: fc.option(number) });
    const ranges = fc.record({ kind: fc.constant('ranges' as const), ranges: listOf(range), at });
    holdsRoundTrip(treeOf(fc.oneof(match, compare, ranges)), formatFlowQuery, parseFlowQuery);
  });

  test('of versions', () => {
    const versions = listOf(fc.nat({ max: 999_999_999 }));
    const rule = fc.oneof(
      fc.record({ kind: fc.constant('all' as const), at }),
      fc.record({ kind: fc.constant('versions' as const), versions, at }),
      fc.record({ kind: fc.constant('chain-versions' as const), chain: name, versions, at }),
      fc.record({ kind: fc.constant('chain-accessions' as const), chain: name, accessions: listOf(name), at }),
    );
    holdsRoundTrip(listOf(rule), formatVersions, parseVersions);
  });

  test('of full-text queries, under each default operator', () => {
    const plain = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 5 })
      .filter((text) => !/[\s"()\0]|&&|\|\|/.test(text));
    const text = fc.oneof(fc.constantFrom('AND', 'OR', 'NOT', '-', '-a', '\\', '*', 'a?'), plain);
    const word = fc.record({ kind: fc.constant('word' as const), text, at });
    const phrase = fc.record({
      kind: fc.constant('phrase' as const),
      text: anyText.filter((own) => own.trim() !== ''),
      at,
    });
    const textPart = text.map((own) => ({ kind: 'text', text: own }));
    const wild = fc.constantFrom({ kind: 'run' }, { kind: 'one' });
    const wildcard = fc.tuple(fc.option(textPart), wild, fc.option(textPart)).map(([before, own, after]) => ({
      kind: 'wildcard',
      parts: [before, own, after].filter((part) => part !== null),
      at: { start: 0, end: 0 },
    }));
    const trees = treeOf(fc.oneof(word, phrase, wildcard));
    for (const defaultOperator of ['or', 'and', 'phrase'] as const) {
      holdsRoundTrip(trees, formatFullText, (own) => parseFullText(own, { defaultOperator }).tree);
    }
  });
});

describe('format', () => {
  test('prints readable text', () => {
    const filter = 'Organ IN (blood, "lymph node") AND (NOT "Cell Type" = x OR Age >= 3)';
    assert.equal(formatMetadataFilter(parseMetadataFilter(filter)), filter);
    assert.equal(
      formatExpressionQuery(parseExpressionQuery('features."a b"=A,null MinValue=2')),
      'feature."a b" = A,null AND value >= 2',
    );
    assert.equal(
      formatVariantQuery(parseVariantQuery('region=1:5,X INFO_VT=INDEL')),
      'region = 1:5-5,X AND info.VT = INDEL',
    );
    assert.equal(formatFlowQuery(parseFlowQuery('marker=A|"B c" minvalue=2')), 'Marker=A|"B c" AND Value>=2');
    assert.equal(formatVersions(parseVersions('V1 , v0;C:"v1"')), 'v1,v0;C:"v1"');
    assert.equal(formatFullText(parseFullText('h?rt brain -x').tree), '(h?rt OR brain) AND NOT x');
  });
});
