import type { VcfContig, VcfField, VcfFilter, VcfHeader } from '@linnaea/formats';
import type { ElementType } from '../zarr/arrays.ts';

/** Variants of a chunk of everything that has no samples axis; a multiple of every number of variants per call chunk. */
export const variantRows = 10_000;
/** Samples of a chunk of genotypes and other FORMAT fields. */
export const sampleColumns = 1000;
/** Ids of a chunk of the id index, and chunks of one sorted stretch of it. */
export const idChunk = 65_536;
export const idChunksPerRun = 16;

/** One array of the store that holds a field of the VCF, as the group's attributes list it. */
export interface StoredField {
  /** Name of the Zarr array. */
  array: string;
  field: VcfField;
  of: 'info' | 'format';
  stored: ElementType;
  /** Values per cell in a chunk. */
  width: number;
  /** The array has an axis for the values. */
  hasAxis: boolean;
  /** Values that do not fit an axis are one text, joined by commas. */
  joined: boolean;
}

/** What the group's attributes say beyond VCF Zarr: all that a reader needs, in one object of the store. */
export interface VariantLayout {
  layout: 1;
  variants: number;
  /** VCF version of the source. */
  version: string;
  /** Header lines as they were. */
  meta: string[];
  samples: string[];
  contigs: VcfContig[];
  filters: VcfFilter[];
  fields: StoredField[];
  /** Variants of a chunk with a samples axis. */
  callRows: number;
  genotype?: { stored: 'int8' | 'int16'; ploidy: number };
  allele: { width: number; joined: boolean };
  filter: { width: number };
  quality: 'float32' | 'float64';
  /** Rows of `region_index`. */
  regions: number[][];
  /** The first hash of each chunk of the id index. */
  ids: { count: number; firstHashes: number[] };
}

const takenNames = new Set([
  'variant_contig',
  'variant_position',
  'variant_length',
  'variant_id',
  'variant_id_mask',
  'variant_allele',
  'variant_quality',
  'variant_filter',
  'call_genotype',
  'call_genotype_phased',
  'call_genotype_mask',
]);

/** Name of the array of a field; names that VCF Zarr has taken or that make no path are changed. */
export function arrayName(of: 'info' | 'format', key: string, used: ReadonlySet<string>): string {
  const safe = /^[0-9A-Za-z_.+-]{1,100}$/.test(key) && !/^\.+$/.test(key);
  const name = (of === 'info' ? 'variant_' : 'call_') + (safe ? key : `field${used.size}`);
  if (!takenNames.has(name) && !used.has(name)) return name;
  return `${name}_${used.size}`;
}

/** Axes whose length alleles and ploidy decide; fields share them. */
export function sharedAxis(field: VcfField): string | undefined {
  if (field.number === 'A') return 'alt_alleles';
  if (field.number === 'R') return 'alleles';
  return field.number === 'G' ? 'genotypes' : undefined;
}

/** The axis of the values of one array alone; vcztools knows it by this name. */
export function privateAxis(of: 'info' | 'format', array: string): string {
  return of === 'info' ? `INFO_${array.slice('variant_'.length)}_dim` : `FORMAT_${array.slice('call_'.length)}_dim`;
}

/** A header as the VCF had it. */
export function headerOf(layout: VariantLayout): VcfHeader {
  const fields = (of: 'info' | 'format') =>
    new Map(layout.fields.filter((stored) => stored.of === of).map(({ field }) => [field.id, field]));
  return {
    version: layout.version,
    meta: layout.meta,
    info: fields('info'),
    format: fields('format'),
    filters: layout.filters,
    contigs: layout.contigs,
    samples: layout.samples,
  };
}
