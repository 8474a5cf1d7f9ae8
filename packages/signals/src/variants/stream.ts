import { type InfoColumn, type VariantRows, writeVcf } from '@linnaea/formats';
import { CallChunks, callPlace } from './calls.ts';
import { CellCollector } from './cells.ts';
import type { ChunkCache } from './chunk-cache.ts';
import { headerOf, type StoredField, type VariantLayout } from './layout.ts';
import type { SelectedRows } from './read.ts';
import { SiteChunk } from './site-chunk.ts';

interface StreamOptions {
  layout: VariantLayout;
  cache: ChunkCache;
  info: ReadonlyMap<string, StoredField>;
  selected: AsyncIterable<SelectedRows>;
  samples: readonly number[] | undefined;
}

/** The variants as a VCF file, a chunk at a time. */
export function streamVcf(options: StreamOptions): AsyncIterable<Uint8Array> {
  const { layout } = options;
  const samples = options.samples ?? layout.samples.map((_, sample) => sample);
  const header = { ...headerOf(layout), samples: samples.map((sample) => layout.samples[sample]!) };
  return writeVcf(header, blocks(options, samples));
}

async function* blocks(options: StreamOptions, samples: readonly number[]): AsyncIterable<VariantRows> {
  const { layout, cache, info, selected } = options;
  for await (const { chunk, rows } of selected) {
    const sites = await SiteChunk.load(cache, layout, chunk, ['id', 'allele', 'quality', 'filter'], info);
    for (const [call, part] of byCall(layout, chunk, rows)) {
      const block = siteRows(sites, part, info);
      if (samples.length > 0) await addCalls(block, options, chunk, call, part, samples);
      yield block;
    }
  }
}

/** Rows of a chunk by the chunk of calls that they are in. */
function byCall(layout: VariantLayout, chunk: number, rows: readonly number[]): Map<number, number[]> {
  const parts = new Map<number, number[]>();
  for (const row of rows) {
    const { call } = callPlace(layout, chunk, row);
    const part = parts.get(call);
    if (part === undefined) parts.set(call, [row]);
    else part.push(row);
  }
  return parts;
}

function siteRows(sites: SiteChunk, rows: readonly number[], info: ReadonlyMap<string, StoredField>): VariantRows {
  const alleles = rows.map((row) => sites.alleles(row));
  const filters = rows.map((row) => sites.filterCodes(row));
  const filterOffsets = new Uint32Array(rows.length + 1);
  filters.forEach((codes, index) => {
    filterOffsets[index + 1] = filterOffsets[index]! + codes.length;
  });
  return {
    count: rows.length,
    samples: 0,
    contig: Int32Array.from(rows, (row) => sites.contig[row]!),
    position: Int32Array.from(rows, (row) => sites.position[row]!),
    id: rows.map((row) => sites.idText(row)),
    ref: alleles.map(([ref]) => ref ?? ''),
    alt: alleles.map(([, ...alt]) => alt.join(',')),
    quality: Float64Array.from(rows, (row) => sites.quality(row) ?? Number.NaN),
    qualityFloat32: false,
    filterOffsets,
    filters: Int32Array.from(filters.flat()),
    info: infoColumns(sites, rows, info),
    format: new Map(),
  };
}

function infoColumns(
  sites: SiteChunk,
  rows: readonly number[],
  info: ReadonlyMap<string, StoredField>,
): Map<string, InfoColumn> {
  const columns = new Map<string, InfoColumn>();
  for (const [key, field] of info) {
    const chunk = sites.infoChunk(key);
    const collector = new CellCollector(field.field.type);
    for (const row of rows) collector.add(chunk?.data, chunk?.words ?? new Uint32Array(0), field, row);
    columns.set(key, collector.column());
  }
  return columns;
}

async function addCalls(
  block: VariantRows,
  { layout, cache }: StreamOptions,
  chunk: number,
  call: number,
  rows: readonly number[],
  samples: readonly number[],
): Promise<void> {
  const calls = await CallChunks.load(cache, layout, call, samples);
  const places = rows.map((row) => callPlace(layout, chunk, row).row);
  block.samples = samples.length;
  const genotype = calls.genotypeColumn(places, samples);
  if (genotype !== undefined) block.genotype = genotype;
  calls.fields.forEach(({ field }, index) => {
    const column = calls.column(index, places, samples);
    if (column !== undefined) block.format.set(field.id, column);
  });
}
