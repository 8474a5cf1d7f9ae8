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

/** Width in pixels that shows the header and nearly all of the texts seen so far, within bounds. */
export function columnWidth(header: string, texts: readonly string[]): number {
  const lengths = texts.map((text) => text.length).sort((a, b) => a - b);
  const usual = lengths[Math.floor(lengths.length * 0.9)] ?? 0;
  return Math.round(Math.min(Math.max(header.length * 7.6 + 30, usual * 7.1 + 24, 84), 300));
}
