import { ColumnBuilder } from './columns.ts';
import { expectedValues, type FieldState, FieldTable } from './fields.ts';
import { GenotypeBuilder } from './genotypes.ts';
import { valueAt } from './info.ts';
import type { VcfReport } from './report.ts';
import type { FormatColumn, GenotypeColumn, VcfHeader } from './types.ts';

const COLON = 58;
const TAB = 9;

/** What one text of the FORMAT column means: its keys in order, and where GT stands (-1: nowhere). */
interface Layout {
  keys: (FieldState | undefined)[];
  genotype: number;
}

/** Reads the FORMAT column and the samples of records. */
export class SampleReader {
  private readonly header: VcfHeader;
  private readonly fields: FieldTable;
  private readonly report: VcfReport;
  private readonly samples: number;
  private readonly layouts = new Map<string, Layout>();
  private layout: Layout = { keys: [], genotype: -1 };
  private layoutBytes = Buffer.alloc(0);
  private genotypes: GenotypeBuilder | undefined;
  private rowsHint = 16;

  constructor(header: VcfHeader, report: VcfReport) {
    this.header = header;
    this.fields = new FieldTable('format', header, report);
    this.report = report;
    this.samples = header.samples.length;
  }

  /** Takes `buffer[start..end)` as the FORMAT of the record whose samples are read next. */
  readFormat(buffer: Buffer, start: number, end: number, line: number): void {
    if (end - start === this.layoutBytes.length && buffer.compare(this.layoutBytes, 0, end - start, start, end) === 0)
      return;
    this.layoutBytes = Buffer.from(buffer.subarray(start, end));
    const text = buffer.toString('utf8', start, end);
    const known = this.layouts.get(text);
    this.layout = known ?? this.parseLayout(text, line);
    if (known === undefined && this.layouts.size < 1000) this.layouts.set(text, this.layout);
  }

  private parseLayout(text: string, line: number): Layout {
    const seen = new Set<string>();
    const names = text === '.' || text === '' ? [] : text.split(':');
    const place = { line, column: 9, attribute: 'FORMAT', value: text };
    const keys = names.map((name) => {
      if (name === '' || seen.has(name)) {
        this.report.error('vcf-format', 'FORMAT holds an empty or repeated key; its values are left out', place);
        return undefined;
      }
      seen.add(name);
      const bytes = Buffer.from(name);
      return this.fields.find(bytes, 0, bytes.length, undefined, line, false);
    });
    const genotype = names.indexOf('GT');
    if (genotype > 0) this.report.warning('vcf-format-genotype', 'GT is not the first key of FORMAT', place);
    return { keys, genotype };
  }

  /**
   * Reads the samples of row `row` from `buffer[start]` to the newline; answers how many there are, which the caller
   * compares with the header.
   */
  read(buffer: Buffer, start: number, end: number, row: number, alleles: number, line: number): number {
    const { keys, genotype } = this.layout;
    const last = keys.length - 1;
    let at = start;
    let sample = 0;
    let cell = row * this.samples;
    if (at > end) return 0;
    for (;;) {
      if (sample >= this.samples) return sample + 1;
      let key = 0;
      let ploidy = 2;
      for (;;) {
        if (key === genotype) {
          at = this.readGenotype(buffer, at, cell, alleles, line, sample);
          ploidy = this.genotypes?.lastPloidy ?? 2;
        } else {
          at = this.readCell(buffer, at, cell, keys[key], alleles, ploidy, line, sample);
        }
        if (buffer[at] !== COLON) break;
        at += 1;
        if (key === last) {
          this.tellExtra(line, sample);
          at = skipSample(buffer, at);
          break;
        }
        key += 1;
      }
      sample += 1;
      cell += 1;
      if (buffer[at] !== TAB) return sample;
      at += 1;
    }
  }

