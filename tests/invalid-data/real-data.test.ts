import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { linkRecords } from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import type { ImportRequest } from '@linnaea/imports';
import { createImportBench, type ImportBench } from '@linnaea/imports/testing';
import type { Job } from '@linnaea/jobs';
import { openMatrix, openVariants, type Signal, signalsOfGroups } from '@linnaea/signals';
import { refusedVariants, silentVariants } from './verdicts.ts';

const folder = new URL('../../../shared/data/', import.meta.url);
const skip = existsSync(folder) ? false : 'the shared test data are not beside the repository';

interface Facts {
  rows?: number;
  sample_columns?: number;
  data_rows?: number;
  data_lines?: number;
  samples?: number;
  sum?: number;
  cells?: Record<string, string>;
}
const facts: Record<string, Facts> = skip ? {} : JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
const factsOf = (path: string): Facts => {
  const found = facts[`dev/${path}`];
  assert.ok(found, `no facts of ${path}`);
  return found;
};

let bench: ImportBench;
before(async () => {
  bench = await createImportBench();
});
after(() => bench.close());

async function run(kind: ImportRequest['kind'], path: string, more: Partial<ImportRequest> = {}): Promise<Job> {
  const source = { link: bench.serve(path, readFileSync(new URL(path, folder))) };
  return bench.run({
    kind,
    allowDuplicates: true,
    ...(kind === 'expression' || kind === 'variant' ? { data: source } : { metadata: source }),
    ...more,
  });
}

async function runWhole(kind: ImportRequest['kind'], path: string, more: Partial<ImportRequest> = {}): Promise<string> {
  const job = await run(kind, path, more);
  assert.equal(job.state, 'completed', `${path}: ${JSON.stringify(job.errors)}`);
  return String(job.result?.groupAccession);
}

async function membersOf(group: string): Promise<number> {
  const row = await bench.database.first<{ n: number }>(sql`
    select count(*)::int as n from record where group_id = (select id from record where accession = ${group})`);
  return row!.n;
}

async function signalOf(group: string): Promise<Signal> {
  const row = await bench.database.first<{ id: number }>(sql`select id from record where accession = ${group}`);
  const [signal] = await signalsOfGroups(bench.database, [row!.id]);
  assert.ok(signal);
  return signal;
}

/** Imports a table and compares its number of rows. */
async function importTable(kind: 'sample' | 'library' | 'preparation', path: string): Promise<string> {
  const group = await runWhole(kind, path);
  assert.equal(await membersOf(group), factsOf(path).rows, path);
  return group;
}

/** Imports a GCT and compares its size and sum with the facts. */
async function importGct(path: string): Promise<string> {
  const group = await runWhole('expression', path);
  const expected = factsOf(path);
  const { values, featureCount, runCount } = await (
    await openMatrix({ store: bench.objects, prefix: (await signalOf(group)).prefix })
  ).read({});
  assert.deepEqual(
    [featureCount, runCount, await membersOf(group)],
    [expected.data_rows, expected.sample_columns, expected.sample_columns],
  );
  const sum = values.reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0);
  // The facts give four decimals.
  assert.ok(Math.abs(sum - expected.sum!) <= 1e-4 + 1e-12 * Math.abs(sum), `${path}: ${sum}, not ${expected.sum}`);
  return group;
}

async function importVcf(path: string): Promise<string> {
  const group = await runWhole('variant', path);
  const { variants, samples } = (
    await openVariants({ store: bench.objects, prefix: (await signalOf(group)).prefix })
  ).describe();
  assert.deepEqual([variants, samples.length], [factsOf(path).data_lines, factsOf(path).samples], path);
  return group;
}

const link = (
  kind: 'sample' | 'library' | 'preparation' | 'expression' | 'variant',
  group: string,
  parent: 'study' | 'sample' | 'library',
  to: string,
) =>
  bench.database.transaction((tx) =>
    linkRecords(
      tx,
      bench.curator,
      { kind, accession: group, isGroup: true },
      { kind: parent, accession: to, isGroup: parent !== 'study' },
      { origin: 'odm' },
    ),
  );

