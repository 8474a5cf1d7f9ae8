import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { parseExpressionQuery, parseMetadataFilter, parseVariantQuery } from '@linnaea/query';
import {
  expressionGroups,
  type OmicsConditions,
  omicsSamples,
  selectionOf,
  streamExpression,
  streamVariants,
  variantData,
  variantGroups,
} from './index.ts';
import { type AddedFile, createOmicsBench, type OmicsBench } from './testing.ts';

let bench: OmicsBench;
let administrator: Principal;
let scope: number;
let expression: AddedFile;
let otherExpression: AddedFile;
let variants: AddedFile;
const samples = new Map<string, number>();

const gct = '#1.2\n2\t2\nName\tDescription\tS1\tS2\ng1\tone\t1\t2\ng2\ttwo\t3.14159\t\n';
const vcf = [
  '##fileformat=VCFv4.2',
  '##FILTER=<ID=q10,Description="low">',
  '##INFO=<ID=AF,Number=A,Type=Float,Description="f">',
  '##INFO=<ID=DB,Number=0,Type=Flag,Description="d">',
  '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">',
  '##contig=<ID=chr1>',
  '##contig=<ID=chr2>',
  '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS3',
  'chr1\t100\trs1\tA\tG\t50\tPASS\tAF=0.5;DB\tGT\t0|1\t1|1',
  'chr1\t200\trs2;rs3\tC\tT,G\t.\tq10\tAF=0.1,0.2\tGT\t0/0\t./.',
  'chr2\t300\t.\tG\tA\t9.5\tPASS\tAF=0.9\tGT\t0/1\t0/0',
  '',
].join('\n');

before(async () => {
  bench = await createOmicsBench();
  ({ administrator } = bench);
  scope = await bench.addScope('S');
  const study = await bench.addRecord('study', scope, { 'Study Title': 'S' });
  for (const [name, organ] of [
    ['S1', 'brain'],
    ['S2', 'brain'],
    ['S3', 'liver'],
    ['S4', 'liver'],
  ] as const) {
    const id = await bench.addRecord('sample', scope, { 'Sample Source ID': name, Organ: organ });
    samples.set(name, id);
    await bench.link(id, study, 'study');
  }
  const of = (...names: string[]) => ({ kind: 'sample' as const, ids: names.map((name) => samples.get(name)) });
  expression = await bench.addMatrix(gct, { scope, attributes: { Unit: 'TPM' }, parents: of('S1', 'S2') });
  otherExpression = await bench.addMatrix('#1.2\n1\t1\nName\tDescription\tS4\ng1\t\t9\n', {
    scope,
    attributes: { Unit: 'RPM' },
    parents: of('S4'),
  });
  variants = await bench.addVariants(vcf, { scope, parents: of('S1', 'S3') });
});
after(() => bench.close());

const draft = { view: 'draft' } as const;
const filter = (text: string) => ({ filter: parseMetadataFilter(text) });
const ex = (text: string) => ({ expressionQuery: parseExpressionQuery(text) });
const vx = (text: string) => ({ variantQuery: parseVariantQuery(text) });

async function rows(query: string | undefined, selection = {}, limit = 2000): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 50; pages += 1) {
    const page = await variantData(
      bench,
      administrator,
      { ...draft, ...selection },
      query === undefined ? undefined : parseVariantQuery(query),
      { limit, cursor },
    );
    assert.ok(page.items.length <= limit);
    found.push(
      ...page.items.map(
        ({ variant, run, genotype }) => `${variant.chrom}:${variant.pos} ${run.name} ${String(genotype.GT)}`,
      ),
    );
    if (page.exhausted) return found;
    cursor = page.cursor;
  }
  return assert.fail('the pages do not end');
}

