import assert from 'node:assert/strict';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { CatalogueError, type Finding } from '@linnaea/model';
import { decompress } from './compression/decompress.ts';
import { readCrossReferences } from './cross-references.ts';
import type { MatrixOptions } from './matrix/read-matrix.ts';
import { matrixOf, places, tableOf } from './testing.ts';

// Shared test data stands beside the repository, and only on machines where it is developed.
const folder = new URL('../../../../shared/data/', import.meta.url);
const skip = existsSync(folder) ? false : 'the shared test data is not beside the repository';

const open = async (path: string) => {
  const { bytes } = await decompress(createReadStream(new URL(path, folder)), { name: path });
  return bytes;
};

const matrix = async (path: string, options: Partial<MatrixOptions> = {}) => matrixOf(await open(path), options);

async function crossReferences(path: string) {
  const findings: Finding[] = [];
  const pairs = [];
  const report = (finding: Finding) => findings.push(finding);
  for await (const batch of readCrossReferences(await open(path), { report })) pairs.push(...batch);
  return { pairs, findings };
}

/** What each bad file must lead to: findings with line and column, an error's code, or nothing where it is acceptable. */
const badMatrices: Record<string, string[] | string> = {
  'gct/ok.gct': [],
  'gct/crlf.gct': [],
  'gct/bom.gct': [],
  'gct/no_final_newline.gct': [],
  'gct/trailing_tabs.gct': [],
  'gct/header_upper_case.gct': [],
  'gct/empty_values.gct': [],
  'gct/na_values.gct': [],
  'gct/scientific.gct': [],
  'gct/v1.3.gct': [],
  'gct/unlinked_sample.gct': [],
  'gct/ok.gct.gz': [],
  'gct/ok.gct.zip': [],
  'gct/not_gzip.gct.gz': [],
  'gct/wrong_version.gct': ['gct-version 1:1'],
  'gct/missing_version.gct': ['gct-version 1:1'],
  'gct/missing_dims.gct': ['gct-dimensions 2:-'],
  'gct/dims_not_numeric.gct': ['gct-dimensions 2:-'],
  'gct/dims_more_rows.gct': ['gct-row-count 2:-'],
  'gct/dims_fewer_rows.gct': ['gct-row-count 2:-'],
  'gct/dims_more_cols.gct': ['gct-column-count 2:-'],
  'gct/no_description.gct': ['gct-header 3:2'],
  'gct/duplicate_samples.gct': ['duplicate-run 3:4'],
  'gct/duplicate_features.gct': ['duplicate-feature 5:1'],
  'gct/empty_feature.gct': ['empty-feature 5:1'],
  'gct/text_value.gct': ['not-a-number 5:4'],
  'gct/comma_decimal.gct': ['decimal-comma 5:3'],
  'gct/ragged_short.gct': ['row-short 5:5'],
  'gct/ragged_long.gct': ['row-long 5:6'],
  'gct/space_in_sample.gct': ['run-name-space 3:4'],
  'gct/only_header.gct': ['no-rows -:-'],
  'gct/empty.gct': ['empty-file -:-'],
  'gct/spaces_not_tabs.gct': ['gct-header 3:-'],
  'gct/nul_bytes.gct': ['nul-character 4:2'],
  'gct/truncated.gct.gz': 'corrupt-compression',
  'gct/two_members.gct.zip': 'zip-several-files',
};

/** Rules about values, ids and required columns are the importer's; such files read cleanly here. */
const badTables: Record<string, string[]> = {
  'samples/ok.samples.tsv': [],
  'samples/blank_lines.tsv': [],
  'samples/header_255.tsv': [],
  'samples/missing_sample_source_id.tsv': [],
  'samples/missing_sample_source.tsv': [],
  'samples/blank_sample_source_id.tsv': [],
  'samples/duplicate_ids.tsv': [],
  'samples/vocab_wrong.tsv': [],
  'samples/vocab_synonym.tsv': [],
  'samples/type_wrong.tsv': [],
  'samples/utf16.tsv': [],
  'samples/duplicate_header.tsv': ['duplicate-header 1:6'],
  'samples/duplicate_header_case.tsv': ['duplicate-header-case 1:6'],
  'samples/empty_header.tsv': ['empty-header 1:4'],
  'samples/header_256.tsv': ['header-too-long 1:5'],
  'samples/ragged_short.tsv': ['row-short 4:3'],
  'samples/ragged_long.tsv': ['row-long 4:6'],
  'samples/header_only.tsv': ['no-rows -:-'],
  'samples/empty.tsv': ['empty-file -:-'],
  'samples/commas.csv': ['wrong-separator 1:-'],
  'samples/latin1.tsv': ['encoding-not-utf8 2:-'],
  'libraries/unknown_sample.tsv': [],
  'libraries/duplicate_library_id.tsv': [],
  'libraries/missing_library_id.tsv': [],
  'study/two_rows.tsv': [],
  'study/no_title.tsv': [],
};

