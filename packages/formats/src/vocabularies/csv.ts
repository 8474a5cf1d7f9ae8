import type { TermSynonym, UnitConversion, VocabularyBatch, VocabularyTerm } from '@linnaea/model';
import type { ByteSource, FindingSink } from '../blocks.ts';
import { needMore, scan, TextScanner } from './scanner.ts';
import { parseUnitFormula } from './unit-formula.ts';

interface Columns {
  label: number;
  name: number;
  synonyms: number;
  parent: number;
  toParent: number;
}

/**
 * Reads a vocabulary in CSV. The header decides: `Label`; `name,label` (name is the term's code); `Label,Synonyms`
 * (a comma list); `Label,Name,Parent,To_parent,From_parent` (units; the name is the symbol). Case does not matter.
 */
export async function* readVocabularyCsv(source: ByteSource, sink: FindingSink): AsyncGenerator<VocabularyBatch> {
  const scanner = new TextScanner(sink);
  let columns: Columns | undefined;
  let width = 0;
  let terms: VocabularyTerm[] = [];
  const step = (): typeof needMore | undefined => {
    const start = scanner.at;
    const row = takeRow(scanner);
    if (row === needMore) return needMore;
    if (row.length === 1 && row[0]?.trim() === '') return undefined;
    if (columns === undefined) {
      columns = readHeader(scanner, row, start);
      width = row.length;
      return undefined;
    }
    if (row.length > width) {
      const message = `The row has ${row.length} cells for ${width} columns; quote a label that holds commas`;
      scanner.warn('vocabulary-row-width', message, start);
    }
    const term = toTerm(scanner, row, columns, start);
    if (term !== undefined) terms.push(term);
    return undefined;
  };
  for await (const _ of scan(source, scanner, step)) {
    if (terms.length > 0) yield { terms, relations: [] };
    terms = [];
  }
  if (columns === undefined && !scanner.stopped) scanner.fail('vocabulary-empty', 'The file has no header line');
}

function readHeader(scanner: TextScanner, row: readonly string[], start: number): Columns | undefined {
  const names = row.map((cell) => cell.trim().toLowerCase());
  const columns = {
    label: names.indexOf('label'),
    name: names.indexOf('name'),
    synonyms: names.indexOf('synonyms'),
    parent: names.indexOf('parent'),
    toParent: names.indexOf('to_parent'),
  };
  if (columns.label !== -1) return columns;
  scanner.fail('vocabulary-no-label-column', 'The header of a vocabulary names a column "Label"', start);
  return undefined;
}

function toTerm(
  scanner: TextScanner,
  row: readonly string[],
  columns: Columns,
  start: number,
): VocabularyTerm | undefined {
  const cell = (column: number): string => row[column]?.trim() ?? '';
  const label = unquoted(cell(columns.label));
  if (label === '') {
    scanner.warn('vocabulary-empty-label', 'The row has no label', start);
    return undefined;
  }
  const isUnit = columns.toParent !== -1;
  const name = cell(columns.name);
  const synonyms: TermSynonym[] = splitList(cell(columns.synonyms)).map((each) => ({ label: each, scope: 'exact' }));
  if (isUnit && name !== '') synonyms.push({ label: name, scope: 'exact' });
  const parent = unquoted(cell(columns.parent));
  const unit = isUnit ? conversion(scanner, parent, cell(columns.toParent), start) : undefined;
  return {
    ...(isUnit || name === '' ? {} : { code: name }),
    label,
    synonyms,
    broader: parent === '' || isUnit ? [] : [parent],
    ...(unit === undefined ? {} : { unit }),
  };
}

function conversion(scanner: TextScanner, parent: string, formula: string, start: number): UnitConversion | undefined {
  if (parent === '' && formula === '') return undefined;
  const linear = parseUnitFormula(formula);
  if (linear !== undefined && parent !== '') return { parent, ...linear };
  scanner.warn('vocabulary-unit-formula', 'A unit is derived from its parent by a linear formula of x', start, formula);
  return undefined;
}

/** Labels that hold commas are written with quotes that belong to the text; readers of the field drop them. */
function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}

/** Items of a comma list, where an item may be quoted to hold commas itself. */
function splitList(text: string): string[] {
  if (text === '') return [];
  const items = text.includes('"') ? (text.match(/"(?:[^"]|"")*"|[^,]+/g) ?? []) : text.split(',');
  return items.map((item) => unquoted(item.trim()).replaceAll('""', '"')).filter((item) => item !== '');
}

const cellEnd = /[,\n\r]/g;

/** One record; cells in quotes may hold line ends. */
function takeRow(scanner: TextScanner): string[] | typeof needMore {
  const { text } = scanner;
  const row: string[] = [];
  let at = scanner.at;
  for (;;) {
    let value = '';
    if (text[at] === '"') {
      const end = closingQuote(scanner, at);
      if (end === needMore) return needMore;
      value = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    }
    cellEnd.lastIndex = at;
    const found = cellEnd.exec(text);
    if (found === null && !scanner.final) return needMore;
    const end = found?.index ?? text.length;
    row.push(value + text.slice(at, end));
    if (found?.[0] === ',') {
      at = end + 1;
      continue;
    }
    if (text[end] === '\r' && end + 1 === text.length && !scanner.final) return needMore;
    scanner.at = Math.min(text.length, text[end] === '\r' && text[end + 1] === '\n' ? end + 2 : end + 1);
    return row;
  }
}

/** Position of the quote that closes the one at `start`; the end of the text when there is none. */
function closingQuote(scanner: TextScanner, start: number): number | typeof needMore {
  let at = start + 1;
  for (;;) {
    const quote = scanner.find('"', at);
    if (quote === needMore) return needMore;
    if (quote === -1) {
      scanner.error('vocabulary-open-quote', 'A quote is opened here and never closed', start);
      return scanner.text.length;
    }
    if (quote + 1 === scanner.text.length && !scanner.final) return needMore;
    if (scanner.text[quote + 1] !== '"') return quote;
    at = quote + 2;
  }
}
