import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  editRecord,
  findRecords,
  getVersion,
  linkRecords,
  listRecords,
  listVersions,
  publishScope,
  removeRecords,
  restoreChange,
  unlinkRecords,
} from '@linnaea/catalog';
import { sql } from '@linnaea/database';
import { grant } from '@linnaea/identity';
import type { Job } from '@linnaea/jobs';
import { CatalogueError } from '@linnaea/model';
import { parseFullText, parseMetadataFilter } from '@linnaea/query';
import { openMatrix, openVariants, signalsOfGroups } from '@linnaea/signals';
import { createImportBench, type ImportBench, makeUser } from './testing.ts';

let bench: ImportBench;
before(async () => {
  bench = await createImportBench();
});
after(() => bench.close());

const rows = (...lines: string[][]) => lines.map((line) => line.join('\t')).join('\r\n');
const study = rows(['Study Source', 'Study Description'], ['Field station', 'Four plants']);
const samples = rows(
  ['Sample Source', 'Sample Source ID', 'Sex', 'Age', 'Tissue'],
  ['Field station', 'P1', 'M', '9', 'leaf|root'],
  ['Field station', 'P2', 'female', '10', 'leaf'],
  ['Field station', 'P3', 'F', '', 'root'],
  ['Field station', 'P4', 'male', '30', ''],
);
const libraries = rows(
  ['Library ID', 'Sample Source ID', 'Library Type'],
  ['L1', 'P1|P2', 'RNA-Seq-1'],
  ['L2', 'P3', 'RNA-Seq-1'],
);
const gct = '#1.2\n2\t4\nName\tDescription\tP1\tP2\tP3\tX9\nG1\tna\t1.5\t2.5\t0\t7\nG2\tna\t\t12.25\t3\t8\n';
const vcf =
  '##fileformat=VCFv4.2\n##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2\n1\t100\trs1\tA\tC\t50\tPASS\t.\tGT\t0|1\t1|1\n';

const accessionOf = (job: Job) => {
  assert.equal(job.state, 'completed', JSON.stringify(job.errors));
  return String(job.result?.groupAccession ?? job.result?.accession);
};
const link = (body: string, name: string) => ({ link: bench.serve(name, body) });
const end = (kind: 'study' | 'sample' | 'library' | 'expression' | 'variant', accession: string, isGroup = true) => ({
  kind,
  accession,
  isGroup,
});
const linkEnds = (child: ReturnType<typeof end>, parent: ReturnType<typeof end>) =>
  bench.database.transaction((tx) => linkRecords(tx, bench.curator, child, parent, { origin: 'odm' }));

/** Imports and links a whole study under names of its own. */
async function importStudy(name: string) {
  const studyAccession = accessionOf(await bench.run({ kind: 'study', metadata: link(study, `${name}.study.tsv`) }));
  const sampleGroup = accessionOf(await bench.run({ kind: 'sample', metadata: link(samples, `${name}.samples.tsv`) }));
  const libraryGroup = accessionOf(
    await bench.run({ kind: 'library', metadata: link(libraries, `${name}.libraries.tsv`) }),
  );
  const expression = accessionOf(await bench.run({ kind: 'expression', data: link(gct, `${name}.gct`) }));
  await linkEnds(end('sample', sampleGroup), end('study', studyAccession, false));
  await linkEnds(end('library', libraryGroup), end('sample', sampleGroup));
  const linked = await linkEnds(end('expression', expression), end('sample', sampleGroup));
  return { studyAccession, sampleGroup, libraryGroup, expression, linked };
}

test('a study with samples, libraries and expression comes in, linked by its identifiers', async () => {
  const { studyAccession, linked } = await importStudy('whole');
  assert.deepEqual(linked, { linked: 3, unlinked: 1, ambiguous: 0 });
  const page = await listRecords(bench.database, bench.curator, {
    kind: 'sample',
    view: 'draft',
    limit: 100,
    related: [
      { kind: 'library', where: { filter: parseMetadataFilter('"Library ID"=L1') } },
      { kind: 'study', where: { accession: studyAccession } },
    ],
  });
  assert.deepEqual(
    page.items.map((item) => item.attributes['Sample Source ID']),
    ['P1', 'P2'],
  );
  assert.equal(page.total, 2);
});

