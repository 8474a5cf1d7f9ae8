import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createOdmBench, type OdmBench } from '../testing.ts';

let bench: OdmBench;
let study: string;
let samples: string;
let expression: string;
let variants: string;

const gct = '#1.2\n3\t2\nName\tDescription\tS1\tS2\ng1\tone\t1.5\t2\ng2\ttwo\t\t-Inf\n__proto__\t\t4\tInf\n';
const vcf = [
  '##fileformat=VCFv4.2',
  '##FILTER=<ID=q10,Description="low">',
  '##INFO=<ID=AF,Number=A,Type=Float,Description="f">',
  '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">',
  '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="d">',
  '##contig=<ID=chr1>',
  '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2',
  'chr1\t100\trs1\tA\tG\t50\tPASS\tAF=0.5\tGT:DP\t0|1:7\t1|1:8',
  'chr1\t200\trs2\tC\tT\t.\tq10\tAF=0.1\tGT:DP\t0/0:9\t./.:.',
  '',
].join('\n');

async function imported(kind: string, body: Record<string, unknown>): Promise<string> {
  const { body: job, text } = await bench.ask('POST', `/api/v1/jobs/import/${kind}`, { body });
  assert.ok(job?.jobExecId, text);
  for (let tries = 0; tries < 600; tries += 1) {
    const { body: output } = await bench.ask('GET', `/api/v1/jobs/${job.jobExecId}/output`);
    if (output.status === 'COMPLETED') return output.result.groupAccession ?? output.result.accession;
    assert.ok(['STARTING', 'RUNNING'].includes(output.status), JSON.stringify(output));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return assert.fail('the import does not end');
}

const link = async (path: string) => {
  const { status } = await bench.ask('POST', `/api/v1/as-curator/integration/link/${path}`);
  assert.ok(status === 204 || status === 200, path);
};

before(async () => {
  bench = await createOdmBench();
  const serve = (name: string, body: string) => bench.serve(name, body);
  study = await imported('study', { metadataLink: serve('study.tsv', 'Study Title\tOwner\nAlpha\tme\n') });
  samples = await imported('samples', {
    metadataLink: serve('samples.tsv', 'Sample Source\tSample Source ID\tOrgan\nlab\tS1\tbrain\nlab\tS2\tliver\n'),
  });
  await link(`sample/group/${samples}/to/study/${study}`);
  expression = await imported('expression', {
    dataLink: serve('e.gct', gct),
    metadataLink: serve('e.gct.tsv', 'Normalization Method\nTPM\n'),
  });
  await link(`expression/group/${expression}/to/sample/group/${samples}`);
  variants = await imported('variant', { dataLink: serve('v.vcf', vcf) });
  await link(`variant/group/${variants}/to/sample/group/${samples}`);
});
after(() => bench.close());

type Parameters = Record<string, string | number | readonly string[]>;

function url(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    for (const each of [value].flat()) query.append(name, String(each));
  return `/api/v1/as-curator/${path}?${query}`;
}

async function get(path: string, parameters: Parameters = {}, status = 200) {
  const answer = await bench.ask('GET', url(path, parameters));
  assert.equal(answer.status, status, answer.text);
  return answer;
}

const data = async (path: string, parameters: Parameters = {}) => (await get(path, parameters)).body.data;

test('expression data has the rows of the training material', async () => {
  const { body } = await get('omics/expression/data', {
    studyFilter: `"genestack:accession" = ${study}`,
    sampleFilter: 'Organ = brain',
    exQuery: 'Feature=g1 MinValue=1',
    pageLimit: 10,
  });
  const sampleIds = (await data('samples')).map((sample: Record<string, string>) => sample['genestack:accession']);
  assert.equal(body.resultsExhausted, true);
  assert.deepEqual(body.log, []);
  const [row, ...others] = body.data;
  assert.deepEqual(others, []);
  const { metadata, itemId, itemOrigin, ...rest } = row;
  assert.deepEqual(rest, {
    gene: 'g1',
    expression: 1.5,
    description: 'one',
    feature: { Name: 'g1', Description: 'one' },
    value: { value: 1.5 },
    relationships: { sample: sampleIds[0] },
  });
  assert.deepEqual({ ...itemOrigin, runId: '' }, { runSourceId: 'S1', runId: '', groupId: expression });
  assert.equal(itemId, `${itemOrigin.runId}-0`);
  assert.equal(metadata['Normalization Method'], 'TPM');
  assert.equal(metadata['genestack:accession'], itemOrigin.runId);
  const { relationships, ...alone } = row;
  assert.equal(typeof relationships.sample, 'string');
  assert.deepEqual((await get(`expressions/${itemId}`)).body, alone);
});

test('missing values are null and infinite ones texts', async () => {
  const rows = await data('omics/expression/data', { exQuery: 'feature = g2,__proto__' });
  assert.deepEqual(
    rows.map((row: { value: { value: unknown }; expression: unknown }) => [row.value.value, row.expression]),
    [
      [null, null],
      ['-Inf', '-Inf'],
      [4, 4],
      ['Inf', 'Inf'],
    ],
  );
});

test('pages follow each other by cursor', async () => {
  const whole = await data('expressions');
  assert.equal(whole.length, 6);
  for (const path of ['expressions', 'omics/expression/data']) {
    const parameters: Parameters =
      path === 'expressions' ? {} : { exQuery: 'value > -1 or value <= -1 or value = null' };
    const found: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; ; pages += 1) {
      assert.ok(pages < 10);
      const { body } = await get(path, { ...parameters, pageLimit: 4, ...(cursor === undefined ? {} : { cursor }) });
      // both ways to see the end: an empty page, or being told
      if (body.data.length === 0) break;
      found.push(...body.data.map(({ itemId }: { itemId: string }) => itemId));
      ({ cursor } = body);
    }
    assert.deepEqual(
      found,
      whole.map(({ itemId }: { itemId: string }) => itemId),
      path,
    );
  }
  assert.match(
    (await get('omics/samples', { cursor: 'nonsense' }, 400)).body.error.message,
    /^incorrect cursor format$/,
  );
  await get('expressions', { pageLimit: 2001 }, 400);
});

