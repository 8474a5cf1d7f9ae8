import type { VocabularyBatch, VocabularyTerm } from '@linnaea/model';
import type { ByteSource, FindingSink } from '../blocks.ts';
import { readVocabularyCsv } from './csv.ts';
import { readVocabularyJson } from './json.ts';
import { readVocabularyObo } from './obo.ts';
import { readVocabularyRdfXml } from './rdf-xml.ts';
import { readVocabularyTurtle } from './turtle.ts';

export const vocabularyFormats = ['csv', 'json', 'obo', 'rdf-xml', 'turtle'] as const;
export type VocabularyFormat = (typeof vocabularyFormats)[number];

const readers: Readonly<
  Record<VocabularyFormat, (source: ByteSource, sink: FindingSink) => AsyncIterable<VocabularyBatch>>
> = {
  csv: readVocabularyCsv,
  json: readVocabularyJson,
  obo: readVocabularyObo,
  'rdf-xml': readVocabularyRdfXml,
  turtle: readVocabularyTurtle,
};

const byEnding: ReadonlyMap<string, VocabularyFormat> = new Map([
  ['csv', 'csv'],
  ['json', 'json'],
  ['obo', 'obo'],
  ['owl', 'rdf-xml'],
  ['rdf', 'rdf-xml'],
  ['xml', 'rdf-xml'],
  ['ttl', 'turtle'],
  ['nt', 'turtle'],
]);

/** Labels that are remembered to find doubles; beyond that the memory of a large vocabulary would not be bounded. */
const rememberedLabels = 250_000;

/**
 * Reads a vocabulary of any known format, uncompressed, in bounded memory: CSV, JSON (OBO graphs or `broaders`), OBO,
 * and SKOS or OWL in RDF/XML or Turtle. The beginning of the text decides, then the file's name. Terms of the same
 * label and code are given once; labels and synonyms of several terms are told of.
 */
export async function* readVocabulary(
  source: ByteSource,
  options: { format?: VocabularyFormat; fileName?: string; sink: FindingSink },
): AsyncGenerator<VocabularyBatch> {
  const { head, rest } = await peek(source);
  const format = options.format ?? detectVocabularyFormat(head, options.fileName);
  const doubles = new Doubles(options.sink);
  for await (const batch of readers[format](rest, options.sink)) {
    const terms = batch.terms.filter((term) => doubles.accept(term));
    if (terms.length + batch.relations.length > 0) yield { terms, relations: batch.relations };
  }
}

/** Tells the format by the first text of a file, or by the ending of its name where that leaves a doubt. */
export function detectVocabularyFormat(head: string, fileName = ''): VocabularyFormat {
  const text = head.replace(/^\ufeff/, '').trimStart();
  const ending = /\.(\w+)(?:\.\w{2,3})?$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
  const named = byEnding.get(ending) ?? byEnding.get(/\.(\w+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '');
  if (/^(format-version:|\[Term\])/m.test(text) && !text.startsWith('{')) return 'obo';
  if (/^<(\?xml|!DOCTYPE|!--|[\w-]+:RDF)/.test(text)) return named === 'turtle' ? 'turtle' : 'rdf-xml';
  if (/^(@prefix|@base|prefix\s|base\s)/i.test(text)) return 'turtle';
  if (/^(\{|\[\s*(["{\]]|$))/.test(text)) return 'json';
  if (named !== undefined) return named;
  return /^<[^>\s]*>\s/.test(text) ? 'turtle' : 'csv';
}

async function peek(source: ByteSource): Promise<{ head: string; rest: ByteSource }> {
  const chunks = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let length = 0;
  while (length < 4096) {
    const { done, value } = await chunks.next();
    if (done) break;
    // whoever sends the bytes may use their buffer again
    held.push(value.slice());
    length += value.length;
  }
  const head = new TextDecoder().decode(Buffer.concat(held.map((each) => each.subarray(0, 65_536))));
  return { head, rest: continued(held, chunks) };
}

async function* continued(held: readonly Uint8Array[], chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* held;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.();
  }
}

/** Tells of labels that stand twice and synonyms of several labels. */
class Doubles {
  readonly #sink: FindingSink;
  readonly #labels = new Map<string, string | undefined>();
  readonly #synonyms = new Map<string, string>();

  constructor(sink: FindingSink) {
    this.#sink = sink;
  }

  accept(term: VocabularyTerm): boolean {
    if (this.#labels.size + this.#synonyms.size > rememberedLabels) return true;
    if (this.#labels.has(term.label)) {
      this.#warn('vocabulary-duplicate-label', `The label "${term.label}" stands twice`, term.label);
      if (this.#labels.get(term.label) === term.code) return false;
    }
    this.#labels.set(detached(term.label), term.code && detached(term.code));
    for (const { label, scope } of term.synonyms) {
      if (scope !== 'exact') continue;
      const earlier = this.#synonyms.get(label);
      if (earlier === undefined) this.#synonyms.set(detached(label), detached(term.label));
      else if (earlier !== term.label) {
        this.#warn('vocabulary-synonym-clash', `"${label}" is a synonym of one of [${earlier}, ${term.label}]`, label);
      }
    }
    return true;
  }

  #warn(code: string, message: string, value: string): void {
    this.#sink({ code, severity: 'warning', message, value });
  }
}

/** A copy: a piece cut out of a text would keep the whole block that it was read with in memory. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
