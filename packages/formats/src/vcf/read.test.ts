import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Finding } from '@linnaea/model';
import fc from 'fast-check';
import { floatWords, isMissingFloat, MISSING_INTEGER } from './missing.ts';
import { readVcf } from './read.ts';
import type { VariantRows, VcfHeader } from './types.ts';
import { writeVcf } from './write.ts';

interface Read {
  header: VcfHeader;
  blocks: VariantRows[];
  findings: Finding[];
}

async function* pieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(input: string | Uint8Array, size = 1 << 16): Promise<Read> {
  const findings: Finding[] = [];
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  const { header, rows } = await readVcf(pieces(bytes, size), {
    file: 'x.vcf',
    report: (found) => findings.push(found),
  });
  const blocks: VariantRows[] = [];
  for await (const block of rows) blocks.push(block);
  return { header, blocks, findings };
}

async function write({ header, blocks }: Read, samples?: number[]): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of writeVcf(header, blocks, samples === undefined ? {} : { samples })) parts.push(part);
  return Buffer.concat(parts).toString();
}

const head = `##fileformat=VCFv4.3
##FILTER=<ID=low,Description="Quality \\"low\\", or < 10">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">
##INFO=<ID=DB,Number=0,Type=Flag,Description="In a database">
##INFO=<ID=NOTE,Number=.,Type=String,Description="Notes">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">
##contig=<ID=chr1,length=1000>
`;
const columns = '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n';
const good = `${head}${columns}chr1\t10\trs1;rs2\tA\tC,T\t29.5\tPASS\tDP=14;AF=0.5,.;DB;NOTE=x,y\tGT:DP:PL\t0|1:7:1,2,3,4,5,6\t./.:.
chr1\t20\t.\tG\t<DEL>\t.\tlow\t.\tDP:GT\t5:1\t-1:0/1/1
`;

