import { type Database, sql, sqlState } from '@linnaea/database';
import { type AttributeValue, CatalogueError, type Principal } from '@linnaea/model';
import type { View } from '../records.ts';
import { compileGraph } from './compile.ts';
import type { GraphCursor, GraphField } from './selection.ts';

export interface GraphOptions {
  view: View;
  /** The statement is given up after this many milliseconds. */
  timeoutMs: number;
}

/**
 * Answers a selection with one statement: the text of a JSON object with the keys that were asked for. Throws
 * `query-timeout` when it takes too long and `answer-too-large` when it is more than a text of the database can hold.
 */
export async function runGraph(
  database: Database,
  principal: Principal,
  fields: readonly GraphField[],
  { view, timeoutMs }: GraphOptions,
): Promise<string> {
  const statement = compileGraph(fields, principal, view);
  if (statement.values.length > maxParameters)
    throw new CatalogueError('too-large', 'query-too-large', 'The query is too large: ask for fewer fields at once');
  try {
    const row = await database.transaction(async (tx) => {
      // wide statements cost more to compile to machine code than to run
      await tx.run(sql`select set_config('statement_timeout', ${String(timeoutMs)}, true), set_config('jit', 'off', true)`);
      return tx.first<{ answer: string }>(statement);
    });
    return row?.answer ?? '{}';
  } catch (error) {
    throw explained(error);
  }
}

/** The protocol counts parameters in 16 bits. */
const maxParameters = 65_000;

function explained(error: unknown): unknown {
  const state = sqlState(error);
  if (state === '57014')
    return new CatalogueError('limited', 'query-timeout', 'The query takes too long: ask for less, or page with "first" and "after"', { cause: error });
  if (state === '54000' || state === '53200' || state === '54001')
    return new CatalogueError('too-large', 'answer-too-large', 'The answer is too large: page with "first" and "after"', { cause: error });
  return error;
}

/** Reads what the field `_cursor` gave; undefined when it is none. */
export function readCursor(text: string): GraphCursor | undefined {
  let pair: AttributeValue;
  try {
    pair = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(pair) || pair.length !== 2) return undefined;
  const [value = null, id] = pair;
  return typeof id === 'number' && Number.isSafeInteger(id) ? { value, id } : undefined;
}
