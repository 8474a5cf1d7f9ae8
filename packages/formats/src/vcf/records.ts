import { FixedColumns } from './fixed-columns.ts';
import type { HeaderCodes } from './header.ts';
import { InfoReader } from './info.ts';
import type { VcfReport } from './report.ts';
import { SampleReader } from './samples.ts';
import type { VariantRows, VcfHeader } from './types.ts';

const TAB = 9;
const MOST_ROWS = 10_000;
const MOST_BYTES = 1 << 20;

/** Collects records into blocks. */
export class RecordReader {
  /** Records in the block so far. */
  count = 0;
  private bytes = 0;
  private readonly blanks: boolean;
  private readonly header: VcfHeader;
  private readonly codes: HeaderCodes;
  private readonly report: VcfReport;
  private readonly ends = new Int32Array(9);
  private fixed: FixedColumns;
  private readonly info: InfoReader;
  private readonly samples: SampleReader;
  private readonly hasSamples: boolean;
  private readonly left = new Set<number>();
  private contig = -1;
  private position = -1;
  private readonly atPosition = new Set<string>();

  /** `blanks`: the columns are separated by blanks, as happens to files that went through a terminal. */
  constructor(header: VcfHeader, codes: HeaderCodes, report: VcfReport, blanks: boolean) {
    this.blanks = blanks;
    this.header = header;
    this.codes = codes;
    this.report = report;
    this.fixed = new FixedColumns(header, codes, report);
    this.info = new InfoReader(header, report);
    this.samples = new SampleReader(header, report);
    this.hasSamples = header.samples.length > 0;
  }

  /** Whether the block should be taken before more is read. */
  full(): boolean {
    return this.count >= MOST_ROWS || this.bytes >= MOST_BYTES;
  }

  /** Reads the line `buffer[start..end)`; `buffer[end]` is a newline. */
  read(buffer: Buffer, start: number, lineEnd: number, line: number): void {
    const row = this.count;
    const end = this.blanks ? blanksToTabs(buffer, start, lineEnd) : lineEnd;
    if (!this.findCells(buffer, start, end, line) || !this.fixed.read(buffer, start, this.ends, line)) {
      this.fixed.truncate(row);
      return;
    }
    const { alleles } = this.fixed;
    this.info.read(buffer, (this.ends[6] ?? 0) + 1, this.ends[7] ?? end, row, alleles, line);
    const withoutFormat = this.hasSamples && (this.ends[7] ?? end) >= end;
    if (withoutFormat) {
      this.report.warning('vcf-no-format', 'The record ends before FORMAT; its samples are kept as missing', {
        line,
        column: 9,
      });
    } else if (this.hasSamples && !this.readSamples(buffer, end, row, alleles, line)) {
      this.fixed.truncate(row);
      this.info.truncate(row);
      this.samples.truncate(row);
      return;
    }
    this.count += 1;
    this.bytes += end - start;
    this.checkOrder(row, line);
  }

  private readSamples(buffer: Buffer, end: number, row: number, alleles: number, line: number): boolean {
    const wanted = this.header.samples.length;
    this.samples.readFormat(buffer, (this.ends[7] ?? 0) + 1, this.ends[8] ?? end, line);
    const found = this.samples.read(buffer, (this.ends[8] ?? end) + 1, end, row, alleles, line);
    if (found === wanted) return true;
    const amount = found > wanted ? 'more' : 'fewer';
    this.report.error('vcf-columns', `The record has ${amount} columns than the header; it was left out`, {
      line,
      column: Math.min(found, wanted) + 10,
    });
    return false;
  }

  /** Finds the ends of the fixed cells; false when there are too few. */
  private findCells(buffer: Buffer, start: number, end: number, line: number): boolean {
    const { ends } = this;
    const last = this.hasSamples ? 8 : 7;
    let at = start;
    for (let cell = 0; cell <= last; cell += 1) {
      // Cells that may be long are searched natively.
      if (cell === 7) at = Math.min(end, nextTab(buffer, at));
      else while (at < end && buffer[at] !== TAB) at += 1;
      ends[cell] = at;
      if (at >= end && cell < Math.min(last, 7)) {
        this.report.error('vcf-columns', `The record has ${cell + 1} columns; it was left out`, {
          line,
          column: cell + 1,
        });
        return false;
      }
      at += 1;
    }
    return true;
  }

  private checkOrder(row: number, line: number): void {
    const contig = this.fixed.contig[row] ?? 0;
    const position = this.fixed.position[row] ?? 0;
    if (contig !== this.contig) {
      if (this.left.has(contig)) {
        this.report.warning('vcf-not-contiguous', 'The records of a chromosome do not stand together', {
          line,
          column: 1,
          attribute: 'CHROM',
          value: this.header.contigs[contig]?.id ?? '',
        });
      }
      this.left.add(this.contig);
    } else if (position < this.position) {
      this.report.warning('vcf-unsorted', 'The records are not in the order of their positions', {
        line,
        column: 2,
        attribute: 'POS',
        value: String(position),
      });
    }
    if (contig !== this.contig || position !== this.position) this.atPosition.clear();
    this.contig = contig;
    this.position = position;
    this.checkRepeat(row, line);
  }

  private checkRepeat(row: number, line: number): void {
    const variant = `${this.fixed.ref[row]} ${this.fixed.alt[row]}`;
    if (this.atPosition.has(variant)) {
      this.report.warning('vcf-variant-twice', 'The same variant was there before', { line });
    } else if (this.atPosition.size < 1000) {
      this.atPosition.add(variant);
    }
  }

  /** The records so far as a block; the next block begins empty. */
  take(): VariantRows {
    const { fixed, count } = this;
    const samples = this.header.samples.length;
    const { genotype, format } = this.samples.take(count);
    const rows: VariantRows = {
      count,
      samples,
      contig: Int32Array.from(fixed.contig),
      position: Int32Array.from(fixed.position),
      id: fixed.id,
      ref: fixed.ref,
      alt: fixed.alt,
      quality: Float64Array.from(fixed.quality),
      qualityFloat32: fixed.qualityFloat32,
      filterOffsets: Uint32Array.from(fixed.filterOffsets),
      filters: Int32Array.from(fixed.filters),
      info: this.info.take(count),
      ...(genotype === undefined ? {} : { genotype }),
      format,
    };
    this.fixed = new FixedColumns(this.header, this.codes, this.report);
    this.count = 0;
    this.bytes = 0;
    return rows;
  }
}

function nextTab(buffer: Buffer, start: number): number {
  const found = buffer.indexOf(TAB, start);
  return found < 0 ? buffer.length : found;
}

/** Turns each run of blanks into one tab, in place; answers the new end, which gets the newline. */
function blanksToTabs(buffer: Buffer, start: number, end: number): number {
  let to = start;
  for (let at = start; at < end; at += 1) {
    const byte = buffer[at] ?? 0;
    const blank = byte === 32 || byte === TAB;
    if (blank && to > start && buffer[to - 1] === TAB) continue;
    buffer[to++] = blank ? TAB : byte;
  }
  while (to > start && buffer[to - 1] === TAB) to -= 1;
  buffer[to] = 10;
  return to;
}
