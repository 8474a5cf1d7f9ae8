import { type Queryable, sql } from '@linnaea/database';
import { type Attributes, type AttributeType, linkingAttributes, type Principal } from '@linnaea/model';
import { type CatalogRecord, getRecord, type View, viewAttributes, visibleRecords } from '../records.ts';
import { templateFor } from '../templates.ts';
import type { TableKind } from './study-page.ts';

export interface TableColumn {
  name: string;
  type: AttributeType;
  /** Name of the vocabulary that values come from; null for free text. */
  vocabulary: string | null;
  description: string | null;
  required: boolean;
  readOnly: boolean;
}

export interface TableLayout {
  /** The attribute that people know a row by. */
  key: string;
  columns: TableColumn[];
  total: number;
}

export interface TableRow {
  accession: string;
  attributes: Attributes;
}

/** Beyond this many rows, attributes that were added after the import are looked for in the first rows only. */
const searchedRows = 1_000;

/**
 * The columns of a study's table: the key first, then as the template orders them, then as the files had them, then what
 * was added since; and the number of rows. An attribute that no row has is a column only when it is required.
 */
export async function getTableLayout(
  db: Queryable,
  principal: Principal,
  { accession, kind, view }: { accession: string; kind: TableKind; view: View },
): Promise<TableLayout> {
  const study = await getRecord(db, principal, accession, ['study'], { view });
  const found = await findNames(db, principal, study, kind, view);
  const own = await db.first<{ template: string | null }>(sql`select template from record where id = ${study.id}`);
  const template = await templateFor(db, own?.template ?? null);
  const rules = new Map(template?.rules.filter((rule) => rule.target === kind).map((rule) => [rule.name, rule]));
  const used = new Set([...found.fileOrder, ...found.names]);
  const key = linkingAttributes[kind] ?? 'Name';
  const names = new Set([key, ...rules.keys(), ...used]);
  names.delete('genestack:accession');
  const columns = [...names]
    .filter((name) => name === key || used.has(name) || rules.get(name)?.required)
    .map((name): TableColumn => {
      const rule = rules.get(name);
      return {
        name,
        type: rule?.type ?? 'string',
        vocabulary: rule?.vocabularyName ?? null,
        description: rule?.description ?? null,
        required: rule?.required ?? false,
        readOnly: rule?.readOnly ?? false,
      };
    });
  return { key, columns, total: found.total };
}

async function findNames(db: Queryable, principal: Principal, study: CatalogRecord, kind: TableKind, view: View) {
  const rows = sql`record r where r.scope_id = ${study.scopeId} and r.model = 'odm' and r.kind = ${kind}
    and ${visibleRecords(principal, 'read', view)}`;
  const row = await db.first<{ total: number; orders: string[][] | null; names: string[] }>(sql`
    select (select count(*)::int from ${rows}) as total,
      (select jsonb_agg(to_jsonb(g.attribute_order) order by g.id) from record g
        where g.attribute_order is not null and g.id in (select r.group_id from ${rows})) as orders,
      array(select distinct k from (select ${viewAttributes(view)} as shown from ${rows} order by r.id limit ${searchedRows}) f,
        jsonb_object_keys(f.shown) k order by k) as names`);
  return { total: row?.total ?? 0, fileOrder: (row?.orders ?? []).flat(), names: row?.names ?? [] };
}

/** Rows of a study's table in the order of their files, from `offset`. */
export async function listTableRows(
  db: Queryable,
  principal: Principal,
  options: { accession: string; kind: TableKind; view: View; offset: number; limit: number },
): Promise<TableRow[]> {
  const { kind, view } = options;
  const study = await getRecord(db, principal, options.accession, ['study'], { view });
  // rows are chosen by their narrow columns first: sorting them with their attributes costs four times as much
  return db.query<TableRow>(sql`
    with page as materialized (
      select r.id, row_number() over (order by r.group_id nulls last, r.position, r.id) as place from record r
      where r.scope_id = ${study.scopeId} and r.model = 'odm' and r.kind = ${kind} and ${visibleRecords(principal, 'read', view)}
      order by place limit ${options.limit} offset ${options.offset}
    )
    select r.accession, ${viewAttributes(view)} as attributes from page join record r on r.id = page.id order by page.place`);
}
