import { type Queryable, type Sql, sql } from '@linnaea/database';
import { type AccessLevel, accessLevels, CatalogueError, levelNumber, type Principal } from '@linnaea/model';

/** ACCESS_ALL_DATA reads everything there is, files included, and never edits. */
const allDataLevel = levelNumber('download');

/**
 * A boolean SQL expression: may the principal do `level` on the scope whose id is in `column`? Owners may do everything
 * with their scope; grants on a program hold for its projects too. Put it into `where`: the set of scopes is computed
 * once a statement and joined, not asked row by row.
 */
export function visible(principal: Principal, level: AccessLevel, column: Sql): Sql {
  if (principal.administrator) return sql`true`;
  const wanted = levelNumber(level);
  if (principal.permissions.has('ACCESS_ALL_DATA') && wanted <= allDataLevel) return sql`true`;
  return sql`${column} in (
    with granted as (
      select id from scope where owner_id = ${principal.userId}::bigint
      union
      select scope_id from scope_grant
      where subject_id = any(${[...principal.subjects]}::bigint[]) and level >= ${wanted}::smallint
    )
    select id from granted
    union all
    select inner_scope.id from scope inner_scope join granted on inner_scope.parent_id = granted.id)`;
}

/** Like `visible`, for one scope. False for a scope that does not exist. */
export async function can(db: Queryable, principal: Principal, level: AccessLevel, scopeId: number): Promise<boolean> {
  const row = await db.first(sql`
    select 1 from scope where id = ${scopeId}::bigint and ${visible(principal, level, sql`scope.id`)}`);
  return row !== undefined;
}

/** The highest level that the principal has on a scope; undefined for none. */
export async function levelOf(db: Queryable, principal: Principal, scopeId: number): Promise<AccessLevel | undefined> {
  const rows = await db.query<{ level: number }>(sql`
    select level.number as level from scope, generate_series(1, ${accessLevels.length}::int) as level(number)
    where scope.id = ${scopeId}::bigint and case level.number
      ${levelCases(principal)} end
    order by level.number desc limit 1`);
  const number = rows[0]?.level;
  return number === undefined ? undefined : accessLevels[number - 1];
}

function levelCases(principal: Principal): Sql {
  let cases = sql``;
  for (const level of accessLevels) {
    cases = sql`${cases} when ${levelNumber(level)}::int then ${visible(principal, level, sql`scope.id`)}`;
  }
  return cases;
}

/**
 * Throws unless the principal may do `level` on the scope: `not-found` when it may not even know of it, else `forbidden`.
 */
export async function requireAccess(
  db: Queryable,
  principal: Principal,
  level: AccessLevel,
  scopeId: number,
): Promise<void> {
  if (await can(db, principal, level, scopeId)) return;
  if (!(await can(db, principal, 'discover', scopeId))) {
    throw new CatalogueError('not-found', 'scope-not-found', 'There is no such study, program or project');
  }
  throw new CatalogueError('forbidden', 'access-missing', `Not enough access: ${level} is needed`, {
    details: { level },
  });
}
