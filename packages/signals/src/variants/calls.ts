import { type FormatColumn, type GenotypeColumn, type IntegerColumn, MISSING_INTEGER } from '@linnaea/formats';
import type { ElementArray } from '../zarr/arrays.ts';
import { CellCollector, isFill, valueAt } from './cells.ts';
import type { ChunkCache, LoadedChunk } from './chunk-cache.ts';
import { type StoredField, sampleColumns, type VariantLayout, variantRows } from './layout.ts';
import { type InfoValue, readCell } from './site-chunk.ts';

/** Values of one sample: `GT` as text, the others as numbers or texts, a list where the definition allows several. */
export type Genotype = Record<string, InfoValue | InfoValue[]>;

const missing = -1;
const fill = -2;

/** Chunks of one column of chunks: alleles, phases, and the fields in order. */
interface ColumnChunks {
  alleles: Int8Array | Int16Array | undefined;
  phased: Uint8Array | undefined;
  fields: LoadedChunk[];
}

/** The chunks with a samples axis that hold some samples of some variants. */
export class CallChunks {
  readonly fields: readonly StoredField[];
  private readonly ploidy: number;
  private readonly columns: ReadonlyMap<number, ColumnChunks>;
  private readonly width: number;

  private constructor(
    layout: VariantLayout,
    fields: readonly StoredField[],
    columns: ReadonlyMap<number, ColumnChunks>,
  ) {
    this.fields = fields;
    this.ploidy = layout.genotype?.ploidy ?? 0;
    this.columns = columns;
    this.width = columnWidth(layout);
  }

  /** `call` counts chunks of `layout.callRows` variants; `samples` are places of samples. */
  static async load(
    cache: ChunkCache,
    layout: VariantLayout,
    call: number,
    samples: readonly number[],
  ): Promise<CallChunks> {
    const fields = layout.fields.filter(({ of }) => of === 'format');
    const width = columnWidth(layout);
    const numbers = [...new Set(samples.map((sample) => Math.floor(sample / width)))];
    const load = async (column: number): Promise<[number, ColumnChunks]> => {
      const [alleles, phased, ...others] = await Promise.all([
        layout.genotype && cache.get('call_genotype', [call, column, 0], layout.genotype.stored),
        layout.genotype && cache.get('call_genotype_phased', [call, column], 'bool'),
        ...fields.map(({ array, hasAxis, stored }) =>
          cache.get(array, hasAxis ? [call, column, 0] : [call, column], stored),
        ),
      ]);
      const data = alleles?.data;
      return [
        column,
        {
          alleles: data instanceof Int8Array || data instanceof Int16Array ? data : undefined,
          phased: phased?.data instanceof Uint8Array ? phased.data : undefined,
          fields: others,
        },
      ];
    };
    return new CallChunks(layout, fields, new Map(await Promise.all(numbers.map(load))));
  }

  /** Values of a sample of a variant; `row` counts in the chunk. */
  genotype(row: number, sample: number): Genotype {
    const { alleles, phased, fields } = this.columns.get(Math.floor(sample / this.width))!;
    const cell = row * this.width + (sample % this.width);
    const values: Genotype = {};
    if (alleles !== undefined && alleles[cell * this.ploidy] !== fill) {
      values.GT = this.genotypeText(alleles, cell, phased?.[cell] === 1 ? '|' : '/');
    }
    for (let index = 0; index < fields.length; index++) {
      const field = this.fields[index]!;
      const chunk = fields[index]!;
      if (chunk.data === undefined || isFill(chunk.data, chunk.words, cell * field.width)) continue;
      const scalar = field.field.number === '1' && field.width === 1 && !field.joined;
      if (scalar) setOwn(values, field.field.id, valueAt(chunk.data, chunk.words, cell));
      else setOwn(values, field.field.id, valuesOf(readCell(chunk, field, cell), field));
    }
    return values;
  }

