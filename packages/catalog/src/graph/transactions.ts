import { join, raw, type Sql, sql } from '@linnaea/database';
import type { GraphContext } from './conditions.ts';
import { jsonOf, listText, memberText, objectText, timeText } from './json-text.ts';
import type { CurrentNode } from './nodes.ts';
import type {
  DocumentColumn,
  FieldSource,
  GraphField,
  SnapshotColumn,
  TransactionColumn,
  TransactionCondition,
  TransactionSet,
} from './selection.ts';

/** SQL of the text of a JSON list: transactions of the Gen3 log with their fields. */
export function compileTransactions(
  set: TransactionSet,
  fields: readonly GraphField[],
  context: GraphContext,
  around: CurrentNode | undefined,
): Sql {
  const entry = context.alias();
  const item = objectText(fields.map(({ key, source }) => [key, compileTransactionField(source, entry)] as const));
  const page = pageOf(set, entry, context, around, sql`${entry}.*`);
  return listText(sql`select ${item} as item from (${page}) ${entry}`);
}

export function compileTransactionCount(
  set: TransactionSet,
  context: GraphContext,
  around: CurrentNode | undefined,
): Sql {
  const [entry, page] = [context.alias(), context.alias()];
  return sql`(select count(*)::text from (${pageOf(set, entry, context, around, sql`1`)}) ${page})`;
}

function pageOf(
  set: TransactionSet,
  entry: Sql,
  context: GraphContext,
  around: CurrentNode | undefined,
  select: Sql,
): Sql {
  const conditions = conditionsOf(set.where, entry);
  if (set.ofNode) {
    if (around === undefined) throw new Error('Transactions of a node need the node');
    conditions.push(
      sql`${entry}.change_id in (select i.change_id from change_item i where i.record_id = ${around.alias}.id)`,
    );
  }
  const way = set.order.descending ? sql`desc` : sql`asc`;
  const limit = set.first === null ? sql`` : sql` limit ${set.first}::int`;
  const offset = set.offset === 0 ? sql`` : sql` offset ${set.offset}::int`;
  return sql`select ${select} from gen3_transaction ${entry}
    where ${join([context.readable(sql`${entry}.scope_id`), ...conditions], ' and ')}
    order by ${orderColumns[set.order.column] ?? sql`id`} ${way}, ${entry}.id ${way}${limit}${offset}`;
}

const orderColumns: Partial<Record<TransactionColumn, Sql>> = {
  id: sql`id`,
  is_dry_run: sql`is_dry_run`,
  closed: sql`closed`,
  committed_by: sql`committed_by`,
  state: sql`state`,
  submitter: sql`submitter`,
  role: sql`role`,
  program: sql`program`,
  project: sql`project`,
  created_datetime: sql`created_at`,
};

/** What transactions can be ordered by. */
export const transactionOrders: readonly string[] = Object.keys(orderColumns);

function conditionsOf(where: TransactionCondition, entry: Sql): Sql[] {
  const conditions: Sql[] = [];
  if (where.ids) conditions.push(sql`${entry}.id = any(${[...where.ids]}::bigint[])`);
  if (where.type !== undefined) {
    const roles = where.type === 'upload' ? ['create', 'update'] : [where.type];
    conditions.push(sql`${entry}.role = any(${roles}::text[])`);
  }
  if (where.projectIds)
    conditions.push(sql`${entry}.program || '-' || ${entry}.project = any(${[...where.projectIds]}::text[])`);
  if (where.project !== undefined) conditions.push(sql`${entry}.project = ${where.project}`);
  if (where.program !== undefined) conditions.push(sql`${entry}.program = ${where.program}`);
  if (where.isDryRun !== undefined) conditions.push(sql`${entry}.is_dry_run = ${where.isDryRun}`);
  if (where.closed !== undefined) conditions.push(sql`${entry}.closed = ${where.closed}`);
  if (where.state !== undefined) conditions.push(sql`${entry}.state = ${where.state}`);
  if (where.committedBy) conditions.push(sql`${entry}.committed_by = any(${[...where.committedBy]}::bigint[])`);
  if (where.committable !== undefined) {
    const committable = sql`(${entry}.is_dry_run and ${entry}.state = 'SUCCEEDED' and not ${entry}.closed and ${entry}.committed_by is null)`;
    conditions.push(where.committable ? committable : sql`not ${committable}`);
  }
  if (where.entities) {
    conditions.push(sql`${entry}.change_id in (select i.change_id from change_item i
      join record e on e.id = i.record_id where e.accession = any(${[...where.entities]}::text[]))`);
  }
  return conditions;
}

