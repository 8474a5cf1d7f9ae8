import { floatWords, MISSING_INTEGER, setMissingFloat } from './missing.ts';
import { scanFloat, scanned } from './numbers.ts';
import { TextTable } from './text-table.ts';
import type { FlagColumn, FloatColumn, IntegerColumn, StringColumn } from './types.ts';

const COLON = 58;
const COMMA = 44;
const DOT = 46;
const SEMICOLON = 59;
const TAB = 9;

/** How a reader of cells tells what it found wrong in the cell it read last. */
export type CellFault = 'none' | 'value' | 'range';

/** Whether a byte ends a cell: tab, newline, `:` in a sample, `;` in INFO. */
export function endsCell(byte: number, separator: number): boolean {
  return byte === separator || byte === TAB || byte === 10;
}

/**
 * Collects the cells of one key. `read` takes the cell at `buffer[at]` as cell number `cell` and answers where it stopped:
 * at the separator, a tab or a newline. Cells that were never read are empty.
 */
export abstract class ColumnBuilder {
  offsets: Uint32Array;
  /** Cells begun so far. */
  cells = 0;
  /** Values so far. */
  size = 0;
  fault: CellFault = 'none';
  /** Where the faulty value stands. */
  faultStart = 0;
  readonly separator: number;

  constructor(kind: 'info' | 'format', capacity: number) {
    this.separator = kind === 'info' ? SEMICOLON : COLON;
    this.offsets = new Uint32Array(capacity + 1);
  }

  abstract read(buffer: Buffer, at: number, cell: number): number;
  /** What was collected, as `cells` cells. */
  abstract column(cells: number): IntegerColumn | FloatColumn | StringColumn;
  protected abstract grow(capacity: number): void;
  protected abstract capacity(): number;

  /** Values of the cell that was read last. */
  lastCount(): number {
    return this.size - (this.offsets[this.cells - 1] ?? 0);
  }

  /** Forgets all cells from `cell` on. */
  truncate(cell: number): void {
    if (this.cells <= cell) return;
    this.size = this.offsets[cell] ?? 0;
    this.cells = cell;
  }

  protected begin(cell: number): void {
    if (cell + 2 > this.offsets.length) {
      const larger = new Uint32Array(Math.max(this.offsets.length * 2, cell + 2));
      larger.set(this.offsets);
      this.offsets = larger;
    }
    // Cells that other records left out are empty.
    while (this.cells <= cell) this.offsets[this.cells++] = this.size;
    this.fault = 'none';
  }

  protected finish(): void {
    this.offsets[this.cells] = this.size;
  }

  protected room(): void {
    if (this.size >= this.capacity()) this.grow(Math.max(16, this.capacity() * 2));
  }

  protected offsetsOf(cells: number): Uint32Array {
    if (cells > 0 && this.cells < cells) this.begin(cells - 1);
    this.finish();
    return this.offsets.subarray(0, cells + 1);
  }
}

export class IntegerBuilder extends ColumnBuilder {
  private values: Int32Array;

  constructor(kind: 'info' | 'format', capacity: number) {
    super(kind, capacity);
    this.values = new Int32Array(capacity);
  }

  read(buffer: Buffer, start: number, cell: number): number {
    this.begin(cell);
    let at = start;
    for (;;) {
      if (this.size >= this.values.length) this.grow(Math.max(16, this.values.length * 2));
      let value = (buffer[at] ?? 0) - 48;
      let byte = 0;
      if (value >= 0 && value <= 9) {
        const first = at;
        for (byte = buffer[++at] ?? 0; byte >= 48 && byte <= 57; byte = buffer[++at] ?? 0)
          value = value * 10 + byte - 48;
        if (at - first > 9 || (byte !== COMMA && !endsCell(byte, this.separator))) {
          at = this.readRare(buffer, first);
          value = this.rare;
        }
      } else {
        at = this.readRare(buffer, at);
        value = this.rare;
      }
      this.values[this.size++] = value;
      if (buffer[at] !== COMMA) break;
      at += 1;
    }
    this.finish();
    return at;
  }

  private rare = 0;

  /** Signs, missing values, and everything that is no integer. */
  private readRare(buffer: Buffer, start: number): number {
    let end = start;
    let byte = buffer[end] ?? 0;
    while (byte !== COMMA && !endsCell(byte, this.separator)) byte = buffer[++end] ?? 0;
    this.rare = MISSING_INTEGER;
    if (end === start || (end === start + 1 && buffer[start] === DOT)) return end;
    const text = buffer.toString('latin1', start, Math.min(end, start + 40));
    const value = /^[+-]?\d+$/.test(text) && end - start < 40 ? Number(text) : Number.NaN;
    if (Number.isNaN(value)) this.fault = 'value';
    else if (value <= -2147483641 || value > 2147483647) this.fault = 'range';
    else this.rare = value;
    if (this.rare === MISSING_INTEGER) this.faultStart = start;
    return end;
  }