  private genotypeText(alleles: Int8Array | Int16Array, cell: number, joint: string): string {
    const start = cell * this.ploidy;
    let text = '';
    for (let at = start; at < start + this.ploidy && alleles[at] !== fill; at++) {
      if (at > start) text += joint;
      text += alleles[at] === missing ? '.' : alleles[at]!;
    }
    return text;
  }

  /** The genotypes of some variants and samples. */
  genotypeColumn(rows: readonly number[], samples: readonly number[]): GenotypeColumn | undefined {
    const { ploidy } = this;
    if (ploidy === 0) return undefined;
    const cells = rows.length * samples.length;
    const alleles = new Int16Array(cells * ploidy).fill(fill);
    const phased = new Uint8Array(cells);
    let target = 0;
    const places = this.placesOf(samples);
    for (const row of rows) {
      for (const { column, cell: inRow } of places) {
        const cell = row * this.width + inRow;
        if (column.alleles !== undefined) {
          for (let i = 0; i < ploidy; i++) alleles[target * ploidy + i] = column.alleles[cell * ploidy + i]!;
        }
        if (column.phased !== undefined) phased[target] = column.phased[cell]!;
        target += 1;
      }
    }
    return { type: 'Genotype', ploidy, alleles, phased };
  }

  /** Field `index` of some variants and samples. */
  column(index: number, rows: readonly number[], samples: readonly number[]): FormatColumn | undefined {
    const field = this.fields[index]!;
    if (field.field.type === 'Integer' && field.stored.startsWith('int')) return this.integers(index, rows, samples);
    const collector = new CellCollector(field.field.type);
    const places = this.placesOf(samples);
    for (const row of rows) {
      for (const { column, cell } of places) {
        const { data, words } = column.fields[index]!;
        collector.add(data, words, field, row * this.width + cell);
      }
    }
    const column = collector.column();
    return column.type === 'Flag' ? undefined : column;
  }

  /** Most of a file is integers: these are copied without a detour. */
  private integers(index: number, rows: readonly number[], samples: readonly number[]): IntegerColumn {
    const { width } = this.fields[index]!;
    const offsets = new Uint32Array(rows.length * samples.length + 1);
    const values = new Int32Array(rows.length * samples.length * width);
    const places = this.placesOf(samples).map(({ column, cell }) => ({
      data: integersOf(column.fields[index]!.data),
      cell,
    }));
    let size = 0;
    let target = 0;
    for (const row of rows) {
      for (const { data, cell } of places) {
        const start = (row * this.width + cell) * width;
        for (let at = start; data !== undefined && at < start + width && data[at] !== fill; at++) {
          values[size++] = data[at] === missing ? MISSING_INTEGER : data[at]!;
        }
        offsets[++target] = size;
      }
    }
    return { type: 'Integer', offsets, values };
  }

  private placesOf(samples: readonly number[]): { column: ColumnChunks; cell: number }[] {
    return samples.map((sample) => ({
      column: this.columns.get(Math.floor(sample / this.width))!,
      cell: sample % this.width,
    }));
  }
}

/** A field of one value is that value, unless a record broke the rule. */
function valuesOf(values: InfoValue[], field: StoredField): InfoValue | InfoValue[] {
  return field.field.number === '1' && values.length === 1 ? values[0]! : values;
}

function integersOf(data: LoadedChunk['data']): Exclude<ElementArray, string[]> | undefined {
  return data instanceof Int8Array || data instanceof Int16Array || data instanceof Int32Array ? data : undefined;
}

function columnWidth(layout: VariantLayout): number {
  return Math.min(layout.samples.length, sampleColumns);
}

/** Sets a property of any name, `__proto__` too. */
export function setOwn<T>(target: Record<string, T>, key: string, value: NoInfer<T>): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The chunk of calls that holds a variant, and its row there. */
export function callPlace(layout: VariantLayout, chunk: number, row: number): { call: number; row: number } {
  const variant = chunk * variantRows + row;
  return { call: Math.floor(variant / layout.callRows), row: variant % layout.callRows };
}
