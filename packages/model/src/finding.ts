/**
 * One result of judging data: a value, collected and never thrown. Every layer adds what it knows of the place;
 * each facade words findings its own way from `code` and `parameters`.
 */
export interface Finding {
  /** Stable kebab-case name of the rule that was broken, e.g. `required-missing`, `gct-row-count`. */
  code: string;
  severity: 'error' | 'warning';
  /** Plain English, complete by itself, without the place. */
  message: string;
  location?: FindingLocation;
  /** The offending value as it was given. */
  value?: unknown;
  /** What would have been accepted. */
  allowed?: readonly unknown[];
  suggestions?: readonly string[];
}

/** Lines and columns count from 1; a column is the cell's number in a table and the character's in free text. */
export interface FindingLocation {
  file?: string;
  line?: number;
  column?: number;
  /** Header of the column, or name of the attribute. */
  attribute?: string;
  /** Accession, submitter id, or other name of the record. */
  record?: string;
}

/** Keeps at most `limit` findings and counts the rest, so that a file of a million bad rows stays in bounded memory. */
export class FindingCollector {
  readonly findings: Finding[] = [];
  total = 0;
  errors = 0;
  readonly limit: number;

  constructor(limit = 1000) {
    this.limit = limit;
  }

  /** Forgets everything: for a file that is read again from its start. */
  clear(): void {
    this.findings.length = 0;
    this.total = 0;
    this.errors = 0;
  }

  add(finding: Finding): void {
    this.total += 1;
    if (finding.severity === 'error') this.errors += 1;
    if (this.findings.length < this.limit) this.findings.push(finding);
  }
}
