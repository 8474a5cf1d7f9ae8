import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matrixOf, places, sourceOf } from '../testing.ts';
import type { MatrixOptions } from './read-matrix.ts';
import { readMatrix } from './read-matrix.ts';

const read = (text: string | Uint8Array, options: Partial<MatrixOptions> = {}) => matrixOf(sourceOf(text), options);
const gct = (...rows: string[]) =>
  `#1.2\n${rows.length}\t2\nName\tDescription\tS1\tS2\n${rows.map((row) => `${row}\n`).join('')}`;
const missing = Number.NaN;

test('GCT 1.2', async () => {
  const { header, features, values, findings, batches } = await read(gct('G1\tone\t1\t2.5', 'G2\t\t\tNA'));
  assert.deepEqual(header, {
    featureColumns: ['Name', 'Description'],
    runs: ['S1', 'S2'],
    measurements: ['value'],
    runAttributes: new Map(),
    declaredFeatures: 2,
  });
  assert.deepEqual(features, [
    ['G1', 'one'],
    ['G2', ''],
  ]);
  assert.deepEqual(values, [
    [
      [1, 2.5],
      [missing, missing],
    ],
  ]);
  assert.deepEqual(batches[0]?.float32, [true]);
  assert.deepEqual(findings, []);
});

test('GCT 1.3: attributes of features are columns, attributes of runs a map', async () => {
  const { header, features, values, findings } = await read(
    '#1.3\n2\t2\t1\t2\nid\tsymbol\tS1\tS2\ntissue\tna\tliver\tlung\n__proto__\tna\t7\nG1\tA\t1\t2\nG2\tB\t3\t4\n',
  );
  assert.deepEqual(header.featureColumns, ['id', 'symbol']);
  assert.deepEqual(header.runs, ['S1', 'S2']);
  assert.deepEqual(
    [...header.runAttributes],
    [
      ['tissue', ['liver', 'lung']],
      ['__proto__', ['7', '']],
    ],
  );
  assert.deepEqual(features, [
    ['G1', 'A'],
    ['G2', 'B'],
  ]);
  assert.deepEqual(values, [
    [
      [1, 2],
      [3, 4],
    ],
  ]);
  assert.deepEqual(findings, []);
});

