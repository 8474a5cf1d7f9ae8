import { needMore, type TextScanner } from './scanner.ts';

export interface XmlHandler {
  open(name: string, attributes: readonly XmlAttribute[], at: number): void;
  close(): void;
  text(text: string): void;
}

export type XmlAttribute = readonly [name: string, value: string];

const nameAhead = /[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*/y;
const attributeAhead = /\s+([A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const tagEnd = /\s*(\/?)>/y;
const entity = /&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z_][\w.-]*);/g;
const entityDeclaration = /<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(?:"([^"]*)"|'([^']*)')\s*>/g;
const deepest = 1000;
/** Entities of entities can grow without end; what vocabularies declare are prefixes of addresses. */
const longestEntity = 10_000;

/**
 * A reader of XML 1.0 by events, for what RDF/XML needs: elements, attributes, text, CDATA, comments, entities that the
 * document itself declares. It fetches nothing. What is not well-formed ends the reading with a finding.
 */
export class XmlTokens {
  readonly #scanner: TextScanner;
  readonly #handler: XmlHandler;
  readonly #open: string[] = [];
  readonly #entities = new Map([
    ['lt', '<'],
    ['gt', '>'],
    ['amp', '&'],
    ['quot', '"'],
    ['apos', "'"],
  ]);
  #rootSeen = false;

  constructor(scanner: TextScanner, handler: XmlHandler) {
    this.#scanner = scanner;
    this.#handler = handler;
  }

  /** One element was opened and all are closed. */
  get complete(): boolean {
    return this.#rootSeen && this.#open.length === 0;
  }

  step(): typeof needMore | undefined {
    const { text, at, final } = this.#scanner;
    if (text.charCodeAt(at) !== 60) return this.#text();
    // `<!DOCTYPE` is the longest opening to tell apart
    if (!final && text.length - at < 10) return needMore;
    const second = text[at + 1];
    if (second === '/') return this.#closeTag();
    if (second === '?') return this.#skip('?>', 'processing instruction');
    if (second !== '!') return this.#openTag();
    if (text.startsWith('<!--', at)) return this.#skip('-->', 'comment');
    if (text.startsWith('<![CDATA[', at)) return this.#characterData();
    return this.#documentType();
  }

  #text(): typeof needMore | undefined {
    const { text, at } = this.#scanner;
    const found = this.#scanner.find('<', at);
    if (found === needMore) return needMore;
    const end = found === -1 ? text.length : found;
    const raw = text.slice(at, end);
    if (this.#open.length > 0) this.#handler.text(this.#decoded(raw, at));
    else if (raw.trim() !== '') return this.#wrong('Text stands outside of the root element');
    this.#scanner.at = end;
    return undefined;
  }

  #openTag(): typeof needMore | undefined {
    const { text, at } = this.#scanner;
    nameAhead.lastIndex = at + 1;
    const name = nameAhead.exec(text)?.[0];
    if (name === undefined) return this.#unfinished('A name follows "<"');
    const attributes: XmlAttribute[] = [];
    let next = nameAhead.lastIndex;
    for (;;) {
      attributeAhead.lastIndex = next;
      const found = attributeAhead.exec(text);
      if (found === null) break;
      next = attributeAhead.lastIndex;
      attributes.push([found[1] ?? '', found[2] ?? found[3] ?? '']);
    }
    tagEnd.lastIndex = next;
    const end = tagEnd.exec(text);
    if (end === null) return this.#unfinished(`The tag <${name}> is not well-formed`);
    if (this.complete) return this.#wrong('A second root element');
    if (this.#open.length >= deepest) return this.#wrong('Elements are nested too deeply');
    this.#rootSeen = true;
    this.#handler.open(
      name,
      attributes.map(([key, value]) => [key, this.#decoded(value, at)]),
      at,
    );
    if (end[1] === '/') this.#handler.close();
    else this.#open.push(name);
    this.#scanner.at = tagEnd.lastIndex;
    return undefined;
  }

  #closeTag(): typeof needMore | undefined {
    const { text, at } = this.#scanner;
    const end = this.#scanner.find('>', at);
    if (end === needMore) return needMore;
    if (end === -1) return this.#wrong('A tag is not closed');
    const name = text.slice(at + 2, end).trimEnd();
    const open = this.#open.at(-1);
    if (open !== name) {
      return this.#wrong(
        open === undefined ? `</${name}> closes nothing` : `</${name}> stands where </${open}> is due`,
      );
    }
    this.#open.pop();
    this.#scanner.at = end + 1;
    this.#handler.close();
    return undefined;
  }

  #characterData(): typeof needMore | undefined {
    const { text, at } = this.#scanner;
    const end = this.#scanner.find(']]>', at);
    if (end === needMore) return needMore;
    if (end === -1) return this.#wrong('A CDATA section is not closed');
    if (this.#open.length === 0) return this.#wrong('Text stands outside of the root element');
    this.#handler.text(text.slice(at + 9, end));
    this.#scanner.at = end + 3;
    return undefined;
  }

  #skip(ending: string, what: string): typeof needMore | undefined {
    const end = this.#scanner.find(ending, this.#scanner.at + 2);
    if (end === needMore) return needMore;
    if (end === -1) return this.#wrong(`A ${what} is not closed`);
    this.#scanner.at = end + ending.length;
    return undefined;
  }

  #documentType(): typeof needMore | undefined {
    const { text, at } = this.#scanner;
    if (!text.startsWith('<!DOCTYPE', at)) return this.#wrong('"<!" opens nothing that XML knows');
    let end = this.#scanner.find('>', at);
    const subset = text.indexOf('[', at);
    if (subset !== -1 && (end === needMore || subset < end)) {
      const close = this.#scanner.find(']', subset);
      end = typeof close === 'number' && close !== -1 ? this.#scanner.find('>', close) : close;
      if (end !== needMore && end !== -1) this.#declareEntities(text.slice(subset, end));
    }
    if (end === needMore) return needMore;
    if (end === -1) return this.#wrong('The document type is not closed');
    this.#scanner.at = end + 1;
    return undefined;
  }

  #declareEntities(subset: string): void {
    for (const [, name = '', double, single] of subset.matchAll(entityDeclaration)) {
      // the first declaration binds; an entity may use those before it
      if (this.#entities.has(name) || this.#entities.size > 1000) continue;
      const value = this.#decoded(double ?? single ?? '', this.#scanner.at);
      if (value.length <= longestEntity) this.#entities.set(name, value);
      else this.#scanner.warn('xml-entity', `The entity "${name}" is too long to be used`);
    }
  }

  #decoded(raw: string, at: number): string {
    if (!raw.includes('&')) return raw;
    return raw.replace(entity, (whole, name: string) => {
      const value = name.startsWith('#') ? character(name) : this.#entities.get(name);
      if (value === undefined) this.#scanner.warn('xml-entity', `"${whole}" stands for nothing`, at);
      return value ?? whole;
    });
  }

  /** A tag that cannot be read: more text may help, unless its end is at hand. */
  #unfinished(message: string): typeof needMore | undefined {
    const { text, at, final } = this.#scanner;
    // a `>` or `<` inside a value in quotes does not end the tag
    const outside = text.slice(at + 1, at + 1_000_000).replace(/"[^"]*"|'[^']*'/g, '');
    if (!final && !/[<>]/.test(outside.replace(/["'].*$/s, ''))) return needMore;
    return this.#wrong(message);
  }

  #wrong(message: string): undefined {
    this.#scanner.fail('xml-not-well-formed', message);
  }
}

function character(reference: string): string | undefined {
  const code = reference[1] === 'x' ? Number.parseInt(reference.slice(2), 16) : Number(reference.slice(1));
  const valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) && code !== 0;
  return valid ? String.fromCodePoint(code) : undefined;
}
