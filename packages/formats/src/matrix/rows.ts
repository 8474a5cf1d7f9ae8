import type { Finding } from '@linnaea/model';
import type { FindingSink, MatrixRows } from '../blocks.ts';
import { excerpt } from '../capped-report.ts';
import { FingerprintSet } from '../fingerprints.ts';
import { decodeBytes } from '../text/encoding.ts';
import { afterLineEnd, type LineCursor, lineEnd } from '../text/lines.ts';
import type { HeadReader, MatrixLayout } from './layout.ts';
import { unquoted } from './number-text.ts';
import { RowParser } from './row-parser.ts';

const batchRows = 256;
const batchBytes = 2 * 1024 * 1024;
const tab = 9;
const quote = 34;

/** Reads features and their numbers from a cursor that stands on the first feature's line. */
export class MatrixRowReader {
  /** Rows read so far. */
  count = 0;
  readonly #cursor: LineCursor;
  readonly #layout: MatrixLayout;
  readonly #head: HeadReader;
  readonly #parser: RowParser;
  readonly #known = new FingerprintSet();
  readonly #perBatch: number;
  readonly #plain: boolean;
  readonly #row: Float64Array;
  readonly #reuse: boolean;
  #batch: MatrixRows;

  constructor(cursor: LineCursor, layout: MatrixLayout, head: HeadReader, reuse = false) {
    const { runs, measurements } = layout.header;
    const cells = Math.max(1, runs.length * measurements.length);
    this.#cursor = cursor;
    this.#layout = layout;
    this.#head = head;
    this.#reuse = reuse;
    this.#perBatch = Math.max(1, Math.min(batchRows, Math.floor(batchBytes / 8 / cells)));
    // The usual case: a cell's place in its row is its run, so the parser may write into the batch itself.
    this.#plain = measurements.length === 1 && layout.run.every((run, index) => run === index);
    this.#row = new Float64Array(layout.columns.length);
    this.#parser = new RowParser(layout.columns.length, {
      text: (cell, text) => this.#notANumber(cell, text),
      decimalComma: (cell, text) => this.#decimalComma(cell, text),
    });
    this.#batch = this.#newBatch();
  }

  async *batches(): AsyncGenerator<MatrixRows> {
    while (await this.#cursor.fill()) {
      while (this.#cursor.position < this.#cursor.block.length) {
        this.#readLine();
        if (this.#batch.count < this.#perBatch) continue;
        const batch = this.#finishBatch();
        yield batch;
        this.#batch = this.#newBatch(this.#reuse ? batch.values : undefined);
      }
    }
    if (this.#batch.count > 0) yield this.#finishBatch();
  }

  /** `used`: numbers of the batch before, if they may be overwritten. */
  #newBatch(used?: Float64Array[]): MatrixRows {
    const { featureColumns, runs, measurements } = this.#layout.header;
    const numbers = (at: number) => {
      const array = used?.[at] ?? new Float64Array(this.#perBatch * runs.length);
      // Columns that are left out of an irregular table must not turn into zeros.
      return this.#plain ? array : array.fill(Number.NaN);
    };
    const values = measurements.map((_, at) => numbers(at));
    return { count: 0, features: featureColumns.map(() => []), values, float32: [] };
  }

  #finishBatch(): MatrixRows {
    const batch = this.#batch;
    const { measurements, runs } = this.#layout.header;
    const { lossy } = this.#parser;
    batch.float32 = measurements.map(() => true);
    lossy.forEach((lost, column) => {
      if (lost && this.#layout.run[column] !== -1) batch.float32[this.#layout.measurement[column]!] = false;
    });
    lossy.fill(0);
    if (batch.count < this.#perBatch)
      batch.values = batch.values.map((values) => values.slice(0, batch.count * runs.length));
    return batch;
  }

  #readLine(): void {
    const cursor = this.#cursor;
    const { block } = cursor;
    // Only a line that begins with white space or its own end can be blank.
    const end = block[cursor.position]! <= 32 ? lineEnd(block, cursor.position) : -1;
    if (end < 0 || block.toString('latin1', cursor.position, end).trim() !== '') this.#readRow();
    else cursor.position = afterLineEnd(block, end);
    cursor.line += 1;
  }

  #readRow(): void {
    const { block } = this.#cursor;
    const columns = this.#layout.columns.length;
    const batch = this.#batch;
    const at = this.#readFeatures(block, this.#cursor.position);
    const out = this.#plain ? batch.values[0]! : this.#row;
    const offset = this.#plain ? batch.count * columns : 0;
    const filled = block[at] === tab;
    let end = filled ? this.#parser.read(block, at + 1, out, offset) : at;
    const found = filled ? this.#parser.found : 0;
    if (found < columns) this.#tooShort(found, out, offset);
    if (block[end] === tab) end = this.#passExtraCells(block, end);
    if (!this.#plain) this.#scatter();
    batch.count += 1;
    this.count += 1;
    this.#cursor.position = afterLineEnd(block, end);
  }

  /** Gives the position of the tab or line end behind the feature columns. */
  #readFeatures(block: Buffer, start: number): number {
    const { features } = this.#batch;
    const { uniqueColumns } = this.#layout;
    let at = start;
    for (let column = 0; column < features.length; column += 1) {
      if (column > 0 && block[at] === tab) at += 1;
      const begin = at;
      let high = 0;
      for (let byte = block[at]!; byte !== tab && byte !== 10 && byte !== 13; byte = block[++at]!) high |= byte;
      const text = high < 128 ? block.toString('latin1', begin, at) : this.#decode(block.subarray(begin, at));
      features[column]!.push(this.#clean(text, column));
      if (column === 0) this.#checkNamed();
      if (column + 1 === uniqueColumns) this.#checkUnique(block, start, at);
    }
    return at;
  }

  #decode(bytes: Uint8Array): string {
    const { text, utf8 } = decodeBytes(bytes);
    if (!utf8) this.#head.notUtf8(this.#cursor.line);
    return text;
  }

  #clean(text: string, column: number): string {
    let clean = text.charCodeAt(0) === quote ? unquoted(text.trim()).trim() : text.trim();
    if (clean.includes('\0')) {
      clean = clean.replaceAll('\0', '');
      this.#report('error', 'nul-character', 'The cell holds a NUL character; it is left out.', column + 1);
    }
    return clean;
  }

  /** GCT wants a name for each feature; data frames of the field leave the first of several columns empty at times. */
  #checkNamed(): void {
    if (this.#feature() !== '') return;
    const severity = this.#layout.uniqueColumns === 1 ? 'error' : 'warning';
    this.#report(severity, 'empty-feature', 'The feature has no name.', 1);
  }

  #checkUnique(block: Buffer, start: number, end: number): void {
    if (this.#known.add(block, start, end) || this.#feature() === '') return;
    this.#report('warning', 'duplicate-feature', `The feature "${excerpt(this.#feature())}" stands more than once.`, 1);
  }

  #tooShort(found: number, out: Float64Array, offset: number): void {
    const columns = this.#layout.columns.length;
    out.fill(Number.NaN, offset + found, offset + columns);
    const message = `The row has ${found} values where the header has ${columns}; the others are read as missing.`;
    this.#report('error', 'row-short', message, this.#batch.features.length + found + 1);
  }

  /** Empty cells behind the last column are a spreadsheet's; others have no header. Gives the line's end. */
  #passExtraCells(block: Buffer, from: number): number {
    const end = lineEnd(block, from);
    const extra = block.toString('latin1', from, end);
    if (extra.trim() === '') return end;
    const columns = this.#batch.features.length + this.#layout.columns.length;
    const message = `The row has a cell without a header: the header ends with column ${columns}.`;
    const place = extra.split('\t').findIndex((cell) => cell.trim() !== '');
    this.#report('error', 'row-long', message, columns + place, extra.trim());
    return end;
  }

  #scatter(): void {
    const { run, measurement, header } = this.#layout;
    const { values, count } = this.#batch;
    const start = count * header.runs.length;
    for (let column = 0; column < run.length; column += 1) {
      if (run[column] !== -1) values[measurement[column]!]![start + run[column]!] = this.#row[column]!;
    }
  }

  #notANumber(cell: number, text: string): void {
    const message = 'The value is not a number; it is read as missing.';
    this.#report('error', 'not-a-number', message, this.#batch.features.length + cell + 1, text, cell);
  }

  #decimalComma(cell: number, text: string): void {
    const message = 'Numbers have a decimal comma; it is read as a decimal point throughout the file.';
    this.#report('warning', 'decimal-comma', message, this.#batch.features.length + cell + 1, text, cell);
  }

  #feature(): string {
    return this.#batch.features[0]?.at(-1) ?? '';
  }

  #report(severity: Finding['severity'], code: string, message: string, column: number, value?: string, cell?: number) {
    const record = this.#feature();
    const location = {
      line: this.#cursor.line,
      column,
      ...(cell === undefined ? {} : { attribute: excerpt(this.#layout.columns[cell] ?? '') }),
      ...(record === '' ? {} : { record: excerpt(record) }),
    };
    this.#head.report({ code, severity, message, location, ...(value === undefined ? {} : { value: excerpt(value) }) });
  }
}

/** What can be said only when all rows have been read. */
export function checkRowCount(count: number, layout: MatrixLayout, report: FindingSink): void {
  const declared = layout.header.declaredFeatures;
  if (count === 0) report({ code: 'no-rows', severity: 'warning', message: 'The table has a header but no rows.' });
  if (declared === undefined || declared === count) return;
  const message = `The file claims ${declared} rows but has ${count}.`;
  const location = layout.dimensionsLine === undefined ? {} : { line: layout.dimensionsLine };
  report({ code: 'gct-row-count', severity: 'warning', message, location, value: declared });
}