describe('readVcf', () => {
  it('takes header lines that a spreadsheet has padded with tabs', async () => {
    const padded = head.replaceAll('\n', '\t\t\t\n') + good.slice(head.length);
    const plain = await read(good);
    assert.deepEqual(await read(padded), plain);
    assert.equal(plain.header.info.size, 4);
  });

  it('reads a Number that is none as any number of values, with a warning', async () => {
    const { header, findings } = await read(good.replace('ID=PL,Number=G', 'ID=PL,Number=-1'));
    assert.equal(header.format.get('PL')?.number, '.');
    assert.deepEqual(
      findings
        .filter(({ code }) => code === 'vcf-definition-number')
        .map(({ severity, location }) => [severity, location?.line]),
      [['warning', 9]],
    );
  });

  it('reads the header', async () => {
    const { header, findings } = await read(good);
    assert.equal(header.version, '4.3');
    assert.deepEqual(header.samples, ['a', 'b']);
    assert.deepEqual(header.contigs, [{ id: 'chr1', length: 1000, declared: true }]);
    assert.equal(header.filters[1]?.description, 'Quality "low", or < 10');
    assert.deepEqual(header.info.get('AF'), {
      id: 'AF',
      number: 'A',
      type: 'Float',
      description: 'Frequency',
      declared: true,
    });
    assert.deepEqual(
      findings.map(({ code, location }) => [code, location?.line]),
      [['vcf-format-genotype', 13]],
    );
  });

  it('reads records into columns', async () => {
    const { blocks } = await read(good);
    const block = blocks[0]!;
    assert.equal(block.count, 2);
    assert.deepEqual([...block.position], [10, 20]);
    assert.deepEqual(block.id, ['rs1;rs2', '']);
    assert.deepEqual(block.alt, ['C,T', '<DEL>']);
    assert.deepEqual([...block.quality], [29.5, Number.NaN]);
    assert.deepEqual(
      [[...block.filterOffsets], [...block.filters]],
      [
        [0, 1, 2],
        [0, 1],
      ],
    );
    assert.deepEqual([...block.genotype!.alleles], [0, 1, -2, -1, -1, -2, 1, -2, -2, 0, 1, 1]);
    assert.deepEqual([...block.genotype!.phased], [1, 0, 0, 0]);
    const depth = block.format.get('DP');
    assert.deepEqual(depth?.type === 'Integer' && [...depth.values], [7, MISSING_INTEGER, 5, -1]);
    const frequency = block.info.get('AF');
    assert.ok(frequency?.type === 'Float');
    assert.deepEqual([...frequency.offsets], [0, 2, 2]);
    assert.ok(isMissingFloat(floatWords(frequency.values), 1));
    assert.deepEqual(block.info.get('DB'), { type: 'Flag', values: Uint8Array.of(1, 0) });
  });

  it('does not depend on how the bytes arrive', async () => {
    const whole = await write(await read(good));
    for (const size of [1, 2, 7, 100]) assert.equal(await write(await read(good, size)), whole);
    assert.equal(await write(await read(good.replaceAll('\n', '\r\n'))), whole);
  });

  it('tells which numbers survive float32', async () => {
    const info = (value: string) =>
      `${head}${columns.slice(0, columns.indexOf('\tFORMAT'))}\nchr1\t1\t.\tA\tC\t.\t.\tAF=${value}\n`;
    for (const [text, expected] of [
      ['0.1', true],
      ['1e-7', true],
      ['16777216', true],
      ['0.1234567891', false],
      ['16777217', false],
      ['1e-60', false],
      ['-inf', true],
    ] as const) {
      const column = (await read(info(text))).blocks[0]?.info.get('AF');
      assert.equal(column?.type === 'Float' && column.float32, expected, text);
    }
  });

  const bad: [string, string, string, number, number | undefined][] = [
    ['a position that is no number', 'chr1\tx\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/0', 'vcf-pos', 0, 2],
    ['a position out of range', 'chr1\t2147483648\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/0', 'vcf-pos', 0, 2],
    ['too few columns', 'chr1\t1\t.\tA', 'vcf-columns', 0, 4],
    ['a sample too few', 'chr1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/0', 'vcf-columns', 0, 11],
    ['a sample too many', 'chr1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/0\t0/0', 'vcf-columns', 0, 12],
    ['a reference with a comma', 'chr1\t1\t.\tA,C\tC\t.\t.\t.\tGT\t0/0\t0/0', 'vcf-allele', 0, 4],
    ['a broken alternate', 'chr1\t1\t.\tA\t<DEL\t.\t.\t.\tGT\t0/0\t0/0', 'vcf-allele', 0, 5],
    ['a quality that is no number', 'chr1\t1\t.\tA\tC\thigh\t.\t.\tGT\t0/0\t0/0', 'vcf-qual', 1, 6],
    ['an integer that is none', 'chr1\t1\t.\tA\tC\t.\t.\tDP=1.5\tGT\t0/0\t0/0', 'vcf-info-value', 1, 8],
    ['an integer out of range', 'chr1\t1\t.\tA\tC\t.\t.\tDP=9999999999\tGT\t0/0\t0/0', 'vcf-info-value', 1, 8],
    ['a key twice', 'chr1\t1\t.\tA\tC\t.\t.\tDP=1;DP=2\tGT\t0/0\t0/0', 'vcf-info-twice', 1, 8],
    ['a wrong number of values', 'chr1\t1\t.\tA\tC\t.\t.\tAF=0.1,0.2\tGT\t0/0\t0/0', 'vcf-info-count', 1, 8],
    ['an undeclared key', 'chr1\t1\t.\tA\tC\t.\t.\t__proto__=1\tGT\t0/0\t0/0', 'vcf-undeclared', 1, 8],
    ['an undeclared filter', 'chr1\t1\t.\tA\tC\t.\tq\t.\tGT\t0/0\t0/0', 'vcf-filter-undeclared', 1, 7],
    ['an allele that is not there', 'chr1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/2', 'vcf-genotype-allele', 1, 11],
    ['a genotype that is none', 'chr1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/x\t0/0', 'vcf-genotype', 1, 10],
    ['a value too many', 'chr1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/0:1\t0/0', 'vcf-sample-extra', 1, 10],
    ['a sample value of another type', 'chr1\t1\t.\tA\tC\t.\t.\t.\tGT:DP\t0/0:x\t0/0', 'vcf-format-value', 1, 10],
  ];
  for (const [what, record, code, kept, column] of bad) {
    it(`reports ${what}`, async () => {
      const { blocks, findings } = await read(`${head}${columns}${record}\n`);
      const finding = findings.find((found) => found.code === code);
      assert.ok(finding, JSON.stringify(findings));
      assert.deepEqual(
        [finding.location?.file, finding.location?.line, finding.location?.column],
        ['x.vcf', 12, column],
      );
      assert.equal(
        blocks.reduce((total, block) => total + block.count, 0),
        kept,
      );
    });
  }

  it('leaves nothing behind of a record that it leaves out', async () => {
    const first = 'chr1\t10\t.\tA\tC\t.\t.\tDP=1;DB;NOTE=n\tGT:DP\t0/1:3\t1/1:4\n';
    const broken = 'chr1\t11\t.\tA\tC\t.\t.\tDP=7;DB;NOTE=z\tGT:DP:PL\t1/1:9:1,2,3\n';
    const last = 'chr1\t12\t.\tA\tC\t.\t.\tDP=2\tGT\t0/0\t0|0\n';
    const expected = await write(await read(`${head}${columns}${first}${last}`));
    assert.equal(await write(await read(`${head}${columns}${first}${broken}${last}`)), expected);
  });

  it('refuses samples of one name and files that are no VCF', async () => {
    for (const [text, code] of [
      [`${head}${columns.replace('\tb', '\ta')}`, 'vcf-sample-duplicate'],
      ['BZh91AY&SY\0\0\n', 'vcf-header'],
      ['', 'vcf-column-line-missing'],
      [head, 'vcf-column-line-missing'],
      [head + columns.replace('POS', 'POSITION'), 'vcf-column-line'],
    ] as const) {
      const { blocks, findings } = await read(text);
      assert.equal(blocks.length, 0);
      assert.ok(
        findings.some((found) => found.code === code && found.severity === 'error'),
        code,
      );
    }
  });

  it('tells a repeated fault some times and then counts', async () => {
    const record = 'chr1\t5\t.\tA\tC\t.\t.\tDP=x\tGT\t0/0\t0/0\n';
    const { findings } = await read(head + columns + record.repeat(100));
    assert.equal(findings.filter(({ code }) => code === 'vcf-info-value').length, 20);
    assert.match(findings.find(({ code }) => code === 'vcf-info-value-more')?.message ?? '', /^80 more/);
  });

  it('splits long files into blocks and ends with all records', async () => {
    const record = 'chr1\t5\t.\tA\tC\t.\t.\tDP=3\tGT\t0/0\t0/1\n';
    const { blocks } = await read(head + columns + record.repeat(25_000));
    assert.ok(blocks.length > 2);
    assert.equal(
      blocks.reduce((total, block) => total + block.count, 0),
      25_000,
    );
    assert.ok(blocks.every((block) => block.genotype?.alleles.length === block.count * 4));
  });

  it('never throws, whatever the bytes are', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('.', '0/1', '1|', '|', 'GT', 'GT:DP', ';', '=', 'DP=', 'DP=1,,2', ',', ':', '-', '1e', '<', 'A'),
    );
    const line = fc.array(cell, { minLength: 1, maxLength: 13 }).map((cells) => cells.join('\t'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        async (lines, header, size) => {
          const result = await read(Buffer.from((header ? head + columns : '') + lines.join('\n')), size);
          await write(result);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Records that are valid under `head`. */
const number = fc.oneof(fc.integer({ min: -2147483000, max: 2147483647 }), fc.constantFrom(-1, -2, 0, 7));
const float = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0.1, 1e-7, 29.5));
const spelt = (value: number) =>
  value === Infinity ? 'inf' : value === -Infinity ? '-inf' : Object.is(value, -0) ? '-0' : String(value);
const orDot = (text: fc.Arbitrary<string>) => fc.oneof({ weight: 4, arbitrary: text }, fc.constant('.'));
const record = fc
  .record({
    position: fc.integer({ min: 0, max: 2147483647 }),
    alts: fc.constantFrom(['C'], ['C', 'T'], ['<DEL>'], ['G]chr2:5]', '*', 'GATTACA']),
    quality: orDot(float.map((value) => spelt(Math.abs(value)))),
    filter: fc.constantFrom('.', 'PASS', 'low'),
    depth: fc.option(orDot(number.map(String))),
    frequency: fc.option(fc.array(orDot(float.map(spelt)), { minLength: 3, maxLength: 3 })),
    note: fc.option(fc.stringMatching(/^[a-zA-Z0-9|&é]{1,80}$/)),
    flag: fc.boolean(),
    calls: fc.array(
      fc.tuple(fc.constantFrom('0/0', '0|1', '1', './.', '.', '0/1/1', '1|.'), orDot(number.map(String))),
      {
        minLength: 2,
        maxLength: 2,
      },
    ),
  })
  .map(({ position, alts, quality, filter, depth, frequency, note, flag, calls }) => {
    const info = [
      ...(depth === null ? [] : [`DP=${depth}`]),
      ...(frequency === null ? [] : [`AF=${frequency.slice(0, alts.length).join(',')}`]),
      ...(flag ? ['DB'] : []),
      ...(note === null ? [] : [`NOTE=${note}`]),
    ];
    const samples = calls.map(([genotype, value]) => `${genotype}:${value}`).join('\t');
    return ['chr1', position, '.', 'A', alts.join(','), quality, filter, info.join(';') || '.', 'GT:DP', samples].join(
      '\t',
    );
  });

describe('writeVcf', () => {
  it('writes what it read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 12 }), async (records) => {
        const text = head + columns + records.map((line) => `${line}\n`).join('');
        const first = await read(text);
        assert.deepEqual(
          first.findings.filter(({ severity }) => severity === 'error'),
          [],
        );
        const written = await write(first);
        assert.equal(written, text);
        assert.equal(await write(await read(written)), written);
      }),
      { numRuns: 200 },
    );
  });

  it('picks samples in the order asked for', async () => {
    const lines = (await write(await read(good), [1])).split('\n');
    assert.equal(lines.at(-4), '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tb');
    assert.equal(lines.at(-3)?.split('\t').slice(8).join(' '), 'GT:DP ./.:.');
    assert.match(await write(await read(good), []), /\tINFO\nchr1\t10\t[^\n]*NOTE=x,y\n/);
  });
});