  private readGenotype(
    buffer: Buffer,
    at: number,
    cell: number,
    alleles: number,
    line: number,
    sample: number,
  ): number {
    this.genotypes ??= new GenotypeBuilder(this.samples, this.rowsHint);
    const stop = this.genotypes.read(buffer, at, cell, alleles);
    const { fault } = this.genotypes;
    if (fault === 'none') return stop;
    const place = this.place(line, sample, 'GT', buffer.toString('latin1', at, Math.min(stop, at + 100)));
    if (fault === 'phase') {
      this.report.warning('vcf-genotype-phase', 'A genotype mixes "/" and "|"; it is kept as unphased', place);
    } else if (fault === 'alternate') {
      this.report.warning('vcf-genotype-alternate', 'A genotype has allele 1 where ALT is missing', place);
    } else if (fault === 'allele') {
      this.report.error(
        'vcf-genotype-allele',
        'A genotype names an allele that the record lacks; it is kept as missing',
        place,
      );
    } else {
      this.report.error('vcf-genotype', 'A genotype is malformed; it is kept as missing', place);
    }
    return stop;
  }

  private readCell(
    buffer: Buffer,
    at: number,
    cell: number,
    state: FieldState | undefined,
    alleles: number,
    ploidy: number,
    line: number,
    sample: number,
  ): number {
    if (state === undefined) {
      let stop = at;
      while (buffer[stop] !== COLON && (buffer[stop] ?? 0) > 10) stop += 1;
      if (stop > at && this.layout.keys.length === 0 && !(stop === at + 1 && buffer[at] === 46))
        this.tellExtra(line, sample);
      return stop;
    }
    const column = state.column ?? this.fields.open(state, this.samples * this.rowsHint);
    if (!(column instanceof ColumnBuilder)) return at;
    const stop = column.read(buffer, at, cell);
    if (column.fault !== 'none') {
      const { id, type } = state.field;
      const place = this.place(line, sample, id, valueAt(buffer, column.faultStart));
      this.report.error('vcf-format-value', `"${id}" holds a value that is no ${type}; it is kept as missing`, place);
    }
    const count = column.lastCount();
    if (count !== state.expected && state.expected !== -2)
      this.checkCount(buffer, at, stop, state, count, alleles, ploidy, line, sample);
    return stop;
  }

  private checkCount(
    buffer: Buffer,
    at: number,
    stop: number,
    state: FieldState,
    count: number,
    alleles: number,
    ploidy: number,
    line: number,
    sample: number,
  ): void {
    const expected = expectedValues(state, alleles, ploidy);
    if (expected <= 0 || expected === count) return;
    if (count === 1 && (stop === at || (stop === at + 1 && buffer[at] === 46))) return;
    const { id } = state.field;
    const message = `"${id}" has ${count} values where its definition asks for ${expected}`;
    this.report.warning(
      'vcf-format-count',
      message,
      this.place(line, sample, id, buffer.toString('latin1', at, Math.min(stop, at + 100))),
    );
  }

  private tellExtra(line: number, sample: number): void {
    this.report.error(
      'vcf-sample-extra',
      'A sample has more values than FORMAT has keys; they are left out',
      this.place(line, sample, '', undefined),
    );
  }

  private place(line: number, sample: number, about: string, value: string | undefined) {
    const attribute = this.header.samples[sample] ?? '';
    return { line, column: sample + 10, attribute, about, ...(value === undefined ? {} : { value }) };
  }

  /** Forgets all rows from `row` on. */
  truncate(row: number): void {
    for (const state of this.fields.states) state.column?.truncate(row * this.samples);
    this.genotypes?.truncate(row * this.samples);
  }

  /** The columns of the block, of `rows` rows; the next block begins empty. */
  take(rows: number): { genotype: GenotypeColumn | undefined; format: Map<string, FormatColumn> } {
    const cells = rows * this.samples;
    const genotype = this.genotypes?.column(cells);
    const format = new Map<string, FormatColumn>();
    for (const state of this.fields.states) {
      const { column } = state;
      if (column === undefined) continue;
      state.column = undefined;
      const finished = column.column(cells);
      if (finished.type !== 'Flag') format.set(state.field.id, finished);
    }
    this.genotypes = undefined;
    this.rowsHint = rows + 1;
    return { genotype, format };
  }
}

function skipSample(buffer: Buffer, start: number): number {
  let at = start;
  while ((buffer[at] ?? 0) > 10) at += 1;
  return at;
}
