import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { readVcf } from '@linnaea/formats';
import { scratchStore } from '../testing/scratch-store.ts';
import { writeVariants } from './write.ts';

const python = process.env.LINNAEA_TEST_PYTHON;
const skip = python === undefined ? 'LINNAEA_TEST_PYTHON names no Python with vcztools' : false;
const run = promisify(execFile);

/** What vcztools prints of a VCF that went through our store. */
async function throughStore(content: Uint8Array): Promise<string> {
  const store = await scratchStore();
  async function* bytes() {
    yield content;
  }
  await writeVariants({ store, prefix: 'v', open: () => readVcf(bytes(), { report: () => {} }) });
  const arguments_ = ['-m', 'vcztools', 'view', '--no-version', store.localPath('v')];
  return (await run(python!, arguments_, { maxBuffer: 64 << 20 })).stdout;
}

type Values = (number | string)[];

interface Line {
  fixed: string[];
  quality: Values;
  filters: string[];
  info: Map<string, Values>;
  samples: Map<string, Values>[];
}

const isMissing = (text: string) => /^[.,/|]*$/.test(text);

function valuesOf(text: string): Values {
  return text.split(',').map((value) => (/^[+-]?(\d|\.\d|inf|nan)/i.test(value) ? toNumber(value) : value));
}

function toNumber(text: string): number | string {
  const value = /inf/i.test(text) ? Number(text.replace(/inf.*/i, 'Infinity')) : Number(text);
  return Number.isNaN(value) && !/nan/i.test(text) ? text : value;
}

function parse(text: string): { columns: string; lines: Line[] } {
  const rows = text.split('\n').filter((row) => row !== '' && !row.startsWith('##'));
  const lines = rows.slice(1).map((row): Line => {
    const cells = row.split('\t');
    const keys = cells[8]?.split(':') ?? [];
    const entries = cells[7]!.split(';').map((entry): [string, string | undefined] => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, undefined] : [entry.slice(0, equals), entry.slice(equals + 1)];
    });
    const info = entries.filter(([key, value]) => key !== '.' && (value === undefined || !isMissing(value)));
    return {
      fixed: cells.slice(0, 5),
      quality: valuesOf(cells[5]!),
      filters: cells[6]!.split(';').sort(),
      info: new Map(info.map(([key, value]) => [key, value === undefined ? [] : valuesOf(value)])),
      samples: cells.slice(9).map((sample) => {
        const values = sample.split(':').map((value, index): [string, string] => [keys[index] ?? '', value]);
        return new Map(
          values
            .filter(([, value]) => !isMissing(value))
            .map(([key, value]) => [key, key === 'GT' ? [value] : valuesOf(value)]),
        );
      }),
    };
  });
  return { columns: rows[0] ?? '', lines };
}

/** vcztools prints three decimals, bcftools six digits. */
function sameValues(a: Values, b: Values | undefined): boolean {
  return (
    a.every((value, index) => {
      const other = b?.[index];
      if (typeof value !== 'number' || typeof other !== 'number') return Object.is(value, other);
      return Object.is(value, other) || Math.abs(value - other) <= 0.0005001 + 1e-5 * Math.abs(value);
    }) && a.length === b?.length
  );
}

function sameMaps(a: ReadonlyMap<string, Values>, b: ReadonlyMap<string, Values>, place: string): void {
  assert.deepEqual([...a.keys()].sort(), [...b.keys()].sort(), place);
  for (const [key, values] of a)
    assert.ok(sameValues(values, b.get(key)), `${place} ${key}: ${values} / ${b.get(key)}`);
}

function sameVcf(actual: string, expected: string, name: string): void {
  const [a, b] = [parse(actual), parse(expected)];
  assert.equal(a.columns, b.columns, name);
  assert.equal(a.lines.length, b.lines.length, name);
  a.lines.forEach((line, index) => {
    const other = b.lines[index]!;
    const place = `${name} ${line.fixed.join(' ')}`;
    assert.deepEqual([line.fixed, line.filters], [other.fixed, other.filters], place);
    assert.ok(sameValues(line.quality, other.quality), `${place} QUAL`);
    sameMaps(line.info, other.info, place);
    for (const [at, sample] of line.samples.entries())
      sameMaps(sample, other.samples[at]!, `${place} sample ${at + 1}`);
  });
}

