import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import {
  type ExpressionQuery,
  evaluateExpression,
  parseExpressionQuery,
  parseMetadataFilter,
  parseVersions,
} from '@linnaea/query';
import fc from 'fast-check';
import {
  type CursorPage,
  type ExpressionRow,
  expressionData,
  expressionOf,
  type PageRequest,
  type RunSelection,
} from './index.ts';
import { createOmicsBench, matrixText, type OmicsBench } from './testing.ts';

let bench: OmicsBench;
let administrator: Principal;
let scopes = 0;

before(async () => {
  bench = await createOmicsBench();
  ({ administrator } = bench);
});
after(() => bench.close());

const newScope = () => {
  scopes += 1;
  return bench.addScope(`E${scopes}`);
};
const draft = { view: 'draft' } as const;

function shown({ items }: CursorPage<ExpressionRow>): string[] {
  return items.map(
    ({ feature, run, values }) => `${feature[0]![1]} ${run.name} ${values.map(([, value]) => value).join('/')}`,
  );
}

async function ask(
  selection: Partial<RunSelection>,
  query?: string,
  principal = administrator,
  limit = 2000,
): Promise<string[]> {
  const tree = query === undefined ? undefined : parseExpressionQuery(query);
  return shown(await expressionData(bench, principal, { ...draft, ...selection }, tree, { limit }));
}

const gct = '#1.2\n3\t3\nName\tDescription\tA\tB\tC\ng1\tone\t1\t2\t3\ng2\ttwo\t\t-Inf\t6\ng3\tthree\t7\t8\tInf\n';

