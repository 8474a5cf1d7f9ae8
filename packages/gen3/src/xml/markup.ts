import { TextDecoder } from 'node:util';

/** Why a document is not read, and where: an offset into its text. */
export interface Fault {
  message: string;
  at: number;
}

/** Longest document, in bytes: it is held in memory. */
const longestDocument = 128 * 1024 * 1024;

/** The text of a document in the encoding that its first bytes or its declaration tell of; UTF-8 otherwise. */
export function decodeXml(bytes: Uint8Array): { text: string; encoding: string; fault?: Fault } {
  const encoding = encodingOf(bytes);
  const refused = (message: string) => ({ text: '', encoding, fault: { message, at: 0 } });
  if (bytes.length > longestDocument) return refused(`The document is larger than ${longestDocument} bytes`);
  if (!isKnown(encoding)) return refused(`The encoding "${encoding}" is not known`);
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), encoding };
  } catch {
    const text = new TextDecoder(encoding).decode(bytes);
    const message = `The document holds bytes that are not ${encoding.toUpperCase()}`;
    return { text, encoding, fault: { message, at: Math.max(0, text.indexOf('\ufffd')) } };
  }
}

function isKnown(encoding: string): boolean {
  try {
    new TextDecoder(encoding);
    return true;
  } catch {
    return false;
  }
}

function encodingOf(bytes: Uint8Array): string {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  // "<?" of a document without a mark
  if (a === 0x3c && b === 0 && c === 0x3f && d === 0) return 'utf-16le';
  if (a === 0 && b === 0x3c && c === 0 && d === 0x3f) return 'utf-16be';
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const declared = /^<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'>]{1,40})["']/.exec(start)?.[1]?.toLowerCase();
  // a declaration that can be read byte by byte is not written in UTF-16, whatever it says
  return declared === undefined || declared.startsWith('utf-16') ? 'utf-8' : declared;
}

const notXml = /(?![\t\n\r\x7f-\x9f])[\p{Cc}\ufffe\uffff]/u;
const markup = /[<&]/g;
const reference = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(?:lt|gt|amp|quot|apos));/y;
const ends: readonly (readonly [start: string, end: string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

/**
 * What the reader of events would let pass: a document type, which may make entities that grow or lie elsewhere, references
 * that stand for nothing, and characters that XML does not have.
 */
export function findFault(text: string): Fault | undefined {
  const control = text.search(notXml);
  if (control !== -1) {
    const code = text.charCodeAt(control).toString(16).toUpperCase().padStart(4, '0');
    return { message: `XML has no character U+${code}`, at: control };
  }
  markup.lastIndex = 0;
  for (let found = markup.exec(text); found !== null; found = markup.exec(text)) {
    const at = found.index;
    if (found[0] === '&') {
      if (isReference(text, at)) continue;
      return { message: `"${/^&[^\s;<]{0,40};?/.exec(text.slice(at, at + 45))?.[0]}" stands for nothing`, at };
    }
    if (/^<!doctype/i.test(text.slice(at, at + 9))) return { message: 'A document type is not read', at };
    const section = ends.find(([start]) => text.startsWith(start, at));
    if (section === undefined) continue;
    const end = text.indexOf(section[1], at + section[0].length);
    // what is not closed is told by the reader
    if (end === -1) return undefined;
    markup.lastIndex = end + section[1].length;
  }
  return undefined;
}

function isReference(text: string, at: number): boolean {
  reference.lastIndex = at;
  const found = reference.exec(text);
  if (found === null) return false;
  const [, hex, decimal] = found;
  if (hex === undefined && decimal === undefined) return true;
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter && !notXml.test(String.fromCodePoint(code));
}

/** Line and column of an offset, both from 1. */
export function placeOf(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', start)) {
    line += 1;
    start = end + 1;
  }
  return { line, column: at - start + 1 };
}