describe('rows of variants', () => {
  const all = [
    'chr1:100 S1 0|1',
    'chr1:100 S3 1|1',
    'chr1:200 S1 0/0',
    'chr1:200 S3 ./.',
    'chr2:300 S1 0/1',
    'chr2:300 S3 0/0',
  ];

  it('are found by what the file says of the variant', async () => {
    assert.deepEqual(await rows('region = 1:150-* '), all.slice(2, 4));
    assert.deepEqual(await rows('id = rs3'), all.slice(2, 4));
    assert.deepEqual(await rows('filter = pass and info.AF > 0.6'), all.slice(4));
    assert.deepEqual(await rows('!exists(info.DB) and region = chr1'), all.slice(2, 4));
    assert.deepEqual(await rows('id = rs1', { sample: filter('Organ = liver') }), ['chr1:100 S3 1|1']);
    assert.deepEqual(await rows('id = absent'), []);
  });

  it('come page by page, each once', async () => {
    for (const limit of [1, 2, 3, 4, 5, 6, 7])
      assert.deepEqual(await rows(undefined, {}, limit), all, `${limit} a page`);
    assert.deepEqual(await rows('filter = PASS', {}, 1), [...all.slice(0, 2), ...all.slice(4)]);
  });

  it('are not found by gene', async () => {
    await assert.rejects(rows('feature = TP53 or id = rs1'), { kind: 'invalid', code: 'reference-genome-missing' });
  });

  it('are for those who may measure', async () => {
    const reader = await bench.addReader(scope, 'read');
    assert.deepEqual((await variantData(bench, reader, draft, undefined, { limit: 9 })).items, []);
  });
});

async function sampleNames(conditions: Partial<OmicsConditions>, limit = 2000): Promise<unknown[]> {
  const found: unknown[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await omicsSamples(bench, administrator, { ...draft, ...conditions }, { limit, cursor });
    found.push(...page.items.map(({ attributes }) => attributes['Sample Source ID']));
    if (page.exhausted) return found;
    ({ cursor } = page);
  }
}

it('samples satisfy everything that is asked', async () => {
  assert.deepEqual(await sampleNames({}), ['S1', 'S2', 'S3', 'S4']);
  assert.deepEqual(await sampleNames({}, 1), ['S1', 'S2', 'S3', 'S4']);
  assert.deepEqual(await sampleNames({ study: filter('"Study Title" = other') }), []);
  assert.deepEqual(await sampleNames(ex('feature = g1 value >= 2')), ['S2', 'S4']);
  assert.deepEqual(await sampleNames(ex('value > 3')), ['S1', 'S4']);
  assert.deepEqual(await sampleNames({ expressionFile: filter('Unit = TPM') }), ['S1', 'S2']);
  assert.deepEqual(await sampleNames({ ...ex('feature = g1'), sample: filter('Organ = liver') }), ['S4']);
  assert.deepEqual(await sampleNames(vx('id = rs1')), ['S1', 'S3']);
  assert.deepEqual(await sampleNames({ ...vx('id = rs1'), ...ex('feature = g2') }), ['S1']);
  assert.deepEqual(await sampleNames(vx('id = absent')), []);
});

it('files are those with matching measurements', async () => {
  const groups = async (conditions: Partial<OmicsConditions>, limit = 2000) => {
    const page = await expressionGroups(bench, administrator, { ...draft, ...conditions }, { limit });
    return page.items.map(({ accession }) => accession);
  };
  const both = [expression.group, otherExpression.group];
  assert.deepEqual(await groups({}), both);
  assert.deepEqual(await groups(ex('feature = g1')), both);
  assert.deepEqual(await groups(ex('feature = g2')), [expression.group]);
  assert.deepEqual(await groups(ex('value > 5')), [otherExpression.group]);
  assert.deepEqual(await groups(vx('id = rs1')), [expression.group]);
  const first = await expressionGroups(bench, administrator, draft, { limit: 1 });
  const second = await expressionGroups(bench, administrator, draft, { limit: 1, cursor: first.cursor });
  assert.deepEqual(
    [first, second].map(({ items, exhausted }) => [items[0]!.accession, exhausted]),
    [
      [both[0], false],
      [both[1], true],
    ],
  );
  const ofVariants = await variantGroups(bench, administrator, { ...draft, ...vx('region = chr2') }, { limit: 9 });
  assert.deepEqual(
    ofVariants.items.map(({ accession }) => accession),
    [variants.group],
  );
  assert.deepEqual(
    (await variantGroups(bench, administrator, { ...draft, ...vx('region = chr3') }, { limit: 9 })).items,
    [],
  );
});

