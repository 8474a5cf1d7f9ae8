import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CatalogueError } from '@linnaea/model';
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
import { parseRegions } from './region.ts';
import { assertSyntaxError, withoutSpans } from './testing.ts';
import { maxQueryDepth, maxQueryLength } from './tokens.ts';
import { parseVariantInfo, parseVariantQuery } from './variant.ts';
import { parseVersions } from './versions.ts';

interface Language {
  parse: (text: string) => unknown;
  /** Parse, print and parse again. */
  again: (text: string) => unknown;
  /** A valid term, to nest and repeat. */
  term: string;
}

const fullText = (text: string) => parseFullText(text).tree;
const trees: Record<string, Language> = {
  metadata: {
    parse: parseMetadataFilter,
    again: (text) => parseMetadataFilter(formatMetadataFilter(parseMetadataFilter(text))),
    term: 'a=b',
  },
  expression: {
    parse: parseExpressionQuery,
    again: (text) => parseExpressionQuery(formatExpressionQuery(parseExpressionQuery(text))),
    term: '-1<value<1',
  },
  variant: {
    parse: parseVariantQuery,
    again: (text) => parseVariantQuery(formatVariantQuery(parseVariantQuery(text))),
    term: 'region=1:5-9',
  },
  info: {
    parse: parseVariantInfo,
    again: (text) => parseVariantInfo(formatVariantInfo(parseVariantInfo(text))),
    term: 'exists(DB)',
  },
  flow: {
    parse: parseFlowQuery,
    again: (text) => parseFlowQuery(formatFlowQuery(parseFlowQuery(text))),
    term: 'Value=(0:1)',
  },
  fullText: { parse: fullText, again: (text) => fullText(formatFullText(fullText(text))), term: 'br*n' },
};
const lists: Record<string, Language> = {
  versions: { parse: parseVersions, again: (text) => parseVersions(formatVersions(parseVersions(text))), term: 'C:v1' },
  regions: { parse: parseRegions, again: parseRegions, term: '1:5-9' },
};
const languages = { ...trees, ...lists };

const fragments = [
  ...[
    '(',
    ')',
    '"',
    '\\',
    '=',
    '!=',
    '<',
    '<=',
    '>',
    '=~',
    '!',
    '&&',
    '||',
    '|',
    ',',
    ';',
    ':',
    '-',
    '*',
    '?',
    ' ',
    '\t',
  ],
  ...[
    'AND',
    'or',
    'NOT',
    'in',
    'null',
    'feature',
    'features.x',
    'value',
    'MinValue',
    'info.A',
    'info_B',
    'exists',
    'region',
    'filter',
  ],
  ...[
    'id',
    'Marker',
    'Value',
    'ReadoutType',
    '3',
    '-1.5e3',
    'v2',
    'chr1:5-9',
    'a',
    '"b c"',
    '(0:1)',
    '\0',
    '\ud800',
    '__proto__',
  ],
];
const garbage = fc
  .array(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fragments) }, fc.string({ unit: 'binary', maxLength: 4 })),
    { maxLength: 14 },
  )
  .chain((parts) => fc.constantFrom(parts.join(''), parts.join(' ')));

describe('any text', () => {
  for (const [name, { parse, again }] of Object.entries(languages)) {
    test(`is parsed or refused with a place: ${name}`, () => {
      fc.assert(
        fc.property(garbage, (text) => {
          try {
            const tree = parse(text);
            assert.deepEqual(withoutSpans(again(text)), withoutSpans(tree));
          } catch (error) {
            if (!(error instanceof CatalogueError)) throw error;
            assert.equal(error.code, 'query-syntax');
            const { position } = error.details;
            assert.ok(typeof position === 'number' && position >= 0 && position <= text.length, error.message);
          }
        }),
        { numRuns: 1000 },
      );
    });
  }
});

describe('limits', () => {
  for (const [name, { parse, term }] of Object.entries(languages)) {
    test(`a text that is too long is refused: ${name}`, () => {
      assertSyntaxError(() => parse(' '.repeat(maxQueryLength + 1)), maxQueryLength, /at most 100000 characters/);
      assert.doesNotThrow(() => parse(term.padEnd(maxQueryLength, ' ')));
    });
  }

  for (const [name, { parse, term }] of Object.entries(trees)) {
    test(`nesting is bounded: ${name}`, () => {
      const nested = (depth: number) => `${'('.repeat(depth)}${term}${')'.repeat(depth)}`;
      assert.doesNotThrow(() => parse(nested(maxQueryDepth)));
      assertSyntaxError(() => parse(nested(maxQueryDepth + 1)), maxQueryDepth + 1, /at most 200 nested levels/);
      assertSyntaxError(() => parse('('.repeat(90_000)), maxQueryDepth + 1, /at most 200 nested levels/);
      assertSyntaxError(() => parse('NOT '.repeat(20_000)), (maxQueryDepth + 1) * 4, /at most 200 nested levels/);
    });

    test(`a long flat query keeps all its terms: ${name}`, () => {
      const count = 5_000;
      const tree = parse(Array.from({ length: count }, () => `(${term})`).join(' OR ')) as {
        kind: string;
        terms: unknown[];
      };
      assert.equal(tree.kind, 'or');
      assert.equal(tree.terms.length, count);
    });
  }

  test('minus signs count as nesting too', () => {
    assertSyntaxError(() => parseFullText(`${'-'.repeat(90_000)}a`), maxQueryDepth + 1, /nested levels/);
  });
});
