import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readVcf, writeVcf } from '@linnaea/formats';
import type { ObjectStore } from '@linnaea/objects';
import { parseRegions, parseVariantQuery } from '@linnaea/query';
import fc from 'fast-check';
import { scratchStore } from '../testing/scratch-store.ts';
import { readArray, readAttributes, readMetadata, readTexts } from '../zarr/arrays.ts';
import { zarrStore } from '../zarr/store.ts';
import { openVariants, type VariantReader } from './read.ts';
import { type VariantSource, type VariantSummary, writeVariants } from './write.ts';

async function sourceOf(input: string | Uint8Array): Promise<VariantSource> {
  async function* bytes(): AsyncIterable<Uint8Array> {
    yield Buffer.from(input);
  }
  return readVcf(bytes(), { report: () => {} });
}

async function stored(
  input: string | Uint8Array,
): Promise<{ store: ObjectStore; summary: VariantSummary; reader: VariantReader }> {
  const store = await scratchStore();
  const summary = await writeVariants({ store, prefix: 'v', open: () => sourceOf(input) });
  return { store, summary, reader: await openVariants({ store, prefix: 'v' }) };
}

async function textOf(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all).toString();
}

/** The file as our own writer spells it, without the store between. */
async function plain(input: string | Uint8Array): Promise<string> {
  const { header, rows } = await sourceOf(input);
  return textOf(writeVcf(header, rows));
}

const head = `##fileformat=VCFv4.3
##source=own
##FILTER=<ID=low,Description="Low">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">
##INFO=<ID=DB,Number=0,Type=Flag,Description="In a database">
##INFO=<ID=NOTE,Number=.,Type=String,Description="Notes">
##INFO=<ID=END,Number=1,Type=Integer,Description="End">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">
##contig=<ID=chr1,length=100000>
##contig=<ID=chr2,length=100000>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb
`;
const small = `${head}chr1\t10\trs1;rs2\tA\tC,T\t29.5\tPASS\tDP=14;AF=0.1,0.25;DB;NOTE=x,y\tGT:DP:PL\t0|1:7:1,2,3,4,5,6\t./.
chr1\t20\t.\tG\t<DEL>\t.\tlow\tDP=-1;END=40\tGT:DP\t1/1:.\t0/1:-2
chr2\t5\trs3\tT\tC\t100\tPASS;low\tAF=.\tGT\t1\t0
chr2\t6\trs4\tT\t.\t0.5\t.\t.\tDP\t3\t4
`;

