import type { VcfContig, VcfField, VcfFilter, VcfHeader } from '@linnaea/formats';
import type { ObjectStore } from '@linnaea/objects';
import {
  evaluateVariant,
  type Region,
  type VariantCondition,
  type VariantQuery,
  type VariantRow,
} from '@linnaea/query';
import { readAttributes } from '../zarr/arrays.ts';
import { Lru } from '../zarr/lru.ts';
import { zarrStore } from '../zarr/store.ts';
import { CallChunks, callPlace, type Genotype, setOwn } from './calls.ts';
import { ChunkCache } from './chunk-cache.ts';
import { loadIdChunk } from './id-index.ts';
import { headerOf, type StoredField, type VariantLayout, variantRows } from './layout.ts';
import { columnsOf, type Plan, planQuery, positionTest } from './plan.ts';
import { type InfoValue, SiteChunk, type SiteColumn } from './site-chunk.ts';
import { streamVcf } from './stream.ts';

const cacheBytes = 64 << 20;
const allColumns: readonly SiteColumn[] = ['id', 'allele', 'quality', 'filter'];
const nowhere = { start: 0, end: 0 };

/** Which variants; all parts must hold. Regions contain the position of a variant. */
export interface VariantSelection {
  query?: VariantQuery;
  regions?: readonly Region[];
  ids?: readonly string[];
  /** Only variants whose filters are PASS. */
  filterPass?: boolean;
  /** Any further test; it sees all INFO keys, so it costs more than a query. */
  where?: (row: VariantRow) => boolean;
  /** Regions of a feature that a query names; without it features are nowhere. */
  regionsOf?: (feature: string) => readonly Region[];
}

export interface VariantPage {
  /** Places of the samples whose genotypes are wanted, in this order; none by default. */
  samples?: readonly number[];
  /** Where to begin: `next` of the page before. */
  after?: number;
  /** Variants to skip. */
  offset?: number;
  /** Variants to answer at most; 2000 by default. */
  limit?: number;
}

export interface VariantRecord {
  /** Place in the file, from 0. */
  variant: number;
  chrom: string;
  /** From 1. */
  pos: number;
  id: string[];
  ref: string;
  alt: string[];
  qual: number | null;
  filter: string[];
  /** A flag has no values; a missing value is null. */
  info: Record<string, InfoValue[]>;
  /** One per sample asked for. */
  genotypes: Genotype[];
}

export interface VariantAnswer {
  rows: VariantRecord[];
  /** Where the next page begins; undefined at the end. */
  next?: number;
}

export interface VariantDescription {
  variants: number;
  samples: string[];
  contigs: VcfContig[];
  filters: VcfFilter[];
  info: VcfField[];
  format: VcfField[];
  header: VcfHeader;
}

export interface VariantReader {
  describe(): VariantDescription;
  query(selection?: VariantSelection, page?: VariantPage): Promise<VariantAnswer>;
  /** Number of variants selected. */
  count(selection?: VariantSelection): Promise<number>;
  /** The selected variants and samples as a VCF file. */
  streamVcf(options?: { samples?: readonly number[]; selection?: VariantSelection }): AsyncIterable<Uint8Array>;
}

const readers = new Lru<Promise<VariantReader>>(16);
const storeNumbers = new WeakMap<ObjectStore, number>();
let stores = 0;

/** Opens variants that `writeVariants` wrote. Readers are kept: opening again costs nothing. */
export async function openVariants(options: { store: ObjectStore; prefix: string }): Promise<VariantReader> {
  const { store, prefix } = options;
  let number = storeNumbers.get(store);
  if (number === undefined) {
    number = stores++;
    storeNumbers.set(store, number);
  }
  const key = `${number} ${prefix}`;
  const kept = readers.get(key);
  if (kept !== undefined) return kept;
  const opened = open(store, prefix);
  readers.set(key, opened);
  opened.catch(() => readers.delete(key));
  return opened;
}

/** Forgets a kept reader, when its variants were deleted. */
export function forgetVariants(options: { store: ObjectStore; prefix: string }): void {
  const number = storeNumbers.get(options.store);
  if (number !== undefined) readers.delete(`${number} ${options.prefix}`);
}

async function open(objects: ObjectStore, prefix: string): Promise<VariantReader> {
  const store = zarrStore(objects, prefix);
  const { linnaea } = await readAttributes(store, '/');
  if (!isLayout(linnaea)) throw new Error(`There are no variants of a known layout at ${prefix}`);
  return new Reader(linnaea, new ChunkCache(store, cacheBytes), (array, chunk) => loadIdChunk(store, array, chunk));
}

/** The attribute is our own writing: its layout number says the rest. */
function isLayout(value: unknown): value is VariantLayout {
  return typeof value === 'object' && value !== null && 'layout' in value && value.layout === 1;
}

/** Selected rows of one chunk. */
export interface SelectedRows {
  chunk: number;
  rows: number[];
}

class Reader implements VariantReader {
  readonly layout: VariantLayout;
  readonly cache: ChunkCache;
  private readonly loadIds: (array: string, chunk: number) => Promise<Int32Array>;
  private readonly info: ReadonlyMap<string, StoredField>;

  constructor(
    layout: VariantLayout,
    cache: ChunkCache,
    loadIds: (array: string, chunk: number) => Promise<Int32Array>,
  ) {
    this.layout = layout;
    this.cache = cache;
    this.loadIds = loadIds;
    this.info = new Map(layout.fields.filter(({ of }) => of === 'info').map((stored) => [stored.field.id, stored]));
  }