test('spreadsheet traces: trailing tabs, quotes, blank lines, other line ends, a byte-order mark', async () => {
  const lines = [
    '\ufeff#1.2\t\t\t',
    '2\t2\t\t',
    'NAME\tDescription\t"S1"\tS2\t\t',
    '',
    '"G1"\tone\t1\t2\t\t',
    '\t\t',
    'G2\t"t""w"\t3\t4',
  ];
  for (const end of ['\n', '\r\n', '\r']) {
    const { header, features, values, findings } = await read(lines.join(end));
    assert.deepEqual(header.runs, ['S1', 'S2']);
    assert.deepEqual(features, [
      ['G1', 'one'],
      ['G2', 't"w'],
    ]);
    assert.deepEqual(values, [
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    assert.deepEqual(findings, []);
  }
});

test('wrong dimensions are warnings', async () => {
  const { findings, values } = await read('#1.2\n5\t3\nName\tDescription\tS1\nG1\t\t1\n');
  assert.deepEqual(places(findings), ['gct-column-count 2:-', 'gct-row-count 2:-']);
  assert.deepEqual(
    findings.map((finding) => finding.severity),
    ['warning', 'warning'],
  );
  assert.deepEqual(values, [[[1]]]);
});

test('a damaged head is reported, and read as far as it can be understood', async () => {
  const rows = 'Name\tDescription\tS1\nG1\td\t1\n';
  const cases: [string, string[], number][] = [
    [`1\t1\n${rows}`, ['gct-version 1:1'], 1],
    [rows, ['gct-version 1:1', 'gct-dimensions 1:-'], 1],
    [`#9.9\n1\t1\n${rows}`, ['gct-version 1:1'], 1],
    [`#1.2\n${rows}`, ['gct-dimensions 2:-'], 1],
    [`#1.2\none\tone\n${rows}`, ['gct-dimensions 2:-'], 1],
    [`#1.3\n1\t1\n${rows}`, ['gct-dimensions 2:-', 'not-a-number 4:2'], 1],
    ['#1.2\n1\t1\nName\tS1\nG1\t1\n', ['gct-header 3:2'], 1],
    ['#1.2\n1\t1\nGene\tDescription\tS1\nG1\td\t1\n', ['gct-header 3:1'], 1],
    ['#1.2\n1 1\nName Description S1\nG1 d 1\n', ['gct-header 3:-'], 0],
    ['#1.2\n1\t1\nName\tDescription\nG1\td\n', ['no-runs 3:-'], 0],
    ['#1.2\n1\t1\n', ['gct-header 2:-'], 0],
    ['#1.2\n', ['gct-dimensions 1:-', 'gct-header 1:-'], 0],
    ['', ['empty-file -:-'], 0],
    ['#1.3\n1\t1\t5\t0\nid\tS1\nG1\t1\n', ['gct-header 3:-'], 0],
    ['#1.3\n1\t1\t0\t3\nid\tS1\ntissue\tliver\n', ['gct-run-attributes 2:-', 'gct-row-count 2:-', 'no-rows -:-'], 0],
  ];
  for (const [text, expected, count] of cases) {
    const { findings, features } = await read(text, { format: 'gct' });
    assert.deepEqual(places(findings).sort(), expected.sort(), text);
    assert.equal(features.length, count, text);
  }
});

test('names of runs are judged', async () => {
  const { findings } = await read('#1.2\n1\t4\nName\tDescription\tS1\t\tS 3\tS1\nG1\t\t1\t2\t3\t4\n');
  assert.deepEqual(places(findings), ['empty-header 3:4', 'duplicate-run 3:6', 'run-name-space 3:5']);
  assert.equal(findings[1]?.severity, 'error');
});

test('bad values are missing and say where they are', async () => {
  const { findings, values } = await read(gct('G1\t\t1\thigh', 'G2\t\t1e\t2'), { file: 'e.gct' });
  assert.deepEqual(values, [
    [
      [1, missing],
      [missing, 2],
    ],
  ]);
  assert.deepEqual(findings[0], {
    code: 'not-a-number',
    severity: 'error',
    message: 'The value is not a number; it is read as missing.',
    location: { file: 'e.gct', line: 4, column: 4, attribute: 'S2', record: 'G1' },
    value: 'high',
  });
  assert.deepEqual(places(findings), ['not-a-number 4:4', 'not-a-number 5:3']);
});

test('decimal commas are read with one warning a file', async () => {
  const { findings, values } = await read(gct('G1\t\t1,5\t2,5', 'G2\t\t221,69\t3'));
  assert.deepEqual(values, [
    [
      [1.5, 2.5],
      [221.69, 3],
    ],
  ]);
  assert.deepEqual(places(findings), ['decimal-comma 4:3']);
});

test('ragged rows, features without a name or twice, NUL characters, Latin-1', async () => {
  const rows = ['G1\t\t1', 'G2\t\t1\t2\t\t3', '\tx\t1\t2', 'G1\ty\t1\t2', 'G\0 3\t\t1\t2', 'G4\tna\xefve\t1\t2', 'G5'];
  const { findings, features, values } = await read(Buffer.from(gct(...rows), 'latin1'));
  assert.deepEqual(features, [
    ['G1', ''],
    ['G2', ''],
    ['', 'x'],
    ['G1', 'y'],
    ['G 3', ''],
    ['G4', 'naïve'],
    ['G5', ''],
  ]);
  assert.deepEqual(values[0]?.[0], [1, missing]);
  assert.deepEqual(values[0]?.at(-1), [missing, missing]);
  assert.deepEqual(places(findings), [
    'row-short 4:4',
    'row-long 5:6',
    'empty-feature 6:1',
    'duplicate-feature 7:1',
    'nul-character 8:1',
    'encoding-not-utf8 9:-',
    'row-short 10:3',
  ]);
});

test('tabular: several feature columns, unique together', async () => {
  const text = 'Gene\tProbe\tS1\tS2\nG1\ta\t1\t2\nG1\tb\t3\t\nG1\ta\t5\t6\n';
  const { header, features, values, findings } = await read(text, { featureColumns: 2 });
  assert.deepEqual(header.featureColumns, ['Gene', 'Probe']);
  assert.equal(header.declaredFeatures, undefined);
  assert.deepEqual(features, [
    ['G1', 'a'],
    ['G1', 'b'],
    ['G1', 'a'],
  ]);
  assert.deepEqual(values, [
    [
      [1, 2],
      [3, missing],
      [5, 6],
    ],
  ]);
  assert.deepEqual(places(findings), ['duplicate-feature 4:1']);
});

test('tabular: several measurements, cut at the first separator, in any order', async () => {
  const text = 'P\tA.x.y\tA.p\tB.p\tB.x.y\nP1\t1\t0.123456789\t3\t4\nP2\t5\t6\t7\t8\n';
  const { header, values, findings, batches } = await read(text, { measurementSeparator: '.' });
  assert.deepEqual(
    [header.runs, header.measurements],
    [
      ['A', 'B'],
      ['x.y', 'p'],
    ],
  );
  assert.deepEqual(values, [
    [
      [1, 4],
      [5, 8],
    ],
    [
      [0.123456789, 3],
      [6, 7],
    ],
  ]);
  assert.deepEqual(batches[0]?.float32, [true, false]);
  assert.deepEqual(findings, []);
  const long = await read('P\tA::m\tB::m\nP1\t1\t2\n', { measurementSeparator: '::' });
  assert.deepEqual([long.header.runs, long.header.measurements], [['A', 'B'], ['m']]);
});

test('tabular: irregular measurements are reported; what is absent is missing, not zero', async () => {
  const text = 'P\tA.m\tA.p\tB.m\tC\tA.m\nP1\t1\t2\t3\t4\t5\n';
  const { header, values, findings } = await read(text, { measurementSeparator: '.' });
  assert.deepEqual(
    [header.runs, header.measurements],
    [
      ['A', 'B'],
      ['m', 'p'],
    ],
  );
  assert.deepEqual(values, [[[1, 3]], [[2, missing]]]);
  assert.deepEqual(places(findings), ['measurement-separator 1:5', 'duplicate-run 1:6', 'measurements-differ 1:-']);
});

test('tabular: too few columns', async () => {
  assert.deepEqual(places((await read('A\tB\n1\t2\n', { featureColumns: 2 })).findings), ['no-runs 1:-']);
  assert.deepEqual(places((await read('A,B\n1,2\n')).findings), ['no-runs 1:-']);
});

test('thousands of findings collapse into a count', async () => {
  const rows = Array.from({ length: 3000 }, (_, index) => `G${index}\t\tx\ty`);
  const { findings } = await read(gct(...rows), { findingLimit: 5 });
  assert.equal(findings.length, 6);
  assert.equal(findings[5]?.value, 6000);
});

test('batches hold 256 features or 2 MB of numbers, each with its own float32 verdict', async () => {
  const rows = Array.from({ length: 600 }, (_, index) => `G${index}\t\t${index}\t${index === 300 ? 0.123456789 : 1}`);
  const { batches, values, findings } = await read(gct(...rows));
  assert.deepEqual(
    batches.map((batch) => [batch.count, batch.values[0]?.length, batch.float32[0]]),
    [
      [256, 512, true],
      [256, 512, false],
      [88, 176, true],
    ],
  );
  assert.deepEqual(
    values[0]?.map(([first]) => first),
    rows.map((_, index) => index),
  );
  assert.deepEqual(findings, []);
  const runs = 100_000;
  const wide = `F\t${Array.from({ length: runs }, (_, index) => `S${index}`).join('\t')}\n`;
  const row = (name: string) => `${name}${'\t1'.repeat(runs)}\n`;
  const wideBatches = (await read(wide + row('a') + row('b') + row('c'))).batches;
  assert.deepEqual(
    wideBatches.map((batch) => batch.count),
    [2, 1],
  );
});

test('a claim of countless rows or attributes allocates nothing', async () => {
  const { findings } = await read('#1.3\n999999999999\t999999999999\t0\t999999999999\nid\tS1\nx\ty\n');
  assert.deepEqual(places(findings), [
    'gct-column-count 2:-',
    'gct-run-attributes 2:-',
    'no-rows -:-',
    'gct-row-count 2:-',
  ]);
});

test('an abandoned matrix closes its source', async () => {
  let closed = false;
  async function* source() {
    try {
      for (let index = 0; ; index += 1) yield Buffer.from(index === 0 ? 'F\tS1\n' : `G${index}\t1\n`.repeat(1000));
    } finally {
      closed = true;
    }
  }
  const report = () => undefined;
  for await (const batch of (await readMatrix(source(), { format: 'tabular', report })).rows) {
    assert.equal(batch.count, 256);
    break;
  }
  assert.equal(closed, true);
});

test('rows and findings do not depend on how the bytes arrive', async () => {
  const cell = fc.constantFrom('1', '-2.5', 'NA', '', 'x', '1,5', '123456789', '\0', 'é', '"q"', ' ', '\xff', 'G1');
  const row = fc.array(cell, { maxLength: 6 }).map((cells) => cells.join('\t'));
  const head = fc.constantFrom(
    '#1.2\n3\t2\nName\tDescription\tS1\tS2',
    '#1.3\n1\t1\t1\t1\nid\ta\tS1\nb\tna\tc',
    'A\tB.x\tB.y\tC.x',
    '\ufeff#1.2',
    '',
  );
  const text = fc
    .tuple(head, fc.array(fc.tuple(row, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 12 }))
    .map(([first, rows]) => `${first}\n${rows.map(([line, end]) => line + end).join('')}`);
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 30 }),
      fc.boolean(),
      async (all, latin1, cuts, several) => {
        const data = Buffer.from(all, latin1 ? 'latin1' : 'utf8');
        const options = several ? { measurementSeparator: '.' } : {};
        assert.deepEqual(await matrixOf(sourceOf(data, cuts), options), await matrixOf(sourceOf(data), options));
      },
    ),
    { numRuns: 400 },
  );
});

