import { join, type Queryable, type Sql, sql } from '@linnaea/database';
import type { FullTextQuery, FullTextTerm, FullTextTree, WildcardTerm } from '@linnaea/query';
import { isLeaf } from '@linnaea/query';
import { isUuid } from './nodes/node-ids.ts';
import type { View } from './records.ts';
import { expandTerm } from './vocabularies-terms.ts';

/**
 * Compiles a full-text query over a table alias of `record`. When the whole query is a term of a vocabulary, its
 * synonyms (and with `narrower` the terms below it) are searched too. The published view never sees a draft's words.
 */
export async function compileFullText(
  db: Queryable,
  query: FullTextQuery,
  options: { view: View; alias: Sql; narrower: boolean },
): Promise<Sql> {
  const expansions = query.whole === null ? [] : await expandTerm(db, query.whole, { narrower: options.narrower });
  const written = compileTree(query.tree, options.view, options.alias);
  if (expansions.length === 0) return written;
  const phrases = sql`(select string_agg('(' || phraseto_tsquery('simple', label)::text || ')', ' | ')::tsquery
    from unnest(${expansions}::text[]) as label where phraseto_tsquery('simple', label)::text <> '')`;
  return sql`(${written} or ${matches(phrases, options.view, options.alias)})`;
}

function compileTree(tree: FullTextTree, view: View, alias: Sql): Sql {
  if (isLeaf(tree)) return compileTerm(tree, view, alias);
  if (tree.kind === 'not') return sql`(not ${compileTree(tree.term, view, alias)})`;
  const parts = tree.terms.map((term) => compileTree(term, view, alias));
  return sql`(${join(parts, tree.kind === 'and' ? ' and ' : ' or ')})`;
}

function compileTerm(term: FullTextTerm, view: View, alias: Sql): Sql {
  if (term.kind === 'wildcard') return compileWildcard(term, view, alias);
  const phrase = sql`phraseto_tsquery('simple', ${term.text})`;
  // an accession is one word of the index, whatever a parser of prose would make of its hyphens
  if (isUuid(term.text)) return matches(sql`(${phrase} || ${`'${term.text.toLowerCase()}'`}::tsquery)`, view, alias);
  return matches(phrase, view, alias);
}

/** `word*` is served by the index; a wildcard elsewhere reads the text of the records that the rest has left over. */
function compileWildcard(term: WildcardTerm, view: View, alias: Sql): Sql {
  const start = wordStart(term);
  if (start !== null) return matches(sql`to_tsquery('simple', ${`${start}:*`})`, view, alias);
  const pattern = term.parts.map((part) => {
    if (part.kind === 'run') return '\\S*';
    if (part.kind === 'one') return '\\S';
    return (part as { text: string }).text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  const shown = view === 'draft' ? sql`${alias}.attributes` : sql`coalesce(${alias}.published, ${alias}.attributes)`;
  return sql`exists (select from jsonb_path_query(${shown}, '$.**') as part(value)
    where jsonb_typeof(part.value) in ('string', 'number') and part.value #>> '{}' ~* ${`\\m${pattern.join('')}\\M`})`;
}

/** What a word begins with, of a wildcard that says only that: those the index serves. Null for others. */
export function wordStart({ parts: [first, second, ...more] }: WildcardTerm): string | null {
  const isStart = first?.kind === 'text' && second?.kind === 'run' && more.length === 0;
  return isStart && /^[\p{L}\p{N}]+$/u.test(first.text) ? first.text : null;
}

function matches(tsquery: Sql, view: View, alias: Sql): Sql {
  const draft = sql`${alias}.search @@ ${tsquery}`;
  if (view === 'draft') return sql`(${draft})`;
  const published = sql`search_words(${alias}.accession, ${alias}.published) @@ ${tsquery}`;
  return sql`((${alias}.published is null and ${draft}) or (${alias}.published is not null and ${published}))`;
}
