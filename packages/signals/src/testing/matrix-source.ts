import type { MatrixHeader, MatrixRows } from '@linnaea/formats';
import { readMatrix } from '@linnaea/formats';
import type { MatrixSource } from '../matrix/write.ts';

/** A table of measurements for tests: `values[m][feature][run]`. */
export interface Table {
  runs: string[];
  /** Rows of feature cells. */
  features: string[][];
  featureColumns?: string[];
  measurements?: string[];
  values: number[][][];
  runAttributes?: Record<string, string[]>;
}

/** Shows a table as a source that comes in blocks of `step` rows, and counts how often it was opened. */
export function tableSource(table: Table, step = 3): { open: () => Promise<MatrixSource>; opened: () => number } {
  let opened = 0;
  const header: MatrixHeader = {
    featureColumns: table.featureColumns ?? ['Name'],
    runs: table.runs,
    measurements: table.measurements ?? ['value'],
    runAttributes: new Map(Object.entries(table.runAttributes ?? {})),
  };
  async function* rows(): AsyncGenerator<MatrixRows> {
    for (let start = 0; start < table.features.length; start += step) {
      const count = Math.min(step, table.features.length - start);
      const slice = <T>(items: T[]) => items.slice(start, start + count);
      yield {
        count,
        features: header.featureColumns.map((_, column) => slice(table.features).map((row) => row[column] ?? '')),
        values: table.values.map((rows) => Float64Array.from(slice(rows).flat())),
        float32: table.values.map(() => true),
      };
    }
  }
  const open = async () => {
    opened += 1;
    return { header, rows: rows() };
  };
  return { open, opened: () => opened };
}

/** A source that reads a text with the reader of files. */
export function textSource(
  text: string,
  options: { separator?: string; featureColumns?: number } = {},
): () => Promise<MatrixSource> {
  return async () => {
    async function* bytes() {
      yield new TextEncoder().encode(text);
    }
    return readMatrix(bytes(), {
      format: 'auto',
      report: () => {},
      ...(options.separator === undefined ? {} : { measurementSeparator: options.separator }),
      ...(options.featureColumns === undefined ? {} : { featureColumns: options.featureColumns }),
    });
  };
}
