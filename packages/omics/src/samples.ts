import { type CatalogRecord, type RecordCondition, scrollRecords } from '@linnaea/catalog';
import type { Principal } from '@linnaea/model';
import { asksFor, type OmicsConditions, samplesWithRows } from './conditions.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { OmicsDeps } from './deps.ts';
import type { CursorPage, PageRequest } from './expression-data.ts';
import type { OmicsKind } from './select-runs.ts';

const kinds: readonly OmicsKind[] = ['expression', 'variant'];

/**
 * Samples that satisfy everything: their own metadata, that of what they are linked to, and where measurements are asked
 * for, a run of theirs that has such. Oldest first.
 */
export async function omicsSamples(
  deps: OmicsDeps,
  principal: Principal,
  conditions: OmicsConditions,
  { cursor, limit }: PageRequest,
): Promise<CursorPage<CatalogRecord>> {
  const [after = 0] = cursor === undefined ? [] : decodeCursor('s', cursor, 1);
  let ids: Set<number> | undefined;
  for (const kind of kinds) {
    if (!asksFor(kind, conditions)) continue;
    const found = await samplesWithRows(deps, principal, kind, conditions);
    ids = ids === undefined ? found : new Set([...ids].filter((id) => found.has(id)));
  }
  const related = (['study', 'library', 'preparation'] as const).flatMap((kind) => {
    const where: RecordCondition | undefined = conditions[kind];
    return where === undefined ? [] : [{ kind, where }];
  });
  const items = await scrollRecords(deps.database, principal, {
    kind: 'sample',
    view: conditions.view,
    ...(conditions.sample === undefined ? {} : { where: conditions.sample }),
    related,
    ...(ids === undefined ? {} : { ids: [...ids] }),
    after,
    // one more than asked for tells that there is a next page
    limit: limit + 1,
  });
  const exhausted = items.length <= limit;
  const page = items.slice(0, limit);
  const last = page.at(-1)?.id ?? after;
  return { items: page, exhausted, ...(exhausted && page.length === 0 ? {} : { cursor: encodeCursor('s', [last]) }) };
}
