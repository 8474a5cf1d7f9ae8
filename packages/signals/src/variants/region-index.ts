/** Rows of VCF Zarr's `region_index`: chunk, contig, start, end, highest end of a variant, and number of variants. */
export class RegionIndex {
  readonly rows: number[][] = [];
  private chunk = -1;
  /** Rows of the current chunk by contig: a file need not keep its chromosomes together. */
  private readonly current = new Map<number, number[]>();

  /** Adds the next variant; `chunk` is that of the arrays without a samples axis. */
  add(chunk: number, contig: number, position: number, length: number): void {
    const end = Math.min(position + Math.max(1, length) - 1, 2147483647);
    if (chunk !== this.chunk) this.current.clear();
    this.chunk = chunk;
    const row = this.current.get(contig);
    if (row === undefined) {
      const added = [chunk, contig, position, position, end, 1];
      this.rows.push(added);
      this.current.set(contig, added);
      return;
    }
    // Nor need it be sorted: start and end are the lowest and highest position.
    row[2] = Math.min(row[2]!, position);
    row[3] = Math.max(row[3]!, position);
    row[4] = Math.max(row[4]!, end);
    row[5] = row[5]! + 1;
  }
}
