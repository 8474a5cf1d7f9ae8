import { raw, type Sql, sql } from '@linnaea/database';
import { visible } from '@linnaea/identity';
import type { Principal } from '@linnaea/model';
import type { View } from '../records.ts';
import type { GraphContext } from './conditions.ts';
import { objectText } from './json-text.ts';
import {
  type CurrentNode,
  compileAttribute,
  compileColumn,
  compileNodeCount,
  compileNodes,
  compileRuns,
} from './nodes.ts';
import type { FieldSource, GraphField } from './selection.ts';
import { compileTransactionCount, compileTransactions } from './transactions.ts';

/** One statement that answers everything that was asked: a row with the column `answer`, the text of a JSON object. */
export function compileGraph(fields: readonly GraphField[], principal: Principal, view: View): Sql {
  const context = newContext(principal, view);
  const answer = objectText(
    fields.map(({ key, source }) => [key, compileField(source, context, undefined)] as const),
  );
  return sql`with ${scopes('readable', principal, 'read')}, ${scopes('measurable', principal, 'measure')} select ${answer} as answer`;
}

/** The scopes that the principal may do something with are found once a statement, not once a list. */
function scopes(name: 'readable' | 'measurable', principal: Principal, level: 'read' | 'measure'): Sql {
  return sql`${raw(name)}(id) as materialized (select scope.id from scope where ${visible(principal, level, sql`scope.id`)})`;
}

export function newContext(principal: Principal, view: View): GraphContext {
  let aliases = 0;
  const among = (name: 'readable' | 'measurable', level: 'read' | 'measure') => {
    const condition = visible(principal, level, sql`scope.id`);
    // who sees everything needs no test, and counts then need nothing but an index
    const everything = condition.text === 'true';
    return (column: Sql) => (everything ? sql`true` : sql`${column} in (select id from ${raw(name)})`);
  };
  return {
    alias: () => raw(`n${++aliases}`),
    view,
    readable: among('readable', 'read'),
    measurable: among('measurable', 'measure'),
  };
}

function compileField(source: FieldSource, context: GraphContext, around: CurrentNode | undefined): Sql {
  switch (source.kind) {
    case 'constant':
      return sql`${JSON.stringify(source.value)}`;
    case 'object':
      return objectText(source.fields.map((field) => [field.key, compileField(field.source, context, around)] as const));
    case 'nodes':
      return compileNodes(source.set, source.shape, context, around, compileField);
    case 'node-count':
      return compileNodeCount(source.set, context, around);
    case 'transactions':
      return compileTransactions(source.set, source.fields, context, around);
    case 'transaction-count':
      return compileTransactionCount(source.set, context, around);
  }
  if (around === undefined) throw new Error(`A field of kind ${source.kind} needs a node around it`);
  if (source.kind === 'attribute') return compileAttribute(source, around, context);
  if (source.kind === 'column') return compileColumn(source.column, around, context);
  if (source.kind === 'runs') return compileRuns(around, context);
  throw new Error(`A node has no field of kind ${source.kind}`);
}
