import { floatWords, isMissingFloat, MISSING_INTEGER } from './missing.ts';
import { FIXED_COLUMNS } from './report.ts';
import { TextBuffer } from './text-buffer.ts';
import type { FormatColumn, GenotypeColumn, InfoColumn, VariantRows, VcfHeader } from './types.ts';

const TAB = 9;
const NEWLINE = 10;
const COMMA = 44;
const DOT = 46;
const SLASH = 47;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const BAR = 124;
const FLUSH_BYTES = 1 << 17;
const FILL = -2;

/**
 * Writes records as VCF text: the header lines as they were, then the records. INFO keys and FORMAT keys come in the
 * order of the columns, GT first; numbers are the same, their spelling may differ (`1.0` becomes `1`).
 * `samples` picks samples by their place, in the order given.
 */
export async function* writeVcf(
  header: VcfHeader,
  rows: AsyncIterable<VariantRows> | Iterable<VariantRows>,
  options: { samples?: readonly number[] } = {},
): AsyncIterable<Uint8Array> {
  const samples = options.samples ?? header.samples.map((_, index) => index);
  const out = new TextBuffer();
  writeHeader(header, samples, out);
  for await (const block of rows) {
    const writer = new BlockWriter(header, block, samples, out);
    for (let row = 0; row < block.count; row += 1) {
      writer.writeRow(row);
      if (out.length >= FLUSH_BYTES) yield out.take();
    }
  }
  if (out.length > 0) yield out.take();
}

function writeHeader(header: VcfHeader, samples: readonly number[], out: TextBuffer): void {
  for (const line of header.meta) {
    out.text(line);
    out.byte(NEWLINE);
  }
  const names = samples.map((sample) => header.samples[sample] ?? '');
  out.text(`#${[...FIXED_COLUMNS.slice(0, names.length > 0 ? 9 : 8), ...names].join('\t')}\n`);
}

interface Cells {
  key: string;
  column: Exclude<InfoColumn, { type: 'Flag' }>;
  words: Uint32Array;
}

class BlockWriter {
  private readonly header: VcfHeader;
  private readonly rows: VariantRows;
  private readonly samples: readonly number[];
  private readonly out: TextBuffer;
  private readonly info: { key: string; flags: Uint8Array | undefined; cells: Cells | undefined }[];
  private readonly format: Cells[];

  constructor(header: VcfHeader, rows: VariantRows, samples: readonly number[], out: TextBuffer) {
    this.header = header;
    this.rows = rows;
    this.samples = samples;
    this.out = out;
    this.info = [...rows.info].map(([key, column]) =>
      column.type === 'Flag'
        ? { key, flags: column.values, cells: undefined }
        : { key, flags: undefined, cells: cellsOf(key, column) },
    );
    this.format = [...rows.format].map(([key, column]) => cellsOf(key, column));
  }

  writeRow(row: number): void {
    const { rows } = this;
    const out = this.out;
    out.text(this.header.contigs[rows.contig[row] ?? 0]?.id ?? '.');
    out.byte(TAB);
    out.integer(rows.position[row] ?? 0);
    for (const column of [rows.id, rows.ref, rows.alt]) {
      out.byte(TAB);
      out.text(column[row] || '.');
    }
    out.byte(TAB);
    const quality = rows.quality[row] ?? Number.NaN;
    if (Number.isNaN(quality)) out.byte(DOT);
    else out.float(quality);
    out.byte(TAB);
    this.writeFilters(row);
    out.byte(TAB);
    this.writeInfo(row);
    if (this.samples.length > 0) this.writeSamples(row);
    out.byte(NEWLINE);
  }

  private writeFilters(row: number): void {
    const { out, rows } = this;
    const start = rows.filterOffsets[row] ?? 0;
    const end = rows.filterOffsets[row + 1] ?? 0;
    if (start === end) out.byte(DOT);
    for (let at = start; at < end; at += 1) {
      if (at > start) out.byte(SEMICOLON);
      out.text(this.header.filters[rows.filters[at] ?? 0]?.id ?? '.');
    }
  }

