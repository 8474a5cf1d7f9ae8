import type { FindingSink } from '../blocks.ts';
import { excerpt } from '../capped-report.ts';
import type { TextRecord } from './records.ts';

const longestName = 255;

/** The header's names, trimmed; empty ones at its end (a spreadsheet's tabs) are dropped. Reports what is wrong with it. */
export function checkHeader({ line, cells }: TextRecord, report: FindingSink): string[] {
  const header = cells.map((cell) => cell.replaceAll('\0', '').trim());
  while (header.at(-1) === '') header.pop();
  const error = (code: string, message: string, column: number, attribute = '') =>
    report({
      code,
      severity: 'error',
      message,
      location: { line, column, ...(attribute === '' ? {} : { attribute }) },
      ...(attribute === '' ? {} : { value: attribute }),
    });
  cells.forEach((cell, index) => {
    if (!cell.includes('\0')) return;
    error('nul-character', 'The name of the column holds a NUL character; it is left out.', index + 1);
  });
  header.forEach((name, index) => {
    if (name === '') error('empty-header', `Column ${index + 1} has no name.`, index + 1);
    const length = [...name].length;
    if (length <= longestName) return;
    const message = `The name of the column has ${length} characters; at most ${longestName} are allowed.`;
    error('header-too-long', message, index + 1, excerpt(name));
  });
  checkDuplicates(header, line, report);
  return header;
}

function checkDuplicates(header: string[], line: number, report: FindingSink): void {
  for (const [name, columns] of grouped(header, (text) => text)) {
    if (columns.length === 1 || name === '') continue;
    const message = `The column "${excerpt(name)}" stands ${columns.length} times (columns ${columns.join(', ')}).`;
    const location = { line, column: columns[1] ?? 0, attribute: excerpt(name) };
    report({ code: 'duplicate-header', severity: 'error', message, location, value: columns });
  }
  const distinct = [...new Set(header)];
  for (const [, places] of grouped(distinct, (text) => text.toLowerCase())) {
    const names = places.map((place) => distinct[place - 1] ?? '');
    if (names.length === 1) continue;
    const message = `The columns ${names.map((name) => `"${excerpt(name)}"`).join(', ')} differ only in case.`;
    const [, second = ''] = names;
    const location = { line, column: header.indexOf(second) + 1, attribute: excerpt(second) };
    report({ code: 'duplicate-header-case', severity: 'warning', message, location });
  }
}

/** Columns (from 1) for each key. */
function grouped(header: string[], keyOf: (name: string) => string): Map<string, number[]> {
  const columns = new Map<string, number[]>();
  header.forEach((name, index) => {
    const key = keyOf(name);
    const known = columns.get(key);
    if (known) known.push(index + 1);
    else columns.set(key, [index + 1]);
  });
  return columns;
}