describe('rows of expression', () => {
  it('are found by feature and by value', async () => {
    const { group } = await bench.addMatrix(gct, { scope: await newScope() });
    assert.deepEqual(await ask({ group }, 'feature=g1,g3 value>=3'), ['g1 C 3', 'g3 A 7', 'g3 B 8', 'g3 C Infinity']);
    assert.deepEqual(await ask({ group }, 'Feature=g1 MinValue=2'), ['g1 B 2', 'g1 C 3']);
    assert.deepEqual(await ask({ group }, 'value = null'), ['g2 A ']);
    assert.deepEqual(await ask({ group }, '0 < value < 3'), ['g1 A 1', 'g1 B 2']);
    assert.deepEqual(await ask({ group }, 'feature.Description =~ "TW" or value = 8'), [
      'g2 A ',
      'g2 B -Infinity',
      'g2 C 6',
      'g3 B 8',
    ]);
    assert.deepEqual(await ask({ group }, 'not feature != g2 and not value > 0'), ['g2 A ', 'g2 B -Infinity']);
    assert.deepEqual(await ask({ group }, 'value.absent = null feature=g1'), ['g1 A 1', 'g1 B 2', 'g1 C 3']);
    assert.deepEqual(await ask({ group }, 'value.absent > 1'), []);
    assert.equal((await ask({ group })).length, 9);
  });

  it('have all measurements of their file', async () => {
    const text = 'Peak\tA:fc\tA:p\tB:fc\tB:p\nx\t2\t0.01\t-2\t0.5\ny\t1\t0.2\t3\t\n';
    const { group } = await bench.addMatrix(text, { scope: await newScope(), separator: ':', featureColumns: 1 });
    assert.deepEqual(await ask({ group }, 'value > 1'), ['x A 2/0.01', 'y B 3/']);
    assert.deepEqual(await ask({ group }, 'value.p < 0.5 or value.fc < 0'), ['x A 2/0.01', 'x B -2/0.5', 'y A 1/0.2']);
    assert.deepEqual(await ask({ group }, 'value.p = null'), ['y B 3/']);
  });

  it('come from the runs that are asked for', async () => {
    const scope = await newScope();
    const study = await bench.addRecord('study', scope, { 'Study Title': 'S' });
    const [one, two] = await Promise.all(
      ['brain', 'liver'].map((organ) => bench.addRecord('sample', scope, { Organ: organ })),
    );
    const library = await bench.addRecord('library', scope, { 'Library ID': 'L', Kit: 'x' });
    for (const sample of [one!, two!]) {
      await bench.link(sample, study, 'study');
      await bench.link(library, sample, 'sample');
    }
    const file = await bench.addMatrix(gct, {
      scope,
      attributes: { 'Normalization Method': 'TPM' },
      parents: { kind: 'sample', ids: [one, two] },
    });
    await bench.link(file.runIds[2]!, library, 'library');
    const { group } = file;
    const filter = (text: string) => ({ filter: parseMetadataFilter(text) });
    assert.deepEqual(await ask({ group, sample: filter('Organ = brain') }, 'feature=g1'), ['g1 A 1', 'g1 C 3']);
    assert.deepEqual(await ask({ group, library: filter('Kit = x') }, 'feature=g1'), ['g1 C 3']);
    assert.deepEqual(
      await ask({ group, study: filter('"Study Title" = S'), sample: filter('Organ = liver') }, 'feature=g1'),
      ['g1 B 2', 'g1 C 3'],
    );
    assert.deepEqual(await ask({ study: filter('"Study Title" = other') }, 'feature=g1'), []);
    assert.deepEqual(await ask({ group, runNames: ['B'] }, 'feature=g1'), ['g1 B 2']);
    assert.deepEqual(await ask({ group, runAccessions: [file.runs[0]!] }, 'feature=g1'), ['g1 A 1']);
    // one condition over what the file says and what the run says
    assert.deepEqual(
      await ask({ group, file: filter('"Normalization Method" = TPM and not "Sample Source ID" = A') }, 'feature=g1'),
      ['g1 B 2', 'g1 C 3'],
    );
    assert.deepEqual(
      await ask({ group, file: filter('"Normalization Method" = RPM or "Sample Source ID" = A') }, 'feature=g1'),
      ['g1 A 1'],
    );
    const { items } = await expressionData(
      bench,
      administrator,
      { ...draft, group },
      parseExpressionQuery('feature=g1'),
      { limit: 9 },
    );
    const accessions = await bench.database.query<{ id: number; accession: string }>(
      sql`select id, accession from record`,
    );
    const of = (id: number) => accessions.find((row) => row.id === id)!.accession;
    // the library pools two samples, so none of them is the sample of the run
    assert.deepEqual(
      items.map(({ run }) => run.related),
      [{ sample: of(one!) }, { sample: of(two!) }, { library: of(library) }],
    );
  });

  it('are of active versions unless others are named', async () => {
    const scope = await newScope();
    const old = await bench.addMatrix('#1.2\n1\t1\nName\tDescription\tA\nv\t\t1\n', { scope });
    await bench.addMatrix('#1.2\n1\t1\nName\tDescription\tA\nv\t\t2\n', { scope, previous: old.groupId });
    const versions = (text: string) => ({ versions: parseVersions(text) });
    assert.deepEqual(await ask({}, 'feature=v'), ['v A 2']);
    assert.deepEqual(await ask(versions('v1'), 'feature=v'), ['v A 1']);
    assert.deepEqual(await ask(versions('*'), 'feature=v'), ['v A 1', 'v A 2']);
    assert.deepEqual(await ask(versions('v0'), 'feature=v'), []);
  });

  it('are for those who may measure', async () => {
    const scope = await newScope();
    const { group, runIds } = await bench.addMatrix(gct, { scope });
    const other = await bench.addReader(await newScope(), 'own');
    for (const [level, count] of [
      ['discover', 0],
      ['aggregate', 0],
      ['read', 0],
      ['measure', 3],
      ['own', 3],
    ] as const) {
      const reader = await bench.addReader(scope, level);
      assert.equal((await ask({ group }, 'feature=g1', reader)).length, count, level);
      assert.equal((await expressionOf(bench, reader, runIds, ['g1'], 'draft')).size, count, level);
    }
    assert.deepEqual(await ask({ group }, 'feature=g1', other), []);
  });

  it('of drafts are not published', async () => {
    const scope = await newScope();
    const { group, groupId } = await bench.addMatrix(gct, { scope });
    assert.equal((await ask({ group, view: 'published' }, 'feature=g1')).length, 3);
    await bench.database.run(sql`update record set is_published = false where id = ${groupId}`);
    assert.equal((await ask({ group, view: 'published' }, 'feature=g1')).length, 0);
    assert.equal((await ask({ group }, 'feature=g1')).length, 3);
  });

  it('refuse cursors that are not theirs', async () => {
    for (const cursor of [
      '',
      '!',
      'ZTox',
      Buffer.from('v:1:2:3').toString('base64url'),
      Buffer.from('e:1:2:x').toString('base64url'),
      'x'.repeat(300),
    ]) {
      await assert.rejects(expressionData(bench, administrator, draft, undefined, { cursor, limit: 1 }), {
        kind: 'invalid',
        message: 'incorrect cursor format',
      });
    }
  });
});

