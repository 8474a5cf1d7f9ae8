import { formatCell } from './values.ts';

export interface TableFormat {
  /** Default is the tab. */
  separator?: '\t' | ',';
  /** Default is LF. */
  lineEnd?: '\n' | '\r\n';
  /** Whether a literal `|` is doubled (default), or is a character like any other; arrays need it. */
  multiValues?: boolean;
}

export type WritableCell = string | readonly string[] | null;

const pieceLength = 64 * 1024;

/**
 * Writes a table that `readTable` reads back unchanged, in pieces of some 64 KiB of text. Outer white space of values
 * does not survive, since readers trim; a single value in an array comes back as that value.
 */
export async function* writeTable(
  header: readonly string[],
  rows: AsyncIterable<readonly WritableCell[]> | Iterable<readonly WritableCell[]>,
  format: TableFormat = {},
): AsyncGenerator<string> {
  let piece = formatTableRow(header, { ...format, multiValues: false });
  for await (const row of rows) {
    piece += formatTableRow(row, format);
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** One line with its end. */
export function formatTableRow(values: readonly WritableCell[], format: TableFormat = {}): string {
  const { separator = '\t', lineEnd = '\n', multiValues = true } = format;
  const cells = values.map((value): string => {
    const text = multiValues || Array.isArray(value) ? formatCell(value) : `${value ?? ''}`;
    return quoted(text.trim(), separator);
  });
  // A line of nothing but separators is a blank line to readers, which skip it: a quoted nothing makes it a row.
  if (cells.join('') === '') cells[0] = '""';
  return cells.join(separator) + lineEnd;
}

function quoted(text: string, separator: string): string {
  const plain = !text.includes('"') && !text.includes(separator) && !text.includes('\n') && !text.includes('\r');
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}
