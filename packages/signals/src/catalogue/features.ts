import { join, type Queryable, type Sql, sql } from '@linnaea/database';
import type { Condition, Literal } from '@linnaea/query';

/** What features are looked for: names, or a condition on a feature column (null = the names). */
export type FeatureSearch = { names: readonly string[] } | { condition: Condition<{ readonly name: string | null }> };

/** Features of one signal that were found, ascending. */
export interface FoundFeatures {
  signalId: number;
  positions: Int32Array;
}

interface SetMatch {
  id: number;
  positions: number[] | null;
}

/**
 * Finds features in many signals at once; signals with none are left out. Conditions compare as numbers where both sides
 * read as numbers, else as exact text, names always as text. A signal without the column lacks the attribute in every feature.
 */
export async function findFeatures(
  db: Queryable,
  search: FeatureSearch,
  signalIds: readonly number[],
): Promise<FoundFeatures[]> {
  const signals = await db.query<{ id: number; set: number; count: number }>(sql`
    select id, feature_set_id as set, feature_count as count from signal
    where id = any(${signalIds}::bigint[]) and feature_set_id is not null order by id`);
  const sets = [...new Set(signals.map(({ set }) => set))];
  const found = new Map<number, Int32Array | undefined>();
  for (const { id, positions } of await matchesOf(db, search, sets)) {
    found.set(id, positions === null ? undefined : Int32Array.from(positions));
  }
  return signals.flatMap(({ id, set, count }) => {
    if (!found.has(set)) return [];
    const positions = found.get(set) ?? Int32Array.from({ length: count }, (_, i) => i);
    return positions.length === 0 ? [] : [{ signalId: id, positions }];
  });
}

async function matchesOf(db: Queryable, search: FeatureSearch, sets: number[]): Promise<SetMatch[]> {
  if ('names' in search) return nameMatches(db, sets, nameIn(search.names));
  const { condition } = search;
  const { name } = condition.subject;
  if (name === null) return nameMatches(db, sets, nameTest(condition));
  const ordinals = await db.query<{ set: number; ordinal: number }>(sql`
    select distinct on (feature_set_id) feature_set_id as set, ordinal from feature_column
    where feature_set_id = any(${sets}::bigint[]) and name = ${name} order by feature_set_id, ordinal`);
  const first = ordinals.filter(({ ordinal }) => ordinal === 0).map(({ set }) => set);
  const others = ordinals.filter(({ ordinal }) => ordinal > 0);
  const without = sets.filter((set) => !ordinals.some((column) => column.set === set));
  return [
    ...(await nameMatches(db, first, nameTest(condition))),
    ...(await attributeMatches(db, others, attributeTest(condition))),
    ...(admitsMissing(condition) ? without.map((id) => ({ id, positions: null })) : []),
  ];
}

function nameMatches(db: Queryable, sets: number[], test: Sql): Promise<SetMatch[]> {
  if (sets.length === 0) return Promise.resolve([]);
  return db.query<SetMatch>(sql`
    select feature_set_id as id, array_agg(position order by position) as positions from feature
    where feature_set_id = any(${sets}::bigint[]) and ${test} group by feature_set_id`);
}

function attributeMatches(db: Queryable, columns: { set: number; ordinal: number }[], test: Sql): Promise<SetMatch[]> {
  if (columns.length === 0) return Promise.resolve([]);
  return db.query<SetMatch>(sql`
    select a.feature_set_id as id, array_agg(a.position order by a.position) as positions
    from unnest(${columns.map(({ set }) => set)}::bigint[], ${columns.map(({ ordinal }) => ordinal)}::smallint[]) as wanted (set, ordinal)
    join feature_attribute a on a.feature_set_id = wanted.set and a.ordinal = wanted.ordinal
    where ${test} group by a.feature_set_id`);
}

function nameIn(names: readonly string[]): Sql {
  const starts = [...new Set(names.map((name) => [...name].slice(0, 200).join('')))];
  return sql`left(name, 200) = any(${starts}::text[]) and name = any(${names}::text[])`;
}

function nameTest(condition: Condition<unknown>): Sql {
  switch (condition.kind) {
    case 'equals': {
      const test = nameIn(textsOf(condition.values));
      return condition.negated ? sql`not (${test})` : test;
    }
    case 'contains':
      return sql`strpos(lower(name), lower(${condition.text})) > 0`;
    default:
      // a name is a text, which stands in no order to a number
      return sql`false`;
  }
}

function attributeTest(condition: Condition<unknown>): Sql {
  switch (condition.kind) {
    case 'equals':
      return condition.negated ? sql`not coalesce(${equalsAny(condition.values)}, false)` : equalsAny(condition.values);
    case 'compare':
      return sql`a.number ${comparisons[condition.operator]} ${condition.number}::float8`;
    case 'range': {
      const { low, high } = condition;
      return sql`(a.number ${comparisons[low.inclusive ? '>=' : '>']} ${low.number}::float8
        and a.number ${comparisons[high.inclusive ? '<=' : '<']} ${high.number}::float8)`;
    }
    case 'contains':
      return sql`strpos(lower(a.text), lower(${condition.text})) > 0`;
  }
}

const comparisons = { '<': sql`<`, '<=': sql`<=`, '>': sql`>`, '>=': sql`>=` };

function equalsAny(values: readonly Literal[]): Sql {
  const texts = textsOf(values);
  const starts = texts.map((text) => [...text].slice(0, 200).join(''));
  const numbers = values.flatMap((value) => (value.kind === 'text' && value.number !== null ? [value.number] : []));
  const tests = [sql`(left(a.text, 200) = any(${starts}::text[]) and a.text = any(${texts}::text[]))`];
  if (numbers.length > 0) tests.push(sql`a.number = any(${numbers}::float8[])`);
  if (values.some(({ kind }) => kind === 'null')) tests.push(sql`a.text is null`);
  return sql`(${join(tests, ' or ')})`;
}

function textsOf(values: readonly Literal[]): string[] {
  return values.flatMap((value) => (value.kind === 'text' ? [value.text] : []));
}

function admitsMissing(condition: Condition<unknown>): boolean {
  if (condition.kind !== 'equals') return false;
  return condition.negated !== condition.values.some(({ kind }) => kind === 'null');
}
