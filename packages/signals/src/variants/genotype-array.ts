import type { GenotypeColumn } from '@linnaea/formats';
import type { ElementArray } from '../zarr/arrays.ts';
import type { CountingStore } from './counting-store.ts';
import { GrowingArray } from './growing-array.ts';

/** Rows of genotypes: `count` variants from `start` on, which become rows from `target` on of a chunk. */
export interface GenotypeRun {
  column: GenotypeColumn;
  start: number;
  count: number;
  target: number;
}

const fill = -2;

/** Writes `call_genotype` and `call_genotype_phased`; ploidy and type grow as needed. */
export class GenotypeArray {
  ploidy = 1;
  stored: 'int8' | 'int16' = 'int8';
  private readonly alleles: GrowingArray;
  private readonly phased: GrowingArray;
  private readonly rows: number;
  private readonly columns: number;
  private any = false;

  /** `rows` variants by `columns` samples are a chunk. */
  constructor(store: CountingStore, rows: number, columns: number) {
    this.alleles = new GrowingArray(store, 'call_genotype');
    this.phased = new GrowingArray(store, 'call_genotype_phased');
    this.rows = rows;
    this.columns = columns;
  }

  /** Writes samples `first` to `first + count` of the runs as the chunk at `position`; `samples` is the total. */
  async write(
    position: number[],
    runs: readonly GenotypeRun[],
    samples: number,
    first: number,
    count: number,
  ): Promise<void> {
    if (runs.length === 0) return;
    for (const { column } of runs) await this.widen(column);
    const { ploidy, columns } = this;
    const alleles = this.make(this.rows * columns * ploidy);
    const phased = new Uint8Array(this.rows * columns);
    for (const { column, start, count: rows, target } of runs) {
      for (let row = 0; row < rows; row++) {
        const source = (start + row) * samples + first;
        const to = (target + row) * columns;
        copyAlleles(column, source, count, alleles, to, ploidy);
        phased.set(column.phased.subarray(source, source + count), to);
      }
    }
    await this.alleles.write([...position, 0], alleles, this.stored);
    await this.phased.write(position, phased, 'bool');
  }

  private make(length: number): Int8Array | Int16Array {
    const made = this.stored === 'int8' ? new Int8Array(length) : new Int16Array(length);
    return made.fill(fill);
  }

  private async widen(column: GenotypeColumn): Promise<void> {
    const before = { ploidy: this.ploidy, stored: this.stored };
    this.ploidy = Math.max(this.ploidy, column.ploidy);
    if (column.alleles instanceof Int16Array) this.stored = 'int16';
    const fresh = !this.any;
    this.any = true;
    if (fresh || (before.ploidy === this.ploidy && before.stored === this.stored)) return;
    await this.alleles.rewrite(before.stored, this.stored, (chunk, position) => ({
      position,
      data: this.convert(chunk, before.ploidy),
    }));
  }

  private convert(chunk: ArrayLike<unknown> | object, ploidy: number): ElementArray {
    const cells = this.rows * this.columns;
    const wide = this.make(cells * this.ploidy);
    if (!(chunk instanceof Int8Array || chunk instanceof Int16Array))
      throw new Error('Genotypes are stored as integers');
    for (let cell = 0; cell < cells; cell++) {
      for (let i = 0; i < ploidy; i++) wide[cell * this.ploidy + i] = chunk[cell * ploidy + i]!;
    }
    return wide;
  }

  async finish(extent: number[]): Promise<{ stored: 'int8' | 'int16'; ploidy: number } | undefined> {
    if (!this.any) return undefined;
    const { stored, ploidy } = this;
    const chunks = [this.rows, this.columns];
    const dimensions = ['variants', 'samples'];
    await this.alleles.finish({
      stored,
      shape: [...extent, ploidy],
      chunks: [...chunks, ploidy],
      dimensions: [...dimensions, 'ploidy'],
      attributes: { description: 'Genotype' },
      fill,
    });
    await this.phased.finish({ stored: 'bool', shape: extent, chunks, dimensions });
    return { stored, ploidy };
  }
}

function copyAlleles(
  column: GenotypeColumn,
  source: number,
  count: number,
  alleles: Int8Array | Int16Array,
  target: number,
  ploidy: number,
): void {
  const from = column.ploidy;
  if (from === ploidy) {
    alleles.set(column.alleles.subarray(source * from, (source + count) * from), target * ploidy);
    return;
  }
  for (let cell = 0; cell < count; cell++) {
    for (let i = 0; i < from; i++) alleles[(target + cell) * ploidy + i] = column.alleles[(source + cell) * from + i]!;
  }
}