function compileTransactionField(source: FieldSource, entry: Sql): Sql {
  switch (source.kind) {
    case 'constant':
      return sql`${JSON.stringify(source.value)}`;
    case 'transaction-column':
      return transactionColumn(source.column, entry);
    case 'snapshots': {
      const item = objectText(source.fields.map(({ key, source: field }) => [key, snapshotField(field, entry)] as const));
      return listText(sql`select ${item} as item from change_item i join record e on e.id = i.record_id
        where i.change_id = ${entry}.change_id order by e.id`);
    }
    case 'documents': {
      const item = objectText(source.fields.map(({ key, source: field }) => [key, documentField(field)] as const));
      return listText(sql`select ${item} as item from gen3_document d where d.transaction_id = ${entry}.id order by d.position`);
    }
    default:
      throw new Error(`A transaction has no field of kind ${source.kind}`);
  }
}

function transactionColumn(column: TransactionColumn, entry: Sql): Sql {
  switch (column) {
    case 'id':
    case 'committed_by':
      return jsonOf(sql`${entry}.${raw(column)}::text`);
    case 'type':
      return jsonOf(sql`case when ${entry}.role in ('create', 'update') then 'upload' else ${entry}.role end`);
    case 'project_id':
      return jsonOf(sql`${entry}.program || '-' || ${entry}.project`);
    case 'created_datetime':
      return timeText(sql`${entry}.created_at`);
    case 'canonical_json':
      return jsonOf(sql`(select d.content from gen3_document d where d.transaction_id = ${entry}.id and d.format = 'json'
        order by d.position limit 1)`);
    default:
      return jsonOf(sql`${entry}.${raw(column)}`);
  }
}

function snapshotField(source: FieldSource, entry: Sql): Sql {
  if (source.kind === 'constant') return sql`${JSON.stringify(source.value)}`;
  if (source.kind !== 'snapshot-column') throw new Error(`A snapshot has no field of kind ${source.kind}`);
  const columns: Record<SnapshotColumn, Sql> = {
    id: sql`e.accession`,
    transaction_id: sql`${entry}.id`,
    action: sql`i.action`,
    old_props: sql`i.before::text`,
    new_props: sql`i.after::text`,
  };
  return jsonOf(columns[source.column]);
}

function documentField(source: FieldSource): Sql {
  if (source.kind === 'constant') return sql`${JSON.stringify(source.value)}`;
  if (source.kind === 'json') return jsonField(source, sql`d.response::jsonb`, 0);
  if (source.kind !== 'document-column') throw new Error(`A document has no field of kind ${source.kind}`);
  const columns: Record<DocumentColumn, Sql> = {
    id: sql`(d.transaction_id || '-' || d.position)`,
    transaction_id: sql`d.transaction_id`,
    doc_format: sql`upper(d.format)`,
    doc: sql`d.content`,
    doc_size: sql`octet_length(d.content)`,
    name: sql`d.name`,
    response_json: sql`d.response::text`,
    response: sql`d.response`,
  };
  return jsonOf(columns[source.column]);
}

/** SQL of the JSON text of a part of a JSON value, with the fields that were asked for. */
function jsonField(source: Extract<FieldSource, { kind: 'json' }>, value: Sql, depth: number): Sql {
  if (source.fields === undefined) return memberText(value, source.name, source.as);
  const member = source.name === '' ? value : sql`(${value} -> ${source.name}::text)`;
  const inner = sql`${raw(`j${depth}`)}.value`;
  const item = objectText(
    source.fields.map(({ key, source: field }) => {
      if (field.kind === 'constant') return [key, sql`${JSON.stringify(field.value)}`] as const;
      if (field.kind !== 'json') throw new Error(`JSON has no field of kind ${field.kind}`);
      return [key, jsonField(field, inner, depth + 1)] as const;
    }),
  );
  const rows = raw(`j${depth}(value)`);
  if (!source.list) {
    return sql`coalesce((select ${item} from (select ${member}) ${rows} where jsonb_typeof(${inner}) = 'object'), 'null')`;
  }
  return listText(sql`select ${item} as item from jsonb_array_elements(
    case jsonb_typeof(${member}) when 'array' then ${member} else '[]' end) ${rows}`);
}
