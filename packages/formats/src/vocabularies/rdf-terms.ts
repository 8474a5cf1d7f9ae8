import type { SynonymScope, TermSynonym, VocabularyBatch, VocabularyTerm } from '@linnaea/model';

export interface RdfLiteral {
  text: string;
  language?: string;
}

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const rdfs = 'http://www.w3.org/2000/01/rdf-schema#';
const owl = 'http://www.w3.org/2002/07/owl#';
const skos = 'http://www.w3.org/2004/02/skos/core#';
const oboInOwl = 'http://www.geneontology.org/formats/oboInOwl#';
const obo = 'http://purl.obolibrary.org/obo/';

export const rdfType = `${rdf}type`;
const classTypes: ReadonlySet<string> = new Set([`${owl}Class`, `${rdfs}Class`]);
const conceptType = `${skos}Concept`;
const synonymScopes: ReadonlyMap<string, SynonymScope> = new Map([
  [`${oboInOwl}hasExactSynonym`, 'exact'],
  [`${oboInOwl}hasRelatedSynonym`, 'related'],
  [`${oboInOwl}hasBroadSynonym`, 'broad'],
  [`${oboInOwl}hasNarrowSynonym`, 'narrow'],
  [`${skos}altLabel`, 'exact'],
  [`${skos}hiddenLabel`, 'related'],
]);
const labelPredicates: ReadonlySet<string> = new Set([`${rdfs}label`, `${skos}prefLabel`]);
const definitionPredicates: ReadonlySet<string> = new Set([`${skos}definition`, `${obo}IAO_0000115`]);
const broaderPredicates: ReadonlySet<string> = new Set([`${skos}broader`, `${rdfs}subClassOf`]);

interface Subject {
  isClass: boolean;
  isConcept: boolean;
  deprecated: boolean;
  /** How many statements, types apart: a class with none is only mentioned. */
  statements: number;
  labels: RdfLiteral[];
  definitions: RdfLiteral[];
  synonyms: TermSynonym[];
  broader: string[];
  exactMatch: string[];
}

/**
 * Makes terms of RDF statements: SKOS concepts and OWL or RDFS classes. Statements about a subject are collected until
 * `end`, and a subject that is taken up again at once goes on; only such neighbours are ever held.
 */
export class RdfTerms {
  readonly #unlabelled: (subject: string) => void;
  readonly #open = new Map<string, Subject>();
  #ended: { name: string; subject: Subject } | undefined;
  #batch: VocabularyBatch = { terms: [], relations: [] };
  /** Statements seen, of whatever kind. */
  statements = 0;

  constructor(unlabelled: (subject: string) => void) {
    this.#unlabelled = unlabelled;
  }

  link(subject: string, predicate: string, object: string): void {
    const about = this.#subject(subject);
    if (predicate === rdfType) {
      if (classTypes.has(object)) about.isClass = true;
      else if (object === conceptType) about.isConcept = true;
      return;
    }
    about.statements += 1;
    if (isBlank(object)) return;
    if (broaderPredicates.has(predicate)) {
      if (object !== `${owl}Thing`) about.broader.push(shortCode(object));
    } else if (predicate === `${skos}narrower`) {
      this.#batch.relations.push({ narrower: shortCode(object), broader: shortCode(subject) });
    } else if (predicate === `${skos}exactMatch`) about.exactMatch.push(object);
  }

  literal(subject: string, predicate: string, value: RdfLiteral): void {
    const about = this.#subject(subject);
    about.statements += 1;
    const text = value.text.trim();
    if (text === '') return;
    if (labelPredicates.has(predicate)) about.labels.push({ ...value, text });
    else if (definitionPredicates.has(predicate)) about.definitions.push({ ...value, text });
    else if (predicate === `${owl}deprecated`) about.deprecated = text === 'true' || text === '1';
    else {
      const scope = synonymScopes.get(predicate);
      if (scope !== undefined) about.synonyms.push({ label: text, scope });
    }
  }

  /** Nothing more is said of the subject here. */
  end(name: string): void {
    const subject = this.#open.get(name);
    if (subject === undefined) return;
    this.#open.delete(name);
    if (isBlank(name)) return;
    this.#flushEnded();
    this.#ended = { name, subject };
  }

  /** What has been found since the last call; `all` at the end of the file. */
  take(all: boolean): VocabularyBatch {
    if (all) this.#flushEnded();
    const batch = this.#batch;
    this.#batch = { terms: [], relations: [] };
    return batch;
  }

  #subject(name: string): Subject {
    this.statements += 1;
    let subject = this.#open.get(name);
    if (subject !== undefined) return subject;
    if (this.#ended?.name === name) {
      subject = this.#ended.subject;
      this.#ended = undefined;
    }
    subject ??= newSubject();
    this.#open.set(name, subject);
    return subject;
  }

  #flushEnded(): void {
    if (this.#ended === undefined) return;
    const { name, subject } = this.#ended;
    this.#ended = undefined;
    if (subject.deprecated || !(subject.isClass || subject.isConcept)) return;
    const term = toTerm(name, subject);
    if (term !== undefined) this.#batch.terms.push(term);
    else if (subject.isConcept || subject.statements > 0) this.#unlabelled(name);
  }
}

export function isBlank(name: string): boolean {
  return name.startsWith('_:');
}

/** `UBERON:0002107` for the address that OBO gives to that term; other addresses stay as they are. */
export function shortCode(address: string): string {
  if (!address.startsWith(obo)) return address;
  const name = address.slice(obo.length);
  const line = name.indexOf('_');
  return line <= 0 || /[#/]/.test(name) ? address : `${name.slice(0, line)}:${name.slice(line + 1)}`;
}

function newSubject(): Subject {
  return {
    isClass: false,
    isConcept: false,
    deprecated: false,
    statements: 0,
    labels: [],
    definitions: [],
    synonyms: [],
    broader: [],
    exactMatch: [],
  };
}

function toTerm(name: string, subject: Subject): VocabularyTerm | undefined {
  const preferred = english(subject.labels);
  if (preferred === undefined) return undefined;
  const label = preferred.text;
  const translations: TermSynonym[] = subject.labels
    .filter((each) => each !== preferred)
    .map((each) => ({ label: each.text, scope: 'exact' }));
  const synonyms = new Map<string, TermSynonym>();
  for (const each of [...subject.synonyms, ...translations]) {
    if (each.label !== label && !synonyms.has(each.label)) synonyms.set(each.label, each);
  }
  const definition = english(subject.definitions)?.text;
  return {
    code: shortCode(name),
    label,
    synonyms: [...synonyms.values()],
    broader: subject.broader,
    ...(definition === undefined ? {} : { definition }),
    ...(subject.exactMatch.length === 0 ? {} : { exactMatch: subject.exactMatch }),
  };
}

/** The English text, else the one without a language, else the first. */
function english(literals: readonly RdfLiteral[]): RdfLiteral | undefined {
  return (
    literals.find((each) => each.language?.toLowerCase().startsWith('en')) ??
    literals.find((each) => each.language === undefined) ??
    literals[0]
  );
}
