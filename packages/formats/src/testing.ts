import type { Finding } from '@linnaea/model';
import type { ByteSource, MatrixRows } from './blocks.ts';
import type { MatrixOptions } from './matrix/read-matrix.ts';
import { readMatrix } from './matrix/read-matrix.ts';
import { readTable, type TableOptions } from './table/read-table.ts';

// Support for this package's tests only; nothing here is exported from the package.

/** A source of the bytes, cut at the given places (any numbers: they wrap around the length). */
export async function* sourceOf(data: string | Uint8Array, cuts: readonly number[] = []): ByteSourceGenerator {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(from, place);
    from = place;
  }
}

type ByteSourceGenerator = AsyncGenerator<Uint8Array>;

export async function bytesOf(source: ByteSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads a whole table with its findings. */
export async function tableOf(source: ByteSource, options: Partial<TableOptions> = {}) {
  const findings: Finding[] = [];
  const table = await readTable(source, { report: (finding) => findings.push(finding), ...options });
  const rows = [];
  for await (const batch of table.rows) rows.push(...batch);
  return { header: table.header, rows, findings };
}

/** Reads a whole matrix with its findings; `features` holds rows, `values` rows of numbers for each measurement. */
export async function matrixOf(source: ByteSource, options: Partial<MatrixOptions> = {}) {
  const findings: Finding[] = [];
  const report = (finding: Finding) => findings.push(finding);
  const matrix = await readMatrix(source, { format: 'auto', report, ...options });
  const batches: MatrixRows[] = [];
  for await (const batch of matrix.rows) batches.push(batch);
  const width = matrix.header.runs.length;
  const features = batches.flatMap((batch) =>
    Array.from({ length: batch.count }, (_, row) => batch.features.map((column) => column[row] ?? '')),
  );
  const values = matrix.header.measurements.map((_, kind) =>
    batches.flatMap((batch) =>
      Array.from({ length: batch.count }, (_, row) => [
        ...(batch.values[kind] ?? new Float64Array()).subarray(row * width, (row + 1) * width),
      ]),
    ),
  );
  return { header: matrix.header, features, values, findings, batches };
}

/** `code line:column` for each finding, which is what most tests want to compare. */
export function places(findings: readonly Finding[]): string[] {
  return findings.map(({ code, location }) => `${code} ${location?.line ?? '-'}:${location?.column ?? '-'}`);
}
