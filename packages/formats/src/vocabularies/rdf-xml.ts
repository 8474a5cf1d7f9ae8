import type { VocabularyBatch } from '@linnaea/model';
import type { ByteSource, FindingSink } from '../blocks.ts';
import { RdfTerms, rdfType } from './rdf-terms.ts';
import { scan, TextScanner } from './scanner.ts';
import { type XmlAttribute, type XmlHandler, XmlTokens } from './xml.ts';

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const xml = 'http://www.w3.org/XML/1998/namespace';

/** Reads SKOS or OWL in RDF/XML. */
export async function* readVocabularyRdfXml(source: ByteSource, sink: FindingSink): AsyncGenerator<VocabularyBatch> {
  const scanner = new TextScanner(sink);
  const terms = new RdfTerms((name) =>
    scanner.warn('vocabulary-empty-label', 'The term has no label', scanner.at, name),
  );
  const tokens = new XmlTokens(scanner, new RdfXmlStatements(scanner, terms));
  let found = 0;
  for await (const _ of scan(source, scanner, () => tokens.step())) {
    const batch = terms.take(scanner.final || scanner.stopped);
    found += batch.terms.length;
    if (batch.terms.length + batch.relations.length > 0) yield batch;
  }
  if (scanner.stopped) return;
  if (!tokens.complete) scanner.error('vocabulary-truncated', 'The file ends before its XML does');
  else if (found === 0) scanner.warn('vocabulary-no-terms', 'The file holds no labelled class or concept');
}

/** RDF/XML goes in stripes: nodes hold properties, properties hold a node or text. */
type Frame =
  | { kind: 'root'; scope: Scope }
  | { kind: 'node'; scope: Scope; subject: string }
  | { kind: 'property'; scope: Scope; subject: string; predicate: string; text: string; literal: boolean }
  | { kind: 'markup'; scope: Scope };

/** What an element passes on to those within. */
interface Scope {
  namespaces: ReadonlyMap<string, string>;
  base: string;
  language: string | undefined;
}

class RdfXmlStatements implements XmlHandler {
  readonly #scanner: TextScanner;
  readonly #terms: RdfTerms;
  readonly #frames: Frame[] = [];
  #blanks = 0;
  readonly #undeclared = new Set<string>();

  constructor(scanner: TextScanner, terms: RdfTerms) {
    this.#scanner = scanner;
    this.#terms = terms;
  }

  open(name: string, attributes: readonly XmlAttribute[], at: number): void {
    const parent = this.#frames.at(-1);
    const scope = scopeOf(parent?.scope, attributes);
    const full = this.#expand(name, scope, true, at);
    if (parent === undefined) {
      if (full !== `${rdf}RDF`) {
        this.#scanner.fail('vocabulary-not-rdf', `The root element of RDF/XML is rdf:RDF, not <${name}>`, at);
      }
      this.#frames.push({ kind: 'root', scope });
    } else if (parent.kind === 'markup') this.#frames.push({ kind: 'markup', scope });
    else if (parent.kind === 'node') this.#frames.push(this.#property(parent.subject, full, attributes, scope, at));
    else this.#frames.push(this.#node(parent, full, attributes, scope, at));
  }

  text(text: string): void {
    for (let index = this.#frames.length - 1; index >= 0; index -= 1) {
      const frame = this.#frames[index];
      if (frame?.kind === 'markup') continue;
      if (frame?.kind === 'property') frame.text += text;
      return;
    }
  }