  describe(): VariantDescription {
    const { layout } = this;
    const header = headerOf(layout);
    return {
      variants: layout.variants,
      samples: layout.samples,
      contigs: layout.contigs,
      filters: layout.filters,
      info: [...header.info.values()],
      format: [...header.format.values()],
      header,
    };
  }

  async query(selection: VariantSelection = {}, page: VariantPage = {}): Promise<VariantAnswer> {
    const limit = page.limit ?? 2000;
    let skip = page.offset ?? 0;
    const rows: VariantRecord[] = [];
    for await (const { chunk, rows: found } of this.select(selection, page.after ?? 0)) {
      const kept = found.slice(skip, skip + limit - rows.length);
      // One more than asked for tells whether there is a next page.
      const more = found.length > skip + kept.length ? found[skip + kept.length] : undefined;
      skip = Math.max(0, skip - found.length);
      if (kept.length > 0) rows.push(...(await this.records(chunk, kept, page.samples ?? [])));
      if (more !== undefined) return { rows, next: chunk * variantRows + more };
    }
    return { rows };
  }

  async count(selection: VariantSelection = {}): Promise<number> {
    let count = 0;
    for await (const { rows } of this.select(selection, 0)) count += rows.length;
    return count;
  }

  streamVcf(options: { samples?: readonly number[]; selection?: VariantSelection } = {}): AsyncIterable<Uint8Array> {
    const { layout, cache } = this;
    return streamVcf({
      layout,
      cache,
      info: this.info,
      selected: this.select(options.selection ?? {}, 0),
      samples: options.samples,
    });
  }

  /** Rows selected, chunk by chunk, from variant `after` on. */
  private async *select(selection: VariantSelection, after: number): AsyncIterable<SelectedRows> {
    const query = queryOf(selection);
    const regionsOf = selection.regionsOf ?? (() => []);
    const plan =
      query === undefined ? everything : await planQuery(query, { layout: this.layout, load: this.loadIds, regionsOf });
    const chunks =
      plan.chunks ?? Array.from({ length: Math.ceil(this.layout.variants / variantRows) }, (_, chunk) => chunk);
    for (const chunk of chunks) {
      if ((chunk + 1) * variantRows <= after) continue;
      const rows = await this.selectIn(chunk, query, selection, plan, after - chunk * variantRows);
      if (rows.length > 0) yield { chunk, rows };
    }
  }

  private async selectIn(
    chunk: number,
    query: VariantQuery | undefined,
    { where, regionsOf }: VariantSelection,
    plan: Plan,
    first: number,
  ): Promise<number[]> {
    const needed = query === undefined ? undefined : columnsOf(query);
    const columns =
      where === undefined
        ? allColumns.filter((column) => (column === 'id' && needed?.id) || (column === 'filter' && needed?.filter))
        : allColumns;
    const fields = where === undefined ? new Map([...this.info].filter(([key]) => needed?.info.has(key))) : this.info;
    const sites = await SiteChunk.load(this.cache, this.layout, chunk, columns, fields);
    const inPosition = query === undefined ? undefined : positionTest(query, this.layout);
    const rows: number[] = [];
    for (let row = Math.max(0, first); row < sites.count; row++) {
      if (plan.rows !== undefined && !plan.rows.has(chunk * variantRows + row)) continue;
      if (inPosition !== undefined && !inPosition(sites.contig[row]!, sites.position[row]!)) continue;
      if (query !== undefined || where !== undefined) {
        const variant = sites.row(row);
        if (query !== undefined && !evaluateVariant(query, variant, regionsOf ?? (() => []))) continue;
        if (where !== undefined && !where(variant)) continue;
      }
      rows.push(row);
    }
    return rows;
  }

  private async records(chunk: number, rows: readonly number[], samples: readonly number[]): Promise<VariantRecord[]> {
    const sites = await SiteChunk.load(this.cache, this.layout, chunk, allColumns, this.info);
    const records: VariantRecord[] = [];
    for (const row of rows) {
      const [ref = '', ...alt] = sites.alleles(row);
      const id = sites.idText(row);
      const info: VariantRecord['info'] = {};
      for (const key of this.info.keys()) {
        const values = sites.info(key, row);
        if (values !== undefined) setOwn(info, key, values);
      }
      records.push({
        variant: chunk * variantRows + row,
        chrom: sites.chrom(row),
        pos: sites.position[row]!,
        id: id === '' ? [] : id.split(';'),
        ref,
        alt,
        qual: sites.quality(row),
        filter: sites.filters(row),
        info,
        genotypes: await this.genotypes(chunk, row, samples),
      });
    }
    return records;
  }

  private async genotypes(chunk: number, row: number, samples: readonly number[]): Promise<Genotype[]> {
    if (samples.length === 0) return [];
    const place = callPlace(this.layout, chunk, row);
    const calls = await CallChunks.load(this.cache, this.layout, place.call, samples);
    return samples.map((sample) => calls.genotype(place.row, sample));
  }
}

const everything: Plan = { chunks: undefined, rows: undefined };

/** All parts of a selection but `where` as one query. */
function queryOf(selection: VariantSelection): VariantQuery | undefined {
  const { query, regions, ids, filterPass } = selection;
  const terms: VariantQuery[] = [];
  const leaf = (condition: VariantCondition) => terms.push(condition);
  if (regions !== undefined) leaf({ kind: 'region', negated: false, regions, at: nowhere });
  if (ids !== undefined) leaf({ kind: 'id', negated: false, values: ids, at: nowhere });
  if (filterPass === true) leaf({ kind: 'filter', negated: false, values: ['PASS'], at: nowhere });
  if (query?.kind === 'and') terms.push(...query.terms);
  else if (query !== undefined) terms.push(query);
  if (terms.length < 2) return terms[0];
  return { kind: 'and', terms, at: nowhere };
}
