import { type Database, type Queryable, sql } from '@linnaea/database';
import {
  CatalogueError,
  type LabelResolution,
  nearestLabels,
  type SynonymScope,
  type VocabularyTerm,
} from '@linnaea/model';
import { readDefinition } from './vocabularies.ts';

/** An expansion gives up narrower terms beyond this number; the ODM API states the same one. */
export const mostExpandedLabels = 30_000;
/** Vocabularies of more terms are searched by the beginning of a label only, and nothing is suggested for unknown values. */
const smallVocabulary = 2000;

interface LabelMatch {
  value: string | null;
  same: boolean;
  label: string | null;
  scope: SynonymScope | null;
  terms: number | null;
}

/**
 * What each value is in a vocabulary: its preferred label, a synonym, or unknown (with near labels, where the
 * vocabulary is small). One query, and one more when such near labels are wanted. Fits `PrefetchedVocabularies`.
 */
export async function resolveLabels(
  db: Queryable,
  vocabulary: string,
  values: readonly string[],
): Promise<{ empty: boolean; labels: Map<string, LabelResolution> }> {
  const matches = await db.query<LabelMatch>(sql`
    with asked as (select value, lower(value) as fold from unnest(${values}::text[]) as value)
    select a.value, t.label = a.value as same, t.label, null as scope, null::int as terms
    from asked a join term t on t.vocabulary = ${vocabulary} and lower(t.label) = a.fold
    union all
    select a.value, s.label = a.value, t.label, s.scope, null
    from asked a join term_synonym s on s.vocabulary = ${vocabulary} and lower(s.label) = a.fold join term t on t.id = s.term_id
    union all
    select null, false, null, null, v.term_count from vocabulary v where v.accession = ${vocabulary}`);
  const terms = matches.find((match) => match.terms !== null)?.terms ?? 0;
  const byValue = Map.groupBy(matches, (match) => match.value);
  const labels = new Map<string, LabelResolution>();
  let all: string[] | undefined;
  for (const value of values) {
    let resolution = resolutionOf(byValue.get(value) ?? []);
    if (resolution === undefined && terms > 0 && terms <= smallVocabulary) {
      all ??= await labelsOf(db, vocabulary);
      resolution = { kind: 'unknown', suggestions: nearestLabels(value, all) };
    }
    labels.set(value, resolution ?? { kind: 'unknown', suggestions: [] });
  }
  return { empty: terms === 0, labels };
}

const scopeOrder: readonly (SynonymScope | null)[] = ['exact', 'related', 'broad', 'narrow'];

/** The same order of precedence as an index in memory has: case first, labels before synonyms. */
function resolutionOf(matches: readonly LabelMatch[]): LabelResolution | undefined {
  const ordered = matches.toSorted((a, b) => scopeOrder.indexOf(a.scope) - scopeOrder.indexOf(b.scope));
  const labels = (same: boolean, synonyms: boolean): string[] => {
    const found = ordered.filter((match) => (match.scope !== null) === synonyms && (match.same || !same));
    return [...new Set(found.map((match) => match.label ?? ''))];
  };
  if (labels(true, false).length > 0) return { kind: 'preferred' };
  const synonymOf = labels(true, true);
  if (synonymOf.length > 0) return { kind: 'synonym', of: synonymOf };
  const otherCase = labels(false, false);
  if (otherCase.length > 0) return { kind: 'unknown', suggestions: otherCase };
  const otherCaseSynonymOf = labels(false, true);
  return otherCaseSynonymOf.length > 0 ? { kind: 'synonym', of: otherCaseSynonymOf } : undefined;
}

async function labelsOf(db: Queryable, vocabulary: string): Promise<string[]> {
  const rows = await db.query<{ label: string }>(sql`
    select label from term where vocabulary = ${vocabulary} order by label limit ${smallVocabulary}`);
  return rows.map((row) => row.label);
}

/**
 * Texts that mean the same as a search text which is, as a whole, a label or an exact or related synonym of any current
 * vocabulary: that label and its exact and related synonyms; with `narrower`, those of all terms below as well. Empty
 * when the text is no term. Terms below are left out altogether when there are more than 30,000 labels.
 */
export async function expandTerm(db: Queryable, text: string, options: { narrower?: boolean } = {}): Promise<string[]> {
  const expanded = await expandedLabels(db, text.trim(), options.narrower ?? false);
  if (expanded.length <= mostExpandedLabels) return expanded;
  const alone = await expandedLabels(db, text.trim(), false);
  return alone.slice(0, mostExpandedLabels);
}

