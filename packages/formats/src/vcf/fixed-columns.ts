import type { HeaderCodes } from './header.ts';
import { scanFloat, scanned } from './numbers.ts';
import type { VcfReport } from './report.ts';
import { TextTable } from './text-table.ts';
import type { VcfHeader } from './types.ts';

const CONTIG = /^(<[^<>\s]+>|[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*)$/;
const REFERENCE = /^[ACGTN]+$/i;
/** Codes for several bases, a deletion from upstream as REF, the `I` of old callers: no valid alleles, but no garbage. */
const AMBIGUOUS = /^([A-Z]+|\*)$/i;
const ALTERNATE = /^([ACGTN]+|\*|<[^<>\s]+>|\.[ACGTN]+|[ACGTN]+\.|[ACGTN.]*(\[[^[\]\s]+\[|\][^[\]\s]+\])[ACGTN.]*)$/i;
const MATE = /^[[\]]|[[\]]$/;
const PAIRED_MATE = /^([[\]])[^[\]]+\1[ACGTN.]+$|^[ACGTN.]+([[\]])[^[\]]+\2$/i;
const LONGEST_POSITION = 10;

/** A file that invents a filter for every record must not make every record wider. */
const MOST_UNDECLARED = 1000;

type Verdict = 'good' | 'ambiguous' | 'bad';

/** Reads the first seven columns of records into columns of a block. */
export class FixedColumns {
  readonly contig: number[] = [];
  readonly position: number[] = [];
  readonly id: string[] = [];
  readonly ref: string[] = [];
  readonly alt: string[] = [];
  readonly quality: number[] = [];
  qualityFloat32 = true;
  readonly filterOffsets: number[] = [0];
  readonly filters: number[] = [];
  /** Alleles of the record that was read last, the reference among them. */
  alleles = 1;

  private readonly header: VcfHeader;
  private readonly codes: HeaderCodes;
  private readonly report: VcfReport;
  private readonly alleleTexts = new TextTable();
  private readonly verdicts: (Verdict | undefined)[] = [];
  private undeclaredFilters: number;
  private readonly filterTexts = new TextTable();
  private readonly filterLists: (number[] | undefined)[] = [];
  private readonly contigTexts = new TextTable();
  private readonly contigCodes: (number | undefined)[] = [];

  constructor(header: VcfHeader, codes: HeaderCodes, report: VcfReport) {
    this.header = header;
    this.codes = codes;
    this.report = report;
    this.undeclaredFilters = header.filters.filter(({ declared }) => !declared).length;
  }

  /** Reads a record whose cells end at `ends`; false when the record cannot be kept. */
  read(buffer: Buffer, start: number, ends: Int32Array, line: number): boolean {
    const cell = (index: number): [number, number] => [
      (index === 0 ? start - 1 : (ends[index - 1] ?? 0)) + 1,
      ends[index] ?? 0,
    ];
    const contig = this.readContig(buffer, ...cell(0), line);
    const position = this.readPosition(buffer, ...cell(1), line);
    const ref = this.readAllele(buffer, ...cell(3), line, 'REF');
    const alt = this.readAllele(buffer, ...cell(4), line, 'ALT');
    if (contig < 0 || position < 0 || ref === undefined || alt === undefined) return false;
    this.contig.push(contig);
    this.position.push(position);
    this.id.push(this.readId(buffer, ...cell(2), line));
    this.ref.push(ref);
    this.alt.push(alt);
    this.quality.push(this.readQuality(buffer, ...cell(5), line));
    this.readFilters(buffer, ...cell(6), line);
    this.alleles = 1;
    if (alt !== '') {
      this.alleles = 2;
      for (let at = alt.indexOf(','); at >= 0; at = alt.indexOf(',', at + 1)) this.alleles += 1;
    }
    return true;
  }

  /** Forgets all records from `row` on. */
  truncate(row: number): void {
    for (const column of [this.contig, this.position, this.id, this.ref, this.alt, this.quality]) column.length = row;
    this.filterOffsets.length = row + 1;
    this.filters.length = this.filterOffsets[row] ?? 0;
  }

  private readContig(buffer: Buffer, start: number, end: number, line: number): number {
    const text = this.contigTexts.add(buffer, start, end);
    const known = this.contigCodes[text];
    if (known !== undefined) return known;
    const id = end - start === 0 ? '' : (this.contigTexts.texts[text] ?? '');
    if (id === '' || id === '.') {
      this.report.error('vcf-chrom', 'The record has no chromosome', { line, column: 1, attribute: 'CHROM' });
      return -1;
    }
    let code = this.codes.contigs.get(id);
    if (code === undefined) {
      code = this.header.contigs.push({ id, declared: false }) - 1;
      this.codes.contigs.set(id, code);
      if (!CONTIG.test(id)) {
        this.report.warning('vcf-chrom-name', 'The name of the chromosome holds characters that are not allowed', {
          line,
          column: 1,
          attribute: 'CHROM',
          value: id,
        });
      }
    }
    this.contigCodes[text] = code;
    return code;
  }

  private readPosition(buffer: Buffer, start: number, end: number, line: number): number {
    let value = 0;
    let good = end > start && end - start <= LONGEST_POSITION;
    for (let at = start; at < end && good; at += 1) {
      const digit = (buffer[at] ?? 0) - 48;
      good = digit >= 0 && digit <= 9;
      value = value * 10 + digit;
    }
    if (good && value <= 2147483647) return value;
    this.report.error('vcf-pos', 'The position is not a number from 0 to 2147483647; the record was left out', {
      line,
      column: 2,
      attribute: 'POS',
      value: buffer.toString('latin1', start, Math.min(end, start + 100)),
    });
    return -1;
  }

  private readId(buffer: Buffer, start: number, end: number, line: number): string {
    if (end - start === 1 && buffer[start] === 46) return '';
    const text = buffer.toString('utf8', start, end);
    if (/[\s;]/.test(text) || text === '') {
      const names = text.split(';');
      if (text.includes(' ') || names.includes('') || new Set(names).size < names.length) {
        this.report.warning('vcf-id', 'The ID column holds a blank, an empty name, or a name twice', {
          line,
          column: 3,
          attribute: 'ID',
          value: text,
        });
      }
    }
    return text;
  }

  private readAllele(
    buffer: Buffer,
    start: number,
    end: number,
    line: number,
    name: 'REF' | 'ALT',
  ): string | undefined {
    const code = this.alleleTexts.add(buffer, start, end);
    if (code === 0 && name === 'ALT' && end > start) return '';
    const text = code === 0 ? buffer.toString('latin1', start, end) : (this.alleleTexts.texts[code] ?? '');
    const slot = code * 2 + (name === 'REF' ? 0 : 1);
    const verdict = this.verdicts[slot] ?? (name === 'REF' ? judgeReference(text) : judgeAlternate(text));
    this.verdicts[slot] = verdict;
    if (verdict === 'good') return text;
    const place = { line, column: name === 'REF' ? 4 : 5, attribute: name, value: text };
    if (verdict === 'ambiguous') {
      this.report.warning('vcf-allele-ambiguous', `${name} holds letters other than A, C, G, T and N`, place);
      return text;
    }
    this.report.error('vcf-allele', `${name} is not a valid allele; the record was left out`, place);
    return undefined;
  }

  private readQuality(buffer: Buffer, start: number, end: number, line: number): number {
    if (end - start === 1 && buffer[start] === 46) return Number.NaN;
    const value = end > start ? scanFloat(buffer, start) : Number.NaN;
    if (end > start && scanned.valid && scanned.end === end && !(value < 0)) {
      if (!scanned.float32) this.qualityFloat32 = false;
      return value;
    }
    const text = buffer.toString('latin1', start, Math.min(end, start + 100));
    const place = { line, column: 6, attribute: 'QUAL', value: text };
    if (value < 0 && scanned.valid && scanned.end === end) {
      this.report.warning('vcf-qual-negative', 'QUAL is negative', place);
      if (!scanned.float32) this.qualityFloat32 = false;
      return value;
    }
    this.report.error('vcf-qual', 'QUAL is not a number; it is kept as missing', place);
    return Number.NaN;
  }

  private readFilters(buffer: Buffer, start: number, end: number, line: number): void {
    const text = this.filterTexts.add(buffer, start, end);
    if (text !== 0) {
      const list = this.filterLists[text] ?? this.parseFilters(this.filterTexts.texts[text] ?? '', line);
      this.filterLists[text] = list;
      for (const code of list) this.filters.push(code);
    } else if (end === start) {
      this.report.warning('vcf-filter', 'FILTER is empty', { line, column: 7, attribute: 'FILTER' });
    }
    this.filterOffsets.push(this.filters.length);
  }

  private parseFilters(text: string, line: number): number[] {
    const names = text.split(';');
    const kept = new Set(names.filter((name) => name !== '' && name !== '.'));
    const place = { line, column: 7, attribute: 'FILTER', value: text };
    if (kept.size < names.length || kept.has('0') || /\s/.test(text)) {
      this.report.warning('vcf-filter', 'FILTER holds an empty, repeated or malformed name', place);
    }
    const codes = [...kept].flatMap((id) => {
      const known = this.codes.filters.get(id);
      if (known !== undefined) return known;
      if (this.undeclaredFilters === MOST_UNDECLARED) {
        const message = `FILTER uses more than ${MOST_UNDECLARED} names without a line in the header; the others are left out`;
        this.report.error('vcf-too-many-filters', message, place);
        return [];
      }
      this.undeclaredFilters += 1;
      this.report.warning('vcf-filter-undeclared', `The filter "${id.slice(0, 60)}" has no line in the header`, {
        ...place,
        about: id,
      });
      const code = this.header.filters.push({ id, description: '', declared: false }) - 1;
      this.codes.filters.set(id, code);
      return code;
    });
    // Filters are a set; one order for it makes equal sets equal.
    return codes.sort((a, b) => a - b);
  }
}

function judgeReference(text: string): Verdict {
  if (REFERENCE.test(text)) return 'good';
  return AMBIGUOUS.test(text) ? 'ambiguous' : 'bad';
}

function judgeAlternate(text: string): Verdict {
  let verdict: Verdict = 'good';
  for (const allele of text.split(',')) {
    if (ALTERNATE.test(allele) && (!MATE.test(allele) || PAIRED_MATE.test(allele))) continue;
    if (allele !== '.' && !AMBIGUOUS.test(allele)) return 'bad';
    verdict = 'ambiguous';
  }
  return verdict;
}
