import type { CellFault } from './columns.ts';
import type { GenotypeColumn } from './types.ts';

const BAR = 124;
const COLON = 58;
const DOT = 46;
const SLASH = 47;
const MISSING = -1;
const FILL = -2;
/** Above this a "genotype" is an accident or an attack: one such cell would widen all the others of its block. */
const HIGHEST_PLOIDY = 256;
const HIGHEST_ALLELE = 32767;
const MOST_ALLELES = 1 << 26;

/** Collects genotypes as numbers. */
export class GenotypeBuilder {
  ploidy: number;
  fault: CellFault | 'allele' | 'alternate' | 'phase' = 'none';
  /** Alleles of the genotype that was read last. */
  lastPloidy = 0;
  private alleles: Int8Array | Int16Array;
  private phased: Uint8Array;
  private cells = 0;
  private highest = 1;
  private readonly samples: number;
  private readonly parsed: number[] = [];

  constructor(samples: number, rows: number) {
    this.samples = samples;
    this.ploidy = 2;
    this.alleles = new Int8Array(samples * rows * this.ploidy);
    this.phased = new Uint8Array(samples * rows);
  }

  /** Reads the genotype at `buffer[at]` as cell `cell`; answers where it ended. `alleles` is the number of alleles of the variant. */
  read(buffer: Buffer, at: number, cell: number, alleles: number): number {
    if (this.cells <= cell) this.fillTo(cell + 1);
    this.fault = 'none';
    const first = (buffer[at] ?? 0) - 48;
    const joint = buffer[at + 1] ?? 0;
    if (this.ploidy === 2 && first >= 0 && first <= 9 && (joint === SLASH || joint === BAR)) {
      const second = (buffer[at + 2] ?? 0) - 48;
      const stop = buffer[at + 3] ?? 0;
      if (second >= 0 && second <= 9 && first < alleles && second < alleles && (stop === COLON || stop <= 10)) {
        this.alleles[cell * 2] = first;
        this.alleles[cell * 2 + 1] = second;
        if (joint === BAR) this.phased[cell] = 1;
        this.lastPloidy = 2;
        if (this.highest < 2) this.highest = 2;
        return at + 3;
      }
    }
    return this.readRare(buffer, at, cell, alleles);
  }

  private readRare(buffer: Buffer, start: number, cell: number, alleles: number): number {
    let at = start;
    let bars = 0;
    let slashes = 0;
    const { parsed } = this;
    parsed.length = 0;
    // VCF 4.4 allows a separator before the first allele: its phase.
    if (buffer[at] === SLASH || buffer[at] === BAR) at += 1;
    for (;;) {
      at = this.readAllele(buffer, at, alleles);
      const byte = buffer[at] ?? 0;
      if (byte === BAR) bars += 1;
      else if (byte === SLASH) slashes += 1;
      else break;
      at += 1;
    }
    const good =
      isEnd(buffer[at] ?? 0) && parsed.length <= HIGHEST_PLOIDY && this.cells * parsed.length <= MOST_ALLELES;
    while (!isEnd(buffer[at] ?? 0)) at += 1;
    if (good) {
      this.store(cell, parsed);
      if (bars > 0 && slashes === 0) this.phased[cell] = 1;
      if (bars > 0 && slashes > 0) this.fault = 'phase';
    } else {
      this.fault = 'value';
      this.store(cell, [MISSING]);
    }
    return at;
  }

  private readAllele(buffer: Buffer, start: number, alleles: number): number {
    let at = start;
    let byte = buffer[at] ?? 0;
    if (byte === DOT) {
      this.parsed.push(MISSING);
      return at + 1;
    }
    let value = 0;
    while (byte >= 48 && byte <= 57 && at - start < 9) {
      value = value * 10 + byte - 48;
      byte = buffer[++at] ?? 0;
    }
    if (at === start) {
      // An empty genotype counts as missing; an empty allele beside others is a fault, told by the separator's neighbour.
      if (!isEnd(byte) || this.parsed.length > 0) this.parsed.length = HIGHEST_PLOIDY + 1;
      else this.parsed.push(MISSING);
      return at;
    }
    if (alleles === 1 && value === 1) {
      // Callers write this for a site whose alternate they do not name: the genotype still says what was seen.
      this.fault = 'alternate';
    } else if (value >= alleles || value > HIGHEST_ALLELE) {
      this.fault = 'allele';
      value = MISSING;
    }
    this.parsed.push(value);
    return at;
  }

  private store(cell: number, parsed: readonly number[]): void {
    if (parsed.length > this.ploidy) this.widen(parsed.length);
    this.lastPloidy = parsed.length;
    if (parsed.length > this.highest) this.highest = parsed.length;
    const base = cell * this.ploidy;
    for (let index = 0; index < parsed.length; index += 1) {
      const allele = parsed[index] ?? MISSING;
      if (allele > 127 && this.alleles instanceof Int8Array) this.alleles = Int16Array.from(this.alleles);
      this.alleles[base + index] = allele;
    }
  }

  private widen(ploidy: number): void {
    const rows = this.alleles.length / this.ploidy;
    const wide = this.alleles instanceof Int8Array ? new Int8Array(rows * ploidy) : new Int16Array(rows * ploidy);
    wide.fill(FILL);
    for (let cell = 0; cell < this.cells; cell += 1) {
      for (let index = 0; index < this.ploidy; index += 1) {
        wide[cell * ploidy + index] = this.alleles[cell * this.ploidy + index] ?? FILL;
      }
    }
    this.alleles = wide;
    this.ploidy = ploidy;
  }

  /** Begins all cells below `cells`, a whole variant at a time. */
  private fillTo(cells: number): void {
    const wanted = Math.ceil(cells / this.samples) * this.samples;
    if (wanted > this.phased.length) {
      const phased = new Uint8Array(Math.max(this.phased.length * 2, wanted));
      phased.set(this.phased);
      this.phased = phased;
      const length = phased.length * this.ploidy;
      const alleles = this.alleles instanceof Int8Array ? new Int8Array(length) : new Int16Array(length);
      alleles.set(this.alleles);
      this.alleles = alleles;
    }
    this.alleles.fill(FILL, this.cells * this.ploidy, wanted * this.ploidy);
    this.phased.fill(0, this.cells, wanted);
    this.cells = wanted;
  }

  truncate(cell: number): void {
    if (cell < this.cells) this.cells = cell;
  }

  column(cells: number): GenotypeColumn {
    if (this.cells < cells) this.fillTo(cells);
    const haploid = this.highest === 1;
    const alleles = this.alleles.subarray(0, cells * this.ploidy);
    return {
      type: 'Genotype',
      ploidy: haploid ? 1 : this.ploidy,
      alleles: haploid ? alleles.filter((_, index) => index % this.ploidy === 0) : alleles,
      phased: this.phased.subarray(0, cells),
    };
  }
}

function isEnd(byte: number): boolean {
  return byte === COLON || byte <= 10;
}
