import { type ColumnBuilder, FlagBuilder, FloatBuilder, IntegerBuilder, StringBuilder } from './columns.ts';
import type { VcfReport } from './report.ts';
import type { VcfField, VcfHeader } from './types.ts';

/** A file that invents a new key in every record must not become a column per record. */
const MOST_UNDECLARED = 1000;

/** A key of INFO or FORMAT together with the column of the current block. */
export interface FieldState {
  field: VcfField;
  /** Values that a cell must have, where the header fixes it; -1 where alleles or ploidy decide it; -2 where it is open. */
  expected: number;
  column: ColumnBuilder | FlagBuilder | undefined;
  /** Number of the record that used the key last, over all blocks. */
  lastRecord: number;
  /** The following key in the record that used this one last: mostly right for the next record too. */
  follower: FieldState | undefined;
  bytes: Buffer;
}

/** All keys of INFO, or all of FORMAT, found by their bytes. */
export class FieldTable {
  readonly states: FieldState[] = [];
  private readonly kind: 'info' | 'format';
  private readonly definitions: Map<string, VcfField>;
  private readonly byId = new Map<string, FieldState>();
  private readonly report: VcfReport;
  private undeclared = 0;

  constructor(kind: 'info' | 'format', header: VcfHeader, report: VcfReport) {
    this.kind = kind;
    this.definitions = header[kind];
    this.report = report;
    for (const field of this.definitions.values()) this.add(field);
  }

  /** The key `buffer[start..end)`; `guess` is tried first. Undefined when there are too many undeclared ones. */
  find(
    buffer: Buffer,
    start: number,
    end: number,
    guess: FieldState | undefined,
    line: number,
    asFlag: boolean,
  ): FieldState | undefined {
    if (guess !== undefined && equalBytes(guess.bytes, buffer, start, end)) return guess;
    const id = buffer.toString('utf8', start, end);
    return this.byId.get(id) ?? this.addUndeclared(id, line, asFlag);
  }

  private addUndeclared(id: string, line: number, asFlag: boolean): FieldState | undefined {
    const name = this.kind === 'info' ? 'INFO' : 'FORMAT';
    const place = { line, column: this.kind === 'info' ? 8 : 9, attribute: name, about: id, value: id };
    if (this.undeclared === MOST_UNDECLARED) {
      this.report.error('vcf-too-many-keys', `${name} uses more than ${MOST_UNDECLARED} keys without a definition`, {
        ...place,
        about: name,
      });
      return undefined;
    }
    this.undeclared += 1;
    const type = asFlag ? 'Flag' : 'String';
    this.report.warning(
      'vcf-undeclared',
      `${name} uses "${id.slice(0, 60)}" without a line in the header; it is read as ${type}`,
      place,
    );
    if (!/^([A-Za-z_][0-9A-Za-z_.]*|1000G)$/.test(id)) {
      this.report.warning(
        'vcf-key',
        `The ${name} key "${id.slice(0, 60)}" holds characters that are not allowed`,
        place,
      );
    }
    const field: VcfField = { id, number: asFlag ? '0' : '.', type, description: '', declared: false };
    this.definitions.set(id, field);
    return this.add(field);
  }

  private add(field: VcfField): FieldState {
    const state: FieldState = {
      field,
      expected: expectedCount(field),
      column: undefined,
      lastRecord: 0,
      follower: undefined,
      bytes: Buffer.from(field.id),
    };
    this.states.push(state);
    this.byId.set(field.id, state);
    return state;
  }

  /** A fresh column for the current block. */
  open(state: FieldState, capacity: number): ColumnBuilder | FlagBuilder {
    const { type, number } = state.field;
    if (type === 'Flag') state.column = new FlagBuilder(capacity);
    else if (type === 'Integer') state.column = new IntegerBuilder(this.kind, capacity);
    else if (type === 'Float') state.column = new FloatBuilder(this.kind, capacity);
    else state.column = new StringBuilder(this.kind, capacity, number !== '1');
    return state.column;
  }
}

function expectedCount(field: VcfField): number {
  if (/^\d+$/.test(field.number)) return Number(field.number);
  return field.number === 'A' || field.number === 'R' || field.number === 'G' ? -1 : -2;
}

/** Values that a field of a variant must have; -2 when that is open. */
export function expectedValues(state: FieldState, alleles: number, ploidy: number): number {
  if (state.expected !== -1) return state.expected;
  if (state.field.number === 'A') return alleles - 1;
  if (state.field.number === 'R') return alleles;
  if (ploidy === 1) return alleles;
  return ploidy === 2 ? (alleles * (alleles + 1)) / 2 : -2;
}

function equalBytes(bytes: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== buffer[start + at]) return false;
  return true;
}
