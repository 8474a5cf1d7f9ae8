import {
  type Attributes,
  type DataDictionary,
  type EntityFinding,
  entityFinding,
  type Finding,
  type NodeKind,
} from '@linnaea/model';
import { type Cell, type CellReader, cellReader } from './cells.ts';
import { type DelimitedRecord, DelimitedText } from './delimited-text.ts';
import { type DocumentItem, type EntityFormat, type TextChunks, UnreadableDocument } from './entity-row.ts';
import { checkLinkColumns, type LinkColumn, LinkGatherer, parseLinkHeader } from './link-cells.ts';
import { setMember } from './members.ts';
import { withoutStar } from './stars.ts';

/** How the cells of one node kind's rows are read. */
interface RowPlan {
  readers: (CellReader | LinkColumn | null)[];
  findings: EntityFinding[];
}

/** The names of a table's columns: stars and blanks taken off, no name twice. */
function readHeader({ cells, line }: DelimitedRecord): string[] {
  const names = cells.map(({ text }) => withoutStar(text.trim()).trim());
  const repeated = names.find((name, place) => name !== '' && names.indexOf(name) !== place);
  if (repeated !== undefined) {
    throw new UnreadableDocument(`Unable to parse document: the column ${repeated} occurs twice`, {
      line,
      column: names.lastIndexOf(repeated) + 1,
    });
  }
  return names;
}

function isEmpty({ text, literal }: Cell): boolean {
  return text.trim() === '' && !literal;
}

class RowReader {
  readonly #names: readonly string[];
  readonly #typeColumn: number;
  readonly #dictionary: DataDictionary;
  readonly #format: EntityFormat;
  readonly #plans = new Map<string, RowPlan>();
  /** A header in quotes tells of a writer that quotes everything: its quotes mean nothing. */
  readonly #quotesAll: boolean;
  #index = 0;

  constructor(header: DelimitedRecord, format: EntityFormat, dictionary: DataDictionary) {
    this.#names = readHeader(header);
    this.#typeColumn = this.#names.indexOf('type');
    this.#quotesAll = header.cells.every(({ literal }) => literal);
    this.#format = format;
    this.#dictionary = dictionary;
  }

  read(record: DelimitedRecord): DocumentItem {
    const cells = this.#quotesAll ? record.cells.map(({ text }) => ({ text, literal: false })) : record.cells;
    const excess = cells.findIndex((cell, place) => (this.#names[place] ?? '') === '' && !isEmpty(cell));
    if (excess >= 0) return { kind: 'finding', finding: this.#excess(record, cells, excess) };
    const type = cells[this.#typeColumn]?.text.trim() ?? '';
    if (type === '' || type === 'null') {
      return {
        kind: 'finding',
        finding: {
          code: 'row-without-type',
          severity: 'warning',
          message: 'The row has no type and is passed over.',
          location: { line: record.line },
        },
      };
    }
    const plan = this.#plan(type);
    const { document, findings } = this.#document(cells, plan);
    const row = {
      index: this.#index,
      line: record.line,
      document,
      findings: plan.findings.length > 0 ? [...plan.findings, ...findings] : findings,
    };
    this.#index += 1;
    return { kind: 'entity', row };
  }

  #document(cells: readonly Cell[], { readers }: RowPlan): { document: Attributes; findings: EntityFinding[] } {
    const document: Attributes = {};
    const links = new LinkGatherer(this.#format);
    const findings: EntityFinding[] = [];
    for (const [place, cell] of cells.entries()) {
      const reader = readers[place];
      const name = this.#names[place] ?? '';
      if (!reader) continue;
      if (cell.text.includes('\0')) {
        findings.push(
          entityFinding(
            'value-unstorable',
            'INVALID_VALUE',
            [name],
            'The text holds a NUL character, which cannot be stored',
          ),
        );
      } else if (typeof reader === 'function') setMember(document, name, reader(cell));
      else links.add(reader, cell);
    }
    for (const [name, value] of links.members()) setMember(document, name, value);
    if (links.findings.length > 0) findings.push(...links.findings);
    return { document, findings };
  }

  /** A row of an unknown type keeps its texts, so that the report can name the entity. */
  #plan(type: string): RowPlan {
    const known = this.#plans.get(type);
    if (known) return known;
    const node: NodeKind | undefined = this.#dictionary.nodes.get(type);
    const readers = this.#names.map((name) => {
      if (name === '') return null;
      // A dot makes a link column, unless the dictionary itself has such a property.
      return node?.properties.has(name)
        ? cellReader(node.properties.get(name))
        : (parseLinkHeader(name) ?? cellReader(undefined));
    });
    const columns = readers.filter((reader) => reader !== null && typeof reader !== 'function');
    const plan = { readers, findings: node ? checkLinkColumns(columns, node, this.#dictionary) : [] };
    this.#plans.set(type, plan);
    return plan;
  }

  #excess(record: DelimitedRecord, cells: readonly Cell[], place: number): Finding {
    const beyond = place >= this.#names.length;
    const reason = beyond
      ? `line ${record.line} has ${cells.length} cells, the header has ${this.#names.length}`
      : `column ${place + 1} has values and no name`;
    return {
      code: beyond ? 'row-too-long' : 'column-unnamed',
      severity: 'error',
      message: `Unable to parse document: ${reason}`,
      location: { line: record.line, column: place + 1 },
      value: cells[place]?.text.slice(0, 200),
    };
  }
}

/**
 * Reads a TSV or CSV document row by row. Rows without a type are passed over with a warning; cells too many are an
 * error of the document. Trailing empty cells of the last row count as absent, not as null: the peers trim the document
 * before they read it, and an update of one row relies on it.
 */
export async function* readDelimited(
  chunks: TextChunks,
  format: 'tsv' | 'csv',
  dictionary: DataDictionary,
): AsyncGenerator<DocumentItem> {
  const text = new DelimitedText(format === 'tsv' ? '\t' : ',');
  const rows = new RowQueue(format, dictionary);
  for await (const chunk of chunks) yield* rows.push(text.push(chunk));
  yield* rows.push(text.end());
  yield* rows.end();
}

/** Turns records into rows one behind, since the last row is read otherwise than the others. */
class RowQueue {
  readonly #format: EntityFormat;
  readonly #dictionary: DataDictionary;
  #reader: RowReader | null = null;
  #held: DelimitedRecord | null = null;

  constructor(format: EntityFormat, dictionary: DataDictionary) {
    this.#format = format;
    this.#dictionary = dictionary;
  }

  *push(records: readonly DelimitedRecord[]): Generator<DocumentItem> {
    for (const record of records) {
      if (record.cells.every(isEmpty)) continue;
      if (!this.#reader) {
        this.#reader = new RowReader(record, this.#format, this.#dictionary);
        continue;
      }
      if (this.#held) yield this.#reader.read(this.#held);
      this.#held = record;
    }
  }

  *end(): Generator<DocumentItem> {
    if (!this.#reader || !this.#held) return;
    const last = this.#held.cells.findLastIndex((cell) => !isEmpty(cell));
    yield this.#reader.read({ ...this.#held, cells: this.#held.cells.slice(0, last + 1) });
  }
}
