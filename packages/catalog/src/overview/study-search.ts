import { join, type Queryable, type Sql, sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { type FullTextQuery, type FullTextTree, isLeaf } from '@linnaea/query';
import { compileFullText } from '../full-text.ts';
import { type View, visibleRecords } from '../records.ts';

/**
 * A full-text condition over studies (alias `r`) that each word may satisfy in the study itself or in anything that
 * belongs to it: "melanoma" in the title and "biopsy" in one of its samples are found together.
 */
export async function compileStudySearch(
  db: Queryable,
  principal: Principal,
  query: FullTextQuery,
  view: View,
): Promise<Sql> {
  const holds = async (part: FullTextQuery) => {
    const condition = await compileFullText(db, part, { view, alias: sql`o`, narrower: true });
    return sql`r.scope_id in (select o.scope_id from record o
      where o.model = 'odm' and ${visibleRecords(principal, 'read', view, sql`o`)} and ${condition})`;
  };
  const written = await compileTree(query.tree, (leaf) => holds({ tree: leaf, whole: null }));
  if (query.whole === null) return written;
  // the whole query may be a term of a vocabulary: its synonyms count beside the words as they were written
  return sql`(${written} or ${await holds(query)})`;
}

async function compileTree(tree: FullTextTree, holds: (leaf: FullTextTree) => Promise<Sql>): Promise<Sql> {
  if (isLeaf(tree)) return holds(tree);
  if (tree.kind === 'not') return sql`(not ${await compileTree(tree.term, holds)})`;
  const parts: Sql[] = [];
  for (const term of tree.terms) parts.push(await compileTree(term, holds));
  return sql`(${join(parts, tree.kind === 'and' ? ' and ' : ' or ')})`;
}
