import type { Finding } from '@linnaea/model';
import type { FindingSink, MatrixHeader } from '../blocks.ts';
import { excerpt } from '../capped-report.ts';
import { notUtf8 } from '../table/read-records.ts';
import type { LineCursor, TextLine } from '../text/lines.ts';
import { unquoted } from './number-text.ts';

/** What the lines before the first feature say. */
export interface MatrixLayout {
  header: MatrixHeader;
  /** Names of the measured columns as they stand, left to right. */
  columns: string[];
  /** For each measured column its run and its measurement; -1 where the column is left out. */
  run: Int32Array;
  measurement: Int32Array;
  /** How many of the first feature columns have to be unique together. */
  uniqueColumns: number;
  /** Line of the file that states the number of features. */
  dimensionsLine?: number;
}

/** One run for each measured column, with a single unnamed measurement. */
export function plainLayout(featureColumns: string[], columns: string[]): MatrixLayout {
  return {
    header: { featureColumns, runs: columns, measurements: ['value'], runAttributes: new Map() },
    columns,
    run: Int32Array.from(columns, (_, index) => index),
    measurement: new Int32Array(columns.length),
    uniqueColumns: featureColumns.length,
  };
}

export const emptyHeader = (): MatrixHeader => ({
  featureColumns: [],
  runs: [],
  measurements: [],
  runAttributes: new Map(),
});

/** Reads the lines before the first feature, with what is said about them. */
export class HeadReader {
  readonly report: FindingSink;
  readonly #cursor: LineCursor;
  /** Whether somebody has said already that the file is not UTF-8. */
  warnedOfEncoding = false;

  constructor(cursor: LineCursor, report: FindingSink) {
    this.#cursor = cursor;
    this.report = report;
  }

  /** The next line that is not blank. */
  async next(): Promise<TextLine | undefined> {
    for (;;) {
      const line = await this.#cursor.nextLine();
      if (line && !line.utf8) this.notUtf8(line.line);
      if (line?.text.trim() !== '') return line;
    }
  }

  notUtf8(line: number): void {
    if (!this.warnedOfEncoding) this.report(notUtf8(line));
    this.warnedOfEncoding = true;
  }

  finding(
    severity: Finding['severity'],
    code: string,
    message: string,
    line: number,
    column?: number,
    name?: string,
  ): void {
    const location = {
      line,
      ...(column === undefined ? {} : { column }),
      ...(name === undefined ? {} : { attribute: excerpt(name) }),
    };
    this.report({ code, severity, message, location });
  }

  /** Cells of a line: trimmed, without quotes around them and without the empty ones at its end. */
  cells({ text, line }: TextLine): string[] {
    const cells = text.split('\t').map((cell) => unquoted(cell.trim()).trim());
    while (cells.length > 0 && cells.at(-1) === '') cells.pop();
    return cells.map((cell, index) => {
      if (!cell.includes('\0')) return cell;
      this.finding('error', 'nul-character', 'The cell holds a NUL character; it is left out.', line, index + 1);
      return cell.replaceAll('\0', '');
    });
  }

  /** Reports header cells without a name, from the column `from` (counted from 0) on. */
  checkNames(cells: string[], from: number, line: number): void {
    cells.forEach((name, index) => {
      if (index < from || name !== '') return;
      this.finding('error', 'empty-header', `Column ${index + 1} has no name.`, line, index + 1);
    });
  }

  /** Reports names that stand twice; `column` gives the column of a name's place, from 1. */
  checkDuplicates(names: string[], column: (index: number) => number, line: number): void {
    const first = new Map<string, number>();
    names.forEach((name, index) => {
      const known = first.get(name);
      if (known === undefined) first.set(name, index);
      else if (name !== '') {
        const message = `The run "${excerpt(name)}" stands twice (columns ${column(known)} and ${column(index)}).`;
        this.finding('error', 'duplicate-run', message, line, column(index), name);
      }
    });
  }
}
