/** Value of a table's cell: several values are an array of two and more, an empty cell is null. */
export type CellValue = string | string[] | null;

/**
 * Reads a cell: outer white space goes, `a|b` are two values, `||` is a literal pipe, and empty values between
 * separators are dropped.
 */
export function parseCell(cell: string): CellValue {
  const text = cell.trim();
  if (text === '') return null;
  return text.includes('|') ? only(splitValues(text)) : text;
}

function only(values: string[]): CellValue {
  return values.length > 1 ? values : (values[0] ?? null);
}

function splitValues(text: string): string[] {
  const values: string[] = [];
  let current = '';
  let from = 0;
  for (let pipe = text.indexOf('|'); pipe >= 0; pipe = text.indexOf('|', from)) {
    const doubled = text[pipe + 1] === '|';
    current += text.slice(from, doubled ? pipe + 1 : pipe);
    from = pipe + (doubled ? 2 : 1);
    if (!doubled) {
      values.push(current.trim());
      current = '';
    }
  }
  values.push((current + text.slice(from)).trim());
  return values.filter((value) => value !== '');
}

/** Writes values so that `parseCell` gives them back; they come back trimmed, and without empty ones. */
export function formatCell(value: string | readonly string[] | null): string {
  if (value === null) return '';
  if (typeof value === 'string') return value.replaceAll('|', '||');
  let text = '';
  for (const part of value) {
    const escaped = part.trim().replaceAll('|', '||');
    if (escaped === '') continue;
    // The space tells `a` and `|b` from `a|` and `b`: both would be `a|||b`.
    text += text === '' ? escaped : (escaped.startsWith('|') ? '| ' : '|') + escaped;
  }
  return text;
}