it('values of many runs come in one batch', async () => {
  const { runIds } = await bench.addMatrix(gct, { scope: await newScope() });
  const answer = await expressionOf(bench, administrator, [runIds[2]!, runIds[0]!], ['g3', 'g2', 'absent'], 'draft');
  assert.deepEqual(
    answer,
    new Map([
      [
        runIds[0],
        new Map([
          ['g2', null],
          ['g3', 7],
        ]),
      ],
      [
        runIds[2],
        new Map([
          ['g2', 6],
          ['g3', Infinity],
        ]),
      ],
    ]),
  );
});

interface Table {
  runs: string[];
  rows: { name: string; attribute: string; values: number[] }[];
}

const names = ['a', 'b', 'c', 'd'];
const cell = fc.constantFrom(Number.NaN, 0, 1, 2, -1.5, 2.25);
const table: fc.Arbitrary<Table> = fc.integer({ min: 1, max: 5 }).chain((width) =>
  fc.record({
    runs: fc.constant(Array.from({ length: width }, (_, i) => `r${i}`)),
    rows: fc.array(
      fc.record({
        name: fc.constantFrom(...names),
        attribute: fc.constantFrom('', 'x', 'y', '7', '007'),
        values: fc.array(cell, { minLength: width, maxLength: width }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
);
const condition = fc.constantFrom(
  'feature = a',
  'feature = a,c',
  'feature != b',
  'feature =~ D',
  'feature.Class = x',
  'feature.Class != y',
  'feature.Class = null',
  'feature.Class = 7',
  'feature.Class > 6',
  'feature.Class =~ X',
  'feature.none = null',
  'feature.none = 1',
  'value > 0',
  'value <= 1',
  '-2 < value < 2',
  'value = 2',
  'value != 2,null',
  'value = null',
  'value.value >= 2.25',
  'value.none = null',
  'value.none > 0',
);
const { tree: queryText } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    condition,
    tie('tree').map((term) => `NOT (${term})`),
    fc.tuple(tie('tree'), fc.constantFrom('AND', 'OR'), tie('tree')).map(([a, joint, b]) => `(${a}) ${joint} (${b})`),
  ),
}));

function reference({ runs, rows }: Table, query: ExpressionQuery): string[] {
  return rows.flatMap(({ name, attribute, values }, feature) =>
    runs.flatMap((run, i) => {
      const value = values[i]!;
      const holds = evaluateExpression(query, {
        feature: (column) => (column === null ? name : column === 'Class' && attribute !== '' ? attribute : null),
        value: (measurement) => ((measurement ?? 'value') !== 'value' || Number.isNaN(value) ? null : value),
      });
      return holds ? [`${feature} ${run}`] : [];
    }),
  );
}

const mostValues = fc.constantFrom(undefined, 1);

it('every query answers what the reference does, whole and page by page', async () => {
  const scope = await newScope();
  const texts = fc.array(queryText, { minLength: 8, maxLength: 8 });
  const limits = fc.integer({ min: 1, max: 7 });
  await fc.assert(
    fc.asyncProperty(table, texts, limits, mostValues, async (data, queries, limit, most) => {
      const { group } = await bench.addMatrix(matrixText(data.runs, data.rows), { scope, featureColumns: 2 });
      for (const text of queries) {
        const query = parseExpressionQuery(text);
        const request = { limit, ...(most === undefined ? {} : { mostValues: most }) };
        const paged = (await everyPage({ group }, query, request)).map(
          ({ featurePosition, run }) => `${featurePosition} ${run.name}`,
        );
        assert.deepEqual(paged, reference(data, query), text);
      }
    }),
    { numRuns: 15 },
  );
});

async function everyPage(
  selection: Partial<RunSelection>,
  query: ExpressionQuery | undefined,
  request: PageRequest,
): Promise<ExpressionRow[]> {
  const found: ExpressionRow[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 500; pages += 1) {
    const page = await expressionData(bench, administrator, { ...draft, ...selection }, query, { ...request, cursor });
    assert.ok(page.items.length <= request.limit);
    found.push(...page.items);
    if (page.exhausted) return found;
    ({ cursor } = page);
  }
  return assert.fail('the pages do not end');
}

describe('a search through measurements', () => {
  it('ends a page early, and goes on where it ended', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      name: `f${i}`,
      attribute: i % 2 === 0 ? 'x' : 'y',
      values: [i, -i],
    }));
    const { group } = await bench.addMatrix(matrixText(['A', 'B'], rows), {
      scope: await newScope(),
      featureColumns: 2,
    });
    // the two classes alternate, so that each feature is a batch of its own
    const query = parseExpressionQuery('feature.Class = x and value > 50 or feature.Class = y and value < -55');
    const first = await expressionData(bench, administrator, { ...draft, group }, query, { limit: 5, mostValues: 20 });
    assert.deepEqual([first.items.length, first.exhausted], [0, false]);
    const wanted = ['f52 A', 'f54 A', 'f56 A', 'f57 B', 'f58 A', 'f59 B'];
    for (const request of [{ limit: 5, mostValues: 20 }, { limit: 1, mostValues: 1 }, { limit: 100 }]) {
      const found = await everyPage({ group }, query, request);
      assert.deepEqual(
        found.map(({ feature, run }) => `${feature[0]![1]} ${run.name}`),
        wanted,
      );
    }
    const neverEmpty = await expressionData(bench, administrator, { ...draft, group }, query, {
      limit: 5,
      mostValues: 20,
      neverEmpty: true,
    });
    assert.ok(neverEmpty.items.length > 0);
  });

  it('goes through many files in batches', async () => {
    const scope = await newScope();
    const reader = await bench.addReader(scope, 'measure');
    for (let i = 0; i < 20; i += 1) {
      await bench.addMatrix(
        matrixText(
          ['A'],
          [
            { name: `only${i}`, attribute: '', values: [i] },
            { name: 'shared', attribute: '', values: [i] },
          ],
        ),
        { scope, featureColumns: 2 },
      );
    }
    const values = async (text: string, limit: number) => {
      const { items, exhausted } = await expressionData(bench, reader, draft, parseExpressionQuery(text), { limit });
      return [items.map(({ values: [value] }) => value![1]), exhausted];
    };
    assert.deepEqual(await values('feature = only18', 9), [[18], true]);
    assert.deepEqual(await values('feature = shared value >= 15', 9), [[15, 16, 17, 18, 19], true]);
    assert.deepEqual(await values('feature = shared', 17), [Array.from({ length: 17 }, (_, i) => i), false]);
    const paged = (await everyPage({}, parseExpressionQuery('feature = shared'), { limit: 3 })).map(
      ({ values: [value] }) => value![1],
    );
    assert.deepEqual(
      paged,
      Array.from({ length: 20 }, (_, i) => i),
    );
  });
});

it('text that no file can hold finds nothing', async () => {
  const { group } = await bench.addMatrix(gct, { scope: await newScope() });
  for (const text of ['feature.__proto__ = 1', 'value.constructor > 1', `feature = "${'n'.repeat(50_000)}"`]) {
    assert.deepEqual(await ask({ group }, text), [], text.slice(0, 40));
  }
  assert.deepEqual(await ask({ group: 'a\0b' }), []);
  assert.deepEqual(await ask({ group, runNames: ['\0'] }), []);
});
