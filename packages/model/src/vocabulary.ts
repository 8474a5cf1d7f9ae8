/** How near a synonym is to its term. */
export const synonymScopes = ['exact', 'related', 'broad', 'narrow'] as const;
export type SynonymScope = (typeof synonymScopes)[number];

export interface TermSynonym {
  label: string;
  scope: SynonymScope;
}

/** How a unit turns into the unit it is derived from: `parent value = value * factor + offset`. */
export interface UnitConversion {
  parent: string;
  factor: number;
  offset: number;
}

/** One term of a vocabulary, as readers give it and stores take it. */
export interface VocabularyTerm {
  /** Identifier in the source, e.g. `UBERON:0002107`. */
  code?: string;
  /** The preferred label: the one text that a value may have. */
  label: string;
  synonyms: TermSynonym[];
  /** Codes or labels of more general terms. */
  broader: string[];
  definition?: string;
  /** Identifiers of the same thing elsewhere. */
  exactMatch?: string[];
  unit?: UnitConversion;
}

/** Some terms of a vocabulary that is read or written piece by piece. */
export interface VocabularyBatch {
  terms: VocabularyTerm[];
  /** What the source says of terms elsewhere in it, by code or label. */
  relations: BroaderRelation[];
}

export interface BroaderRelation {
  narrower: string;
  broader: string;
}

/** Terms at hand as the one batch that loading takes. */
export function batchOf(terms: readonly VocabularyTerm[]): VocabularyBatch[] {
  return [{ terms: [...terms], relations: [] }];
}

/** What a value is in a vocabulary. */
export type LabelResolution =
  | { kind: 'preferred' }
  | { kind: 'synonym'; of: readonly string[] }
  | { kind: 'unknown'; suggestions: readonly string[] };

/** What judging needs to know of a vocabulary, whether it lies in memory or was asked of a store beforehand. */
export interface VocabularyIndex {
  readonly accession: string;
  /** Nothing in it: every text is allowed. */
  readonly empty: boolean;
  resolve(value: string): LabelResolution;
}

/** Values that are valid for every attribute, whatever its type or vocabulary. */
export const alwaysValid: ReadonlySet<string> = new Set(['Not applicable', 'Not recorded', 'Not reported']);

const preferred: LabelResolution = { kind: 'preferred' };
/** Vocabularies of more terms get no suggestions by distance: judging must stay cheap. */
const largestForDistance = 2000;

/** Makes an index in memory, for vocabularies of up to some hundred thousand terms. */
export function compileVocabulary(accession: string, terms: Iterable<VocabularyTerm>): VocabularyIndex {
  const labels = new Set<string>();
  const labelsByFold = new Map<string, string[]>();
  const synonyms = new Map<string, string[]>();
  const synonymsByFold = new Map<string, string[]>();
  for (const term of terms) {
    labels.add(term.label);
    append(labelsByFold, foldLabel(term.label), term.label);
    for (const synonym of byScope(term.synonyms)) {
      append(synonyms, synonym.label, term.label);
      append(synonymsByFold, foldLabel(synonym.label), term.label);
    }
  }
  const resolve = (value: string): LabelResolution => {
    if (labels.has(value)) return preferred;
    const fold = foldLabel(value);
    const of = synonyms.get(value);
    if (of !== undefined) return { kind: 'synonym', of };
    const sameButCase = labelsByFold.get(fold);
    if (sameButCase !== undefined) return { kind: 'unknown', suggestions: sameButCase };
    const ofFold = synonymsByFold.get(fold);
    if (ofFold !== undefined) return { kind: 'synonym', of: ofFold };
    if (labels.size > largestForDistance) return { kind: 'unknown', suggestions: [] };
    return { kind: 'unknown', suggestions: nearestLabels(value, labels) };
  };
  return { accession, empty: labels.size === 0, resolve: remembering(resolve) };
}

/** The text that labels are compared by when case does not matter; SQL's `lower` gives the same for what people write. */
export function foldLabel(label: string): string {
  return label.toLowerCase();
}

/**
 * Up to `limit` labels that differ from the value in few letters, nearest first: one letter of short values, a third of
 * the letters of longer ones, three at most.
 */
export function nearestLabels(value: string, labels: Iterable<string>, limit = 3): string[] {
  const fold = foldLabel(value);
  if (fold.length === 0 || fold.length > 100) return [];
  const bound = Math.max(1, Math.min(3, Math.floor(fold.length / 3)));
  const found: { label: string; distance: number }[] = [];
  for (const label of labels) {
    if (Math.abs(label.length - fold.length) > bound) continue;
    const distance = editDistance(fold, foldLabel(label), bound);
    if (distance <= bound) found.push({ label, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.label < b.label ? -1 : 1));
  return found.slice(0, limit).map((each) => each.label);
}

/** Insertions, deletions, replacements and swaps of neighbours between two texts, or `bound + 1` when there are more. */
export function editDistance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) > bound) return bound + 1;
  let previous: number[] = [];
  let current = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const older = previous;
    previous = current;
    current = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, older[j - 2]! + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    // a swap may still come from the row before, so two rows must be beyond hope
    if (least > bound && Math.min(...previous) > bound) return bound + 1;
  }
  return Math.min(current[b.length]!, bound + 1);
}

/** `value` in another unit of the same vocabulary, or undefined when the two have no common base. */
export function convertUnit(
  value: number,
  from: string,
  to: string,
  conversions: ReadonlyMap<string, UnitConversion>,
): number | undefined {
  const source = toBase(from, conversions);
  const target = toBase(to, conversions);
  if (source === undefined || target === undefined || source.parent !== target.parent) return undefined;
  return (value * source.factor + source.offset - target.offset) / target.factor;
}

/** The chain of conversions up to the base unit, as one. */
function toBase(unit: string, conversions: ReadonlyMap<string, UnitConversion>): UnitConversion | undefined {
  const total = { parent: unit, factor: 1, offset: 0 };
  for (let step = 0; step < 20; step += 1) {
    const next = conversions.get(total.parent);
    if (next === undefined) return total;
    total.offset = total.offset * next.factor + next.offset;
    total.factor *= next.factor;
    total.parent = next.parent;
  }
  return undefined;
}

/** Bad values repeat (one wrong word in a column of thousands), so answers that cost a search are kept, boundedly. */
function remembering(resolve: (value: string) => LabelResolution): (value: string) => LabelResolution {
  const known = new Map<string, LabelResolution>();
  return (value) => {
    const earlier = known.get(value);
    if (earlier !== undefined) return earlier;
    const resolution = resolve(value);
    if (resolution === preferred) return resolution;
    if (known.size >= 1000) known.clear();
    known.set(value, resolution);
    return resolution;
  };
}

function byScope(synonyms: readonly TermSynonym[]): TermSynonym[] {
  return [...synonyms].sort((a, b) => synonymScopes.indexOf(a.scope) - synonymScopes.indexOf(b.scope));
}

function append(map: Map<string, string[]>, key: string, label: string): void {
  const labels = map.get(key);
  if (labels === undefined) map.set(key, [label]);
  else if (!labels.includes(label)) labels.push(label);
}
