import type { SynonymScope, TermSynonym, VocabularyBatch, VocabularyTerm } from '@linnaea/model';
import type { ByteSource, FindingSink } from '../blocks.ts';
import { needMore, scan, TextScanner } from './scanner.ts';

interface Stanza {
  kind: string;
  /** Text position is not kept: it would be gone by the time the stanza ends. */
  line: { line?: number; column?: number };
  id?: string;
  name?: string;
  definition?: string;
  synonyms: TermSynonym[];
  broader: string[];
  exactMatch: string[];
  obsolete: boolean;
}

/** Reads the `[Term]` stanzas of an OBO file. Obsolete terms are left out; `is_a` is broader. */
export async function* readVocabularyObo(source: ByteSource, sink: FindingSink): AsyncGenerator<VocabularyBatch> {
  const scanner = new TextScanner(sink);
  let terms: VocabularyTerm[] = [];
  let stanza: Stanza | undefined;
  let headers = 0;
  const finish = (): void => {
    const term = stanza === undefined ? undefined : toTerm(stanza, sink);
    if (term !== undefined) terms.push(term);
    stanza = undefined;
  };
  const step = (): typeof needMore | undefined => {
    const start = scanner.at;
    const line = takeLine(scanner);
    if (line === needMore) return needMore;
    if (line === '' || line.startsWith('!')) return undefined;
    if (line.startsWith('[')) {
      finish();
      headers += 1;
      stanza = openStanza(scanner, line, start);
    } else readTag(scanner, line, stanza, start);
    return undefined;
  };
  for await (const _ of scan(source, scanner, step)) {
    if (scanner.final) finish();
    if (terms.length > 0) yield { terms, relations: [] };
    terms = [];
  }
  if (headers === 0) scanner.error('obo-no-stanza', 'The file has no [Term]: is it OBO?');
}

function openStanza(scanner: TextScanner, line: string, start: number): Stanza {
  const kind = /^\[([^\]]+)\]/.exec(line)?.[1];
  if (kind === undefined) scanner.error('obo-stanza', 'The name of a stanza ends with ]', start, shortened(line));
  const place = scanner.place(start);
  return { kind: kind ?? '', line: place, synonyms: [], broader: [], exactMatch: [], obsolete: false };
}

function readTag(scanner: TextScanner, line: string, stanza: Stanza | undefined, start: number): void {
  const colon = line.indexOf(':');
  if (colon <= 0) {
    scanner.error('obo-tag', 'A line is a tag, a colon and a value', start, shortened(line));
    return;
  }
  if (stanza?.kind !== 'Term') return;
  const tag = line.slice(0, colon);
  const value = line.slice(colon + 1).trim();
  switch (tag) {
    case 'id':
      stanza.id = plain(value);
      break;
    case 'name':
      stanza.name = plain(value);
      break;
    case 'def':
      stanza.definition = quoted(scanner, value, start)?.text;
      break;
    case 'synonym':
    case 'exact_synonym':
    case 'related_synonym':
    case 'broad_synonym':
    case 'narrow_synonym':
      readSynonym(scanner, tag, value, stanza, start);
      break;
    case 'is_a':
      stanza.broader.push(firstWord(value));
      break;
    case 'is_obsolete':
      stanza.obsolete = firstWord(value).toLowerCase() === 'true';
      break;
    case 'property_value': {
      const match = /^skos:exactMatch\s+(\S+)/.exec(value)?.[1];
      if (match !== undefined) stanza.exactMatch.push(match.replace(/^"|"$/g, ''));
      break;
    }
  }
}

const scopes: ReadonlyMap<string, SynonymScope> = new Map([
  ['EXACT', 'exact'],
  ['RELATED', 'related'],
  ['BROAD', 'broad'],
  ['NARROW', 'narrow'],
  ['exact_synonym', 'exact'],
  ['related_synonym', 'related'],
  ['broad_synonym', 'broad'],
  ['narrow_synonym', 'narrow'],
]);

function readSynonym(scanner: TextScanner, tag: string, value: string, stanza: Stanza, start: number): void {
  const found = quoted(scanner, value, start);
  if (found === undefined || found.text.trim() === '') return;
  const scope = scopes.get(tag) ?? scopes.get(firstWord(found.rest)) ?? 'related';
  stanza.synonyms.push({ label: found.text.trim(), scope });
}

function toTerm(stanza: Stanza, sink: FindingSink): VocabularyTerm | undefined {
  if (stanza.kind !== 'Term' || stanza.obsolete) return undefined;
  if (stanza.id === undefined || stanza.id === '') {
    sink({ code: 'obo-id-missing', severity: 'error', message: 'A term needs an id', location: stanza.line });
    return undefined;
  }
  if (stanza.name === undefined || stanza.name === '') {
    const message = `The term ${stanza.id} has no name`;
    sink({ code: 'vocabulary-empty-label', severity: 'warning', message, location: stanza.line });
    return undefined;
  }
  return {
    code: stanza.id,
    label: stanza.name,
    synonyms: stanza.synonyms.filter((synonym) => synonym.label !== stanza.name),
    broader: stanza.broader,
    ...(stanza.definition ? { definition: stanza.definition } : {}),
    ...(stanza.exactMatch.length > 0 ? { exactMatch: stanza.exactMatch } : {}),
  };
}

/** One line without its end and outer blanks; a backslash at its end joins the next one. */
function takeLine(scanner: TextScanner): string | typeof needMore {
  let from = scanner.at;
  for (;;) {
    const end = scanner.find('\n', from);
    if (end === needMore) return needMore;
    const stop = end === -1 ? scanner.text.length : end;
    if (end !== -1 && scanner.text[end - 1] === '\\' && scanner.text[end - 2] !== '\\') {
      from = end + 1;
      continue;
    }
    const line = scanner.text.slice(scanner.at, stop).trim();
    scanner.at = Math.min(scanner.text.length, stop + 1);
    return line.includes('\\\n') ? line.replaceAll('\\\n', '') : line;
  }
}

const quotedText = /^"((?:[^"\\]|\\.)*)"/s;

function quoted(scanner: TextScanner, value: string, start: number): { text: string; rest: string } | undefined {
  const match = quotedText.exec(value);
  if (match === null) {
    scanner.error('obo-quote', 'The value begins and ends with a double quote', start, shortened(value));
    return undefined;
  }
  return { text: unescaped(match[1] ?? ''), rest: value.slice(match[0].length).trim() };
}

/** A value without its comment (`! …`) and trailing modifiers (`{…}`). */
function plain(value: string): string {
  let text = value;
  const comment = text.search(/(?<!\\)\s!/);
  if (comment !== -1) text = text.slice(0, comment);
  return unescaped(text.replace(/\s*(?<!\\)\{[^{}]*\}\s*$/, '').trim());
}

function firstWord(value: string): string {
  return /^\S*/.exec(value)?.[0] ?? '';
}

const escapes: Readonly<Record<string, string>> = { n: '\n', W: ' ', t: '\t' };

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(.)/gs, (_, character: string) => escapes[character] ?? character);
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
