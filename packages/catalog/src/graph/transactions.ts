import { join, json, type Sql, sql } from '@linnaea/database';
import { isUuid } from '../nodes/node-ids.ts';
import { type GraphScope, shownTime } from './scope.ts';
import type { TransactionColumn, TransactionQuery } from './types.ts';

/** A JSON array of transactions; with `record`, only those that changed the record of that internal id. */
export function compileTransactions(scope: GraphScope, query: TransactionQuery, record?: Sql): Sql {
  const t = scope.alias('t');
  const n = scope.alias('n');
  const order = query.order
    ? sql`${orderValue(query.order.by, t)} ${query.order.descending ? sql`desc` : sql`asc`}, `
    : sql``;
  const limit = query.first === null ? sql`` : sql` limit ${query.first}::bigint`;
  return sql`(select coalesce(json_agg(${transaction(query, n)}), '[]'::json) from (
    select ${t}.* from gen3_transaction ${t} where ${selection(scope, query, t, record)}
    order by ${order}${t}.id${limit} offset ${query.offset}::bigint) ${n})`;
}

export function compileTransactionCount(scope: GraphScope, query: TransactionQuery, record?: Sql): Sql {
  const t = scope.alias('t');
  return sql`(select count(*) from gen3_transaction ${t} where ${selection(scope, query, t, record)})`;
}

function transaction(query: TransactionQuery, t: Sql): Sql {
  const documents = query.documents
    ? sql`(select coalesce(json_agg(json_build_object('id', d.position, 'transaction_id', d.transaction_id,
        'doc_format', upper(d.format), 'doc', d.content, 'doc_size', octet_length(d.content), 'name', d.name,
        'response', d.response) order by d.position), '[]'::json)
        from gen3_document d where d.transaction_id = ${t}.id)`
    : sql`null`;
  const snapshots = query.snapshots
    ? sql`(select coalesce(json_agg(json_build_object('id', e.uuid, 'transaction_id', ${t}.id, 'action', i.action,
        'old_props', i.before, 'new_props', i.after) order by i.record_id), '[]'::json)
        from (${items(t)}) i join record e on e.id = i.record_id)`
    : sql`null`;
  return sql`json_build_object('id', ${t}.id, 'role', ${t}.role, 'state', ${t}.state, 'program', ${t}.program,
    'project', ${t}.project, 'submitter', ${t}.submitter, 'is_dry_run', ${t}.is_dry_run, 'closed', ${t}.closed,
    'committed_by', ${t}.committed_by, 'created_datetime', ${shownTime(sql`${t}.created_at`)},
    'documents', ${documents}, 'snapshots', ${snapshots})`;
}

/** What a transaction did to each record; what a new one looked like is worked out from how it was changed since. */
function items(t: Sql): Sql {
  return sql`select i.record_id, i.action, i.before, i.after from change_item i where i.change_id = ${t}.change_id
    union all
    select r.id, 'create', null, (r.attributes || first.was) - first.absent
    from record r cross join lateral (
      select coalesce(jsonb_object_agg(key, value), '{}') as was,
        coalesce(array_agg(key) filter (where value = 'null'), '{}') as absent
      from (
        select distinct on (old.key) old.key, old.value from change_item i cross join jsonb_each(i.before) old
        where i.record_id = r.id and i.action = 'update' order by old.key, i.change_id
      ) change
    ) first
    where r.created_change = ${t}.change_id`;
}

function selection(scope: GraphScope, query: TransactionQuery, t: Sql, record: Sql | undefined): Sql {
  const parts: Sql[] = [scope.logged(t)];
  if (record) parts.push(sql`${t}.change_id in (${changesOf(record)})`);
  if (query.ids) parts.push(sql`${t}.id = any(${query.ids}::bigint[])`);
  if (query.roles) parts.push(sql`${t}.role = any(${query.roles}::text[])`);
  if (query.projectIds) parts.push(sql`${t}.program || '-' || ${t}.project = any(${query.projectIds}::text[])`);
  if (query.project !== undefined) parts.push(sql`${t}.project = ${query.project}`);
  if (query.program !== undefined) parts.push(sql`${t}.program = ${query.program}`);
  if (query.dryRun !== undefined) parts.push(sql`${t}.is_dry_run = ${query.dryRun}`);
  if (query.closed !== undefined) parts.push(sql`${t}.closed = ${query.closed}`);
  if (query.states) parts.push(sql`${t}.state = any(${query.states}::text[])`);
  if (query.committedBy !== undefined) parts.push(sql`${t}.committed_by = ${query.committedBy}::bigint`);
  if (query.committable !== undefined) {
    parts.push(sql`(${t}.is_dry_run and ${t}.state = 'SUCCEEDED' and not ${t}.closed and ${t}.committed_by is null)
      = ${query.committable}`);
  }
  if (query.entities) parts.push(changed(query.entities, t));
  for (const related of query.relatedCases ?? []) parts.push(relatedCase(related, t));
  return join(parts, ' and ');
}

function changesOf(record: Sql): Sql {
  return sql`select r.created_change from record r where r.id = ${record}
    union all select i.change_id from change_item i where i.record_id = ${record}`;
}

function changed(entities: readonly string[], t: Sql): Sql {
  return sql`${t}.change_id in (select c.id from record e cross join lateral (${changesOf(sql`e.id`)}) c(id)
    where e.uuid = any(${entities.filter(isUuid)}::uuid[]))`;
}

function relatedCase(name: string, t: Sql): Sql {
  const holds = (key: string) => json({ entities: [{ related_cases: [{ [key]: name }] }] });
  return sql`exists (select from gen3_document d where d.transaction_id = ${t}.id
    and (d.response::jsonb @> ${holds('id')}::jsonb or d.response::jsonb @> ${holds('submitter_id')}::jsonb))`;
}

const columns = {
  id: sql`id`,
  submitter: sql`submitter`,
  role: sql`role`,
  state: sql`state`,
  program: sql`program`,
  project: sql`project`,
  created_datetime: sql`created_at`,
  is_dry_run: sql`is_dry_run`,
  closed: sql`closed`,
  committed_by: sql`committed_by`,
} as const;

function orderValue(by: TransactionColumn, t: Sql): Sql {
  return by === 'project_id' ? sql`(${t}.program || '-' || ${t}.project)` : sql`${t}.${columns[by]}`;
}
