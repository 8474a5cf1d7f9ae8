import { type MetaLine, parseMetaLine } from './meta.ts';
import { checkMetaLine } from './meta-rules.ts';
import { FIXED_COLUMNS, type VcfReport } from './report.ts';
import { RESERVED_FORMAT, RESERVED_INFO } from './reserved.ts';
import type { VcfField, VcfHeader, VcfType } from './types.ts';

const NUMBERS = new Set(['A', 'R', 'G', '.', 'LA', 'LR', 'LG', 'P', 'M']);

export function emptyHeader(): VcfHeader {
  return {
    version: '',
    meta: [],
    info: new Map(),
    format: new Map(),
    filters: [{ id: 'PASS', description: 'All filters passed', declared: false }],
    contigs: [],
    samples: [],
  };
}

/** Codes of the names in `header.contigs` and `header.filters`. */
export interface HeaderCodes {
  contigs: Map<string, number>;
  filters: Map<string, number>;
}

/** Adds one `##` line to the header. */
export function readMetaLine(
  header: VcfHeader,
  codes: HeaderCodes,
  written: string,
  line: number,
  report: VcfReport,
): void {
  // A spreadsheet pads every line with tabs to the width of the table.
  const text = written.replace(/\t+$/, '');
  const meta = parseMetaLine(text.slice(2));
  header.meta.push(text);
  if (meta.fault !== undefined) {
    report.error('vcf-meta-form', `The header line "${meta.key.slice(0, 60)}" ${meta.fault}`, { line, value: text });
  } else {
    checkMetaLine(meta, line, report);
  }
  if (meta.key === 'fileformat') readVersion(header, meta, line, report);
  else if (meta.key === 'INFO') readField(header.info, meta, line, report, reservedBy(header, RESERVED_INFO));
  else if (meta.key === 'FORMAT') readField(header.format, meta, line, report, reservedBy(header, RESERVED_FORMAT));
  else if (meta.key === 'FILTER') readFilter(header, codes, meta, line, report);
  else if (meta.key === 'contig') readContig(header, codes, meta, line, report);
}

function readVersion(header: VcfHeader, meta: MetaLine, line: number, report: VcfReport): void {
  const version = /^VCFv(4\.\d+)$/.exec(meta.value)?.[1];
  if (version === undefined) {
    report.error('vcf-version', 'The file does not name a version of VCF 4', {
      line,
      attribute: 'fileformat',
      value: meta.value,
    });
  }
  if (header.meta.length > 1)
    report.warning('vcf-version-place', 'The line "fileformat" is not the first line', { line });
  header.version = version ?? '';
}

/** Only VCF 4.3 fixed the definitions of reserved keys; older files are right in their own terms. */
function reservedBy(header: VcfHeader, rules: typeof RESERVED_INFO): typeof RESERVED_INFO {
  return Number(header.version.slice(2)) >= 3 ? rules : new Map();
}

function readField(
  fields: Map<string, VcfField>,
  meta: MetaLine,
  line: number,
  report: VcfReport,
  reserved: typeof RESERVED_INFO,
): void {
  const id = meta.parts?.get('ID')?.value;
  if (id === undefined || id === '') return;
  if (fields.has(id)) {
    report.warning('vcf-definition-twice', `${meta.key} "${id}" is defined twice; the first definition counts`, {
      line,
      attribute: id,
    });
    return;
  }
  const number = readNumber(meta, id, line, report);
  const type = readType(meta, id, number, line, report);
  const rule = reserved.get(id);
  if (rule !== undefined && (rule[0] !== number || rule[1] !== type)) {
    report.warning(
      'vcf-reserved-definition',
      `${meta.key} "${id}" is reserved as Number=${rule[0]},Type=${rule[1]} but defined as Number=${number},Type=${type}`,
      { line, attribute: id },
    );
  }
  fields.set(id, { id, number, type, description: meta.parts?.get('Description')?.value ?? '', declared: true });
}

function readNumber(meta: MetaLine, id: string, line: number, report: VcfReport): string {
  const number = meta.parts?.get('Number')?.value ?? '';
  if (NUMBERS.has(number) || /^\d{1,9}$/.test(number)) return number;
  // Old samtools wrote -1 for what varies: nothing of such a file is lost.
  report.warning('vcf-definition-number', `${meta.key} "${id}" has no valid Number; it is read as "."`, {
    line,
    attribute: id,
    value: number,
  });
  return '.';
}

