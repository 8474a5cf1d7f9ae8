import type { Principal } from '@linnaea/model';
import type { ExpressionQuery } from '@linnaea/query';
import { type Candidates, candidatesOf } from './candidates.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { OmicsDeps } from './deps.ts';
import { featureBounds, planExpression } from './expression-plan.ts';
import { buildRows, type ExpressionRow, type RowKey } from './expression-rows.ts';
import { type Budget, findRows, type RowPlace } from './find-rows.ts';
import { isEmpty } from './position-set.ts';
import type { RunSelection } from './select-runs.ts';

/** One page of an answer that is read by a cursor. */
export interface CursorPage<T> {
  items: T[];
  /** False when there may be more; a page may be short, even empty, and yet not the last. */
  exhausted: boolean;
  /** Where the next page begins. Absent after an empty last page only, so that every way of looping comes to an end. */
  cursor?: string;
}

export interface PageRequest {
  cursor?: string | undefined;
  /** Most rows of the page, from 0. */
  limit: number;
  /** Go on looking, however long, until there is a row: for answers whose empty page means the end. */
  neverEmpty?: boolean;
  /** Measurements to look at, at most about, before the page ends short. */
  mostValues?: number;
}

/** Measurements looked at for one page unless the request says otherwise: a second or two. */
const pageValues = 20_000_000;
const end = 2 ** 31 - 1;

/**
 * Rows (a feature in a run) that satisfy a query, by signal, feature and run. Absent query: all rows. Without conditions
 * on features the measurements are searched some millions a page, so that a page answers in bounded time and memory.
 */
export async function expressionData(
  deps: OmicsDeps,
  principal: Principal,
  selection: Omit<RunSelection, 'kind' | 'fromSignal'>,
  query: ExpressionQuery | undefined,
  page: PageRequest,
): Promise<CursorPage<ExpressionRow>> {
  const [fromSignal = 0, feature = 0, run = -1] = page.cursor === undefined ? [] : decodeCursor('e', page.cursor, 3);
  const candidates = await candidatesOf(deps.database, principal, { ...selection, kind: 'expression', fromSignal });
  const first = { signal: fromSignal, feature, run };
  const found = await findPage(deps, candidates, query ?? anything, first, page);
  return {
    items: await buildRows(deps, found.keys),
    exhausted: found.exhausted,
    ...(found.exhausted && found.keys.length === 0 ? {} : { cursor: encodeCursor('e', found.next) }),
  };
}

interface Start extends RowPlace {
  signal: number;
}

interface FoundPage {
  keys: RowKey[];
  exhausted: boolean;
  /** Key of the last row seen. */
  next: [signal: number, feature: number, run: number];
}

const anything: ExpressionQuery = {
  kind: 'equals',
  subject: { kind: 'feature', name: null },
  negated: true,
  values: [],
  at: { start: 0, end: 0 },
};

async function findPage(
  deps: OmicsDeps,
  candidates: Candidates,
  query: ExpressionQuery,
  start: Start,
  { limit, neverEmpty = false, mostValues = pageValues }: PageRequest,
): Promise<FoundPage> {
  const plan = await planExpression(deps.database, query, candidates.ids);
  const budget: Budget = { values: mostValues };
  const keys: RowKey[] = [];
  const lastKey = (): FoundPage['next'] => {
    const last = keys.at(-1);
    if (last === undefined) return [start.signal, start.feature, start.run];
    return [last.signal.id, last.feature, last.signal.runs[last.run]!.position];
  };
  for await (const signal of candidates.signals((id) => !isEmpty(featureBounds(plan, id).may))) {
    const after = signal.id === start.signal ? start : { feature: 0, run: -1 };
    for await (const rows of findRows(deps, plan, signal, after, budget)) {
      for (let i = 0; i < rows.features.length; i++) {
        // one row more than asked for tells that there is a next page
        if (keys.length === limit) return { keys, exhausted: false, next: lastKey() };
        keys.push({ signal, feature: rows.features[i]!, run: rows.runs[i]! });
      }
      const spent = budget.values <= 0 && (keys.length > 0 || !neverEmpty);
      if (spent) return { keys, exhausted: false, next: laterOf(lastKey(), [signal.id, rows.through, end]) };
    }
  }
  return { keys, exhausted: true, next: [candidates.ids.at(-1) ?? start.signal, end, end] };
}

function laterOf(a: FoundPage['next'], b: FoundPage['next']): FoundPage['next'] {
  const differing = a.findIndex((part, i) => part !== b[i]);
  return differing < 0 || a[differing]! > b[differing]! ? a : b;
}