  close(): void {
    const frame = this.#frames.pop();
    if (frame?.kind === 'node') this.#terms.end(frame.subject);
    if (frame?.kind !== 'property' || !frame.literal) return;
    const { language } = frame.scope;
    this.#terms.literal(frame.subject, frame.predicate, {
      text: frame.text,
      ...(language === undefined ? {} : { language }),
    });
  }

  #node(parent: Frame, type: string, attributes: readonly XmlAttribute[], scope: Scope, at: number): Frame {
    let subject: string | undefined;
    const properties: [string, string][] = [];
    for (const [name, value] of attributes) {
      if (isSyntax(name)) continue;
      const full = this.#expand(name, scope, false, at);
      if (full === `${rdf}about`) subject = resolve(value, scope.base);
      else if (full === `${rdf}ID`) subject = `${scope.base.replace(/#.*$/s, '')}#${value}`;
      else if (full === `${rdf}nodeID`) subject = `_:n${value}`;
      else properties.push([full, value]);
    }
    this.#blanks += 1;
    const name = subject ?? `_:b${this.#blanks}`;
    if (type !== `${rdf}Description`) this.#terms.link(name, rdfType, type);
    for (const [predicate, value] of properties) {
      if (predicate === rdfType) this.#terms.link(name, predicate, resolve(value, scope.base));
      else this.#terms.literal(name, predicate, { text: value });
    }
    if (parent.kind === 'property') {
      parent.literal = false;
      this.#terms.link(parent.subject, parent.predicate, name);
    }
    return { kind: 'node', scope, subject: name };
  }

  #property(subject: string, predicate: string, attributes: readonly XmlAttribute[], scope: Scope, at: number): Frame {
    let literal = true;
    for (const [name, value] of attributes) {
      if (isSyntax(name)) continue;
      const full = this.#expand(name, scope, false, at);
      if (full === `${rdf}resource` || full === `${rdf}nodeID`) {
        literal = false;
        const object = full === `${rdf}resource` ? resolve(value, scope.base) : `_:n${value}`;
        this.#terms.link(subject, predicate, object);
      } else if (full === `${rdf}parseType` && value === 'Resource') {
        this.#blanks += 1;
        return { kind: 'node', scope, subject: `_:b${this.#blanks}` };
      } else if (full === `${rdf}parseType` && value === 'Collection') literal = false;
      else if (full === `${rdf}parseType`) return { kind: 'markup', scope };
    }
    return { kind: 'property', scope, subject, predicate, text: '', literal };
  }

  #expand(name: string, scope: Scope, element: boolean, at: number): string {
    const colon = name.indexOf(':');
    const prefix = colon === -1 ? '' : name.slice(0, colon);
    // an attribute without a prefix is in no namespace, whatever the default one is
    if (prefix === '' && !element) return name;
    const namespace = scope.namespaces.get(prefix);
    if (namespace !== undefined) return namespace + name.slice(colon + 1);
    if (prefix !== '' && !this.#undeclared.has(prefix) && this.#undeclared.size < 100) {
      this.#undeclared.add(prefix);
      this.#scanner.error('xml-prefix', `The prefix "${prefix}" is not declared`, at);
    }
    return name;
  }
}

/** Attributes that steer the reading and state nothing. */
function isSyntax(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:') || name.startsWith('xml:');
}

const outermost: Scope = { namespaces: new Map([['xml', xml]]), base: '', language: undefined };

function scopeOf(parent: Scope = outermost, attributes: readonly XmlAttribute[]): Scope {
  let { namespaces, base, language } = parent;
  let own: Map<string, string> | undefined;
  for (const [name, value] of attributes) {
    if (name === 'xmlns' || name.startsWith('xmlns:')) {
      own ??= new Map(namespaces);
      own.set(name.slice(6), value);
    } else if (name === 'xml:base') base = value;
    else if (name === 'xml:lang') language = value === '' ? undefined : value;
  }
  if (own !== undefined) namespaces = own;
  const same = own === undefined && base === parent.base && language === parent.language;
  return same ? parent : { namespaces, base, language };
}

const absolute = /^[a-z][a-z0-9+.-]*:/i;

function resolve(address: string, base: string): string {
  if (base === '' || absolute.test(address)) return address;
  if (address === '' || address.startsWith('#')) return base.replace(/#.*$/s, '') + address;
  return URL.canParse(address, base) ? new URL(address, base).href : address;
}
