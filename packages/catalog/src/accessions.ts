import { type Queryable, sql } from '@linnaea/database';

/** Reserves `count` accessions of the form `GSF100001`, in ascending order. Numbers of a failed import are never reused. */
export async function nextAccessions(db: Queryable, count: number): Promise<string[]> {
  const rows = await db.query<{ accession: string }>(
    sql`select 'GSF' || nextval('accession_number') as accession from generate_series(1, ${count}::int)`,
  );
  return rows.map((row) => row.accession);
}

export async function nextAccession(db: Queryable): Promise<string> {
  return (await nextAccessions(db, 1))[0]!;
}

/** Reserves ids of runs: numeric text on the wire of the ODM API. */
export async function nextRunAccessions(db: Queryable, count: number): Promise<string[]> {
  const rows = await db.query<{ accession: string }>(
    sql`select nextval('run_number')::text as accession from generate_series(1, ${count}::int)`,
  );
  return rows.map((row) => row.accession);
}

/** Reserves internal record ids, so that records and the links between them can be written in one go. */
export async function nextRecordIds(db: Queryable, count: number): Promise<number[]> {
  const row = await db.first<{ ids: number[] }>(
    sql`select array(select nextval('record_id_seq') from generate_series(1, ${count}::int)) as ids`,
  );
  return row!.ids;
}
