import {
  type FloatColumn,
  floatWords,
  type StringColumn,
  setMissingFloat,
  type VariantRows,
  type VcfField,
  type VcfHeader,
} from '@linnaea/formats';
import type { CellRun, Cells } from './cells.ts';
import type { CountingStore } from './counting-store.ts';
import { FieldArray } from './field-array.ts';
import { GrowingArray } from './growing-array.ts';
import { IdIndexWriter } from './id-index.ts';
import { arrayName, type StoredField, type VariantLayout, variantRows } from './layout.ts';
import { RegionIndex } from './region-index.ts';
import { countRows, RowQueue, type RowRange } from './row-queue.ts';

type SiteLayout = Pick<VariantLayout, 'variants' | 'fields' | 'allele' | 'filter' | 'quality' | 'regions' | 'ids'>;

const column = (id: string, number: string, type: VcfField['type'], description: string): VcfField => ({
  id,
  number,
  type,
  description,
  declared: true,
});

/** Writes everything that has no samples axis: positions, alleles, filters, INFO, and the indexes. */
export class SiteWriter {
  private readonly store: CountingStore;
  private readonly queue = new RowQueue();
  private readonly plain: Record<'contig' | 'position' | 'length' | 'id_mask', GrowingArray>;
  private readonly ids: FieldArray;
  private readonly alleles: FieldArray;
  private readonly quality: FieldArray;
  private readonly filter: GrowingArray;
  private filterWidth = 1;
  private readonly info = new Map<string, FieldArray>();
  private readonly names = new Set<string>();
  private readonly idIndex: IdIndexWriter;
  private readonly regions = new RegionIndex();
  private chunk = 0;
  private variants = 0;

  constructor(store: CountingStore) {
    this.store = store;
    const array = (name: string) => new GrowingArray(store, `variant_${name}`);
    this.plain = {
      contig: array('contig'),
      position: array('position'),
      length: array('length'),
      id_mask: array('id_mask'),
    };
    this.filter = array('filter');
    this.ids = this.fieldArray('variant_id', column('ID', '1', 'String', 'Names of the variant'));
    this.alleles = this.fieldArray(
      'variant_allele',
      column('ALLELE', 'R', 'String', 'The reference and the alternate alleles'),
    );
    this.quality = this.fieldArray('variant_quality', column('QUAL', '1', 'Float', 'Phred-scaled quality'));
    this.idIndex = new IdIndexWriter(store);
  }

  private fieldArray(name: string, field: VcfField): FieldArray {
    return new FieldArray(this.store, name, 'info', field, variantRows, 0);
  }

  async add(block: VariantRows, header: VcfHeader): Promise<void> {
    // The genotypes are on their way already: holding on to them here would keep ten thousand variants' worth.
    const { genotype: _, ...sites } = block;
    this.queue.add({ ...sites, format: new Map() });
    while (this.queue.length >= variantRows) await this.flush(header);
  }

  private async flush(header: VcfHeader): Promise<void> {
    const ranges = this.queue.take(variantRows);
    const count = countRows(ranges);
    const position = [this.chunk];
    await this.writePlain(ranges, header);
    await this.ids.write(
      position,
      runsOf(ranges, ({ id }) => textColumn(id.map((name) => [name || '.']))),
    );
    await this.alleles.write(
      position,
      runsOf(ranges, ({ ref, alt }) => textColumn(ref.map((first, row) => allelesOf(first, alt[row]!)))),
    );
    await this.quality.write(position, runsOf(ranges, qualityColumn));
    await this.writeFilters(ranges, header.filters.length);
    const keys = new Set(ranges.flatMap(({ rows }) => [...rows.info.keys()]));
    for (const key of keys)
      await this.field(key, header)?.write(
        position,
        runsOf(ranges, ({ info }) => info.get(key)),
      );
    await this.indexIds(ranges);
    this.chunk += 1;
    this.variants += count;
  }

  private field(key: string, header: VcfHeader): FieldArray | undefined {
    const known = this.info.get(key);
    const definition = header.info.get(key);
    if (known !== undefined || definition === undefined) return known;
    const name = arrayName('info', key, this.names);
    this.names.add(name);
    const array = this.fieldArray(name, definition);
    this.info.set(key, array);
    return array;
  }

  private async writePlain(ranges: readonly RowRange[], header: VcfHeader): Promise<void> {
    const contig = new Int32Array(variantRows);
    const position = new Int32Array(variantRows);
    const length = new Int32Array(variantRows);
    const masked = new Uint8Array(variantRows);
    let target = 0;
    for (const { rows, start, count } of ranges) {
      for (let row = start; row < start + count; row++, target++) {
        contig[target] = rows.contig[row]!;
        position[target] = rows.position[row]!;
        length[target] = lengthOf(rows, row);
        masked[target] = rows.id[row] === '' ? 1 : 0;
        this.regions.add(this.chunk, contig[target]!, position[target]!, length[target]!);
      }
    }
    if (header.contigs.length === 0) throw new Error('Variants without chromosomes cannot be stored');
    const place = [this.chunk];
    await this.plain.contig.write(place, contig, 'int32');
    await this.plain.position.write(place, position, 'int32');
    await this.plain.length.write(place, length, 'int32');
    await this.plain.id_mask.write(place, masked, 'bool');
  }

