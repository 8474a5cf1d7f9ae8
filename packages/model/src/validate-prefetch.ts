import type { Attributes } from './kind.ts';
import type { AttributeRule } from './template.ts';
import { textsOf } from './validate.ts';
import type { LabelResolution, VocabularyIndex } from './vocabulary.ts';

/** Answers what each of some distinct values is in a vocabulary; a store does it in one query. */
export type LabelResolver = (
  vocabulary: string,
  values: readonly string[],
) => Promise<{ empty: boolean; labels: ReadonlyMap<string, LabelResolution> }>;

const unasked: LabelResolution = { kind: 'unknown', suggestions: [] };

/**
 * Vocabularies of any size for a judge: before a batch is judged, its distinct values are asked for, one question per
 * vocabulary; answers are kept for later batches up to `capacity` values per vocabulary.
 *
 *     const vocabularies = new PrefetchedVocabularies(rules, resolver);
 *     const judge = compileRules(rules, vocabularies);
 *     await vocabularies.prefetch(batch);
 *     for (const values of batch) judge(values);
 */
export class PrefetchedVocabularies {
  readonly #attributes: ReadonlyMap<string, readonly string[]>;
  readonly #resolver: LabelResolver;
  readonly #capacity: number;
  readonly #known = new Map<string, KnownLabels>();

  constructor(rules: readonly AttributeRule[], resolver: LabelResolver, capacity = 50_000) {
    const attributes = new Map<string, string[]>();
    for (const rule of rules) {
      if (rule.vocabulary === undefined) continue;
      attributes.set(rule.vocabulary, [...(attributes.get(rule.vocabulary) ?? []), rule.name]);
    }
    this.#attributes = attributes;
    this.#resolver = resolver;
    this.#capacity = capacity;
  }

  get(accession: string): VocabularyIndex | undefined {
    return this.#known.get(accession);
  }

  /** Asks for every value of these records that is not known yet. */
  async prefetch(records: readonly Readonly<Attributes>[]): Promise<void> {
    for (const [accession, names] of this.#attributes) {
      const known = this.#known.get(accession) ?? new KnownLabels(accession);
      this.#known.set(accession, known);
      let wanted = distinct(records, names);
      if (known.labels.size + wanted.size > this.#capacity) known.labels = new Map();
      wanted = new Set([...wanted].filter((value) => !known.labels.has(value)));
      if (wanted.size === 0) continue;
      const answer = await this.#resolver(accession, [...wanted]);
      known.empty = answer.empty;
      for (const value of wanted) known.labels.set(value, answer.labels.get(value) ?? unasked);
    }
  }
}

class KnownLabels implements VocabularyIndex {
  readonly accession: string;
  empty = false;
  labels = new Map<string, LabelResolution>();

  constructor(accession: string) {
    this.accession = accession;
  }

  resolve(value: string): LabelResolution {
    const resolution = this.labels.get(value);
    // a wrong answer would be a false accusation, so judging what was not fetched is a mistake of the caller
    if (resolution === undefined) throw new Error('The batch was judged before its labels were fetched');
    return resolution;
  }
}

function distinct(records: readonly Readonly<Attributes>[], names: readonly string[]): Set<string> {
  const values = new Set<string>();
  for (const record of records) {
    for (const name of names) {
      if (!Object.hasOwn(record, name)) continue;
      const value = record[name];
      if (typeof value === 'string') values.add(value);
      else for (const text of textsOf(value)) values.add(text);
    }
  }
  for (const value of [...values]) {
    const text = value.trim();
    if (text === value) continue;
    values.delete(value);
    if (text !== '') values.add(text);
  }
  values.delete('');
  return values;
}
