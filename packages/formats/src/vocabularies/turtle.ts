import type { VocabularyBatch } from '@linnaea/model';
import type { ByteSource, FindingSink } from '../blocks.ts';
import { isBlank, RdfTerms, rdfType } from './rdf-terms.ts';
import { needMore, scan, TextScanner } from './scanner.ts';
import { nextTurtleToken, type TurtleToken } from './turtle-tokens.ts';

/** Reads SKOS or OWL in Turtle (and so N-Triples). */
export async function* readVocabularyTurtle(source: ByteSource, sink: FindingSink): AsyncGenerator<VocabularyBatch> {
  const scanner = new TextScanner(sink);
  const terms = new RdfTerms((name) =>
    scanner.warn('vocabulary-empty-label', 'The term has no label', scanner.at, name),
  );
  const statements = new TurtleStatements(scanner, terms);
  let found = 0;
  const step = (): typeof needMore | undefined => {
    const token = nextTurtleToken(scanner);
    if (token === needMore) return needMore;
    if (token !== undefined) statements.take(token);
    return undefined;
  };
  for await (const _ of scan(source, scanner, step)) {
    const batch = terms.take(scanner.final || scanner.stopped);
    found += batch.terms.length;
    if (batch.terms.length + batch.relations.length > 0) yield batch;
  }
  if (scanner.stopped) return;
  if (statements.unfinished) scanner.error('vocabulary-truncated', 'The file ends within a statement');
  else if (found === 0) scanner.warn('vocabulary-no-terms', 'The file holds no labelled class or concept');
}

interface Frame {
  list: boolean;
  subject: string | undefined;
  predicate: string | undefined;
}

type Value = { iri: string } | { text: string; language?: string };

class TurtleStatements {
  readonly #scanner: TextScanner;
  readonly #terms: RdfTerms;
  readonly #prefixes = new Map<string, string>();
  #base = '';
  #frames: Frame[] = [emptyFrame()];
  #directive: { kind: 'prefix' | 'base'; name?: string; dotted: boolean } | undefined;
  #afterDirective = false;
  #recovering = false;
  #blanks = 0;

  constructor(scanner: TextScanner, terms: RdfTerms) {
    this.#scanner = scanner;
    this.#terms = terms;
  }

  get unfinished(): boolean {
    return this.#frames.length > 1 || this.#frames[0]?.subject !== undefined || this.#directive !== undefined;
  }

  take(token: TurtleToken): void {
    if (this.#recovering) {
      this.#recovering = !(token.kind === 'sign' && token.value === '.');
      return;
    }
    if (this.#directive !== undefined) this.#takeDirective(token);
    else if (token.kind === 'word') this.#takeWord(token.value);
    else if (token.kind === 'sign') this.#takeSign(token.value);
    else {
      const value = this.#valueOf(token);
      if (value !== undefined) this.#takeValue(value);
    }
  }

  #takeDirective(token: TurtleToken): void {
    const directive = this.#directive;
    if (directive === undefined) return;
    if (directive.kind === 'prefix' && directive.name === undefined && token.kind === 'name' && token.local === '') {
      directive.name = token.prefix;
    } else if (token.kind === 'iri' && (directive.kind === 'base' || directive.name !== undefined)) {
      const address = this.#resolve(token.value);
      if (directive.kind === 'base') this.#base = address;
      else this.#prefixes.set(directive.name ?? '', address);
      this.#directive = undefined;
      this.#afterDirective = directive.dotted;
    } else {
      this.#directive = undefined;
      this.#wrong('A prefix is declared as: @prefix name: <address> .');
    }
  }

  #takeWord(word: string): void {
    const lower = word.toLowerCase();
    const frame = this.#frame();
    if (word === 'a' && frame.subject !== undefined && frame.predicate === undefined) frame.predicate = rdfType;
    else if (word === 'true' || word === 'false') this.#takeValue({ text: word });
    else if (this.unfinished || !/^@?(prefix|base)$/.test(lower))
      this.#wrong(`"${word.slice(0, 50)}" is not expected here`);
    else this.#directive = { kind: lower.endsWith('prefix') ? 'prefix' : 'base', dotted: word.startsWith('@') };
  }

  #takeSign(sign: string): void {
    const frame = this.#frame();
    switch (sign) {
      case '.':
        if (this.#frames.length > 1) this.#wrong('A bracket is not closed', false);
        else if (frame.subject === undefined && !this.#afterDirective) this.#wrong('A dot ends nothing', false);
        if (frame.subject !== undefined) this.#terms.end(frame.subject);
        this.#afterDirective = false;
        this.#frames = [emptyFrame()];
        break;
      case ';':
        frame.predicate = undefined;
        break;
      case ',':
        break;
      case '[':
        this.#blanks += 1;
        this.#push({ ...emptyFrame(), subject: `_:b${this.#blanks}` });
        break;
      case '(':
        this.#push({ ...emptyFrame(), list: true });
        break;
      default:
        this.#pop(sign === ')');
    }
  }

  #push(frame: Frame): void {
    if (this.#frames.length > 1000) this.#scanner.fail('turtle-syntax', 'Brackets are nested too deeply');
    else this.#frames.push(frame);
  }

  #pop(list: boolean): void {
    const frame = this.#frames.length > 1 ? this.#frames.pop() : undefined;
    if (frame === undefined || frame.list !== list) this.#wrong('A bracket closes nothing');
    else {
      if (frame.subject !== undefined) this.#terms.end(frame.subject);
      this.#takeValue({ iri: frame.subject ?? '_:list' });
    }
  }

  #takeValue(value: Value): void {
    const frame = this.#frame();
    if (frame.list) return;
    if (frame.subject === undefined) {
      if ('iri' in value) frame.subject = value.iri;
      else this.#wrong('A statement cannot be about a text');
    } else if (frame.predicate === undefined) {
      if ('iri' in value && !isBlank(value.iri)) frame.predicate = value.iri;
      else this.#wrong('A property is named by an address');
    } else if ('iri' in value) this.#terms.link(frame.subject, frame.predicate, value.iri);
    else this.#terms.literal(frame.subject, frame.predicate, value);
  }

  #valueOf(token: TurtleToken): Value | undefined {
    if (token.kind === 'iri') return { iri: this.#resolve(token.value) };
    if (token.kind === 'blank') return { iri: token.value };
    if (token.kind === 'literal') {
      return { text: token.value, ...(token.language === undefined ? {} : { language: token.language }) };
    }
    if (token.kind !== 'name') return undefined;
    const namespace = this.#prefixes.get(token.prefix);
    if (namespace !== undefined) return { iri: namespace + token.local };
    this.#wrong(`The prefix "${token.prefix}" is not declared`);
    return undefined;
  }

  #resolve(address: string): string {
    if (this.#base === '' || /^[a-z][a-z0-9+.-]*:/i.test(address)) return address;
    return URL.canParse(address, this.#base) ? new URL(address, this.#base).href : address;
  }

  #frame(): Frame {
    return this.#frames.at(-1) ?? emptyFrame();
  }

  /** Tells of a fault and, unless a dot was just read, passes by what is left of the statement. */
  #wrong(message: string, recover = true): void {
    this.#scanner.error('turtle-syntax', message);
    for (const { subject } of this.#frames) if (subject !== undefined) this.#terms.end(subject);
    this.#frames = [emptyFrame()];
    this.#recovering = recover;
  }
}

function emptyFrame(): Frame {
  return { list: false, subject: undefined, predicate: undefined };
}