describe('writeVariants', () => {
  it('lays the store out as VCF Zarr', async () => {
    const { store, summary } = await stored(small);
    assert.deepEqual([summary.variants, summary.samples, summary.contigs], [4, 2, ['chr1', 'chr2']]);
    assert.deepEqual(
      summary.fields.format.map(({ id }) => id),
      ['DP', 'PL'],
    );
    const zarr = zarrStore(store, 'v');
    const attributes = await readAttributes(zarr, '/');
    assert.equal(attributes.vcf_zarr_version, '0.5');
    assert.deepEqual(attributes.vcf_meta_information, [
      ['fileformat', 'VCFv4.3'],
      ['source', 'own'],
    ]);
    assert.deepEqual(await readArray(zarr, '/variant_position'), Int32Array.of(10, 20, 5, 6));
    assert.deepEqual(await readArray(zarr, '/variant_length'), Int32Array.of(1, 21, 1, 1));
    assert.deepEqual(await readArray(zarr, '/variant_allele'), [
      'A',
      'C',
      'T',
      'G',
      '<DEL>',
      '',
      'T',
      'C',
      '',
      'T',
      '',
      '',
    ]);
    assert.deepEqual(await readArray(zarr, '/variant_id'), ['rs1;rs2', '.', 'rs3', 'rs4']);
    assert.deepEqual(await readTexts(zarr, '/filter_id'), ['PASS', 'low']);
    assert.deepEqual(await readArray(zarr, '/variant_filter'), Uint8Array.of(1, 0, 0, 1, 1, 1, 0, 0));
    assert.deepEqual(
      await readArray(zarr, '/call_genotype'),
      Int8Array.of(0, 1, -1, -1, 1, 1, 0, 1, 1, -2, 0, -2, -2, -2, -2, -2),
    );
    assert.deepEqual(await readArray(zarr, '/region_index'), Int32Array.of(0, 0, 10, 20, 40, 2, 0, 1, 5, 6, 6, 2));
    assert.deepEqual((await readMetadata(zarr, '/variant_AF')).dimension_names, ['variants', 'alt_alleles']);
    // -1 is a number here, and the mark of a missing value in the integers of VCF Zarr.
    assert.equal((await readMetadata(zarr, '/variant_DP')).data_type, 'float32');
    assert.equal((await readMetadata(zarr, '/variant_END')).data_type, 'int8');
  });

  it('gives back the file that it was given', async () => {
    const { reader } = await stored(small);
    assert.equal(await textOf(reader.streamVcf()), small.replace('PASS;low\tAF=.', 'PASS;low\tAF=.'));
  });

  it('widens types, axes and ploidy after the first chunk', async () => {
    const line = (position: number, rest: string) => `chr1\t${position}\t.\tA\t${rest}\n`;
    const many = Array.from({ length: 10_050 }, (_, i) =>
      line(i + 1, `C\t.\t.\tDP=${i % 100};AF=0.5\tGT:DP\t0/1:${i % 100}\t1/1:.`),
    );
    const wide = [
      line(20_001, 'C\t1234567.891\tnew\tDP=40000;AF=0.123456789\tGT:DP\t0/1/1:300\t1/1:70000'),
      line(20_002, 'C,G,T,AA\t.\tlow\tDP=-2;AF=1,2,3,.;NEW=1\tGT:DP:PL\t4|200:-1\t1/1:.:1'),
      line(20_003, 'C\t.\t.\tDP=1,2,3;DB;END=-1\tGT:DP:MORE\t0/1:1,2:x\t0'),
    ];
    const text = head + many.join('') + wide.join('');
    const { store, reader, summary } = await stored(text);
    assert.equal(summary.variants, 10_053);
    assert.equal(await textOf(reader.streamVcf()), await plain(text));
    const zarr = zarrStore(store, 'v');
    assert.deepEqual((await readMetadata(zarr, '/call_genotype')).shape, [10_053, 2, 3]);
    assert.equal((await readMetadata(zarr, '/call_DP')).data_type, 'float32');
    assert.equal((await readMetadata(zarr, '/variant_AF')).data_type, 'float64');
    assert.deepEqual((await readMetadata(zarr, '/variant_AF')).shape, [10_053, 4]);
  });

  it('keeps a cell of very many values without widening all others', async () => {
    const text = `${head}chr1\t1\t.\tA\tC\t.\t.\tNOTE=${'n,'.repeat(20_000)}n\tGT\t0/0\t0/1\nchr1\t2\t.\tA\tC\t.\t.\tNOTE=a,b\tGT\t0/0\t0/1\n`;
    const { reader, summary } = await stored(text);
    assert.ok(summary.bytes < 1_000_000);
    assert.equal(await textOf(reader.streamVcf()), await plain(text));
    assert.deepEqual((await reader.query({ regions: parseRegions('chr1:2') })).rows[0]?.info.NOTE, ['a', 'b']);
  });

  it('keeps a variant of very many alleles', async () => {
    const alternates = Array.from({ length: 6000 }, (_, i) => 'ACGT'.charAt(i % 4).repeat(1 + (i % 7)));
    const text = `${head}chr1\t1\t.\tA\t${alternates.join(',')}\t.\t.\t.\tGT\t5999/6000\t0/1\nchr1\t2\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/1\n`;
    const { reader } = await stored(text);
    assert.equal(await textOf(reader.streamVcf()), text);
    assert.deepEqual((await reader.query({ regions: parseRegions('chr1:2') })).rows[0]?.alt, ['C']);
  });

  it('stores any samples and keys', async () => {
    const samples = Array.from({ length: 2300 }, (_, i) => `s${i}`).join('\t');
    const calls = Array.from({ length: 2300 }, (_, i) => `${i % 2}/1:${i % 50}`).join('\t');
    const text = `${head.replace('a\tb', samples)}chr1\t7\t.\tA\tC\t.\t.\t__proto__=1;position=2;../x=3;END=9\tGT:DP\t${calls}\n`;
    const { reader } = await stored(text);
    assert.equal(await textOf(reader.streamVcf()), await plain(text));
    const { rows } = await reader.query({}, { samples: [2299, 0, 1001] });
    assert.deepEqual(
      rows[0]?.genotypes.map(({ GT, DP }) => [GT, DP]),
      [
        ['1/1', 49],
        ['0/1', 0],
        ['1/1', 1],
      ],
    );
    assert.deepEqual(
      Object.entries(rows[0]?.info ?? {}).find(([key]) => key === '__proto__'),
      ['__proto__', ['1']],
    );
  });

  it('stores files without samples or records', async () => {
    for (const text of [
      '##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nx\t1\t.\tA\tC\t.\t.\t.\n',
      '##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n',
      head,
    ]) {
      const { reader } = await stored(text);
      assert.equal(await textOf(reader.streamVcf()), text);
      await reader.query({ ids: ['rs1'], regions: parseRegions('x:1-5') });
    }
  });

  it('leaves nothing behind when the source fails', async () => {
    const store = await scratchStore();
    const { header, rows } = await sourceOf(small);
    async function* failing() {
      yield* rows;
      throw new Error('the link broke');
    }
    await assert.rejects(
      writeVariants({ store, prefix: 'v', open: async () => ({ header, rows: failing() }) }),
      /link broke/,
    );
    for await (const { key } of store.list('v/')) assert.fail(key);
  });

  it('round-trips any integers and floats', async () => {
    const integer = fc.oneof(fc.integer({ min: -2147483640, max: 2147483647 }), fc.integer({ min: -3, max: 200 }));
    const float = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(0.1),
    );
    const line = fc
      .tuple(integer, float, integer, fc.constantFrom('C', 'C,G'))
      .map(
        ([depth, frequency, value, alt]) =>
          `chr1\t1\t.\tA\t${alt}\t.\t.\tDP=${depth};AF=${frequency}${alt === 'C' ? '' : ',.'}\tDP\t${value}\t.\n`,
      );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 8 }), async (lines) => {
        const text = head + lines.join('');
        const { reader } = await stored(text);
        assert.equal(await textOf(reader.streamVcf()), await plain(text));
      }),
      { numRuns: 40 },
    );
  });
});

