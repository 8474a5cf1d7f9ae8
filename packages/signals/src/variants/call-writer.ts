import type { VariantRows, VcfHeader } from '@linnaea/formats';
import type { CellRun } from './cells.ts';
import type { CountingStore } from './counting-store.ts';
import { FieldArray } from './field-array.ts';
import { GenotypeArray, type GenotypeRun } from './genotype-array.ts';
import { arrayName, type StoredField, sampleColumns, type VariantLayout, variantRows } from './layout.ts';
import { RowQueue, type RowRange } from './row-queue.ts';

/** Values of all fields together in a chunk of variants by samples: bounds what is in memory at a time. */
const chunkValues = 4_000_000;

/** Writes everything that has an axis of samples. */
export class CallWriter {
  /** Variants of a chunk. */
  readonly rows: number;
  private readonly columns: number;
  private readonly samples: number;
  private readonly store: CountingStore;
  private readonly header: VcfHeader;
  private readonly queue = new RowQueue();
  private readonly genotypes: GenotypeArray;
  private readonly fields = new Map<string, FieldArray>();
  private readonly names = new Set<string>();
  private chunk = 0;

  /** `first` is the block that is written first: its fields decide the number of variants of a chunk. */
  constructor(store: CountingStore, header: VcfHeader, first: VariantRows) {
    this.store = store;
    this.header = header;
    this.samples = first.samples;
    this.columns = Math.min(first.samples, sampleColumns);
    this.rows = chunkRows(first, this.columns);
    this.genotypes = new GenotypeArray(store, this.rows, this.columns);
  }

  async add(block: VariantRows): Promise<void> {
    this.queue.add(block);
    while (this.queue.length >= this.rows) await this.flush();
  }

  private async flush(): Promise<void> {
    const ranges = this.queue.take(this.rows);
    const keys = new Set(ranges.flatMap(({ rows }) => [...rows.format.keys()]));
    for (let first = 0, column = 0; first < this.samples; first += this.columns, column++) {
      const count = Math.min(this.columns, this.samples - first);
      const position = [this.chunk, column];
      await this.genotypes.write(position, genotypeRuns(ranges), this.samples, first, count);
      for (const key of keys) await this.field(key)?.write(position, this.cellRuns(ranges, key, first, count));
    }
    this.chunk += 1;
  }

  private field(key: string): FieldArray | undefined {
    const known = this.fields.get(key);
    const definition = this.header.format.get(key);
    if (known !== undefined || definition === undefined) return known;
    const name = arrayName('format', key, this.names);
    this.names.add(name);
    const array = new FieldArray(this.store, name, 'format', definition, this.rows, this.columns);
    this.fields.set(key, array);
    return array;
  }

  private cellRuns(ranges: readonly RowRange[], key: string, first: number, count: number): CellRun[] {
    const runs: CellRun[] = [];
    let target = 0;
    for (const { rows, start, count: variants } of ranges) {
      const cells = rows.format.get(key);
      if (cells !== undefined && count === this.samples && count === this.columns) {
        runs.push({ cells, start: start * count, count: variants * count, target: target * count });
      } else if (cells !== undefined) {
        for (let row = 0; row < variants; row++) {
          const source = (start + row) * this.samples + first;
          runs.push({ cells, start: source, count, target: (target + row) * this.columns });
        }
      }
      target += variants;
    }
    return runs;
  }

  /** Writes what is left. `axes` gives the lengths of shared axes; that of `genotypes` is found here. */
  async finish(
    variants: number,
    axes: Map<string, number>,
  ): Promise<{ fields: StoredField[]; genotype: VariantLayout['genotype'] }> {
    if (this.queue.length > 0) await this.flush();
    const extent = [variants, this.samples];
    const genotype = await this.genotypes.finish(extent);
    const ofGenotypes = [...this.fields.values()].filter(({ field }) => field.number === 'G');
    const widest = Math.max(axes.get('genotypes') ?? 0, ...ofGenotypes.map(({ used }) => used));
    axes.set('genotypes', widest);
    const fields: StoredField[] = [];
    for (const array of this.fields.values()) {
      const stored = await array.finish(extent, axes);
      if (stored !== undefined) fields.push(stored);
    }
    return { fields, genotype };
  }
}

function genotypeRuns(ranges: readonly RowRange[]): GenotypeRun[] {
  const runs: GenotypeRun[] = [];
  let target = 0;
  for (const { rows, start, count } of ranges) {
    if (rows.genotype !== undefined) runs.push({ column: rows.genotype, start, count, target });
    target += count;
  }
  return runs;
}

/** Variants of a chunk: a divisor of those of a chunk without samples, so that chunks begin at the same variants. */
function chunkRows(first: VariantRows, columns: number): number {
  const cells = first.count * first.samples;
  let values = 3;
  for (const column of first.format.values()) values += Math.max(1, column.values.length / cells);
  const divisors = [2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1];
  const rows = divisors.find((divisor) => divisor * columns * values <= chunkValues) ?? 1;
  // Few samples make small chunks; those without a samples axis set the upper bound.
  return columns * values * variantRows <= chunkValues / 4 ? variantRows : rows;
}
