export type VcfType = 'Integer' | 'Float' | 'Flag' | 'Character' | 'String';

/** Definition of an INFO or FORMAT key. */
export interface VcfField {
  id: string;
  /** As the header says: a count, `A`, `R`, `G`, `.`, `LA`, `LR`, `LG`, `P` or `M`. */
  number: string;
  type: VcfType;
  description: string;
  /** False when records use the key without a line in the header. */
  declared: boolean;
}

export interface VcfContig {
  id: string;
  length?: number;
  declared: boolean;
}

export interface VcfFilter {
  id: string;
  description: string;
  declared: boolean;
}

/**
 * What a VCF file says before its records. `info`, `format`, `filters` and `contigs` grow while the records are read,
 * when those use names without a definition; the code of a contig or filter is its place in the list.
 */
export interface VcfHeader {
  /** `4.3`, or '' when the file does not say. */
  version: string;
  /** The `##` lines, as they stand. */
  meta: string[];
  info: Map<string, VcfField>;
  format: Map<string, VcfField>;
  /** PASS comes first, always. */
  filters: VcfFilter[];
  contigs: VcfContig[];
  samples: string[];
}

/**
 * Values of one key, cell after cell: cell `c` holds `values[offsets[c]]` up to `values[offsets[c + 1]]`. A cell without
 * values is one where the key is absent; a value given as `.` is a missing value (see `missing.ts`). INFO has a cell per
 * variant, FORMAT `samples` cells per variant.
 *
 * The sentinels -1 and -2 of VCF Zarr are not used here, since a file may hold these very numbers.
 */
export interface IntegerColumn {
  type: 'Integer';
  offsets: Uint32Array;
  values: Int32Array;
}

export interface FloatColumn {
  type: 'Float';
  offsets: Uint32Array;
  values: Float64Array;
  /** Every number survives float32 for all the digits that its text has. */
  float32: boolean;
}

/** Texts by their place in `table`; place 0 is the missing value. */
export interface StringColumn {
  type: 'String';
  offsets: Uint32Array;
  values: Int32Array;
  table: string[];
}

export interface FlagColumn {
  type: 'Flag';
  values: Uint8Array;
}

/** Alleles as `(variant, sample, ploidy)`: -1 is missing, -2 fills up a genotype of lower ploidy or an absent one. */
export interface GenotypeColumn {
  type: 'Genotype';
  ploidy: number;
  alleles: Int8Array | Int16Array;
  /** 1 per genotype whose alleles are all joined by `|`. */
  phased: Uint8Array;
}

export type InfoColumn = IntegerColumn | FloatColumn | StringColumn | FlagColumn;
export type FormatColumn = IntegerColumn | FloatColumn | StringColumn;

/** Some consecutive records in columns. */
export interface VariantRows {
  count: number;
  samples: number;
  /** Places in `header.contigs`. */
  contig: Int32Array;
  /** Counting from 1, as in the file. */
  position: Int32Array;
  /** Names joined by `;` as given; '' when missing. */
  id: string[];
  ref: string[];
  /** Alleles joined by `,` as given; '' when missing. */
  alt: string[];
  /** NaN when missing. */
  quality: Float64Array;
  qualityFloat32: boolean;
  /** Places in `header.filters`, cell after cell; no filter means that none were applied. */
  filterOffsets: Uint32Array;
  filters: Int32Array;
  info: Map<string, InfoColumn>;
  genotype?: GenotypeColumn;
  /** Everything of FORMAT but GT. */
  format: Map<string, FormatColumn>;
}