test('batches whose numbers are overwritten hold the same while they are looked at', async () => {
  const runs = 400;
  const row = (name: string, cells: string[]) => `${[name, ...cells].join('\t')}\n`;
  const numbers = Array.from({ length: 1500 }, (_, feature) =>
    row(
      `G${feature}`,
      Array.from({ length: runs }, (_, run) => (run === 7 ? '' : String(feature * 1000 + run))),
    ),
  );
  const regular =
    row(
      'id',
      Array.from({ length: runs }, (_, run) => `R${run}`),
    ) + numbers.join('');
  // one column has no name: its cells are left out, and what is missing must stay so
  const irregular = regular.replace('\tR3\t', '\t\t');
  for (const text of [regular, irregular]) {
    const read = async (reuseNumbers: boolean) => {
      const { rows } = await readMatrix(sourceOf(text), { format: 'tabular', report: () => undefined, reuseNumbers });
      const seen: number[][] = [];
      const arrays = new Set<Float64Array>();
      for await (const { values } of rows) {
        seen.push([...values[0]!]);
        arrays.add(values[0]!);
      }
      return { seen, arrays: arrays.size };
    };
    const fresh = await read(false);
    const reused = await read(true);
    assert.deepEqual(reused.seen, fresh.seen);
    assert.ok(fresh.seen.length > 3 && fresh.arrays === fresh.seen.length);
    assert.ok(reused.arrays <= 2, 'one array, and a shorter one at the end');
  }
});
