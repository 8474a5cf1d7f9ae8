import type { ByteSource, FindingSink } from '../blocks.ts';
import { emptyHeader, type HeaderCodes, readColumnLine, readMetaLine } from './header.ts';
import { LineReader } from './lines.ts';
import { RecordReader } from './records.ts';
import { VcfReport } from './report.ts';
import type { VariantRows, VcfHeader } from './types.ts';

const HASH = 35;

export interface VcfFile {
  header: VcfHeader;
  /** Blocks of up to 10,000 records; can be walked over once. */
  rows: AsyncIterable<VariantRows>;
}

/**
 * Reads a VCF 4.0 to 4.5 file from its decompressed bytes. What is wrong goes to `report`: records that cannot be
 * understood are left out, single values that do not fit their type are kept as missing. Nothing in the file makes this
 * throw; a file that is no VCF gives an error and no records.
 */
export async function readVcf(source: ByteSource, options: { file?: string; report: FindingSink }): Promise<VcfFile> {
  const report = new VcfReport(options.report, options.file);
  const lines = new LineReader(source);
  lines.onTooLong = (line) => report.error('vcf-line-length', 'The line is too long; it was left out', { line });
  const header = emptyHeader();
  const codes: HeaderCodes = { contigs: new Map(), filters: new Map([['PASS', 0]]) };
  const separator = await readHeader(lines, header, codes, report);
  if (separator === undefined) {
    await lines.close();
    report.finish();
    return { header, rows: nothing() };
  }
  return { header, rows: readRows(lines, new RecordReader(header, codes, report, separator === 'blanks'), report) };
}

async function nextLine(lines: LineReader): Promise<boolean> {
  while (!lines.advance()) if (!(await lines.fill())) return false;
  return true;
}

async function readHeader(
  lines: LineReader,
  header: VcfHeader,
  codes: HeaderCodes,
  report: VcfReport,
): Promise<'tabs' | 'blanks' | undefined> {
  while (await nextLine(lines)) {
    const { line } = lines;
    if (line === 1) skipByteOrderMark(lines);
    const { buffer, start, end } = lines;
    if (end === start) {
      report.warning('vcf-empty-line', 'The header has an empty line', { line });
    } else if (buffer[start] !== HASH) {
      // A line break inside a description ends up here too: go on as long as the header does.
      const value = buffer.toString('latin1', start, Math.min(end, start + 100));
      report.error('vcf-header', 'The header has a line that does not begin with "#"', { line, value });
      if (header.meta.length === 0) return undefined;
    } else if (buffer[start + 1] === HASH) {
      readMetaLine(header, codes, buffer.toString('utf8', start, end), line, report);
    } else {
      if (header.version === '' && !header.meta.some((text) => text.startsWith('##fileformat'))) {
        report.warning('vcf-version-missing', 'The file does not name its version of VCF', { line });
      }
      return readColumnLine(header, buffer.toString('utf8', start, end), line, report);
    }
  }
  report.error('vcf-column-line-missing', 'The file has no #CHROM line', { line: lines.line });
  return undefined;
}

function skipByteOrderMark(lines: LineReader): void {
  const { buffer, start } = lines;
  if (buffer[start] === 0xef && buffer[start + 1] === 0xbb && buffer[start + 2] === 0xbf) lines.start = start + 3;
}

async function* readRows(lines: LineReader, records: RecordReader, report: VcfReport): AsyncIterable<VariantRows> {
  const empty = lines.line;
  try {
    do {
      while (lines.advance()) {
        const { buffer, start, end, line } = lines;
        if (end === start) report.warning('vcf-empty-line', 'The file has an empty line', { line });
        else if (buffer[start] === HASH) report.warning('vcf-late-header', 'A header line after the header', { line });
        else records.read(buffer, start, end, line);
        if (records.full()) yield records.take();
      }
    } while (await lines.fill());
    if (records.count > 0) yield records.take();
    if (lines.unterminated) {
      report.warning('vcf-last-line', 'The last line does not end with a newline; is the file complete?', {
        line: lines.line,
      });
    }
    if (lines.line === empty) report.warning('vcf-no-records', 'The file has no records', { line: lines.line });
  } finally {
    await lines.close();
    report.finish();
  }
}

async function* nothing(): AsyncIterable<VariantRows> {}