describe('openVariants', () => {
  const places = async (reader: VariantReader, query: string) =>
    (await reader.query({ query: parseVariantQuery(query) })).rows.map(({ variant }) => variant);

  it('answers whole records', async () => {
    const { reader } = await stored(small);
    const { rows, next } = await reader.query({}, { samples: [1, 0], limit: 2 });
    assert.equal(next, 2);
    assert.deepEqual(rows[0], {
      variant: 0,
      chrom: 'chr1',
      pos: 10,
      id: ['rs1', 'rs2'],
      ref: 'A',
      alt: ['C', 'T'],
      qual: 29.5,
      filter: ['PASS'],
      info: { DP: [14], AF: [0.1, 0.25], DB: [], NOTE: ['x', 'y'] },
      genotypes: [{ GT: './.' }, { GT: '0|1', DP: 7, PL: [1, 2, 3, 4, 5, 6] }],
    });
    assert.deepEqual(rows[1]?.genotypes, [
      { GT: '0/1', DP: -2 },
      { GT: '1/1', DP: null },
    ]);
    const rest = await reader.query({}, { after: 2 });
    assert.deepEqual(
      rest.rows.map(({ pos, qual }) => [pos, qual]),
      [
        [5, 100],
        [6, 0.5],
      ],
    );
    assert.equal(rest.next, undefined);
    assert.deepEqual(
      (await reader.query({}, { offset: 1, limit: 1 })).rows.map(({ pos }) => pos),
      [20],
    );
  });

  it('finds by region, id, filter and INFO', async () => {
    const { reader } = await stored(small);
    const cases: [string, number[]][] = [
      ['region = chr1', [0, 1]],
      ['region = 1:11-*', [1]],
      ['region = chr1:10,chr2:6', [0, 3]],
      ['region = chr9', []],
      ['region != chr1', [2, 3]],
      ['id = rs2,rs3', [0, 2]],
      ['id = rs', []],
      ['id = rs3 OR region = chr1:20', [1, 2]],
      ['id = rs3 AND region = chr1', []],
      ['filter = PASS', [0, 2]],
      ['filter != pass', [1, 3]],
      ['exists(info.DB)', [0]],
      ['!exists(info.DP)', [2, 3]],
      ['info.DP = 14', [0]],
      ['info.DP = -1', [1]],
      ['info.AF = 0.10000001', [0]],
      ['info.AF > 0.2', [0]],
      ['info.NOTE = y', [0]],
      ['info.NONE = 1', []],
    ];
    for (const [query, expected] of cases) assert.deepEqual(await places(reader, query), expected, query);
    assert.equal(await reader.count({ where: (row) => row.pos > 5 && row.info('DP') === null }), 1);
    assert.equal(await reader.count({ filterPass: true, ids: ['rs1', 'rs4'] }), 1);
    const regionsOf = (feature: string) => (feature === 'TP53' ? parseRegions('chr2:1-5') : []);
    assert.equal(await reader.count({ query: parseVariantQuery('feature = TP53,BRCA1'), regionsOf }), 1);
  });

  it('finds every id of many, and only chunks that are needed are read', async () => {
    const lines = Array.from(
      { length: 25_000 },
      (_, i) => `chr${1 + Math.floor(i / 12_500)}\t${i + 1}\tid${i}\tA\tC\t.\t.\tDP=${i}\tGT\t0/0\t0/1\n`,
    );
    const store = await scratchStore();
    await writeVariants({ store, prefix: 'v', open: () => sourceOf(head + lines.join('')) });
    const reader = await openVariants({ store, prefix: 'v' });
    for (const i of [0, 1, 9_999, 10_000, 24_999]) {
      const { rows } = await reader.query({ ids: [`id${i}`] });
      assert.deepEqual(
        rows.map(({ pos, info }) => [pos, info.DP]),
        [[i + 1, [i]]],
      );
    }
    const fresh = await openVariants({ store: { ...store, get: store.get.bind(store) }, prefix: 'v' });
    const asked: string[] = [];
    const spy: ObjectStore = {
      ...store,
      get: (key, range) => {
        asked.push(key);
        return store.get(key, range);
      },
    };
    const watched = await openVariants({ store: spy, prefix: 'v' });
    const { rows } = await watched.query({ regions: parseRegions('chr2:24000-24001') });
    assert.equal(rows.length, 2);
    assert.ok(
      asked.filter((key) => key.includes('/c/')).every((key) => /\/c\/2(\/0)?$/.test(key)),
      asked.join(' '),
    );
    assert.equal(await fresh.count({ regions: parseRegions('chr1') }), 12_500);
  });

  it('finds in files that are not sorted', async () => {
    const lines = [50, 10, 30].map((position) => `chr1\t${position}\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/1\n`).join('');
    const { reader } = await stored(`${head}${lines}chr2\t1\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/1\n${lines}`);
    assert.deepEqual(await places(reader, 'region = chr1:20-40'), [2, 6]);
  });

  it('streams a choice of samples and variants', async () => {
    const { reader } = await stored(small);
    const text = await textOf(reader.streamVcf({ samples: [1], selection: { query: parseVariantQuery('id = rs3') } }));
    assert.deepEqual(text.split('\n').slice(-3), [
      '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tb',
      'chr2\t5\trs3\tT\tC\t100\tPASS;low\tAF=.\tGT\t0',
      '',
    ]);
  });

  it('refuses what is not there', async () => {
    await assert.rejects(openVariants({ store: await scratchStore(), prefix: 'none' }), /No Zarr node/);
  });
});

const shared = new URL('../../../../../shared/data/vcf/', import.meta.url);

describe('the shared VCF files', { skip: existsSync(shared) ? false : 'the shared test data is not here' }, () => {
  it('come out of the store as they went in', async () => {
    const names = readdirSync(shared, { recursive: true })
      .map(String)
      .filter((name) => /\.vcf(\.gz)?$/.test(name));
    assert.ok(names.length > 200);
    const store = await scratchStore();
    const roundTrip = async (name: string) => {
      const bytes = readFileSync(new URL(name, shared));
      const content = name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
      await writeVariants({ store, prefix: name, open: () => sourceOf(content) });
      const reader = await openVariants({ store, prefix: name });
      assert.equal(await textOf(reader.streamVcf()), await plain(content), name);
    };
    // Most of the time goes into waiting for the disk.
    while (names.length > 0) await Promise.all(names.splice(0, 16).map(roundTrip));
  });
});
