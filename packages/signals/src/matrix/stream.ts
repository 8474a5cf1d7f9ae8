import { decimalsOf } from './decimal.ts';
import { longestNumber, writeNumber } from './number-text.ts';
import type { BlockSelection, MatrixReader, StoredBlock } from './read.ts';
import { featureBatches } from './scan.ts';
import type { Positions } from './selection.ts';

export interface TextOptions extends BlockSelection {
  /** Decimal places, 0 to 15; all digits of the file when undefined. */
  roundDigits?: number;
  /** Between cells; a comma when undefined. */
  delimiter?: string;
  /** Headings of the runs, in the order asked; the runs' names when undefined. */
  runHeadings?: string[];
}

/** Values formatted between two answers. */
const batchValues = 1 << 17;

/**
 * The measurements as delimited text: a heading line (feature columns, then runs), then a line a feature. Cells are
 * quoted where the delimiter, a quote or a line end asks for it. Missing is empty, infinities are Inf and -Inf.
 */
export async function* streamText(reader: MatrixReader, options: TextOptions = {}): AsyncGenerator<Uint8Array> {
  const delimiter = options.delimiter ?? ',';
  const columnNames = reader.describe().featureColumns.map(({ name }) => name);
  const headings = [...columnNames, ...(options.runHeadings ?? (await runHeadings(reader, options.runs)))];
  yield Buffer.from(`${headings.map((heading) => quote(heading, delimiter)).join(delimiter)}\n`);

  const rows = new RowFormatter(delimiter, options.roundDigits);
  for await (const { features, block } of featureBatches(reader, options, batchValues)) {
    const columns = await Promise.all(columnNames.map((name) => reader.featureColumn(name, features)));
    const labels = Array.from(features, (_, i) =>
      columns.map((column) => labelOf(column[i], delimiter)).join(delimiter),
    );
    yield rows.format(labels, block);
  }
}

async function runHeadings(reader: MatrixReader, runs: Positions): Promise<string[]> {
  const names = await reader.runNames();
  return runs === undefined ? names : Array.from(runs, (run) => names[run] ?? '');
}

/** Keeps one buffer from batch to batch: a fresh one each time costs more than the formatting. */
class RowFormatter {
  readonly #delimiter: Buffer;
  readonly #digits: number | undefined;
  #out = Buffer.alloc(0);

  constructor(delimiter: string, digits: number | undefined) {
    this.#delimiter = Buffer.from(delimiter);
    this.#digits = digits;
  }

  format(labels: string[], block: StoredBlock): Uint8Array {
    const { runCount: width } = block;
    const values = block.decimal && block.values instanceof Float32Array ? decimalsOf(block.values) : block.values;
    const labelBytes = labels.reduce((sum, label) => sum + Buffer.byteLength(label) + 1, 0);
    const most = labelBytes + values.length * (longestNumber + this.#delimiter.length);
    if (this.#out.length < most) this.#out = Buffer.allocUnsafeSlow(most);
    let at = 0;
    for (const [row, label] of labels.entries()) {
      at += this.#out.write(label, at);
      at = this.#writeRow(at, values, row * width, (row + 1) * width);
    }
    return Uint8Array.prototype.slice.call(this.#out, 0, at);
  }

  #writeRow(start: number, values: Float32Array | Float64Array, from: number, to: number): number {
    const out = this.#out;
    const delimiter = this.#delimiter;
    const digits = this.#digits;
    const single = delimiter.length === 1 ? delimiter[0]! : undefined;
    let at = start;
    for (let i = from; i < to; i++) {
      if (single === undefined) at += delimiter.copy(out, at);
      else out[at++] = single;
      at = writeNumber(out, at, values[i]!, digits);
    }
    out[at] = 0x0a;
    return at + 1;
  }
}

function labelOf(cell: string | number | undefined, delimiter: string): string {
  if (typeof cell === 'string') return quote(cell, delimiter);
  return cell === undefined || Number.isNaN(cell) ? '' : String(cell);
}

function quote(cell: string, delimiter: string): string {
  const plain = !cell.includes(delimiter) && !/["\r\n]/.test(cell);
  return plain ? cell : `"${cell.replaceAll('"', '""')}"`;
}
