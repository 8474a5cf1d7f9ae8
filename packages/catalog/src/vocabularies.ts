import { type Queryable, sql, type Transaction } from '@linnaea/database';
import { CatalogueError, type VocabularyBatch, type VocabularyTerm } from '@linnaea/model';
import { nextAccession } from './accessions.ts';

/** A vocabulary as lists show it. */
export interface VocabularySummary {
  accession: string;
  name: string;
  description: string | null;
  sourceUrl: string | null;
  /** Replaced by a newer one of the same name; it still judges what still names it. */
  obsolete: boolean;
  termCount: number;
  createdBy: number | null;
  createdAt: Date;
}

export interface NewVocabulary {
  name: string;
  description?: string;
  sourceUrl?: string;
  /** What a reader yields, or `batchOf(terms)`. It must not use the transaction. */
  terms: AsyncIterable<VocabularyBatch> | Iterable<VocabularyBatch>;
  /** Subject id. */
  createdBy?: number;
}

export interface LoadedVocabulary {
  accession: string;
  termCount: number;
  /** Accession of the vocabulary that had the name and is obsolete now. */
  replaced: string | undefined;
  /** Accessions of templates that named the old one (or the name, before there was any) and are bound to this one. */
  templates: string[];
  /** Terms and synonyms whose text is too long to be found by, and so were left out. */
  leftOut: number;
}

/** Longer texts do not fit an index page of PostgreSQL; no label of the field comes near. */
const longestLabelBytes = 2000;
const batchSize = 5000;

const summary = sql`accession, name, description, source_url as "sourceUrl", obsolete, term_count as "termCount",
  created_by as "createdBy", created_at as "createdAt"`;

/**
 * Stores a vocabulary. One of the same name becomes obsolete, and templates that named it are bound to the new one.
 * Broader terms are found by code, then by label; those that the source does not hold are left out.
 */
