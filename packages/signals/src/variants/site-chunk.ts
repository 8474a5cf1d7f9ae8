import type { VariantRow } from '@linnaea/query';
import { isFill, valueAt } from './cells.ts';
import type { ChunkCache, LoadedChunk } from './chunk-cache.ts';
import { type StoredField, type VariantLayout, variantRows } from './layout.ts';
import { TextChunk } from './text-chunk.ts';

export type InfoValue = number | string | null;

/** The variants of one chunk, without their samples. Asks only for the arrays that it is told to load. */
export class SiteChunk {
  readonly chunk: number;
  /** Variants in this chunk. */
  readonly count: number;
  readonly contig: Int32Array;
  readonly position: Int32Array;
  private readonly layout: VariantLayout;
  private readonly loaded: ReadonlyMap<string, LoadedChunk>;
  private readonly fields: ReadonlyMap<string, StoredField>;

  private constructor(
    layout: VariantLayout,
    fields: ReadonlyMap<string, StoredField>,
    chunk: number,
    loaded: ReadonlyMap<string, LoadedChunk>,
  ) {
    this.layout = layout;
    this.fields = fields;
    this.chunk = chunk;
    this.count = Math.min(variantRows, layout.variants - chunk * variantRows);
    this.loaded = loaded;
    this.contig = integers(loaded, 'variant_contig');
    this.position = integers(loaded, 'variant_position');
  }

  /** `columns`: which of the fixed columns are needed besides the position; `fields`: those of INFO. */
  static async load(
    cache: ChunkCache,
    layout: VariantLayout,
    chunk: number,
    columns: readonly SiteColumn[],
    fields: ReadonlyMap<string, StoredField>,
  ): Promise<SiteChunk> {
    const wanted: Promise<[string, LoadedChunk]>[] = [];
    const want = (array: string, position: number[], stored: StoredField['stored']) => {
      wanted.push(cache.get(array, position, stored).then((loaded) => [array, loaded]));
    };
    want('variant_contig', [chunk], 'int32');
    want('variant_position', [chunk], 'int32');
    if (columns.includes('id')) want('variant_id', [chunk], 'string');
    if (columns.includes('allele')) want('variant_allele', layout.allele.joined ? [chunk] : [chunk, 0], 'string');
    if (columns.includes('quality')) want('variant_quality', [chunk], layout.quality);
    if (columns.includes('filter')) want('variant_filter', [chunk, 0], 'bool');
    for (const { array, hasAxis, stored } of fields.values()) want(array, hasAxis ? [chunk, 0] : [chunk], stored);
    return new SiteChunk(layout, fields, chunk, new Map(await Promise.all(wanted)));
  }

  chrom(row: number): string {
    return this.layout.contigs[this.contig[row]!]?.id ?? '';
  }

  /** The names as the ID column joins them; '' when there are none. */
  idText(row: number): string {
    const { data } = this.loaded.get('variant_id')!;
    const text = data instanceof TextChunk ? data.text(row) : '';
    return text === '.' ? '' : text;
  }

  alleles(row: number): string[] {
    const { data } = this.loaded.get('variant_allele')!;
    const { width, joined } = this.layout.allele;
    const alleles: string[] = [];
    if (!(data instanceof TextChunk)) return alleles;
    if (joined) return data.text(row).split(',');
    for (let at = row * width; at < (row + 1) * width && !data.isEmpty(at); at++) alleles.push(data.text(at));
    return alleles;
  }

  quality(row: number): number | null {
    const { data, words } = this.loaded.get('variant_quality')!;
    const value = data === undefined ? null : valueAt(data, words, row);
    return typeof value === 'number' ? value : null;
  }

  /** Places of the filters of a variant. */
  filterCodes(row: number): number[] {
    const { data } = this.loaded.get('variant_filter')!;
    const { width } = this.layout.filter;
    const codes: number[] = [];
    if (!(data instanceof Uint8Array)) return codes;
    for (let code = 0; code < width; code++) if (data[row * width + code] === 1) codes.push(code);
    return codes;
  }

  filters(row: number): string[] {
    return this.filterCodes(row).map((code) => this.layout.filters[code]?.id ?? '');
  }

  /** Values of an INFO key (none for a flag, null for a missing one among them); undefined when it is absent. */
  info(key: string, row: number): InfoValue[] | undefined {
    const field = this.fields.get(key);
    if (field === undefined) return undefined;
    const { data, words } = this.loaded.get(field.array)!;
    if (data === undefined || isFill(data, words, row * field.width)) return undefined;
    return field.stored === 'bool' ? [] : readCell({ data, words }, field, row);
  }

  infoChunk(key: string): LoadedChunk | undefined {
    const field = this.fields.get(key);
    return field === undefined ? undefined : this.loaded.get(field.array);
  }

  /** What the query language asks of a variant. */
  row(row: number): VariantRow {
    const idText = () => this.idText(row);
    const filters = () => this.filters(row);
    return {
      chrom: this.chrom(row),
      pos: this.position[row]!,
      // Most rows fail on something else, so these are made when asked for.
      get id() {
        const text = idText();
        return text === '' ? [] : text.split(';');
      },
      get filter() {
        return filters();
      },
      info: (key) => this.info(key, row)?.map((value) => value ?? '.') ?? null,
    };
  }
}

export type SiteColumn = 'id' | 'allele' | 'quality' | 'filter';

/** All values of a cell that is not empty. */
export function readCell(chunk: LoadedChunk, field: StoredField, cell: number): InfoValue[] {
  const { data, words } = chunk;
  const values: InfoValue[] = [];
  if (data === undefined) return values;
  for (let at = cell * field.width; at < (cell + 1) * field.width && !isFill(data, words, at); at++) {
    values.push(valueAt(data, words, at));
  }
  if (!field.joined) return values;
  const numeric = field.field.type === 'Integer' || field.field.type === 'Float';
  return String(values[0] ?? '.')
    .split(',')
    .map((text) => (text === '.' ? null : numeric ? Number(text) : text));
}

function integers(loaded: ReadonlyMap<string, LoadedChunk>, array: string): Int32Array {
  const data = loaded.get(array)?.data;
  if (!(data instanceof Int32Array)) throw new Error(`The variants lack a chunk of ${array}`);
  return data;
}
