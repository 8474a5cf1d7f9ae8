import type { Cell } from './cells.ts';
import { UnreadableDocument } from './entity-row.ts';

export interface DelimitedRecord {
  cells: Cell[];
  /** Line on which the record begins, from 1. */
  line: number;
}

/** A quoted cell that grows beyond this many characters is a quote that nobody closed. */
const maximumCell = 64 * 1024 * 1024;

type Mode =
  | 'start' // of a cell: blanks before a quote do not count
  | 'plain'
  | 'quoted'
  | 'closing'; // behind a quote within quotes: the end of the cell, or the first half of a doubled quote

/**
 * Cuts the text of a table into records while it arrives. Line ends may be LF, CR LF or CR, also mixed; a quote within
 * plain text is text. Written here because the readers need what common parsers do not tell: whether a cell was quoted
 * (a quoted `null` is a word, a bare one is a gap), at several times their speed.
 */
export class DelimitedText {
  readonly #delimiter: string;
  readonly #stop: RegExp;
  #mode: Mode = 'start';
  #text = '';
  /** Blanks behind a closing quote. */
  #tail = '';
  #cells: Cell[] = [];
  #line = 1;
  #startLine = 1;
  #quoteLine = 1;
  #afterReturn = false;

  constructor(delimiter: '\t' | ',') {
    this.#delimiter = delimiter;
    this.#stop = delimiter === '\t' ? /[\t\n\r]/g : /[,\n\r]/g;
  }

  /** The records that this piece completes. */
  push(chunk: string): DelimitedRecord[] {
    const records: DelimitedRecord[] = [];
    let at = 0;
    if (this.#afterReturn && chunk.length > 0) {
      this.#afterReturn = false;
      if (chunk[0] === '\n') at = 1;
    }
    while (at < chunk.length) at = this.#step(chunk, at, records);
    return records;
  }

  /** The last record, when no line end followed it. */
  end(): DelimitedRecord[] {
    if (this.#mode === 'quoted') this.#refuse();
    const records: DelimitedRecord[] = [];
    if (this.#cells.length > 0 || this.#text !== '' || this.#mode === 'closing') this.#endRecord(records);
    return records;
  }

  /** Consumes a run of the piece; gives the place behind it. */
  #step(chunk: string, at: number, records: DelimitedRecord[]): number {
    if (this.#mode === 'quoted') return this.#readQuoted(chunk, at);
    if (this.#mode === 'closing' && chunk[at] === '"' && this.#tail === '') {
      this.#text += '"';
      this.#mode = 'quoted';
      return at + 1;
    }
    if (this.#mode === 'start' && chunk[at] === '"') {
      this.#text = '';
      this.#quoteLine = this.#line;
      this.#mode = 'quoted';
      return at + 1;
    }
    if (chunk[at] === ' ' && this.#mode !== 'plain') {
      if (this.#mode === 'closing') this.#tail += ' ';
      else this.#text += ' ';
      return at + 1;
    }
    return this.#readPlain(chunk, at, records);
  }

  #readQuoted(chunk: string, at: number): number {
    const quote = chunk.indexOf('"', at);
    const run = chunk.slice(at, quote < 0 ? chunk.length : quote);
    this.#text += run;
    if (this.#text.length > maximumCell) this.#refuse();
    if (run.includes('\n') || run.includes('\r')) this.#line += run.match(/\r\n|\r|\n/g)?.length ?? 0;
    if (quote < 0) return chunk.length;
    this.#mode = 'closing';
    return quote + 1;
  }

  #readPlain(chunk: string, at: number, records: DelimitedRecord[]): number {
    this.#stop.lastIndex = at;
    const match = this.#stop.exec(chunk);
    const end = match ? match.index : chunk.length;
    if (end > at) {
      // Text behind a closing quote: the quotes were only part of the text.
      this.#text += this.#tail + chunk.slice(at, end);
      this.#tail = '';
      this.#mode = 'plain';
    }
    if (!match) return end;
    if (match[0] === this.#delimiter) {
      this.#endCell();
      return end + 1;
    }
    this.#endRecord(records);
    if (match[0] === '\n') return end + 1;
    if (end + 1 === chunk.length) this.#afterReturn = true;
    return chunk[end + 1] === '\n' ? end + 2 : end + 1;
  }

  #endCell(): void {
    this.#cells.push({ text: this.#text, literal: this.#mode === 'closing' });
    this.#text = '';
    this.#tail = '';
    this.#mode = 'start';
  }

  #endRecord(records: DelimitedRecord[]): void {
    this.#endCell();
    records.push({ cells: this.#cells, line: this.#startLine });
    this.#cells = [];
    this.#line += 1;
    this.#startLine = this.#line;
  }

  #refuse(): never {
    throw new UnreadableDocument('Unable to parse document: a quotation mark is opened and never closed', {
      line: this.#quoteLine,
    });
  }
}