test('filters compare text exactly, numbers as numbers, any of several values, and see what is missing', async () => {
  const { sampleGroup } = await importStudy('filters');
  const [group] = await findRecords(bench.database, bench.curator, [sampleGroup]);
  const ids = async (filter: string) => {
    const page = await listRecords(bench.database, bench.curator, {
      kind: 'sample',
      view: 'published',
      limit: 10,
      groupId: group!.id,
      where: { filter: parseMetadataFilter(filter) },
    });
    return page.items.map((item) => item.attributes['Sample Source ID']).join();
  };
  assert.equal(await ids('Age > 9.5'), 'P2,P4');
  assert.equal(await ids('Age = 9'), 'P1');
  assert.equal(await ids('Tissue = root'), 'P1,P3');
  assert.equal(await ids('Tissue != root'), 'P2,P4');
  assert.equal(await ids('Age = null'), 'P3');
  assert.equal(await ids('Sex =~ "MAL"'), 'P2,P4');
  assert.equal(await ids('Sex in (M, F) OR (Age = 30 AND NOT Sex = female)'), 'P1,P3,P4');
  assert.equal(await ids('"genestack:accession" != GSF1 AND Sex = M'), 'P1');
});

test('a template warns and names line, column and suggestion', async () => {
  const job = await bench.run({ kind: 'sample', metadata: link(samples, 'warned.tsv') });
  const synonym = job.findings.find((finding) => finding.value === 'M');
  assert.match(
    synonym?.message ?? '',
    /^The value "M" for attribute "Sex" is a synonym in the controlled vocabulary "GSF\d+"\. Did you mean one of \[male\]\?$/,
  );
  assert.deepEqual({ line: synonym?.location?.line, column: synonym?.location?.column }, { line: 2, column: 3 });
});

test('a broken table is refused whole, with the place', async () => {
  const before = await bench.database.first<{ n: number }>(sql`select count(*)::int as n from record`);
  const job = await bench.run({
    kind: 'library',
    metadata: link(rows(['Library ID', 'Library ID'], ['L1', 'L2']), 'broken.tsv'),
  });
  assert.equal(job.state, 'failed');
  assert.match(job.errors[0]?.message ?? '', /Library ID/);
  assert.deepEqual(await bench.database.first(sql`select count(*)::int as n from record`), before);
});

test('measurements are readable where they were written, and versions form a chain', async () => {
  const { expression } = await importStudy('numbers');
  const [group] = await findRecords(bench.database, bench.curator, [expression]);
  const [signal] = await signalsOfGroups(bench.database, [group!.id]);
  const block = await (await openMatrix({ store: bench.objects, prefix: signal!.prefix })).read({});
  assert.deepEqual([...block.values], [1.5, 2.5, 0, 7, Number.NaN, 12.25, 3, 8]);
  const second = accessionOf(
    await bench.run({ kind: 'expression', data: link(gct, 'numbers-2.gct'), previousVersion: expression }),
  );
  const both = await findRecords(bench.database, bench.curator, [expression, second]);
  assert.equal(both[0]!.attributes.CHAIN_ID, both[1]!.attributes.CHAIN_ID);
  const signals = await signalsOfGroups(
    bench.database,
    both.map((record) => record.id),
  );
  assert.deepEqual(signals.map((entry) => [entry.version, entry.active]).sort(), [
    [1, false],
    [2, true],
  ]);
});

test('variants are readable where they were written', async () => {
  const group = accessionOf(await bench.run({ kind: 'variant', data: link(vcf, 'few.vcf') }));
  const [record] = await findRecords(bench.database, bench.curator, [group]);
  const [signal] = await signalsOfGroups(bench.database, [record!.id]);
  const reader = await openVariants({ store: bench.objects, prefix: signal!.prefix });
  const answer = await reader.query({ ids: ['rs1'] }, { samples: [0, 1] });
  assert.deepEqual(
    answer.rows[0]?.genotypes.map((genotype) => genotype.GT),
    ['0|1', '1|1'],
  );
});

test('the same link is not imported twice unless asked for', async () => {
  const request = { kind: 'study' as const, metadata: link(study, 'twice.tsv') };
  const first = await bench.run(request);
  await assert.rejects(
    bench.run(request),
    (error) => error instanceof CatalogueError && error.details.jobId === first.id,
  );
  accessionOf(await bench.run({ ...request, allowDuplicates: true }));
});

test('a link’s password does not outlive its import', async () => {
  const secret = link('Sample Source ID\tColour\nsecret-1\tred\n', 'secret.tsv').link.replace('//', '//me:hidden@');
  const job = await bench.run({ kind: 'sample', metadata: { link: `${secret}?signature=hidden` } });
  const rows = await bench.database.query(sql`select to_jsonb(job)::text as text from job where id = ${job.id}`);
  assert.equal(job.state, 'completed', JSON.stringify(job.errors));
  assert.doesNotMatch(JSON.stringify(rows), /hidden/);
});

