import { createHash } from 'node:crypto';

/** A file to import, made here so that what must come out is known without importing it. */
export interface Input {
  kind: 'sample' | 'expression' | 'variant';
  name: string;
  text: string;
  /** Records below the group: samples, or runs. */
  records: number;
  /** Digest of what the import must hold, as the test reads it back. */
  digest: string;
}

/** Numbers from 0 to 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function digestOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

export function samplesInput(count: number): Input {
  const header = [
    'Sample Source',
    'Sample Source ID',
    'Sex',
    'Tissue',
    ...Array.from({ length: 8 }, (_, i) => `Note ${i}`),
  ];
  const rows = Array.from({ length: count }, (_, row) => [
    'Crash',
    `S${row}`,
    row % 2 ? 'male' : 'female',
    `tissue ${row % 17}`,
    ...Array.from({ length: 8 }, (_, i) => `text ${(row * (i + 3)) % 997}`),
  ]);
  return {
    kind: 'sample',
    name: 'crash.samples.tsv',
    text: [header, ...rows].map((cells) => cells.join('\t')).join('\n'),
    records: count,
    digest: digestOf(rows.map((row) => `${row.join('\t')}\n`)),
  };
}

/** Numbers with three decimals, so that none is lost in float32. */
export function gctInput(features: number, runs: number): Input {
  const next = randomNumbers(11);
  const values = new Float64Array(features * runs);
  const lines = [
    '#1.2',
    `${features}\t${runs}`,
    ['Name', 'Description', ...Array.from({ length: runs }, (_, run) => `R${run}`)].join('\t'),
  ];
  for (let feature = 0; feature < features; feature += 1) {
    const cells = [`G${feature}`, 'na'];
    for (let run = 0; run < runs; run += 1) {
      const value = Math.round(next() * 1e6) / 1e3;
      values[feature * runs + run] = value;
      cells.push(String(value));
    }
    lines.push(cells.join('\t'));
  }
  return {
    kind: 'expression',
    name: 'crash.gct',
    text: `${lines.join('\n')}\n`,
    records: runs,
    digest: digestOf([new Uint8Array(values.buffer)]),
  };
}

const calls = ['0/0', '0|1', '1/1', './.'];

export function vcfInput(variants: number, samples: number): Input {
  const next = randomNumbers(12);
  const lines = [
    '##fileformat=VCFv4.2',
    '##contig=<ID=1>',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    [
      '#CHROM',
      'POS',
      'ID',
      'REF',
      'ALT',
      'QUAL',
      'FILTER',
      'INFO',
      'FORMAT',
      ...Array.from({ length: samples }, (_, i) => `V${i}`),
    ].join('\t'),
  ];
  const rows = Array.from({ length: variants }, (_, row) =>
    [
      '1',
      String(100 + row * 7),
      `rs${row}`,
      'A',
      'C',
      String(row % 90),
      'PASS',
      '.',
      'GT',
      ...Array.from({ length: samples }, () => calls[Math.floor(next() * 4)] ?? './.'),
    ].join('\t'),
  );
  return {
    kind: 'variant',
    name: 'crash.vcf',
    text: [...lines, ...rows, ''].join('\n'),
    records: samples,
    digest: digestOf(rows.map((row) => `${row}\n`)),
  };
}
