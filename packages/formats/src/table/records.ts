import type { FindingSink } from '../blocks.ts';

export interface TextRecord {
  /** Line on which the record begins, from 1. */
  line: number;
  /** As they stand, but without quotes around and doubled quotes within. */
  cells: string[];
  /** A cell was quoted: even a record of empty cells is then meant. */
  quoted: boolean;
}

/** A quote that is not closed within so many characters is taken for an ordinary character. */
const longestQuoted = 4 * 1024 * 1024;

type Closing = number | 'ordinary' | 'unclosed' | 'unknown';

/**
 * Cuts text into records and cells. A cell is quoted when it begins with `"` and a single `"` stands before the next
 * separator or line end; it may then hold separators and line ends. Any other quote is an ordinary character, since
 * many tables of the field hold stray ones (`5" tube`).
 */
export class RecordSplitter {
  /** Line on which the next record begins. */
  line = 1;
  /** Text that waits for the end of its quoted cell. */
  waiting = '';
  readonly #separator: string;
  readonly #report: FindingSink;

  constructor(separator: string, report: FindingSink) {
    this.#separator = separator;
    this.#report = report;
  }

  /** Records that are complete with this text, which consists of whole lines; `last` says that nothing follows. */
  split(text: string, last: boolean): TextRecord[] {
    const data = this.waiting === '' ? text : this.waiting + text;
    const records: TextRecord[] = [];
    let at = 0;
    let quote = data.indexOf('"');
    let feed = data.indexOf('\n');
    let back = data.indexOf('\r');
    while (at < data.length) {
      if (quote >= 0 && quote < at) quote = data.indexOf('"', at);
      if (feed >= 0 && feed < at) feed = data.indexOf('\n', at);
      if (back >= 0 && back < at) back = data.indexOf('\r', at);
      const end = feed < 0 ? back : back < 0 ? feed : Math.min(feed, back);
      if (quote < 0 || quote > end) {
        records.push({ line: this.line, cells: data.slice(at, end).split(this.#separator), quoted: false });
        at = end === back && feed === back + 1 ? end + 2 : end + 1;
        this.line += 1;
        continue;
      }
      const next = this.#quotedRecord(data, at, last, records);
      if (next === undefined) break;
      at = next;
    }
    this.waiting = data.slice(at);
    return records;
  }

  /** Adds the record at `from` and gives the position behind it; undefined when more text has to come first. */
  #quotedRecord(data: string, from: number, last: boolean, records: TextRecord[]): number | undefined {
    const record: TextRecord = { line: this.line, cells: [], quoted: false };
    let line = this.line;
    for (let at = from; ; at += this.#separator.length) {
      const open = skipSpaces(data, at);
      const closing: Closing = data[open] === '"' ? this.#closing(data, open + 1) : 'ordinary';
      if (closing === 'unknown' && !last) return undefined;
      if (closing === 'unknown' || closing === 'unclosed') this.#reportUnclosed(line, record.cells.length + 1);
      if (typeof closing === 'number') {
        const text = data.slice(open + 1, closing);
        record.cells.push(text.replaceAll('""', '"'));
        record.quoted = true;
        line += countLineEnds(text);
        at = skipSpaces(data, closing + 1);
      } else {
        const end = this.#cellEnd(data, at);
        record.cells.push(data.slice(at, end));
        at = end;
      }
      if (data.startsWith(this.#separator, at)) continue;
      records.push(record);
      this.line = line + 1;
      return data[at] === '\r' && data[at + 1] === '\n' ? at + 2 : at + 1;
    }
  }

  #closing(data: string, from: number): Closing {
    let quote = data.indexOf('"', from);
    while (quote >= 0 && data[quote + 1] === '"') quote = data.indexOf('"', quote + 2);
    if ((quote < 0 ? data.length : quote) - from > longestQuoted) return 'unclosed';
    if (quote < 0) return 'unknown';
    const after = skipSpaces(data, quote + 1);
    const ends = data[after] === '\n' || data[after] === '\r' || data.startsWith(this.#separator, after);
    return ends ? quote : 'ordinary';
  }

  #cellEnd(data: string, from: number): number {
    let at = from;
    while (data[at] !== '\n' && data[at] !== '\r' && !data.startsWith(this.#separator, at)) at += 1;
    return at;
  }

  #reportUnclosed(line: number, column: number): void {
    const message = 'A quote at the start of a cell is not closed; it is read as an ordinary character.';
    this.#report({ code: 'quote-not-closed', severity: 'warning', message, location: { line, column } });
  }
}

function skipSpaces(data: string, from: number): number {
  let at = from;
  while (data[at] === ' ') at += 1;
  return at;
}

export function countLineEnds(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}