function readType(meta: MetaLine, id: string, number: string, line: number, report: VcfReport): VcfType {
  const text = meta.parts?.get('Type')?.value ?? '';
  const type = asType(text);
  if (type === undefined || (type === 'Flag' && meta.key === 'FORMAT')) {
    report.error('vcf-definition-type', `${meta.key} "${id}" has no valid Type; it is read as String`, {
      line,
      attribute: id,
      value: text,
    });
    return 'String';
  }
  if ((type === 'Flag') !== (number === '0')) {
    report.warning('vcf-definition-flag', `${meta.key} "${id}": Number=0 and Type=Flag belong together`, {
      line,
      attribute: id,
      value: `Number=${number},Type=${type}`,
    });
  }
  return type;
}

function asType(text: string): VcfType | undefined {
  for (const type of ['Integer', 'Float', 'Flag', 'Character', 'String'] as const) if (type === text) return type;
  return undefined;
}

function readFilter(header: VcfHeader, codes: HeaderCodes, meta: MetaLine, line: number, report: VcfReport): void {
  const id = meta.parts?.get('ID')?.value;
  if (id === undefined || id === '') return;
  const description = meta.parts?.get('Description')?.value ?? '';
  const known = header.filters[codes.filters.get(id) ?? -1];
  if (known === undefined) {
    codes.filters.set(id, header.filters.push({ id, description, declared: true }) - 1);
  } else if (known.declared) {
    report.warning('vcf-definition-twice', `FILTER "${id}" is defined twice; the first definition counts`, { line });
  } else {
    known.description = description;
    known.declared = true;
  }
}

function readContig(header: VcfHeader, codes: HeaderCodes, meta: MetaLine, line: number, report: VcfReport): void {
  const id = meta.parts?.get('ID')?.value;
  if (id === undefined || id === '') return;
  if (codes.contigs.has(id)) {
    report.warning('vcf-definition-twice', `contig "${id}" is defined twice; the first definition counts`, { line });
    return;
  }
  const length = Number(meta.parts?.get('length')?.value);
  codes.contigs.set(id, header.contigs.length);
  header.contigs.push({ id, ...(Number.isSafeInteger(length) && length > 0 ? { length } : {}), declared: true });
}

/** Reads the `#CHROM` line: how its columns are separated, or undefined when the records cannot be read by it. */
export function readColumnLine(
  header: VcfHeader,
  text: string,
  line: number,
  report: VcfReport,
): 'tabs' | 'blanks' | undefined {
  let columns = text.slice(1).split('\t');
  const blanks = columns.length < 8;
  if (blanks && text.slice(1).trim().split(/\s+/).length >= 8) {
    columns = text.slice(1).trim().split(/\s+/);
    report.warning('vcf-column-separator', 'The column line is separated by blanks instead of tabs', { line });
  }
  const wrong = FIXED_COLUMNS.findIndex((name, index) => (index < 8 || columns.length > 8) && columns[index] !== name);
  if (wrong >= 0) {
    report.error('vcf-column-line', `Column ${wrong + 1} of the column line should be ${FIXED_COLUMNS[wrong]}`, {
      line,
      column: wrong + 1,
      value: columns[wrong] ?? '',
    });
    if (wrong < 8) return undefined;
  }
  if (columns.length === 9) {
    report.warning('vcf-no-samples', 'The column line has FORMAT but no samples', { line, column: 9 });
  }
  header.samples = columns.slice(9);
  if (!checkSamples(header.samples, line, report)) return undefined;
  return blanks ? 'blanks' : 'tabs';
}

function checkSamples(samples: readonly string[], line: number, report: VcfReport): boolean {
  const seen = new Set<string>();
  let good = true;
  samples.forEach((sample, index) => {
    const place = { line, column: index + 10, value: sample };
    if (sample === '') {
      report.error('vcf-sample-empty', 'A sample column has no name', place);
      good = false;
    } else if (seen.has(sample)) {
      report.error('vcf-sample-duplicate', `The sample "${sample.slice(0, 100)}" has more than one column`, place);
      good = false;
    }
    seen.add(sample);
  });
  return good;
}
