import { type ColumnBuilder, FlagBuilder } from './columns.ts';
import { expectedValues, type FieldState, FieldTable } from './fields.ts';
import type { VcfReport } from './report.ts';
import type { InfoColumn, VcfHeader } from './types.ts';

const EQUALS = 61;
const SEMICOLON = 59;
const START_CAPACITY = 1024;

/** Reads the INFO column of records. */
export class InfoReader {
  private readonly fields: FieldTable;
  private readonly report: VcfReport;
  private record = 0;
  private first: FieldState | undefined;

  constructor(header: VcfHeader, report: VcfReport) {
    this.fields = new FieldTable('info', header, report);
    this.report = report;
  }

  /** Reads `buffer[start..end)` as the INFO of row `row`; the byte at `end` is a tab or newline. */
  read(buffer: Buffer, start: number, end: number, row: number, alleles: number, line: number): void {
    this.record += 1;
    if (end - start === 1 && buffer[start] === 46) return;
    if (end === start) {
      this.report.warning('vcf-info-empty', 'INFO is empty', { line, column: 8, attribute: 'INFO' });
      return;
    }
    let before: FieldState | undefined;
    let at = start;
    while (at <= end) {
      let keyEnd = at;
      for (let byte = buffer[keyEnd] ?? 0; keyEnd < end && byte !== EQUALS && byte !== SEMICOLON; ) {
        byte = buffer[++keyEnd] ?? 0;
      }
      const stop = this.readEntry(buffer, at, keyEnd, end, row, alleles, line, before);
      before = this.last ?? before;
      at = stop + 1;
    }
  }

  private last: FieldState | undefined;

  private readEntry(
    buffer: Buffer,
    at: number,
    keyEnd: number,
    end: number,
    row: number,
    alleles: number,
    line: number,
    before: FieldState | undefined,
  ): number {
    this.last = undefined;
    const hasValue = keyEnd < end && buffer[keyEnd] === EQUALS;
    if (keyEnd === at) {
      // One `;` too many at the end is harmless and common.
      if (at < end || hasValue) this.tell('vcf-info-key', 'INFO holds an entry without a key', line, '');
      return hasValue ? skipTo(buffer, keyEnd, end) : keyEnd;
    }
    const guess = before === undefined ? this.first : before.follower;
    const state = this.fields.find(buffer, at, keyEnd, guess, line, !hasValue);
    if (state === undefined) return skipTo(buffer, keyEnd, end);
    if (before === undefined) this.first = state;
    else before.follower = state;
    this.last = state;
    if (state.lastRecord === this.record) {
      this.tell('vcf-info-twice', `INFO gives "${state.field.id}" twice; the first counts`, line, state.field.id);
      return skipTo(buffer, keyEnd, end);
    }
    state.lastRecord = this.record;
    return this.readValue(buffer, hasValue ? keyEnd + 1 : keyEnd, end, row, alleles, line, state, hasValue);
  }

  private readValue(
    buffer: Buffer,
    at: number,
    end: number,
    row: number,
    alleles: number,
    line: number,
    state: FieldState,
    hasValue: boolean,
  ): number {
    const { id } = state.field;
    const column = state.column ?? this.fields.open(state, START_CAPACITY);
    if (column instanceof FlagBuilder) {
      column.set(row);
      if (hasValue && !(end - at === 1 && buffer[at] === 49)) {
        this.tell('vcf-info-flag', `The flag "${id}" has a value, which is left out`, line, id);
      }
      return skipTo(buffer, at, end);
    }
    if (!hasValue) this.tell('vcf-info-no-value', `"${id}" has no value; it is kept as missing`, line, id);
    const stop = column.read(buffer, at, row);
    if (column.fault !== 'none') this.tellFault(buffer, column, state, line);
    const expected = expectedValues(state, alleles, 2);
    const count = column.lastCount();
    if (count !== expected && expected > 0 && !(count === 1 && isDot(buffer, at, stop))) {
      this.tell('vcf-info-count', `"${id}" has ${count} values where its definition asks for ${expected}`, line, id);
    }
    return stop;
  }

  private tellFault(buffer: Buffer, column: ColumnBuilder, state: FieldState, line: number): void {
    const { id, type } = state.field;
    this.report.error('vcf-info-value', `"${id}" holds a value that is no ${type}; it is kept as missing`, {
      line,
      column: 8,
      attribute: 'INFO',
      about: id,
      value: valueAt(buffer, column.faultStart),
    });
  }

  private tell(code: string, message: string, line: number, about: string): void {
    this.report.warning(code, message, { line, column: 8, attribute: 'INFO', about });
  }

  /** Forgets all rows from `row` on. */
  truncate(row: number): void {
    for (const state of this.fields.states) state.column?.truncate(row);
  }

  /** The columns of the block, of `rows` rows; the next block begins empty. */
  take(rows: number): Map<string, InfoColumn> {
    const columns = new Map<string, InfoColumn>();
    for (const state of this.fields.states) {
      if (state.column === undefined) continue;
      columns.set(state.field.id, state.column.column(rows));
      state.column = undefined;
    }
    return columns;
  }
}

function isDot(buffer: Buffer, start: number, end: number): boolean {
  return end === start || (end === start + 1 && buffer[start] === 46);
}

function skipTo(buffer: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && buffer[at] !== SEMICOLON) at += 1;
  return at;
}

/** The text at a place up to the next separator, for a finding. */
export function valueAt(buffer: Buffer, start: number): string {
  let end = start;
  while (end - start < 100 && !/[\t\n,;:]/.test(String.fromCharCode(buffer[end] ?? 10))) end += 1;
  return buffer.toString('utf8', start, end);
}
