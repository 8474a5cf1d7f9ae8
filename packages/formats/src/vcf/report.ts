import type { Finding } from '@linnaea/model';
import type { FindingSink } from '../blocks.ts';

/** Names of the fixed columns, left to right. */
export const FIXED_COLUMNS = ['CHROM', 'POS', 'ID', 'REF', 'ALT', 'QUAL', 'FILTER', 'INFO', 'FORMAT'] as const;

/** A file with one bad habit has it in every record: so many are told one by one, the rest as a number. */
const TOLD_ONE_BY_ONE = 20;
const LONGEST_VALUE = 100;

interface Place {
  line?: number;
  column?: number;
  attribute?: string;
  /** What the count of equal findings goes by, when the attribute does not say it (a key of FORMAT, say). */
  about?: string;
  value?: string;
}

/** Puts findings about a VCF file together and keeps their number in bounds. */
export class VcfReport {
  private readonly sink: FindingSink;
  private readonly file: string | undefined;
  private readonly counts = new Map<string, { count: number; finding: Finding }>();

  constructor(sink: FindingSink, file: string | undefined) {
    this.sink = sink;
    this.file = file;
  }

  error(code: string, message: string, place: Place = {}): void {
    this.add(code, 'error', message, place);
  }

  warning(code: string, message: string, place: Place = {}): void {
    this.add(code, 'warning', message, place);
  }

  private add(code: string, severity: Finding['severity'], message: string, place: Place): void {
    const key = `${code} ${place.about ?? place.attribute ?? ''}`;
    const seen = this.counts.get(key);
    if (seen !== undefined) {
      seen.count += 1;
      if (seen.count > TOLD_ONE_BY_ONE) return;
    }
    const finding: Finding = { code, severity, message, location: {} };
    const location = finding.location ?? {};
    if (this.file !== undefined) location.file = this.file;
    if (place.line !== undefined) location.line = place.line;
    if (place.column !== undefined) location.column = place.column;
    if (place.attribute !== undefined) location.attribute = place.attribute;
    if (place.value !== undefined) finding.value = place.value.slice(0, LONGEST_VALUE);
    // Names invented by a hostile file must not fill the memory.
    if (seen === undefined && this.counts.size < 10_000) this.counts.set(key, { count: 1, finding });
    this.sink(finding);
  }

  /** Tells how many findings of each kind were not told one by one. */
  finish(): void {
    for (const { count, finding } of this.counts.values()) {
      if (count <= TOLD_ONE_BY_ONE) continue;
      const location = { ...finding.location };
      delete location.line;
      this.sink({
        code: `${finding.code}-more`,
        severity: finding.severity,
        message: `${count - TOLD_ONE_BY_ONE} more findings like: ${finding.message}`,
        location,
      });
    }
    this.counts.clear();
  }
}
