import { needMore, type TextScanner } from './scanner.ts';

export type TurtleToken =
  | { kind: 'iri'; value: string }
  | { kind: 'name'; prefix: string; local: string }
  | { kind: 'literal'; value: string; language?: string }
  | { kind: 'blank'; value: string }
  | { kind: 'sign'; value: string }
  | { kind: 'word'; value: string };

const blankSpace = /(?:[ \t\r\n]+|#[^\n]*\n)*/y;
const prefixedName = /((?:[A-Za-z\u00c0-\uffff][\w.\-\u00b7-\uffff]*)?):((?:[\w:.%\-\u00b7-\uffff]|\\[^\s\w])*)/y;
const blankLabel = /_:[\w\u00c0-\uffff][\w.\-\u00b7-\uffff]*/y;
const numberAhead = /[+-]?(?:\d*\.\d+|\d+)(?:[eE][+-]?\d+)?/y;
const wordAhead = /@?[A-Za-z][A-Za-z0-9-]*/y;
const shortEnd = /["'\\\n\r]/g;
const escapeSequence = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs;
const escapes: Readonly<Record<string, string>> = { t: '\t', b: '\b', n: '\n', r: '\r', f: '\f' };
const notInIri = /[\s<"{}|^`]/;

/** The next token, `needMore`, or undefined at the end of the text and after a fault that ends the reading. */
export function nextTurtleToken(scanner: TextScanner): TurtleToken | typeof needMore | undefined {
  skipSpace(scanner);
  const { text, at } = scanner;
  const first = text[at];
  if (first === undefined) return scanner.final ? undefined : needMore;
  if (first === '#') {
    // a comment whose line end has not come
    if (!scanner.final) return needMore;
    scanner.at = text.length;
    return undefined;
  }
  if (first === '<') return takeIri(scanner);
  if (first === '"' || first === "'") return takeLiteral(scanner);
  if (first === '_') return taken(scanner, blankLabel, (value) => ({ kind: 'blank', value: withoutDots(value) }));
  if (/[0-9+-]/.test(first) || (first === '.' && /[0-9]/.test(text[at + 1] ?? ''))) {
    return taken(scanner, numberAhead, (value) => ({ kind: 'literal', value }));
  }
  if (first === '.' && text[at + 1] === undefined && !scanner.final) return needMore;
  if ('.;,[]()'.includes(first)) {
    scanner.at += 1;
    return { kind: 'sign', value: first };
  }
  return takeName(scanner);
}

function skipSpace(scanner: TextScanner): void {
  blankSpace.lastIndex = scanner.at;
  blankSpace.exec(scanner.text);
  scanner.at = blankSpace.lastIndex;
}

function takeIri(scanner: TextScanner): TurtleToken | typeof needMore | undefined {
  const { at } = scanner;
  const end = scanner.find('>', at);
  if (end === needMore) return needMore;
  const raw = end === -1 ? '' : scanner.text.slice(at + 1, end);
  if (end === -1 || notInIri.test(raw)) return wrong(scanner, 'An address between < and > is not closed');
  scanner.at = end + 1;
  return { kind: 'iri', value: unescaped(raw) };
}

function takeName(scanner: TextScanner): TurtleToken | typeof needMore | undefined {
  const { text, at } = scanner;
  prefixedName.lastIndex = at;
  const name = prefixedName.exec(text);
  if (name !== null) {
    // a dot at the end is that of the sentence
    const local = withoutDots(name[2] ?? '');
    const end = at + name[0].length;
    if (end === text.length && !scanner.final) return needMore;
    scanner.at = end - ((name[2] ?? '').length - local.length);
    return { kind: 'name', prefix: name[1] ?? '', local: local.replace(/\\(.)/g, '$1') };
  }
  return taken(scanner, wordAhead, (value) => ({ kind: 'word', value }));
}

function taken(
  scanner: TextScanner,
  pattern: RegExp,
  make: (text: string) => TurtleToken & { value: string },
): TurtleToken | typeof needMore | undefined {
  pattern.lastIndex = scanner.at;
  const found = pattern.exec(scanner.text)?.[0];
  const end = scanner.at + (found?.length ?? 0);
  if (!scanner.final && end >= scanner.text.length - 2) return needMore;
  if (found === undefined) return wrong(scanner, 'This is nothing that Turtle knows');
  const token = make(found);
  scanner.at += token.value.length;
  return token;
}

function takeLiteral(scanner: TextScanner): TurtleToken | typeof needMore | undefined {
  const { text, at, final } = scanner;
  const quote = text[at] ?? '';
  if (text.length - at < 3 && !final) return needMore;
  const long = text.startsWith(quote.repeat(3), at);
  const end = long ? longEnd(scanner, quote) : shortLiteralEnd(scanner, quote);
  if (end === needMore) return needMore;
  if (end === -1) return wrong(scanner, 'A text in quotes is not closed');
  const width = long ? 3 : 1;
  const value = unescaped(text.slice(at + width, end));
  return withSuffix(scanner, value, end + width);
}

/** Takes the language or the datatype behind a text; a datatype says nothing of use here. */
function withSuffix(scanner: TextScanner, value: string, end: number): TurtleToken | typeof needMore | undefined {
  const { text, final } = scanner;
  if (text.length - end < 3 && !final) return needMore;
  if (text[end] === '@') {
    wordAhead.lastIndex = end;
    const language = wordAhead.exec(text)?.[0];
    if (wordAhead.lastIndex === text.length && !final) return needMore;
    if (language === undefined) return wrong(scanner, 'A language follows "@"');
    scanner.at = end + language.length;
    return { kind: 'literal', value, language: language.slice(1) };
  }
  if (!text.startsWith('^^', end)) {
    scanner.at = end;
    return { kind: 'literal', value };
  }
  const start = scanner.at;
  scanner.at = end + 2;
  const type = nextTurtleToken(scanner);
  if (type === needMore) {
    scanner.at = start;
    return needMore;
  }
  if (type?.kind !== 'iri' && type?.kind !== 'name') return wrong(scanner, 'A datatype follows "^^"');
  return { kind: 'literal', value };
}

function shortLiteralEnd(scanner: TextScanner, quote: string): number | typeof needMore {
  shortEnd.lastIndex = scanner.at + 1;
  for (let found = shortEnd.exec(scanner.text); found !== null; found = shortEnd.exec(scanner.text)) {
    if (found[0] === quote) return found.index;
    if (found[0] === '\\') shortEnd.lastIndex += 1;
    else if (found[0] === '\n' || found[0] === '\r') return -1;
  }
  return scanner.final ? -1 : needMore;
}

function longEnd(scanner: TextScanner, quote: string): number | typeof needMore {
  let from = scanner.at + 3;
  for (;;) {
    const end = scanner.find(quote.repeat(3), from);
    if (end === needMore || end === -1) return end;
    let slashes = 0;
    while (scanner.text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 1) {
      from = end + 1;
      continue;
    }
    // of more than three quotes, the last three close
    let last = end;
    while (scanner.text[last + 3] === quote) last += 1;
    return last + 3 === scanner.text.length && !scanner.final ? needMore : last;
  }
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(escapeSequence, (_, short?: string, long?: string, single = '') => {
    if (single !== '') return escapes[single] ?? single;
    const code = Number.parseInt(short ?? long ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}

function withoutDots(text: string): string {
  return text.replace(/(?<!\\)\.+$/, '');
}

function wrong(scanner: TextScanner, message: string): undefined {
  scanner.fail('turtle-syntax', message);
}