  protected capacity(): number {
    return this.values.length;
  }

  protected grow(capacity: number): void {
    const larger = new Int32Array(capacity);
    larger.set(this.values);
    this.values = larger;
  }

  column(cells: number): IntegerColumn {
    return { type: 'Integer', offsets: this.offsetsOf(cells), values: this.values.subarray(0, this.size) };
  }
}

export class FloatBuilder extends ColumnBuilder {
  private values: Float64Array;
  private words: Uint32Array;
  private float32 = true;

  constructor(kind: 'info' | 'format', capacity: number) {
    super(kind, capacity);
    this.values = new Float64Array(capacity);
    this.words = floatWords(this.values);
  }

  read(buffer: Buffer, start: number, cell: number): number {
    this.begin(cell);
    let at = start;
    for (;;) {
      this.room();
      const byte = buffer[at] ?? 0;
      const next = buffer[at + 1] ?? 0;
      if (byte === DOT && (next === COMMA || endsCell(next, this.separator))) {
        setMissingFloat(this.words, this.size++);
        at += 1;
      } else if (byte === COMMA || endsCell(byte, this.separator)) {
        setMissingFloat(this.words, this.size++);
      } else {
        at = this.readNumber(buffer, at);
      }
      if (buffer[at] !== COMMA) break;
      at += 1;
    }
    this.finish();
    return at;
  }

  private readNumber(buffer: Buffer, start: number): number {
    const value = scanFloat(buffer, start);
    let end = scanned.end;
    let byte = buffer[end] ?? 0;
    if (scanned.valid && (byte === COMMA || endsCell(byte, this.separator))) {
      this.values[this.size++] = value;
      if (!scanned.float32) this.float32 = false;
      return end;
    }
    this.fault = 'value';
    this.faultStart = start;
    setMissingFloat(this.words, this.size++);
    while (byte !== COMMA && !endsCell(byte, this.separator)) byte = buffer[++end] ?? 0;
    return end;
  }

  protected capacity(): number {
    return this.values.length;
  }

  protected grow(capacity: number): void {
    const larger = new Float64Array(capacity);
    larger.set(this.values);
    this.values = larger;
    this.words = floatWords(larger);
  }

  column(cells: number): FloatColumn {
    const offsets = this.offsetsOf(cells);
    return { type: 'Float', offsets, values: this.values.subarray(0, this.size), float32: this.float32 };
  }
}

export class StringBuilder extends ColumnBuilder {
  private codes: Int32Array;
  readonly table = new TextTable();
  private readonly split: boolean;

  /** `split`: commas separate values. */
  constructor(kind: 'info' | 'format', capacity: number, split: boolean) {
    super(kind, capacity);
    this.codes = new Int32Array(capacity);
    this.split = split;
  }

  read(buffer: Buffer, start: number, cell: number): number {
    this.begin(cell);
    let from = start;
    let at = start;
    for (;;) {
      const byte = buffer[at] ?? 0;
      const ends = endsCell(byte, this.separator);
      if (ends || (byte === COMMA && this.split)) {
        this.room();
        this.codes[this.size++] = at === from ? 0 : this.table.add(buffer, from, at);
        from = at + 1;
      }
      if (ends) break;
      at += 1;
    }
    this.finish();
    return at;
  }

  protected capacity(): number {
    return this.codes.length;
  }

  protected grow(capacity: number): void {
    const larger = new Int32Array(capacity);
    larger.set(this.codes);
    this.codes = larger;
  }

  column(cells: number): StringColumn {
    const offsets = this.offsetsOf(cells);
    return { type: 'String', offsets, values: this.codes.subarray(0, this.size), table: this.table.texts };
  }
}

export class FlagBuilder {
  private values: Uint8Array;
  fault: CellFault = 'none';
  faultStart = 0;

  constructor(capacity: number) {
    this.values = new Uint8Array(Math.max(capacity, 1));
  }

  set(row: number): void {
    if (row >= this.values.length) {
      const larger = new Uint8Array(Math.max(this.values.length * 2, row + 1));
      larger.set(this.values);
      this.values = larger;
    }
    this.values[row] = 1;
  }

  truncate(row: number): void {
    if (row < this.values.length) this.values[row] = 0;
  }

  column(rows: number): FlagColumn {
    const values = new Uint8Array(rows);
    values.set(this.values.subarray(0, rows));
    return { type: 'Flag', values };
  }
}
