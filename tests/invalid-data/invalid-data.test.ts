import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { loadVocabulary, resolveLabels } from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import { readCrossReferences, readVocabulary } from '@linnaea/formats';
import type { ImportKind } from '@linnaea/imports';
import { createImportBench, type ImportBench } from '@linnaea/imports/testing';
import type { Job } from '@linnaea/jobs';
import { type Finding, parseTemplate } from '@linnaea/model';
import { deliberate, type Verdict, verdictsOf } from './verdicts.ts';

const folder = new URL('../../../shared/data/invalid/', import.meta.url);
const skip = existsSync(folder) ? false : 'the shared test data are not beside the repository';

let bench: ImportBench;
before(async () => {
  bench = await createImportBench();
});
after(() => bench.close());

const importKinds: Readonly<Record<string, ImportKind>> = {
  samples: 'sample',
  study: 'study',
  libraries: 'library',
  gct: 'expression',
  facs: 'expression',
};

/** Imports a file under its own name; a refused one must leave nothing and say where it is wrong. */
async function importFile(
  kind: ImportKind,
  name: string,
  bytes: string | Uint8Array,
  featureColumns?: number,
): Promise<Job> {
  const source = { link: bench.serve(name, bytes) };
  const counts = () =>
    bench.database.first(sql`
    select (select count(*)::int from record) as records, (select count(*)::int from signal) as signals, (select count(*)::int from change) as changes`);
  const earlier = await counts();
  const job = await bench.run({
    kind,
    allowDuplicates: true,
    ...(kind === 'expression' || kind === 'variant' ? { data: source } : { metadata: source }),
    ...(featureColumns === undefined ? {} : { featureColumns }),
  });
  assert.notEqual(job.state, 'stopped');
  for (const finding of job.findings) assert.equal(finding.location?.file, name, JSON.stringify(finding));
  if (job.state !== 'failed') return job;
  assert.deepEqual(await counts(), earlier, 'a refused import has left something');
  assert.ok(
    job.errors.every((error) => error.code !== 'internal') && job.errors.length > 0,
    JSON.stringify(job.errors),
  );
  assertPlaced(job.findings);
  return job;
}

/** The faults of an empty or a damaged packed file are in no line. */
const placeless = new Set(['empty-file', 'corrupt-compression', 'zip-several-files']);

function assertPlaced(findings: readonly Finding[]): void {
  const faults = findings.filter((finding) => finding.severity === 'error');
  assert.ok(faults.length > 0, 'refused without a finding');
  for (const { code, location } of faults) {
    const place = location?.line ?? location?.column ?? location?.attribute;
    assert.ok(place !== undefined || placeless.has(code), `${code} has no place`);
  }
}

function verdictOf(job: Job): Verdict {
  if (job.state === 'failed') return 'reject';
  return job.findings.length > 0 ? 'warn' : 'accept';
}

async function* bytesOf(bytes: Uint8Array) {
  yield bytes;
}

async function judgeReferences(bytes: Uint8Array, name: string): Promise<Verdict> {
  const findings: Finding[] = [];
  const options = { file: name, report: (finding: Finding) => findings.push(finding) };
  for await (const batch of readCrossReferences(bytesOf(bytes), options)) assert.ok(batch.length >= 0);
  return judgeFindings(findings);
}

async function judgeVocabulary(bytes: Uint8Array, name: string): Promise<Verdict> {
  const findings: Finding[] = [];
  const terms = readVocabulary(bytesOf(bytes), { fileName: name, sink: (finding) => findings.push(finding) });
  const loaded = await bench.database.transaction((tx) => loadVocabulary(tx, { name, terms }));
  assert.ok(loaded.termCount > 0);
  return judgeFindings(findings);
}

function judgeFindings(findings: readonly Finding[]): Verdict {
  if (findings.length === 0) return 'accept';
  for (const { code, message } of findings) assert.ok(code !== '' && message !== '');
  return findings.some((finding) => finding.severity === 'error') ? 'reject' : 'warn';
}

async function judge(path: string): Promise<Verdict> {
  const [kind = ''] = path.split('/');
  const bytes = readFileSync(new URL(path, folder));
  const name = basename(path);
  if (kind === 'xref') return judgeReferences(bytes, name);
  if (kind === 'dictionaries') return judgeVocabulary(bytes, name);
  if (kind === 'templates') return judgeFindings(parseTemplate(JSON.parse(bytes.toString())).findings);
  return verdictOf(await importFile(importKinds[kind]!, name, bytes, kind === 'facs' ? 3 : undefined));
}