test('expression lists take runs, features and a least value', async () => {
  const names = async (parameters: Parameters) =>
    (await data('expressions', parameters)).map(
      (row: { gene: string; itemOrigin: { runSourceId: string } }) => `${row.gene} ${row.itemOrigin.runSourceId}`,
    );
  assert.deepEqual(await names({ runSourceFilter: 'S2', featureList: ['g1', 'g2'] }), ['g1 S2', 'g2 S2']);
  assert.deepEqual(await names({ minExpressionLevel: 2 }), ['g1 S2', '__proto__ S1', '__proto__ S2']);
  assert.deepEqual(await names({ filter: '"Normalization Method" = RPM' }), []);
  const [row] = await data('expressions');
  assert.deepEqual(await names({ runFilter: row.itemOrigin.runId, filter: '"Normalization Method" = TPM' }), [
    'g1 S1',
    'g2 S1',
    '__proto__ S1',
  ]);
});

test('variants have their line and their genotype', async () => {
  const [row, other] = await data('omics/variant/data', { vxQuery: 'id = rs1', sampleFilter: 'Organ = liver' });
  assert.equal(other, undefined);
  assert.deepEqual(row.variant, {
    chrom: 'chr1',
    pos: 100,
    id: ['rs1'],
    ref: 'A',
    alt: ['G'],
    qual: 50,
    filter: ['PASS'],
    info: { AF: [0.5] },
  });
  assert.deepEqual(row.genotype, { GT: '1|1', DP: 8 });
  assert.equal(row.itemOrigin.groupId, variants);
  assert.equal(typeof row.relationships.sample, 'string');
  const single = await get(`variants/${row.itemId}`);
  assert.deepEqual(single.body.variant, row.variant);
  const ids = async (parameters: Parameters) =>
    (await data('variants', { runSourceFilter: 'S1', ...parameters })).map(
      (each: { variant: { id: string[] } }) => each.variant.id[0],
    );
  assert.deepEqual(await ids({}), ['rs1', 'rs2']);
  assert.deepEqual(await ids({ variantRegion: ['chr1:1-150', 'chr2'] }), ['rs1']);
  assert.deepEqual(await ids({ variantId: ['rs2', 'rs9'] }), ['rs2']);
  assert.deepEqual(await ids({ variantFilter: 'noPass' }), ['rs2']);
  assert.deepEqual(await ids({ variantInfo: 'AF > 0.3' }), ['rs1']);
  assert.match((await get('variants', { variantFeature: 'TP53' }, 400)).body.error.message, /reference genome/);
});

