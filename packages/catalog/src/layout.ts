import { type Queryable, sql } from '@linnaea/database';

/** How the attributes of a record are ordered and judged: by a template first, then as its file had them. */
export interface RecordLayout {
  /** Accession of the template of the study the record belongs to, else of its own import, else null (the default one). */
  template: string | null;
  /** Attribute names in the order of the file that the record came from. */
  fileOrder: readonly string[];
}

/** The layouts of records, by internal id; records of one group share one object. One statement, however many. */
export async function layoutsOf(db: Queryable, recordIds: readonly number[]): Promise<Map<number, RecordLayout>> {
  const rows = await db.query<{ ids: number[]; template: string | null; order: string[] | null }>(sql`
    select array_agg(r.id) as ids, coalesce(study.template, g.template, r.template) as template,
      coalesce(g.attribute_order, r.attribute_order) as "order"
    from record r
    left join record g on g.id = r.group_id
    join scope s on s.id = r.scope_id
    left join record study on s.kind = 'study' and study.accession = s.name
    where r.id = any(${recordIds}::bigint[])
    group by g.id, study.id, case when g.id is null then r.id end,
      coalesce(study.template, g.template, r.template), coalesce(g.attribute_order, r.attribute_order)`);
  const layouts = new Map<number, RecordLayout>();
  for (const row of rows) {
    const layout: RecordLayout = { template: row.template, fileOrder: row.order ?? [] };
    for (const id of row.ids) layouts.set(id, layout);
  }
  return layouts;
}