suite('the list of bad files', { skip }, () => {
  const lines = skip ? [] : readFileSync(new URL('EXPECTED.tsv', folder), 'utf8').trim().split('\n').slice(1);
  for (const line of lines) {
    const [path = '', expected = '', why = ''] = line.split('\t');
    const other = deliberate[path];
    test(`${path}: ${other ? `${other.verdict}, because ${other.reason}` : `${expected} (${why})`}`, async () => {
      const verdict = await judge(path);
      if (other) return assert.equal(verdict, other.verdict);
      const allowed = verdictsOf(expected);
      // A template's warnings about what is missing are no objection to a file that is to be accepted.
      if (allowed.has('accept') && allowed.size === 2) allowed.add('warn');
      assert.ok(allowed.has(verdict), `${verdict}, not one of ${[...allowed].join()}`);
    });
  }

  test('each deliberate difference is one of the list, and is a difference', () => {
    const expected = new Map(lines.map((line) => [line.split('\t')[0]!, line.split('\t')[1]!]));
    for (const [path, { verdict }] of Object.entries(deliberate)) {
      assert.ok(expected.has(path), path);
      assert.equal(verdictsOf(expected.get(path)!).has(verdict), false, path);
    }
  });

  test('a value that is a synonym of two labels names both', async () => {
    const terms = readVocabulary(bytesOf(readFileSync(new URL('dictionaries/synonym_clash.csv', folder))), {
      fileName: 'x.csv',
      sink: () => undefined,
    });
    const { accession } = await bench.database.transaction((tx) => loadVocabulary(tx, { name: 'Clash', terms }));
    const resolved = await resolveLabels(bench.database, accession, ['M']);
    assert.match(JSON.stringify(resolved.labels.get('M')), /male.*medium/);
  });
});

const row = (...cells: string[]) => cells.join('\t');
const gctOf = (...rows: string[]) =>
  [`#1.2`, `${rows.length}\t2`, row('Name', 'Description', 'S1', 'S2'), ...rows].join('\n');

suite('own bad files', () => {
  const cases: [string, ImportKind, string | Uint8Array, string, number | undefined][] = [
    ['twice.tsv', 'sample', `${row('Sample Source ID', 'Age', 'Age')}\n${row('A', '1', '2')}\n`, 'duplicate-header', 1],
    ['commas.csv', 'sample', 'Sample Source,Sample Source ID\nGEO,A1\n', 'wrong-separator', 1],
    ['none.tsv', 'sample', '', 'empty-file', undefined],
    ['noid.tsv', 'library', `${row('Library', 'Sample Source ID')}\n${row('L1', 'A1')}\n`, 'key-column-missing', 1],
    [
      'again.tsv',
      'preparation',
      `${row('Preparation ID', 'Sample Source ID')}\n${row('P1', 'A')}\n${row('P1', 'B')}\n`,
      'key-repeated',
      3,
    ],
    ['long.tsv', 'sample', `${row('Sample Source', 'Sample Source ID')}\n${row('GEO', 'A', 'extra')}\n`, 'row-long', 2],
    ['nul.tsv', 'sample', `${row('Sample Source', 'Sample Source ID')}\n${row('GEO', 'A\0B')}\n`, 'nul-character', 2],
    ['two.tsv', 'study', 'Study Title\nOne\nTwo\n', 'study-row-count', 3],
    ['text.gct', 'expression', gctOf(row('G1', 'na', '1', 'much')), 'not-a-number', 4],
    ['short.gct', 'expression', gctOf(row('G1', 'na', '1')), 'row-short', 4],
    ['version.gct', 'expression', 'Name\tDescription\tS1\nG1\tna\t1\n', 'gct-version', 1],
    ['cut.gct.gz', 'expression', Buffer.from('1f8b0800000000000003', 'hex'), 'corrupt-compression', undefined],
  ];
  for (const [name, kind, bytes, code, line] of cases) {
    test(`${name} is refused: ${code}`, async () => {
      const job = await importFile(kind, name, bytes);
      assert.equal(job.state, 'failed');
      assert.equal(job.errors[0]?.code, code);
      const fault = job.findings.find((finding) => finding.severity === 'error');
      assert.deepEqual([fault?.code, fault?.location?.line], [code, line]);
    });
  }

  test('names and cells of others stay data', async () => {
    const text = `${row('Sample Source', 'Sample Source ID', '__proto__', 'constructor')}\n${row('GEO', '𝒜\u202e', 'x'.repeat(2 ** 20), '{"a":1}')}\n`;
    const job = await importFile('sample', 'odd.tsv', text);
    assert.equal(job.state, 'completed');
    const stored = await bench.database.first<{
      attributes: string;
    }>(sql`select attributes::text from record r where kind = 'sample'
      and group_id = (select id from record where accession = ${String(job.result?.groupAccession)})`);
    const attributes = new Map(Object.entries(JSON.parse(stored!.attributes)));
    assert.equal(attributes.get('__proto__'), 'x'.repeat(2 ** 20));
    assert.deepEqual([attributes.get('constructor'), attributes.get('Sample Source ID')], ['{"a":1}', '𝒜\u202e']);
  });
});
