/** A `##` line: `key=value`, or `key=<A=1,B="two">` with its parts in order. */
export interface MetaLine {
  key: string;
  value: string;
  parts?: Map<string, { value: string; quoted: boolean }>;
  /** What is wrong with its form. */
  fault?: string;
}

/** Takes a `##` line (given without the `##`) apart. Never throws; `fault` says what is wrong. */
export function parseMetaLine(text: string): MetaLine {
  const equals = text.indexOf('=');
  if (equals <= 0) return { key: text, value: '', fault: 'is not of the form key=value' };
  const key = text.slice(0, equals);
  const value = text.slice(equals + 1);
  if (value === '') return { key, value, fault: 'has no value' };
  if (!value.startsWith('<')) return { key, value };
  const parsed = parseParts(value);
  // Anybody may write lines of their own; only the known kinds must have parts.
  if (parsed.fault !== undefined && !STRUCTURED.has(key)) return { key, value };
  return { key, value, ...parsed };
}

const STRUCTURED = new Set(['INFO', 'FORMAT', 'FILTER', 'ALT', 'contig', 'SAMPLE', 'META', 'PEDIGREE']);

/** Parts of `<A=1,B="two",C=[x, y]>`. Inside quotes `\"` and `\\` stand for themselves. */
function parseParts(text: string): { parts: NonNullable<MetaLine['parts']>; fault?: string } {
  const parts: NonNullable<MetaLine['parts']> = new Map();
  let at = 1;
  for (;;) {
    const equals = text.indexOf('=', at);
    if (equals < 0) return { parts, fault: 'has a part that is not of the form key=value' };
    const name = text.slice(at, equals).trim();
    if (!/^[^\s,<>"]+$/.test(name)) return { parts, fault: `has the malformed part name "${name.slice(0, 40)}"` };
    const part = readPart(text, equals + 1);
    if (part === undefined) return { parts, fault: 'has a quoted text without its closing quotation mark' };
    if (parts.has(name)) return { parts, fault: `has the part "${name}" twice` };
    parts.set(name, { value: part.value, quoted: part.quoted });
    const after = text[part.end];
    if (after === '>' && part.end === text.length - 1) return { parts };
    if (after === undefined) return { parts, fault: 'lacks the closing ">"' };
    if (after !== ',') return { parts, fault: `goes on after the value of "${name}" where "," or ">" should be` };
    at = part.end + 1;
  }
}

function readPart(text: string, start: number): { value: string; quoted: boolean; end: number } | undefined {
  let at = start;
  while (text[at] === ' ') at += 1;
  if (text[at] === '"') return readQuoted(text, at);
  if (text[at] === '[') {
    const close = text.indexOf(']', at);
    if (close > 0) return { value: text.slice(at, close + 1), quoted: false, end: close + 1 };
  }
  const stop = text.slice(at).search(/[,>]/);
  const end = stop < 0 ? text.length : at + stop;
  return { value: text.slice(at, end).trim(), quoted: false, end };
}

function readQuoted(text: string, start: number): { value: string; quoted: boolean; end: number } | undefined {
  let value = '';
  let from = start + 1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) {
      value += text.slice(from, at);
      from = at + 1;
      at += 1;
    } else if (text[at] === '"') {
      return { value: value + text.slice(from, at), quoted: true, end: at + 1 };
    }
  }
  return undefined;
}