export async function loadVocabulary(tx: Transaction, input: NewVocabulary): Promise<LoadedVocabulary> {
  const name = input.name.trim();
  if (name === '') throw new CatalogueError('invalid', 'vocabulary-name', 'A vocabulary needs a name');
  // two loads of one name wait for each other instead of failing on the unique index
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${`vocabulary ${name}`}, 0))`);
  const accession = await nextAccession(tx);
  const old = await tx.first<{ accession: string }>(sql`
    update vocabulary set obsolete = true where name = ${name} and not obsolete returning accession`);
  await tx.run(sql`
    insert into vocabulary (accession, name, description, source_url, created_by)
    values (${accession}, ${name}, ${input.description ?? null}, ${input.sourceUrl ?? null}, ${input.createdBy ?? null})`);
  const { termCount, leftOut } = await writeTerms(tx, accession, input.terms);
  // without figures the planner takes a large new vocabulary for an empty one until autovacuum comes by
  if (termCount >= batchSize) await tx.run(sql`analyze term, term_synonym, term_broader`);
  await tx.run(sql`update vocabulary set term_count = ${termCount} where accession = ${accession}`);
  const templates = await bindTemplates(tx, name, accession, old?.accession);
  return { accession, termCount, replaced: old?.accession, templates, leftOut };
}

/** Obsolete ones are listed only when asked for. Ordered by name. */
export function listVocabularies(db: Queryable, options: { obsolete?: boolean } = {}): Promise<VocabularySummary[]> {
  return db.query<VocabularySummary>(sql`
    select ${summary} from vocabulary where ${options.obsolete ?? false} or not obsolete
    order by name, created_at, accession`);
}

/** By accession, or the current one of a name. */
export function findVocabulary(db: Queryable, accessionOrName: string): Promise<VocabularySummary | undefined> {
  return db.first<VocabularySummary>(sql`
    select ${summary} from vocabulary
    where accession = ${accessionOrName} or (name = ${accessionOrName} and not obsolete)
    order by accession = ${accessionOrName} desc limit 1`);
}

/** Removes a vocabulary with its terms; attributes bound to it become free text. */
export async function deleteVocabulary(tx: Transaction, accession: string): Promise<void> {
  const found = await tx.run(sql`delete from vocabulary where accession = ${accession}`);
  if (found === 0) throw new CatalogueError('not-found', 'vocabulary-not-found', 'There is no such vocabulary');
}

async function writeTerms(
  tx: Transaction,
  accession: string,
  batches: NewVocabulary['terms'],
): Promise<{ termCount: number; leftOut: number }> {
  await tx.run(sql`
    create temporary table if not exists staged_broader (narrower_id bigint, narrower text, broader text) on commit drop`);
  await tx.run(sql`truncate staged_broader`);
  const counts = { termCount: 0, leftOut: 0 };
  let held: VocabularyBatch = { terms: [], relations: [] };
  for await (const batch of batches) {
    held.terms.push(...batch.terms);
    held.relations.push(...batch.relations);
    if (held.terms.length + held.relations.length < batchSize) continue;
    await writeBatch(tx, accession, held, counts);
    held = { terms: [], relations: [] };
  }
  await writeBatch(tx, accession, held, counts);
  await linkBroader(tx, accession);
  return counts;
}

async function writeBatch(
  tx: Transaction,
  accession: string,
  batch: VocabularyBatch,
  counts: { termCount: number; leftOut: number },
): Promise<void> {
  const terms = batch.terms.filter((term) => fits(term.label) && fits(term.code ?? ''));
  const synonyms = terms.map((term) => term.synonyms.filter((synonym) => fits(synonym.label)));
  counts.termCount += terms.length;
  counts.leftOut += batch.terms.length - terms.length;
  terms.forEach((term, index) => {
    counts.leftOut += term.synonyms.length - (synonyms[index]?.length ?? 0);
  });
  const ids = await reserveIds(tx, terms.length);
  await tx.copyIn(
    'term',
    ['id', 'vocabulary', 'code', 'label', 'definition'],
    terms.map((term, index) => [ids[index], accession, term.code ?? null, term.label, definitionOf(term)]),
  );
  await tx.copyIn(
    'term_synonym',
    ['term_id', 'vocabulary', 'label', 'scope'],
    synonyms.flatMap((each, index) => each.map(({ label, scope }) => [ids[index], accession, label, scope])),
  );
  await tx.copyIn(
    'staged_broader',
    ['narrower_id', 'narrower', 'broader'],
    [
      ...terms.flatMap((term, index) => term.broader.map((broader) => [ids[index], null, broader])),
      ...batch.relations.map(({ narrower, broader }) => [null, narrower, broader]),
    ],
  );
}

async function reserveIds(tx: Transaction, count: number): Promise<number[]> {
  if (count === 0) return [];
  const rows = await tx.query<{ id: number }>(sql`
    select nextval('term_id_seq') as id from generate_series(1, ${count}::int)`);
  return rows.map((row) => row.id);
}

/** Turns codes and labels into terms, all at once, because a term may be named before it comes. */
async function linkBroader(tx: Transaction, accession: string): Promise<void> {
  await tx.run(sql`analyze staged_broader`);
  await tx.run(sql`
    update staged_broader s set narrower_id = t.id from term t
    where s.narrower_id is null and t.vocabulary = ${accession} and t.code = s.narrower`);
  await tx.run(sql`
    update staged_broader s set narrower_id = t.id from term t
    where s.narrower_id is null and t.vocabulary = ${accession} and lower(t.label) = lower(s.narrower) and t.label = s.narrower`);
  await tx.run(sql`
    insert into term_broader (term_id, broader_id)
    select s.narrower_id, t.id from staged_broader s
    join term t on t.vocabulary = ${accession} and t.code = s.broader
    where s.narrower_id <> t.id
    on conflict do nothing`);
  await tx.run(sql`
    insert into term_broader (term_id, broader_id)
    select s.narrower_id, t.id from staged_broader s
    join term t on t.vocabulary = ${accession} and lower(t.label) = lower(s.broader) and t.label = s.broader
    where s.narrower_id <> t.id
      and not exists (select 1 from term c where c.vocabulary = ${accession} and c.code = s.broader)
    on conflict do nothing`);
  await tx.run(sql`truncate staged_broader`);
}

/** Makes the rules that mean this vocabulary, by its old accession or by its name, name the new accession. */
async function bindTemplates(
  tx: Transaction,
  name: string,
  accession: string,
  old: string | undefined,
): Promise<string[]> {
  const rows = await tx.query<{ accession: string }>(sql`
    update template set updated_at = now(), rules = (
      select jsonb_agg(
        case when rule ->> 'vocabulary' = ${old ?? null}
            or (rule ->> 'vocabularyName' = ${name} and rule ->> 'vocabulary' is null)
          then rule || jsonb_build_object('vocabulary', ${accession}::text, 'vocabularyName', ${name}::text)
          else rule end order by place)
      from jsonb_array_elements(rules) with ordinality as each (rule, place))
    where exists (
      select 1 from jsonb_array_elements(rules) as rule
      where rule ->> 'vocabulary' = ${old ?? null}
        or (rule ->> 'vocabularyName' = ${name} and rule ->> 'vocabulary' is null))
    returning accession`);
  return rows.map((row) => row.accession).sort();
}

function fits(text: string): boolean {
  return text.length <= longestLabelBytes / 4 || Buffer.byteLength(text) <= longestLabelBytes;
}

/** How a unit's conversion is kept where another term has its definition. */
const unitDefinition = /^In (.+): x \* (\S+) \+ (\S+)$/s;

function definitionOf({ definition, unit }: VocabularyTerm): string | null {
  if (definition !== undefined) return definition;
  return unit === undefined ? null : `In ${unit.parent}: x * ${unit.factor} + ${unit.offset}`;
}

/** A stored definition as a term carries it. */
export function readDefinition(definition: string | null): Pick<VocabularyTerm, 'definition' | 'unit'> {
  if (definition === null) return {};
  const parts = unitDefinition.exec(definition);
  const [factor, offset] = [Number(parts?.[2]), Number(parts?.[3])];
  if (parts?.[1] === undefined || Number.isNaN(factor) || Number.isNaN(offset)) return { definition };
  return { unit: { parent: parts[1], factor, offset } };
}