const own = `##fileformat=VCFv4.3
##FILTER=<ID=low,Description="Low">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=SHIFT,Number=1,Type=Integer,Description="Has true values of -1 and -2">
##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">
##INFO=<ID=DB,Number=0,Type=Flag,Description="In a database">
##INFO=<ID=NOTE,Number=.,Type=String,Description="Notes">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">
##FORMAT=<ID=FT,Number=1,Type=String,Description="Filter of the genotype">
##contig=<ID=chr1,length=100000>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb
chr1\t10\trs1\tA\tC,T\t29.5\tPASS\tDP=14;SHIFT=-1;AF=0.125,0.25;DB;NOTE=x,y\tGT:DP:PL:FT\t0|1:7:1,2,3,4,5,6:q\t./.
chr1\t20\t.\tG\t<DEL>\t.\tlow\tSHIFT=-2;AF=.\tGT:DP\t1/1:300\t0/1:.
chr1\t30\trs3\tT\t.\t100\t.\tSHIFT=7\tDP\t2\t70000
chr1\t31\trs4\tT\tG\t1\tlow;PASS\tNEW=n\tGT\t1\t0/1/1
`;

describe('vcztools', { skip }, () => {
  it('prints what was written', async () => {
    sameVcf(await throughStore(Buffer.from(own)), own, 'own');
  });

  it('prints files of several chunks and kinds of samples', async () => {
    const samples = Array.from({ length: 1203 }, (_, i) => `s${i}`);
    const calls = (row: number) => samples.map((_, i) => `${(i + row) % 2}|1:${(i * row) % 130}`).join('\t');
    const rows = Array.from(
      { length: 2100 },
      (_, i) => `chr1\t${i + 1}\t.\tA\tC\t.\tPASS\tDP=${i}\tGT:DP\t${calls(i)}\n`,
    );
    const text = `${own.slice(0, own.indexOf('\ta\tb\n'))}\t${samples.join('\t')}\n${rows.join('')}`;
    sameVcf(await throughStore(Buffer.from(text)), text, 'chunks');
  });
});

const shared = new URL('../../../../../shared/data/', import.meta.url);
const hasBcftools = spawnSync('bcftools', ['--version']).status === 0;
const skipShared =
  skip || !existsSync(shared) || !hasBcftools ? 'needs vcztools, bcftools and the shared test data' : false;
const files = [
  ...['FT', 'bad-info-character', 'bcftools', 'example-4.0', 'example-4.1', 'example-4.1-ploidy', 'example-4.1-sv'],
  ...['freebayes', 'gatk', 'gonl.chr20.release4.gtc', 'issue-214', 'mixed-filtering', 'null_genotype_mono', 'samtools'],
  ...['1kg.sites', 'strelka', 'example-4.1-bnd'],
].map((name) => `vcf/callers/${name}.vcf`);
files.push('vcf/callers/tb.vcf.gz', 'vcf/1000g_phase3_100samples/sample.vcf', 'vcf/vcf-js/1000genomes.vcf');
files.push('odm-examples/Test_1000g/Test_1000g.vcf', 'odm-examples/study-variants-lupus/Example.gx-dummy.vcf');

describe('vcztools view against bcftools view', { skip: skipShared }, () => {
  for (const name of files) {
    it(name, async (test) => {
      const file = new URL(name, shared);
      const expected = spawnSync('bcftools', ['view', '--no-version', fileURLToPath(file)], { maxBuffer: 64 << 20 });
      if (expected.status !== 0) {
        test.skip('bcftools itself refuses it');
        return;
      }
      const bytes = readFileSync(file);
      sameVcf(await throughStore(name.endsWith('.gz') ? gunzipSync(bytes) : bytes), expected.stdout.toString(), name);
    });
  }
});
