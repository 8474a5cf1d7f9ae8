import { type Queryable, sql } from '@linnaea/database';

/** A cell of a feature column; null when missing. */
export type FeatureCell = string | number | null;

/** Cells of a feature by column, in the file's order; the first names the feature. */
export type DescribedFeature = readonly (readonly [column: string, cell: FeatureCell])[];

interface CellRow {
  set: number;
  position: number;
  columns: string[];
  /** Without a first, which is `name`. */
  cells: (string | number | null)[] | null;
  name: string;
}

/**
 * Features at some positions of some lists, in one statement. The catalogue has them at hand; the columns in the store
 * would have to be decoded by the thousand for a single one.
 */
export async function describeFeatures(
  db: Queryable,
  wanted: ReadonlyMap<number, ReadonlySet<number>>,
): Promise<Map<number, Map<number, DescribedFeature>>> {
  const pairs = [...wanted].flatMap(([set, positions]) => [...positions].map((position) => [set, position] as const));
  const rows = await db.query<CellRow>(sql`
    select f.feature_set_id as set, f.position, f.name,
      (select array_agg(c.name order by c.ordinal) from feature_column c where c.feature_set_id = f.feature_set_id) as columns,
      (select json_agg(case when c.type = 'numeric' and a.number not in ('Infinity', '-Infinity') then to_json(a.number)
          else to_json(a.text) end order by c.ordinal)
        from feature_column c join feature_attribute a on a.feature_set_id = c.feature_set_id and a.ordinal = c.ordinal
        where c.feature_set_id = f.feature_set_id and a.position = f.position) as cells
    from unnest(${pairs.map(([set]) => set)}::bigint[], ${pairs.map(([, position]) => position)}::integer[]) as asked (set, position)
    join feature f on f.feature_set_id = asked.set and f.position = asked.position`);
  const found = new Map<number, Map<number, DescribedFeature>>();
  for (const { set, position, name, columns, cells } of rows) {
    const features = found.get(set) ?? new Map<number, DescribedFeature>();
    found.set(set, features);
    const all = [name, ...(cells ?? [])];
    features.set(
      position,
      columns.map((column, ordinal) => [column, all[ordinal] ?? null]),
    );
  }
  return found;
}