test('samples and files are found through their data', async () => {
  const organs = async (parameters: Parameters) =>
    (await data('omics/samples', parameters)).map(
      ({ metadata }: { metadata: Record<string, string> }) => metadata.Organ,
    );
  assert.deepEqual(await organs({ exQuery: 'feature = g1 value >= 2' }), ['liver']);
  assert.deepEqual(await organs({ exFilter: '"Normalization Method" = TPM', vxQuery: 'id = rs1' }), ['brain', 'liver']);
  assert.deepEqual(await organs({ studyFilter: '"Study Title" = other' }), []);
  assert.deepEqual(
    (await data('omics/expression/group', { exQuery: 'feature = g1' })).map(({ itemId }: { itemId: string }) => itemId),
    [expression],
  );
  assert.deepEqual(await data('omics/expression/group', { exQuery: 'feature = absent' }), []);
  assert.deepEqual(
    (await data('omics/variant/group', { vxQuery: 'region = 1' })).map(({ itemId }: { itemId: string }) => itemId),
    [variants],
  );
});

test('files stream as text', async () => {
  const csv = await get('omics/expression/streamed-data', { groupAccession: expression });
  assert.match(csv.type, /^text\/csv/);
  assert.equal(csv.text, 'Name,Description,S1,S2\ng1,one,1.5,2\ng2,two,,-Inf\n__proto__,,4,Inf\n');
  const part = await get('omics/expression/streamed-data', {
    groupAccession: expression,
    featureList: 'g1',
    sampleFilter: 'Organ = brain',
    roundDigits: 0,
  });
  assert.equal(part.text, 'Name,Description,S1\ng1,one,2\n');
  const text = await get('omics/variant/streamed-data', { groupAccession: variants, vxQuery: 'id = rs2' });
  assert.match(text.type, /^text\/tab-separated-values/);
  assert.match(text.text, /\nchr1\t200\trs2\tC\tT\t\.\tq10\tAF=0.1\tGT:DP\t0\/0:9\t\.\/\.(:\.)?\n$/);
  const missing = await get('omics/expression/streamed-data', { groupAccession: 'N' }, 404);
  assert.deepEqual(missing.body, { error: { message: "Group 'N' could not be found" } });
});

test('what cannot be asked is said to be so', async () => {
  assert.match((await get('omics/expression/data', {}, 400)).body.error.message, /exQuery/);
  assert.match((await get('omics/variant/data', { exQuery: 'feature=a' }, 400)).body.error.message, /vxQuery/);
  assert.match((await get('omics/samples', { fxQuery: 'Marker=CD3' }, 400)).body.error.message, /flow cytometry/);
  await get('omics/expression/data', { exQuery: 'feature =' }, 400);
  await get('omics/samples', { sampleFliter: 'x' }, 400);
  await get('expressions/nonsense', {}, 400);
  await get('expressions/999999999-0', {}, 404);
});

test('others see nothing, and curators only what is shared with them', async () => {
  const asUser = (path: string) => bench.ask('GET', `/api/v1/as-user/${path}`, { token: bench.researcherToken });
  assert.deepEqual((await asUser('expressions')).body.data, []);
  assert.deepEqual((await asUser('omics/samples?exQuery=feature%3Dg1')).body.data, []);
  assert.equal((await asUser(`omics/expression/streamed-data?groupAccession=${expression}`)).status, 404);
  const [row] = await data('expressions');
  assert.equal((await asUser(`expressions/${row.itemId}`)).status, 404);
  assert.equal(
    (await bench.ask('GET', '/api/v1/as-curator/expressions', { token: bench.researcherToken })).status,
    403,
  );
  assert.equal((await bench.ask('GET', '/api/v1/as-user/expressions', { token: null })).status, 401);
});
