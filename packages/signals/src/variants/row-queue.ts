import type { VariantRows } from '@linnaea/formats';

/** Some consecutive rows of a block. */
export interface RowRange {
  rows: VariantRows;
  start: number;
  count: number;
}

/** Blocks of any size in, ranges of a wanted total out. */
export class RowQueue {
  length = 0;
  private readonly ranges: RowRange[] = [];

  add(rows: VariantRows): void {
    if (rows.count === 0) return;
    this.ranges.push({ rows, start: 0, count: rows.count });
    this.length += rows.count;
  }

  /** Takes the first `count` rows, or all when there are fewer. */
  take(count: number): RowRange[] {
    const taken: RowRange[] = [];
    let wanted = Math.min(count, this.length);
    this.length -= wanted;
    while (wanted > 0) {
      const first = this.ranges[0]!;
      const part = Math.min(wanted, first.count);
      taken.push({ rows: first.rows, start: first.start, count: part });
      wanted -= part;
      if (part === first.count) this.ranges.shift();
      else this.ranges[0] = { rows: first.rows, start: first.start + part, count: first.count - part };
    }
    return taken;
  }
}

export function countRows(ranges: readonly RowRange[]): number {
  return ranges.reduce((total, range) => total + range.count, 0);
}
