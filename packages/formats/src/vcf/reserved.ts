import type { VcfType } from './types.ts';

type Definition = readonly [number: string, type: VcfType];

/** Keys whose Number and Type the VCF specification (4.3, tables 1 and 2) fixes; `*` leaves the number open. */
export const RESERVED_INFO: ReadonlyMap<string, Definition> = new Map([
  ['AA', ['1', 'String']],
  ['AC', ['A', 'Integer']],
  ['AD', ['R', 'Integer']],
  ['ADF', ['R', 'Integer']],
  ['ADR', ['R', 'Integer']],
  ['AF', ['A', 'Float']],
  ['AN', ['1', 'Integer']],
  ['BQ', ['1', 'Float']],
  ['CIGAR', ['A', 'String']],
  ['DB', ['0', 'Flag']],
  ['DP', ['1', 'Integer']],
  ['END', ['1', 'Integer']],
  ['H2', ['0', 'Flag']],
  ['H3', ['0', 'Flag']],
  ['MQ', ['1', 'Float']],
  ['MQ0', ['1', 'Integer']],
  ['NS', ['1', 'Integer']],
  ['SOMATIC', ['0', 'Flag']],
  ['VALIDATED', ['0', 'Flag']],
  ['1000G', ['0', 'Flag']],
]);

export const RESERVED_FORMAT: ReadonlyMap<string, Definition> = new Map([
  ['AD', ['R', 'Integer']],
  ['ADF', ['R', 'Integer']],
  ['ADR', ['R', 'Integer']],
  ['DP', ['1', 'Integer']],
  ['EC', ['A', 'Integer']],
  ['FT', ['1', 'String']],
  ['GL', ['G', 'Float']],
  ['GP', ['G', 'Float']],
  ['GQ', ['1', 'Integer']],
  ['GT', ['1', 'String']],
  ['HQ', ['2', 'Integer']],
  ['MQ', ['1', 'Integer']],
  ['PL', ['G', 'Integer']],
  ['PQ', ['1', 'Integer']],
  ['PS', ['1', 'Integer']],
]);
