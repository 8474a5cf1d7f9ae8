import type { Value } from '../api/portal.ts';

/** A value as text: several values are parted by ` | `, whatever else is shown as JSON. */
export function valueText(value: Value | undefined): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(valueText).join(' | ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Rows of texts as spreadsheets paste them: cells with tabs, quotes or line ends in quotes. */
export function toTsv(rows: readonly (readonly string[])[]): string {
  const quote = (cell: string) => (/["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => row.map(quote).join('\t')).join('\n');
}

const number = /^-?\d+([.,]\d+)?(e[+-]?\d+)?$/i;

/** Whether every text of a column reads as a number, so that it is set to the right. */
export function looksNumeric(texts: readonly string[]): boolean {
  const filled = texts.filter((text) => text !== '');
  return filled.length > 0 && filled.every((text) => number.test(text));
}

const letter = 7.7;
/** What a chip takes beside its text, and what a cell does. */
const chipEdge = 22;
const cellEdge = 20;

/** Width in pixels that shows the header and nearly all of the values seen so far, within bounds. */
export function columnWidth(header: string, values: readonly (Value | undefined)[]): number {
  const widths = values.map(valueWidth).sort((a, b) => a - b);
  const usual = widths[Math.floor(widths.length * 0.9)] ?? 0;
  return Math.round(Math.min(Math.max(header.length * 8.2 + 30, usual + cellEdge, 84), 300));
}

function valueWidth(value: Value | undefined): number {
  if (!Array.isArray(value)) return valueText(value).length * letter;
  return value.reduce<number>((sum, part) => sum + valueText(part).length * letter + chipEdge, 0);
}