suite('studies as others publish them', { skip }, () => {
  const examples = 'odm-examples';

  test('GSE29746: study, 31 samples, 45,015 features', async () => {
    const at = `${examples}/GSE29746/GSE29746`;
    const study = await runWhole('study', `${at}_study.tsv`);
    const samples = await importTable('sample', `${at}_samples.tsv`);
    const expression = await importGct(`${at}_expression.gct`);
    await link('sample', samples, 'study', study);
    assert.equal((await link('expression', expression, 'sample', samples)).linked, 31);
    const reader = await openMatrix({ store: bench.objects, prefix: (await signalOf(expression)).prefix });
    const { values } = await reader.read({ features: [0, 45_014], runs: [0, 30] });
    const cells = factsOf(`${at}_expression.gct`).cells!;
    assert.deepEqual([values[0], values[3]], [Number(cells['1@GSM737461']), Number(cells['45220@GSM737491'])]);
  });

  test('lupus: 80 samples with expression and variants, dimensions that the file gives wrongly', async () => {
    const at = `${examples}/study-variants-lupus/Example`;
    await runWhole('study', `${at}.study.tsv`);
    const samples = await importTable('sample', `${at}.samples.tsv`);
    const expression = await importGct(`${at}.expression.gct`);
    const variants = await importVcf(`${at}.gx-dummy.vcf`);
    for (const [kind, group] of [
      ['expression', expression],
      ['variant', variants],
    ] as const) {
      assert.deepEqual(await link(kind, group, 'sample', samples), { linked: 80, unlinked: 0, ambiguous: 0 });
    }
  });

  test('samples, libraries, preparations and expression of small studies', async () => {
    const at = `${examples}/study-samples-libraries-omics/Test`;
    const samples = await importTable('sample', `${at}.samples.tsv`);
    const libraries = await importTable('library', `${at}.libraries.tsv`);
    const preparations = await importTable('preparation', `${at}.preparations.tsv`);
    await importGct(`${at}.expression.gct`);
    assert.equal((await link('library', libraries, 'sample', samples)).linked, 3);
    assert.equal((await link('preparation', preparations, 'sample', samples)).linked, 3);
    for (const [kind, name] of [
      ['sample', 'samples'],
      ['library', 'libraries'],
      ['preparation', 'preparations'],
    ] as const) {
      await importTable(kind, `${examples}/SMPL-HeLa/${name}.tsv`);
    }
    await importGct(`${examples}/SMPL-HeLa/expression_data.gct`);
    await importTable('library', `${examples}/Test_RM/Test_RM.libraries.tsv`);
    await importGct(`${examples}/Test_RM/Test_RM_g.gct`);
  });

  test('1000 Genomes: full precision, and variants without meta lines', async () => {
    await importGct(`${examples}/Test_1000g/Test_1000g.fullprec.gct`);
    await importVcf(`${examples}/Test_1000g/Test_1000g.vcf`);
    const job = await run('variant', `${examples}/Test_1000g/Test_1000g.noheader.vcf`);
    assert.ok(job.findings.length > 0);
  });

  test('arabidopsis, where it is there', {
    skip: existsSync(new URL(`${examples}/arabidopsis/`, folder)) ? false : 'not among the data',
  }, async () => {
    await runWhole('study', `${examples}/arabidopsis/arabidopsis_study.tsv`);
    await importTable('sample', `${examples}/arabidopsis/arabidopsis_sample_metadata_uncurated.tsv`);
  });

  test('tables with feature columns, several measurements, and codes for what is missing', async () => {
    const table = (name: string, featureColumns: number, more: Partial<ImportRequest> = {}) =>
      runWhole('expression', `${examples}/generic-tabular/${name}`, { featureColumns, ...more });
    const signals = [
      await signalOf(await table('Test_basic_generic_expression.tsv', 4)),
      await signalOf(await table('Test_basic_generic_expression_3nfa.tsv', 3)),
      await signalOf(await table('data-frame2_multi_measurement.tsv', 3, { measurementSeparator: '.' })),
      await signalOf(await table('missing_value_codes.tsv', 1)),
      await signalOf(await runWhole('expression', `${examples}/facs/Tumor_day_20.facs`, { featureColumns: 3 })),
    ];
    assert.deepEqual(
      signals.map(({ featureCount, runCount, measurements }) => [featureCount, runCount, measurements.length]),
      [
        [5, 4, 1],
        [5, 4, 1],
        [6, 3, 2],
        [2, 9, 1],
        [15, 6, 1],
      ],
    );
  });
});

/** Lines that are no header and not empty, counted here. */
function recordsIn(path: string): number {
  const bytes = readFileSync(new URL(path, folder));
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  return text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#')).length;
}

suite('variants of many programs', { skip }, () => {
  const under = (path: string) => (skip ? [] : readdirSync(new URL(path, folder)).map((name) => `${path}${name}`));

  for (const path of [
    ...under('vcf/callers/'),
    ...under('vcf/ebi_v4.3/passed/'),
    'vcf/1000g_phase3_100samples/sample.vcf',
  ]) {
    const refusal = refusedVariants[path];
    test(`${path} ${refusal ? `is refused: ${refusal}` : 'comes in'}`, async () => {
      const job = await run('variant', path);
      if (refusal)
        return assert.deepEqual([job.state, job.findings.some((finding) => finding.location?.line)], ['failed', true]);
      assert.equal(job.state, 'completed', JSON.stringify(job.errors));
      const reader = await openVariants({
        store: bench.objects,
        prefix: (await signalOf(String(job.result?.groupAccession))).prefix,
      });
      assert.equal(reader.describe().variants, recordsIn(path));
    });
  }

  for (const path of under('vcf/ebi_v4.3/failed/')) {
    const silence = silentVariants[path];
    test(`${path} is ${silence ? `taken: ${silence}` : 'refused or told of'}`, async () => {
      const job = await run('variant', path);
      assert.ok(job.state === 'completed' || job.state === 'failed', job.state);
      assert.ok(
        job.errors.every((error) => error.code !== 'internal'),
        JSON.stringify(job.errors),
      );
      assert.equal(
        job.findings.length === 0,
        silence !== undefined,
        `${job.state} with ${job.findings.length} findings`,
      );
      for (const { location } of job.findings) assert.equal(location?.file, basename(path));
    });
  }
});
