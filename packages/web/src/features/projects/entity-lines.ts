export type FileFormat = 'tsv' | 'csv' | 'json';

export function formatOf(fileName: string, text: string): FileFormat {
  const ending = fileName.toLowerCase().split('.').at(-1);
  if (ending === 'json' || ending === 'csv') return ending;
  if (ending === 'tsv' || ending === 'txt') return 'tsv';
  return /^\s*[[{]/.test(text) ? 'json' : 'tsv';
}

export const contentTypes: Record<FileFormat, string> = {
  tsv: 'text/tab-separated-values',
  csv: 'text/csv',
  json: 'application/json',
};

/**
 * The line, from 1, on which each entity of a file begins, in the file's order: the place beside which the answer to it
 * is shown. A cell in quotes may go over several lines; empty lines are no entities.
 */
export function entityLines(text: string, format: FileFormat): number[] {
  return format === 'json' ? jsonLines(text) : tableLines(text);
}

function tableLines(text: string): number[] {
  const starts: number[] = [];
  let quoted = false;
  let line = 1;
  let start = 1;
  let filled = false;
  for (let at = 0; at <= text.length; at += 1) {
    const sign = text[at];
    if (sign === '"') quoted = !quoted;
    if (sign !== '\n' && sign !== undefined) {
      filled ||= sign !== '\r' && sign !== '\t' && sign !== ' ';
      continue;
    }
    if (sign === '\n' && quoted) {
      line += 1;
      continue;
    }
    if (filled) starts.push(start);
    line += 1;
    start = line;
    filled = false;
  }
  // the first filled line is the header
  return starts.slice(1);
}

/** Where the objects of the outermost array begin, or the only object does. */
function jsonLines(text: string): number[] {
  const starts: number[] = [];
  const outermost = /^\s*\[/.test(text) ? 1 : 0;
  let depth = 0;
  let line = 1;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '\n') line += 1;
    if (quoted) {
      if (sign === '\\') at += 1;
      else if (sign === '"') quoted = false;
      continue;
    }
    if (sign === '"') quoted = true;
    else if (sign === '{' || sign === '[') {
      if (sign === '{' && depth === outermost) starts.push(line);
      depth += 1;
    } else if (sign === '}' || sign === ']') depth -= 1;
  }
  return starts;
}