const badReferences: Record<string, string[]> = {
  'xref/duplicate_txname.tsv': ['xref-conflict 3:-', 'xref-duplicates 3:-'],
  'xref/wrong_header.tsv': ['xref-header 1:-'],
  'xref/three_columns.tsv': ['xref-columns 1:3'],
  'xref/many_to_one.tsv': [],
};

suite('bad files', { skip }, () => {
  test('every bad file of these kinds has a verdict here', () => {
    const known = { ...badMatrices, ...badTables, ...badReferences };
    for (const kind of ['gct', 'samples', 'study', 'libraries', 'xref']) {
      for (const name of readdirSync(new URL(`invalid/${kind}/`, folder)))
        assert.ok(`${kind}/${name}` in known, `${kind}/${name}`);
    }
  });
  for (const [path, expected] of Object.entries(badMatrices)) {
    test(path, async () => {
      const reading = matrix(`invalid/${path}`, { format: 'gct' });
      if (Array.isArray(expected)) return assert.deepEqual(places((await reading).findings), expected);
      await assert.rejects(reading, (error) => error instanceof CatalogueError && error.code === expected);
    });
  }
  for (const [path, expected] of Object.entries(badTables)) {
    test(path, async () => assert.deepEqual(places((await tableOf(await open(`invalid/${path}`))).findings), expected));
  }
  for (const [path, expected] of Object.entries(badReferences)) {
    test(path, async () => assert.deepEqual(places((await crossReferences(`invalid/${path}`)).findings), expected));
  }
});

interface MatrixFacts {
  version: string;
  declared_dims: string[];
  sample_columns: number;
  data_rows: number;
  first_samples: string[];
  row_meta?: string[];
  col_meta?: string[];
  sum?: number;
  zeros?: number;
  negative?: number;
  missing?: number;
  non_numeric?: number;
  duplicate_features?: number;
  cells?: Record<string, string>;
  column_sum?: Record<string, number>;
}

interface TableFacts {
  rows: number;
  columns: number;
  header: string[];
  [attribute: string]: unknown;
}

const facts: Record<string, Record<string, unknown>> = skip
  ? {}
  : JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