  private writeInfo(row: number): void {
    const { out } = this;
    let first = true;
    for (const { key, flags, cells } of this.info) {
      if (flags !== undefined ? flags[row] !== 1 : cells === undefined || isEmpty(cells, row)) continue;
      if (!first) out.byte(SEMICOLON);
      first = false;
      out.text(key);
      if (cells === undefined) continue;
      out.byte(EQUALS);
      writeCell(cells, row, out);
    }
    if (first) out.byte(DOT);
  }

  private writeSamples(row: number): void {
    const { out, samples } = this;
    const base = row * this.rows.samples;
    const genotype = this.genotypeOf(base);
    const format = this.format.filter((cells) => samples.some((sample) => !isEmpty(cells, base + sample)));
    out.byte(TAB);
    if (genotype !== undefined) out.text('GT');
    else if (format.length === 0) out.byte(DOT);
    format.forEach((cells, index) => {
      if (index > 0 || genotype !== undefined) out.byte(COLON);
      out.text(cells.key);
    });
    for (const sample of samples) {
      out.byte(TAB);
      const start = out.length;
      let kept = out.length;
      if (genotype !== undefined) {
        writeGenotype(genotype, base + sample, out);
        kept = out.length;
      }
      for (let index = 0; index < format.length; index += 1) {
        const cells = format[index];
        if (cells === undefined) continue;
        if (index > 0 || genotype !== undefined) out.byte(COLON);
        if (isEmpty(cells, base + sample)) {
          out.byte(DOT);
        } else {
          writeCell(cells, base + sample, out);
          kept = out.length;
        }
      }
      // Values missing at the end may be left out, and were.
      out.cut(kept);
      if (out.length === start) out.byte(DOT);
    }
  }

  /** The genotypes, when the record has any. */
  private genotypeOf(base: number): GenotypeColumn | undefined {
    const { genotype } = this.rows;
    if (genotype === undefined) return undefined;
    for (const sample of this.samples) {
      if (genotype.alleles[(base + sample) * genotype.ploidy] !== FILL) return genotype;
    }
    return undefined;
  }
}

function cellsOf(key: string, column: FormatColumn): Cells {
  return { key, column, words: column.type === 'Float' ? floatWords(column.values) : new Uint32Array(0) };
}

function isEmpty(cells: Cells, cell: number): boolean {
  return cells.column.offsets[cell] === cells.column.offsets[cell + 1];
}

function writeCell({ column, words }: Cells, cell: number, out: TextBuffer): void {
  const start = column.offsets[cell] ?? 0;
  const end = column.offsets[cell + 1] ?? 0;
  for (let at = start; at < end; at += 1) {
    if (at > start) out.byte(COMMA);
    if (column.type === 'Integer') {
      const value = column.values[at] ?? MISSING_INTEGER;
      if (value === MISSING_INTEGER) out.byte(DOT);
      else out.integer(value);
    } else if (column.type === 'Float') {
      const value = column.values[at] ?? Number.NaN;
      if (Number.isNaN(value) && isMissingFloat(words, at)) out.byte(DOT);
      else out.float(value);
    } else {
      out.text(column.table[column.values[at] ?? 0] ?? '.');
    }
  }
}

function writeGenotype(column: GenotypeColumn, cell: number, out: TextBuffer): void {
  const start = cell * column.ploidy;
  const joint = column.phased[cell] === 1 ? BAR : SLASH;
  for (let index = 0; index < column.ploidy; index += 1) {
    const allele = column.alleles[start + index] ?? FILL;
    if (allele === FILL) {
      if (index === 0) out.byte(DOT);
      return;
    }
    if (index > 0) out.byte(joint);
    if (allele < 0) out.byte(DOT);
    else out.integer(allele);
  }
}
