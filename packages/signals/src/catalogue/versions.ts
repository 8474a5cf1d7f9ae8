import { join, type Queryable, type Sql, sql } from '@linnaea/database';
import type { VersionRule } from '@linnaea/query';

/**
 * Condition on the table `signal`: does this version take part? Without rules, the active version of each file does,
 * files without a chain included.
 */
export function versionCondition(rules: readonly VersionRule[] | undefined): Sql {
  if (rules === undefined || rules.length === 0) return sql`signal.active`;
  return sql`(${join(rules.map(ruleCondition), ' or ')})`;
}

/** Ids of the signals that take part, of all or of some groups. */
export async function selectVersions(
  db: Queryable,
  rules: readonly VersionRule[] | undefined,
  groupIds?: readonly number[],
): Promise<number[]> {
  const among = groupIds === undefined ? sql`true` : sql`signal.group_id = any(${groupIds}::bigint[])`;
  const rows = await db.query<{ id: number }>(
    sql`select signal.id from signal where ${versionCondition(rules)} and ${among} order by signal.id`,
  );
  return rows.map(({ id }) => id);
}

function ruleCondition(rule: VersionRule): Sql {
  switch (rule.kind) {
    case 'all':
      return sql`true`;
    case 'versions':
      return sql`signal.version = any(${rule.versions}::int[])`;
    case 'chain-versions':
      return sql`(signal.chain = ${rule.chain} and signal.version = any(${rule.versions}::int[]))`;
    case 'chain-accessions':
      return sql`(signal.chain = ${rule.chain} and exists (
        select 1 from record where record.id = signal.group_id and record.accession = any(${rule.accessions}::text[])))`;
  }
}
