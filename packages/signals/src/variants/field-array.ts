import type { VcfField } from '@linnaea/formats';
import {
  CellCollector,
  type CellRun,
  type Cells,
  emptyChunk,
  pack,
  type Shape,
  shapeOf,
  widerType,
  wordsOf,
} from './cells.ts';
import type { CountingStore } from './counting-store.ts';
import { elementSizes, GrowingArray } from './growing-array.ts';
import { privateAxis, type StoredField, sharedAxis } from './layout.ts';

/** A chunk that would take more memory is stored as one text per cell: one cell of 100,000 values must not widen all others. */
const mostChunkBytes = 192 << 20;

/** Writes one INFO or FORMAT field (or a column like them) and finds out on the way how wide it must be. */
export class FieldArray {
  readonly field: VcfField;
  readonly of: 'info' | 'format';
  /** Values of the widest cell. */
  used = 0;
  private readonly array: GrowingArray;
  private shape: Shape | undefined;
  private hasAxis: boolean;
  private readonly rows: number;
  private readonly columns: number;

  /** `rows` variants by `columns` samples are a chunk (`columns` 0: no samples axis). */
  constructor(
    store: CountingStore,
    name: string,
    of: 'info' | 'format',
    field: VcfField,
    rows: number,
    columns: number,
  ) {
    this.array = new GrowingArray(store, name);
    this.field = field;
    this.of = of;
    this.rows = rows;
    this.columns = columns;
    this.hasAxis = field.number !== '1' && field.type !== 'Flag';
  }

  /** Writes a chunk at `position` (in chunks of variants and samples). Cells outside the runs are empty. */
  async write(position: number[], runs: readonly CellRun[]): Promise<void> {
    if (runs.length === 0) return;
    for (const { cells } of runs) await this.widen(this.needs(cells));
    const shape = this.shape!;
    const chunk = emptyChunk(shape, this.cellsOfChunk());
    pack(runs, shape, chunk);
    await this.array.write(this.place(position), chunk, shape.stored);
  }

  private needs(cells: Cells): Shape {
    const known = shapes.get(cells);
    if (known !== undefined) return known;
    const shape = shapeOf(cells);
    shapes.set(cells, shape);
    return shape;
  }

  /** Makes room for cells of a shape, writing anew what does not have it. */
  private async widen(needed: Shape): Promise<void> {
    const before = this.shape;
    if (before?.joined) return;
    this.used = Math.max(this.used, needed.width);
    const stored = before === undefined ? needed.stored : widerType(before.stored, needed.stored);
    let width = before?.width ?? needed.width;
    while (width < needed.width) width *= 2;
    const joined = this.cellsOfChunk() * width * elementSizes[stored] > mostChunkBytes;
    const after: Shape = joined ? { stored: 'string', width: 1, joined } : { stored, width, joined };
    const hasAxis = !joined && (this.hasAxis || width > 1);
    if (before === undefined) {
      this.shape = after;
      this.hasAxis = hasAxis;
    } else if (after.stored !== before.stored || after.width !== before.width || hasAxis !== this.hasAxis) {
      await this.reshape(before, after, hasAxis);
    }
  }

  private async reshape(before: Shape, after: Shape, hasAxis: boolean): Promise<void> {
    const count = this.cellsOfChunk();
    const axes = this.columns > 0 ? 2 : 1;
    this.shape = after;
    this.hasAxis = hasAxis;
    await this.array.rewrite(before.stored, after.stored, (chunk, position) => {
      const collector = new CellCollector(this.field.type);
      const words = wordsOf(chunk);
      for (let cell = 0; cell < count; cell++) collector.add(chunk, words, before, cell);
      const data = emptyChunk(after, count);
      pack([{ cells: collector.column(), start: 0, count, target: 0 }], after, data);
      return { position: this.place(position.slice(0, axes)), data };
    });
  }

  /**
   * Writes what is left when all chunks were given: `extent` are the lengths of variants and samples, `axes` the
   * lengths of the axes that fields share.
   */
  async finish(extent: number[], axes: ReadonlyMap<string, number>): Promise<StoredField | undefined> {
    if (this.shape === undefined) return undefined;
    const { dimension, length } = this.valueAxis(axes);
    await this.widenTo(length);
    const { stored, width, joined } = this.shape;
    const isFloat = stored.startsWith('float');
    const chunks = this.columns > 0 ? [this.rows, this.columns] : [this.rows];
    // A float that no chunk holds would read as a real NaN.
    if (isFloat) await this.fillGaps(extent);
    await this.array.finish({
      stored,
      shape: this.hasAxis ? [...extent, length] : extent,
      chunks: this.hasAxis ? [...chunks, width] : chunks,
      dimensions: ['variants', 'samples'].slice(0, extent.length).concat(this.hasAxis ? [dimension] : []),
      attributes: { description: this.field.description },
      ...(isFloat || stored === 'string' || stored === 'bool' ? {} : { fill: -2 }),
    });
    return { array: this.array.name, field: this.field, of: this.of, stored, width, hasAxis: this.hasAxis, joined };
  }

  private valueAxis(axes: ReadonlyMap<string, number>): { dimension: string; length: number } {
    const shared = sharedAxis(this.field);
    const length = shared === undefined ? undefined : axes.get(shared);
    if (shared !== undefined && length !== undefined && length >= this.used) return { dimension: shared, length };
    return { dimension: privateAxis(this.of, this.array.name), length: this.used };
  }

  /** All fields with a shared axis must have its length, and float chunks all of it. */
  private async widenTo(length: number): Promise<void> {
    const { used } = this;
    if (this.shape?.joined || !this.hasAxis) return;
    await this.widen({ stored: this.shape!.stored, width: length, joined: false });
    this.used = used;
  }

  private async fillGaps(extent: number[]): Promise<void> {
    const shape = this.shape!;
    const empty = emptyChunk(shape, this.cellsOfChunk());
    const rows = Math.ceil(extent[0]! / this.rows);
    const columns = this.columns > 0 ? Math.ceil(extent[1]! / this.columns) : 1;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const place = this.place(this.columns > 0 ? [row, column] : [row]);
        if (!this.array.has(place)) await this.array.write(place, empty, shape.stored);
      }
    }
  }

  private cellsOfChunk(): number {
    return this.rows * Math.max(1, this.columns);
  }

  private place(position: number[]): number[] {
    return this.hasAxis ? [...position, 0] : position;
  }
}

/** Shapes of columns by themselves: a block is cut into several chunks. */
const shapes = new WeakMap<Cells, Shape>();