  private async writeFilters(ranges: readonly RowRange[], filters: number): Promise<void> {
    if (filters > this.filterWidth) {
      const before = this.filterWidth;
      while (this.filterWidth < filters) this.filterWidth *= 2;
      await this.filter.rewrite('bool', 'bool', (chunk, position) => ({
        position,
        data: widenRows(chunk, before, this.filterWidth),
      }));
    }
    const data = new Uint8Array(variantRows * this.filterWidth);
    let target = 0;
    for (const { rows, start, count } of ranges) {
      for (let row = start; row < start + count; row++, target++) {
        const end = rows.filterOffsets[row + 1]!;
        for (let at = rows.filterOffsets[row]!; at < end; at++) data[target * this.filterWidth + rows.filters[at]!] = 1;
      }
    }
    await this.filter.write([this.chunk, 0], data, 'bool');
  }

  private async indexIds(ranges: readonly RowRange[]): Promise<void> {
    let variant = this.variants;
    for (const { rows, start, count } of ranges) {
      for (let row = start; row < start + count; row++, variant++) {
        if (rows.id[row] !== '') await this.idIndex.add(rows.id[row]!, variant);
      }
    }
  }

  /** Writes what is left; `axes` are the lengths of the axes that fields share. */
  async finish(header: VcfHeader): Promise<{ layout: SiteLayout; axes: Map<string, number> }> {
    if (this.queue.length > 0) await this.flush(header);
    const extent = [this.variants];
    // Readers take the alternates as everything after the first allele: there must be a place for one.
    const alleles = Math.max(2, this.alleles.used);
    const ofGenotypes = [...this.info.values()].filter(({ field }) => field.number === 'G');
    const axes = new Map([
      ['alleles', alleles],
      ['alt_alleles', Math.max(1, alleles - 1)],
      ['genotypes', Math.max(0, ...ofGenotypes.map(({ used }) => used))],
    ]);
    const fields: StoredField[] = [];
    for (const array of this.info.values()) {
      const stored = await array.finish(extent, axes);
      if (stored !== undefined) fields.push(stored);
    }
    const chunks = [variantRows];
    const dimensions = ['variants'];
    for (const name of ['contig', 'position', 'length'] as const) {
      await this.plain[name].finish({ stored: 'int32', shape: extent, chunks, dimensions });
    }
    await this.plain.id_mask.finish({ stored: 'bool', shape: extent, chunks, dimensions });
    await this.filter.finish({
      stored: 'bool',
      shape: [...extent, header.filters.length],
      chunks: [variantRows, this.filterWidth],
      dimensions: ['variants', 'filters'],
    });
    await this.ids.finish(extent, axes);
    const allele = await this.alleles.finish(extent, axes);
    const quality = await this.quality.finish(extent, axes);
    const layout: SiteLayout = {
      variants: this.variants,
      fields,
      allele: { width: allele?.width ?? 1, joined: allele?.joined ?? false },
      filter: { width: this.filterWidth },
      quality: quality?.stored === 'float64' ? 'float64' : 'float32',
      regions: this.regions.rows,
      ids: await this.idIndex.finish(),
    };
    return { layout, axes };
  }
}

/** Runs of a column that every block has, made for the rows of each range. */
function runsOf(ranges: readonly RowRange[], columnOf: (rows: VariantRows) => Cells | undefined): CellRun[] {
  const runs: CellRun[] = [];
  let target = 0;
  for (const { rows, start, count } of ranges) {
    const cells = columnOf(rows);
    if (cells !== undefined) runs.push({ cells, start, count, target });
    target += count;
  }
  return runs;
}

function textColumn(cells: readonly string[][]): StringColumn {
  const offsets = new Uint32Array(cells.length + 1);
  const table = cells.flat();
  cells.forEach((texts, index) => {
    offsets[index + 1] = offsets[index]! + texts.length;
  });
  return { type: 'String', offsets, values: Int32Array.from(table.keys()), table };
}

function allelesOf(ref: string, alt: string): string[] {
  return alt === '' ? [ref] : [ref, ...alt.split(',')];
}

function qualityColumn(rows: VariantRows): FloatColumn {
  const values = rows.quality.slice();
  const words = floatWords(values);
  rows.quality.forEach((value, row) => {
    if (Number.isNaN(value)) setMissingFloat(words, row);
  });
  const offsets = Uint32Array.from({ length: rows.count + 1 }, (_, row) => row);
  return { type: 'Float', offsets, values, float32: rows.qualityFloat32 };
}

/** Bases of the reference that a variant covers: to END where there is one, else those of REF. */
function lengthOf(rows: VariantRows, row: number): number {
  const end = rows.info.get('END');
  const position = rows.position[row]!;
  if (end?.type === 'Integer' && end.offsets[row + 1]! > end.offsets[row]!) {
    const last = end.values[end.offsets[row]!]!;
    if (last >= position) return last - position + 1;
  }
  return rows.ref[row]!.length;
}

function widenRows(chunk: object, before: number, after: number): Uint8Array {
  if (!(chunk instanceof Uint8Array)) throw new Error('Filters are stored as bytes');
  const wide = new Uint8Array(variantRows * after);
  for (let row = 0; row < variantRows; row++) wide.set(chunk.subarray(row * before, (row + 1) * before), row * after);
  return wide;
}