it('a condition on the other kind of data holds for the sample', async () => {
  const selection = await selectionOf(bench, administrator, 'variant', { ...draft, ...ex('feature = g1') });
  assert.deepEqual(await rows('id = rs1', selection), ['chr1:100 S1 0|1']);
});

async function textOf(stream: Promise<AsyncIterable<Uint8Array>>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('streams', () => {
  it('of expression are the file or a part of it', async () => {
    const text = (selection: object, digits?: number) =>
      textOf(streamExpression(bench, administrator, expression.group, { ...draft, ...selection }, digits));
    assert.equal(await text({}), 'Name,Description,S1,S2\ng1,one,1,2\ng2,two,3.14159,\n');
    assert.equal(await text(ex('feature = g2'), 2), 'Name,Description,S1,S2\ng2,two,3.14,\n');
    assert.equal(await text(ex('value >= 2')), 'Name,Description,S1,S2\ng1,one,1,2\ng2,two,3.14159,\n');
    assert.equal(await text({ sample: filter('"Sample Source ID" = S2') }), 'Name,Description,S2\ng1,one,2\ng2,two,\n');
    assert.equal(
      await text({ ...ex('value >= 2'), sample: filter('"Sample Source ID" = S2') }),
      'Name,Description,S2\ng1,one,2\n',
    );
    assert.equal(await text({ sample: filter('Organ = liver') }), 'Name,Description\ng1,one\ng2,two\n');
  });

  it('of variants are VCF', async () => {
    const text = async (selection: object) =>
      (await textOf(streamVariants(bench, administrator, variants.group, { ...draft, ...selection })))
        .split('\n')
        .filter((line) => !line.startsWith('##') && line !== '');
    assert.equal((await text({})).length, 4);
    assert.deepEqual(await text({ ...vx('id = rs1'), sample: filter('Organ = liver') }), [
      '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS3',
      'chr1\t100\trs1\tA\tG\t50\tPASS\tAF=0.5;DB\tGT\t1|1',
    ]);
    assert.match((await text(ex('feature = g1')))[0]!, /\tFORMAT\tS1$/);
  });

  it('need a file of the kind that may be seen', async () => {
    const missing = { kind: 'not-found', code: 'group-not-found' };
    await assert.rejects(streamExpression(bench, administrator, 'N', draft), {
      ...missing,
      message: "Group 'N' could not be found",
    });
    await assert.rejects(streamExpression(bench, administrator, variants.group, draft), missing);
    await assert.rejects(streamVariants(bench, administrator, expression.group, draft), missing);
    await assert.rejects(
      streamExpression(bench, await bench.addReader(await bench.addScope('other'), 'own'), expression.group, draft),
      missing,
    );
  });

  it('of a whole file are a download, of a part a measurement', async () => {
    const measure = await bench.addReader(scope, 'measure');
    await assert.rejects(streamExpression(bench, measure, expression.group, draft), { kind: 'forbidden' });
    await assert.rejects(streamVariants(bench, measure, variants.group, draft), { kind: 'forbidden' });
    assert.match(
      await textOf(streamExpression(bench, measure, expression.group, { ...draft, ...ex('feature = g1') })),
      /^g1,/m,
    );
    assert.match(
      await textOf(streamExpression(bench, await bench.addReader(scope, 'download'), expression.group, draft)),
      /^g1,/m,
    );
    await assert.rejects(
      streamExpression(bench, await bench.addReader(scope, 'read'), expression.group, {
        ...draft,
        ...ex('feature = g1'),
      }),
      { kind: 'forbidden' },
    );
  });
});

it('deleted samples are not related to anything', async () => {
  const change = await bench.database.first<{ id: number }>(
    sql`insert into change (origin, action) values ('test', 'delete') returning id`,
  );
  await bench.database.run(sql`update record set deleted_change = ${change!.id} where id = ${samples.get('S4')!}`);
  const { items } = await variantData(
    bench,
    administrator,
    { ...draft, sample: filter('"Sample Source ID" = S4') },
    undefined,
    { limit: 1 },
  );
  assert.deepEqual(items, []);
  assert.deepEqual(await sampleNames(ex('feature = g1')), ['S1', 'S2']);
});
