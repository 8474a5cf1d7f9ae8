/**
 * Variant import: a generated VCF through the whole import job, against bgzip and tabix on the same file and a copy of it;
 * and its parser alone. Arguments: variants (200,000), samples (500).
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readVcf } from '@linnaea/formats';
import { inFolder, measureImport, print, randomNumbers, writeLines } from './support/measure.ts';

const variants = Number(process.argv[2] ?? 200_000);
const samples = Number(process.argv[3] ?? 500);

const meta = `##fileformat=VCFv4.2
##contig=<ID=1>
##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count">
##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
`;

/** Records differ in place and id; their calls come again after some thousands. */
function* vcfLines(): Generator<string> {
  const next = randomNumbers();
  const allele = () => (next() < 0.15 ? 1 : 0);
  const call = () => `${allele()}|${allele()}:${Math.floor(next() * 60)}:${Math.floor(next() * 99)}`;
  const bodies = Array.from({ length: Math.min(variants, 2_000) }, () =>
    Array.from({ length: samples }, call).join('\t'),
  );
  yield meta;
  yield `${['#CHROM', 'POS', 'ID', 'REF', 'ALT', 'QUAL', 'FILTER', 'INFO', 'FORMAT', ...Array.from({ length: samples }, (_, i) => `S${i}`)].join('\t')}\n`;
  for (let row = 0; row < variants; row += 1) {
    yield `1\t${1_000 + row * 11}\trs${row}\tA\tC\t${row % 100}\tPASS\tAC=${row % 1000};AF=0.${row % 997}\tGT:DP:GQ\t${bodies[row % bodies.length]}\n`;
  }
}

/** Compresses with all threads and indexes; undefined where the programs are missing. */
function measureTabix(file: string): number | undefined {
  const start = performance.now();
  for (const [program, args] of [
    ['bgzip', ['-@', '2', '-k', file]],
    ['tabix', ['-p', 'vcf', `${file}.gz`]],
  ] as const) {
    const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
    if (error !== undefined) return undefined;
    if (status !== 0) throw new Error(`${program} failed`);
  }
  return (performance.now() - start) / 1000;
}

await inFolder('vcf', async (folder) => {
  const file = join(folder, 'bench.vcf');
  await writeLines(file, vcfLines());
  const { imported, megabytes } = await measureImport(
    { label: 'VCF', kind: 'variant', file, folder, rows: variants, target: 100 },
    async (bytes) => (await readVcf(bytes, { report: () => {} })).rows,
  );
  print('VCF import, processor time', imported.processorSeconds, 's');
  const seconds = measureTabix(file);
  if (seconds === undefined) return;
  const peer = { name: 'bgzip and tabix', value: megabytes / seconds };
  print('VCF import', imported.megabytesPerSecond, 'MB/s of text', peer);
});