const factsUnder = (folders: string, ending: RegExp) =>
  Object.entries(facts)
    .map(([path, about]) => [path.replace(/^dev\//, ''), about] as const)
    .filter(
      ([path]) => new RegExp(`^(${folders})/`).test(path) && ending.test(path) && existsSync(new URL(path, folder)),
    );

const close = (actual: number, expected: number) => Math.abs(actual - expected) <= Math.abs(expected) * 1e-9 + 1e-3;

suite('facts of matrices', { skip }, () => {
  for (const [path, about] of factsUnder('expression|odm-examples', /\.gct$/)) {
    if (!('data_rows' in about)) continue;
    test(path, async () => checkMatrix(path, about as unknown as MatrixFacts));
  }
  test('scale/gct_20000x60/expression.gct.gz', async () => {
    const path = 'scale/gct_20000x60/expression.gct.gz';
    await checkMatrix(path, facts[`dev/${path}`] as unknown as MatrixFacts);
  });
});

async function checkMatrix(path: string, about: MatrixFacts): Promise<void> {
  const { header, features, values, findings } = await matrix(path);
  assert.equal(header.runs.length, about.sample_columns);
  assert.deepEqual(header.runs.slice(0, about.first_samples.length), about.first_samples);
  assert.equal(features.length, about.data_rows);
  assert.equal(header.declaredFeatures, Number(about.declared_dims[0]));
  assert.deepEqual(header.featureColumns.slice(1), about.row_meta ?? header.featureColumns.slice(1));
  assert.deepEqual([...header.runAttributes.keys()], about.col_meta ?? []);
  const [rows = []] = values;
  for (const [name, text] of Object.entries(about.cells ?? {})) {
    // Feature ids may hold an @ themselves, so the run is looked for at the end.
    const run = header.runs.findIndex((each) => name.endsWith(`@${each}`));
    const row = features.findIndex(([feature]) => `${feature}@${header.runs[run]}` === name);
    assert.equal(rows[row]?.[run], Number(text), name);
  }
  if (about.sum === undefined) return;
  const all = rows.flat().filter((value) => !Number.isNaN(value));
  assert.ok(
    close(
      all.reduce((sum, value) => sum + value, 0),
      about.sum,
    ),
  );
  assert.equal(all.filter((value) => value === 0).length, about.zeros);
  assert.equal(all.filter((value) => value < 0).length, about.negative);
  const bad = findings.filter((finding) => finding.code === 'not-a-number').length;
  assert.equal(rows.flat().length - all.length, (about.missing ?? 0) + (about.non_numeric ?? 0));
  assert.equal(bad, about.non_numeric);
  assert.equal(findings.filter((finding) => finding.code === 'duplicate-feature').length, about.duplicate_features);
  for (const [run, sum] of Object.entries(about.column_sum ?? {})) {
    const column = header.runs.indexOf(run);
    assert.ok(
      close(
        rows.reduce((total, row) => total + (row[column] || 0), 0),
        sum,
      ),
      run,
    );
  }
}

suite('facts of tables', { skip }, () => {
  for (const [path, about] of factsUnder('expression|odm-examples|xref|curation', /\.tsv$/)) {
    if (path.includes('generic-tabular') || !('rows' in about)) continue;
    test(path, async () => checkTable(path, about as unknown as TableFacts));
  }
});

async function checkTable(path: string, about: TableFacts): Promise<void> {
  const { header, rows } = await tableOf(await open(path), { multiValues: false });
  assert.deepEqual(
    header,
    about.header.map((name) => name.trim()),
  );
  assert.equal(header.length, about.columns);
  assert.equal(rows.length, about.rows);
  for (const name of ['Sample Source ID', 'Library ID', 'TXNAME']) {
    const ids = about[name] as { unique: number; first: string[]; last: string } | undefined;
    if (!ids) continue;
    const column = rows.map((row) => row.values[header.indexOf(name)]);
    assert.equal(new Set(column).size, ids.unique);
    assert.deepEqual(column.slice(0, ids.first.length), ids.first);
    assert.equal(column.at(-1), ids.last);
  }
}

suite('worked examples', { skip }, () => {
  test('the lupus matrix claims more rows than it has', async () => {
    const { findings, features } = await matrix('odm-examples/study-variants-lupus/Example.expression.gct');
    assert.ok(findings.some((finding) => finding.code === 'gct-row-count' && finding.severity === 'warning'));
    assert.equal(findings.filter((finding) => finding.severity === 'error').length, 0);
    assert.equal(features.length, 97);
  });
  test('tables of several feature columns and measurements', async () => {
    const options = { featureColumns: 3, measurementSeparator: '.' };
    const { header, values, findings } = await matrix(
      'odm-examples/generic-tabular/data-frame2_multi_measurement.tsv',
      options,
    );
    assert.deepEqual(
      [header.runs, header.measurements],
      [
        ['Sample1', 'Sample2', 'Sample3'],
        ['M1', 'M2'],
      ],
    );
    assert.deepEqual(
      values.map((kind) => kind[0]),
      [
        [35.3, 43534.543, 34534],
        [-4.55, 7878, -785],
      ],
    );
    assert.deepEqual(
      findings.filter((finding) => finding.severity === 'error'),
      [],
    );
  });
  test('missing value codes', async () => {
    const { values, findings } = await matrix('odm-examples/generic-tabular/missing_value_codes.tsv');
    const none = Number.NaN;
    assert.deepEqual(values[0], [
      [1, none, none, none, none, none, none, none, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, 2.5, 0.001, -4, 7, 0.5, 5, 0, none],
    ]);
    assert.deepEqual(findings, []);
  });
  test('a text measurement is reported cell by cell', async () => {
    const path = 'odm-examples/generic-tabular/multi_measurement_text_flag.tsv';
    const { findings } = await matrix(path, { measurementSeparator: '.' });
    assert.deepEqual(places(findings), [
      'not-a-number 2:3',
      'not-a-number 2:5',
      'not-a-number 3:3',
      'not-a-number 3:5',
    ]);
  });
  test('a flow cytometry table', async () => {
    const { header, features, values } = await matrix('odm-examples/facs/Tumor_day_20.facs', { featureColumns: 3 });
    assert.deepEqual([header.runs.length, features.length], [6, 15]);
    assert.equal(values[0]?.[0]?.[0], 25.16853933);
  });
});