async function expandedLabels(db: Queryable, text: string, narrower: boolean): Promise<string[]> {
  const rows = await db.query<{ label: string }>(sql`
    with recursive tree (id) as (
      select t.id from term t join vocabulary v on v.accession = t.vocabulary and not v.obsolete
      where lower(t.label) = lower(${text})
      union
      select s.term_id from term_synonym s join vocabulary v on v.accession = s.vocabulary and not v.obsolete
      where lower(s.label) = lower(${text}) and s.scope in ('exact', 'related')
    ), below (id) as (
      select id from tree
      union
      select b.term_id from term_broader b join below on b.broader_id = below.id where ${narrower}
    ), enough (id) as materialized (
      -- the search of a whole ontology ends here
      select id from below limit ${mostExpandedLabels + 1}
    )
    select t.label from enough join term t on t.id = enough.id
    union
    select s.label from enough join term_synonym s on s.term_id = enough.id and s.scope in ('exact', 'related')
    limit ${mostExpandedLabels + 1}`);
  return rows.map((row) => row.label).sort();
}

export interface TermSuggestion {
  /** The preferred label: what to store. */
  label: string;
  code: string | null;
  /** The synonym that was met, when it was not the label. */
  synonym: string | null;
  vocabulary: string;
}

/**
 * Terms for a type-ahead: labels that begin with the text, then synonyms that do, then (in small vocabularies) labels
 * with the text inside. Without a vocabulary, all current ones are searched.
 */
export async function suggestTerms(
  db: Queryable,
  vocabulary: string | undefined,
  prefix: string,
  limit = 10,
): Promise<TermSuggestion[]> {
  const fold = prefix.trim().toLowerCase();
  const begins = `${fold.replace(/[\\%_]/g, '\\$&')}%`;
  const inVocabulary = (alias: 't' | 's') => {
    if (vocabulary === undefined)
      return sql`exists (select 1 from vocabulary v where not v.obsolete
      and v.accession = ${alias === 't' ? sql`t.vocabulary` : sql`s.vocabulary`})`;
    return alias === 't' ? sql`t.vocabulary = ${vocabulary}` : sql`s.vocabulary = ${vocabulary}`;
  };
  const found = await db.query<TermSuggestion>(sql`
    (select t.label, t.code, null as synonym, t.vocabulary, 1 as rank from term t
      where ${inVocabulary('t')} and lower(t.label) like ${begins} order by lower(t.label) limit ${limit})
    union all
    (select t.label, t.code, s.label, t.vocabulary, 2 from term_synonym s join term t on t.id = s.term_id
      where ${inVocabulary('s')} and lower(s.label) like ${begins} order by lower(s.label) limit ${limit})
    union all
    (select t.label, t.code, null, t.vocabulary, 3 from vocabulary v
      -- the offset keeps the planner from reading the terms of large vocabularies first
      cross join lateral (select * from term where vocabulary = v.accession and strpos(lower(label), ${fold}) > 1 offset 0) t
      where ${vocabulary === undefined ? sql`not v.obsolete` : sql`v.accession = ${vocabulary}`}
        and v.term_count <= ${smallVocabulary * 10} and ${fold} <> ''
      order by strpos(lower(t.label), ${fold}), lower(t.label) limit ${limit})
    order by rank, label`);
  const terms = new Map<string, TermSuggestion>();
  for (const { label, code, synonym, vocabulary: of } of found) {
    const key = JSON.stringify([of, label]);
    if (!terms.has(key)) terms.set(key, { label, code, synonym, vocabulary: of });
  }
  return [...terms.values()].slice(0, limit);
}

/** All terms of a vocabulary, in the order they were loaded; broader terms by code, or by label where they have none. */
export async function* exportVocabulary(
  db: Pick<Database, 'first' | 'stream'>,
  accession: string,
): AsyncGenerator<VocabularyTerm> {
  const found = await db.first(sql`select 1 from vocabulary where accession = ${accession}`);
  if (found === undefined) throw new CatalogueError('not-found', 'vocabulary-not-found', 'There is no such vocabulary');
  const rows = db.stream<StoredTerm>(sql`
    select t.code, t.label, t.definition,
      (select jsonb_agg(jsonb_build_object('label', s.label, 'scope', s.scope)) from term_synonym s where s.term_id = t.id)
        as synonyms,
      (select array_agg(coalesce(b.code, b.label) order by b.id) from term_broader e join term b on b.id = e.broader_id
        where e.term_id = t.id) as broader
    from term t where t.vocabulary = ${accession} order by t.id`);
  for await (const { code, label, definition, synonyms, broader } of rows) {
    yield {
      ...(code === null ? {} : { code }),
      label,
      synonyms: synonyms ?? [],
      broader: broader ?? [],
      ...readDefinition(definition),
    };
  }
}

interface StoredTerm {
  code: string | null;
  label: string;
  definition: string | null;
  synonyms: VocabularyTerm['synonyms'] | null;
  broader: string[] | null;
}
