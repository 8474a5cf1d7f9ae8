import type { ByteSource, FindingSink, MatrixHeader, MatrixRows } from '../blocks.ts';
import { capReport } from '../capped-report.ts';
import { LineCursor, type TextLine } from '../text/lines.ts';
import { readGctHead } from './gct-head.ts';
import { emptyHeader, HeadReader, type MatrixLayout } from './layout.ts';
import { checkRowCount, MatrixRowReader } from './rows.ts';
import { readTabularHead } from './tabular-head.ts';

export interface MatrixOptions {
  /** Name for the findings' locations. */
  file?: string;
  report: FindingSink;
  /** `auto` takes a first line that begins with `#` and a digit for GCT. */
  format: 'gct' | 'tabular' | 'auto';
  /** Tabular only: how many columns on the left describe features; default 1. */
  featureColumns?: number;
  /** Tabular only: what stands between run and measurement in a header; without it each column is a run. */
  measurementSeparator?: string;
  /** Findings of one code before the rest is only counted; default 100. */
  findingLimit?: number;
  /** The numbers of a batch may be overwritten as soon as the next one is asked for; spares a large file half its garbage. */
  reuseNumbers?: boolean;
}

export interface Matrix {
  /** Without runs when the head could not be read; a finding then says why. */
  header: MatrixHeader;
  /** Batches of up to 256 features or 2 MB of numbers. Iterate them to the end to get the last findings. */
  rows: AsyncIterable<MatrixRows>;
}

/**
 * Reads a table of measurements. Missing values (empty, `NaN`, `null`, `N/A`, `NA`, `filtered`, in any case) and values
 * that are no number become NaN; `Inf` and `-Inf` are infinities. Bad data never throws: findings are `empty-file`,
 * `gct-version`, `gct-dimensions`, `gct-header`, `gct-row-count`, `gct-column-count`, `gct-run-attributes`, `no-runs`,
 * `no-rows`, `empty-header`, `duplicate-header`, `duplicate-run`, `run-name-space`, `measurement-separator`,
 * `measurements-differ`, `empty-feature`, `duplicate-feature`, `not-a-number`, `decimal-comma`, `row-short`,
 * `row-long`, `nul-character` and `encoding-not-utf8`.
 */
export async function readMatrix(source: ByteSource, options: MatrixOptions): Promise<Matrix> {
  const capped = capReport(options.report, options.file, options.findingLimit);
  const cursor = new LineCursor(source);
  const head = new HeadReader(cursor, capped.report);
  const layout = await readHead(head, options);
  if (!layout) {
    await cursor.close();
    capped.finish();
  }
  return {
    header: layout?.header ?? emptyHeader(),
    rows: readRows(cursor, layout, head, { finish: capped.finish, reuse: options.reuseNumbers ?? false }),
  };
}

async function readHead(head: HeadReader, options: MatrixOptions): Promise<MatrixLayout | undefined> {
  const first = await head.next();
  if (!first) {
    head.report({ code: 'empty-file', severity: 'error', message: 'The file is empty.' });
    return undefined;
  }
  if (isGct(first, options.format)) return readGctHead(head, first);
  return readTabularHead(head, first, options.featureColumns ?? 1, options.measurementSeparator);
}

function isGct(first: TextLine, format: MatrixOptions['format']): boolean {
  return format === 'gct' || (format === 'auto' && /^#\d/.test(first.text));
}

async function* readRows(
  cursor: LineCursor,
  layout: MatrixLayout | undefined,
  head: HeadReader,
  { finish, reuse }: { finish: () => void; reuse: boolean },
): AsyncGenerator<MatrixRows> {
  if (!layout) return;
  try {
    const reader = new MatrixRowReader(cursor, layout, head, reuse);
    yield* reader.batches();
    checkRowCount(reader.count, layout, head.report);
    finish();
  } finally {
    await cursor.close();
  }
}
