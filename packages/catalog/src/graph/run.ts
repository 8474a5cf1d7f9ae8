import { type Database, join, type Sql, sql } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { compileBins, compileTerms } from './histograms.ts';
import { compileCount, compileList } from './nodes.ts';
import { GraphScope } from './scope.ts';
import { compileTransactionCount, compileTransactions } from './transactions.ts';
import type { GraphRoot } from './types.ts';

/** One record of a list: its kind, then its fields in arrays of ninety. */
export type GraphRow = [kind: string, ...fields: unknown[][]];

export interface GraphRunOptions {
  /** Milliseconds after which the database gives up. */
  timeout: number;
}

/** One statement that answers every root: a row with one column, a JSON array of the roots' answers in their order. */
export function compileGraph(principal: Principal, roots: readonly GraphRoot[]): Sql {
  const scope = new GraphScope(principal, principal.curator || principal.administrator ? 'draft' : 'published');
  const answers = roots.map((root) => compileRoot(scope, root));
  const parts: Sql[] = [];
  for (let start = 0; start < answers.length; start += rootsPerArray) {
    parts.push(sql`json_build_array(${join(answers.slice(start, start + rootsPerArray))})`);
  }
  return sql`with ${scope.readable()} select json_build_array(${join(parts)}) as answers`;
}

const rootsPerArray = 90;
const whole = { terms: [], missing: [] };

function compileRoot(scope: GraphScope, root: GraphRoot): Sql {
  switch (root.kind) {
    case 'terms':
      return compileTerms(scope, root.query, root.name, root.breakdown ?? whole);
    case 'bins':
      return compileBins(scope, root.query, root.bins, root.breakdown ?? whole);
    case 'list':
      return compileList(scope, root.query);
    case 'count':
      return compileCount(scope, root.query);
    case 'transactions':
      return compileTransactions(scope, root.query);
    case 'transaction-count':
      return compileTransactionCount(scope, root.query);
  }
}

/**
 * Answers the roots as the principal sees them: `GraphRow[]` of a list, a number of a count, objects of transactions.
 * One statement, in a read-only transaction that sets its time limit.
 */
export async function runGraph(
  db: Database,
  principal: Principal,
  roots: readonly GraphRoot[],
  options: GraphRunOptions,
): Promise<unknown[]> {
  if (roots.length === 0) return [];
  return db.transaction(async (tx) => {
    // steps along links rarely come twice to the same record: remembering them costs more than it saves
    await tx.run(sql`select set_config('statement_timeout', ${String(options.timeout)}, true),
      set_config('jit', 'off', true), set_config('work_mem', '64MB', true),
      set_config('enable_memoize', 'off', true), set_config('transaction_read_only', 'on', true)`);
    const row = await tx.first<{ answers: unknown[][] }>(compileGraph(principal, roots));
    return row?.answers.flat() ?? [];
  });
}

/** The fields of a row, in the order of the query's `fields`. */
export function rowFields(row: GraphRow): unknown[] {
  const [, first = [], ...others] = row;
  return others.length === 0 ? first : [first, ...others].flat(1);
}