const shared = new URL('../../../../../shared/data/vcf/', import.meta.url);
const skip = existsSync(shared) ? false : 'the shared test data is not here';

describe('the EBI validator set and files of eight callers', { skip }, () => {
  const files = skip === false ? readdirSync(shared, { recursive: true }).map(String) : [];
  const vcf = files.filter((name) => /\.vcf(\.gz)?$/.test(name));

  it('read without a crash, and come out as they went in', async () => {
    assert.ok(vcf.length > 200);
    for (const name of vcf) {
      const bytes = readFileSync(new URL(name, shared));
      const result = await read(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
      if (result.header.samples.includes('')) continue;
      const written = await write(result);
      assert.equal(await write(await read(written)), written, name);
    }
  });

  it('say what is wrong with each failed file', async () => {
    // Two whose fault lies in a link that nothing here follows.
    const harmless = ['failed_meta_assembly_001.vcf', 'failed_meta_pedigreedb_002.vcf'];
    for (const name of vcf.filter((path) => path.includes('/failed/') && !harmless.some((end) => path.endsWith(end)))) {
      const bytes = readFileSync(new URL(name, shared));
      const { findings } = await read(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
      assert.ok(findings.length > 0, name);
    }
  });

  it('find no error in the passed ones', async () => {
    for (const name of vcf.filter((path) => path.includes('/passed/'))) {
      const bytes = readFileSync(new URL(name, shared));
      const { findings } = await read(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
      assert.deepEqual(
        findings.filter(({ severity }) => severity === 'error'),
        [],
        name,
      );
    }
  });
});
