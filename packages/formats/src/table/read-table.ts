import type { Finding } from '@linnaea/model';
import type { ByteSource, FindingSink } from '../blocks.ts';
import { capReport, excerpt } from '../capped-report.ts';
import { checkHeader } from './header.ts';
import { readRecords } from './read-records.ts';
import type { TextRecord } from './records.ts';
import { type CellValue, parseCell } from './values.ts';

export interface TableOptions {
  /** Name for the findings' locations. */
  file?: string;
  report: FindingSink;
  /** Default is the tab. */
  separator?: '\t' | ',';
  /** Whether `|` separates values within a cell (default), or is a character like any other. */
  multiValues?: boolean;
  /** Findings of one code before the rest is only counted; default 100. */
  findingLimit?: number;
}

export interface TableRow {
  /** Line on which the row begins, from 1. */
  line: number;
  /** One for each column of the header. */
  values: CellValue[];
}

export interface Table {
  header: string[];
  /** Batches of up to 500 rows, blank lines left out. Iterate them to the end to get the last findings. */
  rows: AsyncIterable<TableRow[]>;
}

const batchRows = 500;

/**
 * Reads a metadata table: a header line, then rows. Bad data never throws: findings are `empty-file`, `no-rows`,
 * `empty-header`, `header-too-long`, `duplicate-header`, `duplicate-header-case`, `wrong-separator`, `row-short`,
 * `row-long`, `nul-character`, `quote-not-closed` and `encoding-not-utf8`.
 */
export async function readTable(source: ByteSource, options: TableOptions): Promise<Table> {
  const capped = capReport(options.report, options.file, options.findingLimit);
  const separator = options.separator ?? '\t';
  const records = readRecords(source, separator, capped.report);
  const [first, ...rest] = await firstRecords(records);
  if (!first) {
    capped.report({ code: 'empty-file', severity: 'error', message: 'The file is empty.' });
    capped.finish();
    return { header: [], rows: batches([], records, () => undefined) };
  }
  const header = checkHeader(first, capped.report);
  checkSeparator(first, rest[0], separator, capped.report);
  const toRow = rowReader(header, capped.report, options.multiValues ?? true);
  const rows = async function* () {
    let count = 0;
    for await (const batch of batches(rest, records, (record) => toRow(record))) {
      count += batch.length;
      yield batch;
    }
    if (count === 0) {
      capped.report({ code: 'no-rows', severity: 'warning', message: 'The table has a header but no rows.' });
    }
    capped.finish();
  };
  return { header, rows: rows() };
}

/** The header and, where there is one, a row: both together tell a wrong separator before anything is read. */
async function firstRecords(records: AsyncGenerator<TextRecord[]>): Promise<TextRecord[]> {
  let begun: TextRecord[] = [];
  while (begun.length < 2) {
    const { done, value } = await records.next();
    if (done) break;
    begun = begun.concat(value);
  }
  return begun;
}

async function* batches(
  begun: TextRecord[],
  records: AsyncGenerator<TextRecord[]>,
  toRow: (record: TextRecord) => TableRow | undefined,
): AsyncGenerator<TableRow[]> {
  let batch: TableRow[] = [];
  try {
    for (let some: TextRecord[] | undefined = begun; some; some = (await records.next()).value ?? undefined) {
      for (const record of some) {
        const row = toRow(record);
        if (row) batch.push(row);
        if (batch.length < batchRows) continue;
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  } finally {
    await records.return(undefined);
  }
}

function rowReader(header: string[], report: FindingSink, multiValues: boolean) {
  return ({ line, cells }: TextRecord): TableRow => {
    const values: CellValue[] = [];
    const width = header.length;
    for (let index = 0; index < width; index += 1) {
      let cell = cells[index] ?? '';
      if (cell.includes('\0')) {
        report(nulCharacter(line, index, header[index]));
        cell = cell.replaceAll('\0', '');
      }
      values.push(multiValues ? parseCell(cell) : cell.trim() || null);
    }
    if (cells.length !== width) checkWidth(cells, width, line, report);
    return { line, values };
  };
}

function nulCharacter(line: number, index: number, attribute: string | undefined): Finding {
  const message = 'The cell holds a NUL character, which no text may; it is left out.';
  const location = { line, column: index + 1, ...(attribute === undefined ? {} : { attribute }) };
  return { code: 'nul-character', severity: 'error', message, location };
}

/** Cells that are missing at a row's end are empty; empty ones too many (a spreadsheet's tabs) do not matter. */
function checkWidth(cells: string[], width: number, line: number, report: FindingSink): void {
  if (cells.length < width) {
    const message = `The row has ${cells.length} cells where the header has ${width}; the missing ones are read as empty.`;
    report({ code: 'row-short', severity: 'warning', message, location: { line, column: cells.length + 1 } });
    return;
  }
  const extra = cells.findIndex((cell, index) => index >= width && cell.trim() !== '');
  if (extra < 0) return;
  const message = `The row has a cell without a header: the header ends with column ${width}.`;
  const location = { line, column: extra + 1 };
  report({ code: 'row-long', severity: 'error', message, location, value: excerpt(cells[extra] ?? '') });
}

/** A single column whose header and first row hold the same number of commas is a file of the other kind. */
function checkSeparator(header: TextRecord, row: TextRecord | undefined, separator: string, report: FindingSink): void {
  if (header.cells.length !== 1 || header.quoted) return;
  const [title = ''] = header.cells;
  for (const [other, name] of separators) {
    const count = title.split(other).length;
    const same = row === undefined || (row.cells.length === 1 && row.cells[0]?.split(other).length === count);
    if (other === separator || count === 1 || !same) continue;
    const message = `The columns seem to be separated by ${name}; a ${separator === '\t' ? 'tab' : 'comma'} is expected.`;
    report({
      code: 'wrong-separator',
      severity: 'error',
      message,
      location: { line: header.line },
      value: excerpt(title),
    });
    return;
  }
}

const separators = [
  ['\t', 'tabs'],
  [',', 'commas'],
  [';', 'semicolons'],
] as const;