test('edits make versions; readers see them when published', async () => {
  const { studyAccession, sampleGroup } = await importStudy('edits');
  const [group] = await findRecords(bench.database, bench.curator, [sampleGroup]);
  const { items } = await listRecords(bench.database, bench.curator, {
    kind: 'sample',
    view: 'draft',
    limit: 1,
    groupId: group!.id,
  });
  const target = { accession: items[0]!.accession, kinds: ['sample'] };
  await editRecord(
    bench.database,
    bench.curator,
    target,
    { Sex: 'male', Age: null, Note: 'seen' },
    { origin: 'odm', message: 'mend' },
  );
  const seen = async (view: 'draft' | 'published') =>
    (await findRecords(bench.database, bench.curator, [target.accession], { view }))[0]!.attributes;
  assert.deepEqual([(await seen('draft')).Sex, (await seen('published')).Sex], ['male', 'M']);
  assert.equal('Age' in (await seen('draft')), false);
  const query = (view: 'draft' | 'published') =>
    listRecords(bench.database, bench.curator, {
      kind: 'sample',
      view,
      limit: 10,
      groupId: group!.id,
      where: { query: parseFullText('seen') },
    });
  assert.deepEqual([(await query('draft')).total, (await query('published')).total], [1, 0]);
  const versions = await listVersions(bench.database, bench.curator, target.accession, ['sample'], 'draft');
  assert.deepEqual(
    versions.map((version) => version.message),
    ['mend', 'Initial version'],
  );
  const old = await getVersion(
    bench.database,
    bench.curator,
    target.accession,
    ['sample'],
    versions[1]!.version,
    'draft',
  );
  assert.deepEqual([old.attributes.Sex, old.attributes.Age, old.attributes.Note], ['M', '9', undefined]);
  const [owner] = await findRecords(bench.database, bench.curator, [studyAccession]);
  assert.equal(
    await bench.database.transaction((tx) => publishScope(tx, bench.curator, owner!.scopeId, { origin: 'odm' })),
    1,
  );
  assert.equal((await seen('published')).Sex, 'male');
  assert.equal((await query('published')).total, 1);
});

test('who has no grant sees nothing, and data follow the study they are linked to', async () => {
  const { studyAccession, expression } = await importStudy('access');
  const reader = await makeUser(bench.database, bench.administrator, 'reader@example.org', false);
  const seen = async () =>
    (await findRecords(bench.database, reader, [studyAccession, expression], { view: 'published' })).length;
  assert.equal(await seen(), 0);
  const [record] = await findRecords(bench.database, bench.administrator, [studyAccession]);
  await bench.database.transaction((tx) =>
    grant(tx, { scopeId: record!.scopeId, subjectId: reader.userId, level: 'read', by: bench.administrator }),
  );
  assert.equal(await seen(), 2);
  await assert.rejects(
    editRecord(bench.database, reader, { accession: studyAccession, kinds: ['study'] }, { x: '1' }, { origin: 'odm' }),
    (error) => error instanceof CatalogueError && error.kind === 'forbidden',
  );
});

test('links are removed and replaced; a run has one parent', async () => {
  const { sampleGroup, libraryGroup, expression, studyAccession } = await importStudy('links');
  const runs = gct.replace('P1\tP2\tP3\tX9', 'L1\tL2\tQ1\tQ2');
  const byLibrary = accessionOf(await bench.run({ kind: 'expression', data: link(runs, 'by-library.gct') }));
  assert.equal((await linkEnds(end('expression', byLibrary), end('library', libraryGroup))).linked, 2);
  const removed = await bench.database.transaction((tx) =>
    unlinkRecords(tx, bench.curator, end('expression', expression), end('sample', sampleGroup), { origin: 'odm' }),
  );
  assert.equal(removed, 3);
  const related = async () =>
    (
      await listRecords(bench.database, bench.curator, {
        kind: 'expression',
        view: 'draft',
        limit: 10,
        related: [{ kind: 'study', where: { accession: studyAccession } }],
      })
    ).total;
  assert.equal(await related(), 2);
  await assert.rejects(linkEnds(end('variant', expression), end('sample', sampleGroup)), /No object exists/);
});

test('a removed study takes everything along and comes back whole', async () => {
  const { studyAccession, expression } = await importStudy('bin');
  const removed = await bench.database.transaction((tx) =>
    removeRecords(tx, bench.administrator, [studyAccession], 'odm'),
  );
  assert.equal(removed.length, 1 + 5 + 3 + 5);
  assert.equal((await findRecords(bench.database, bench.administrator, [expression])).length, 0);
  const change = await bench.database.first<{ id: number }>(
    sql`select max(id) as id from change where action = 'delete'`,
  );
  await bench.database.transaction((tx) => restoreChange(tx, bench.administrator, change!.id, 'odm'));
  assert.equal((await findRecords(bench.database, bench.administrator, [expression])).length, 1);
});
