import { type Queryable, type Sql, sql, type Transaction } from '@linnaea/database';
import { personalScope, visible } from '@linnaea/identity';
import { CatalogueError, type Principal } from '@linnaea/model';

/**
 * Puts records, their groups, and everything linked below them into a scope: access follows the study. Rows already
 * there are not touched. To edit data is not to take them away: throws `forbidden` unless the principal owns each scope
 * that something leaves.
 */
export async function moveToScope(tx: Transaction, principal: Principal, ids: Sql, scopeId: number): Promise<void> {
  const everything = withGroups(ids, sql`true`);
  const foreign = await tx.first(sql`
    ${everything} select from everything e join record r on r.id = e.id
    where r.scope_id <> ${scopeId} and not ${visible(principal, 'own', sql`r.scope_id`)} limit 1`);
  if (foreign !== undefined)
    throw refused('Some of these data belong to somebody else, or to the study of somebody else.');
  await move(tx, everything, scopeId);
}

/**
 * Puts records that hang on nothing any more, with all below them, into the personal scope of who made them, and groups
 * of which nothing stays behind. Throws `forbidden` when that would take along what others made, unless the principal
 * owns the scope it leaves.
 */
export async function returnToMakers(tx: Transaction, principal: Principal, ids: Sql): Promise<void> {
  // nobody could reach what goes to a user who has left
  const makers = await tx.query<{ maker: number; ids: (number | string)[] }>(sql`
    select coalesce(u.id, ${principal.userId}::bigint) as maker, array_agg(r.id) as ids
    from record r left join user_account u on u.id = r.created_by and u.active
    where r.id in (${ids}) group by 1 order by 1`);
  for (const { maker, ids: own } of makers) {
    const scopeId = await personalScope(tx, { userId: maker });
    const leavesNone = sql`not exists (select from record m where m.group_id = g.id and m.deleted_change is null
      and m.scope_id <> ${scopeId} and not exists (select from below b where b.id = m.id))`;
    const everything = withGroups(sql`select unnest(${own.map(Number)}::bigint[])`, leavesNone);
    const foreign = await tx.first(sql`
      ${everything} select from everything e join record r on r.id = e.id
      where r.scope_id <> ${scopeId} and r.created_by <> ${maker} and not ${visible(principal, 'own', sql`r.scope_id`)}
      limit 1`);
    if (foreign !== undefined)
      throw refused('Data that others made hang on this; only the owner of the study may unlink it.');
    await move(tx, everything, scopeId);
  }
}

/** Records, what is linked below them, and those of their groups (alias `g`) for which `condition` holds. */
function withGroups(ids: Sql, condition: Sql): Sql {
  return sql`with recursive below(id) as (
      (${ids})
      union
      select l.child_id from link l join below b on l.parent_id = b.id
    ), everything(id) as (
      select id from below
      union
      select g.id from (
        select distinct r.group_id from record r join below b on b.id = r.id where r.group_id is not null
      ) g(id) where ${condition}
    )`;
}

async function move(db: Queryable, everything: Sql, scopeId: number): Promise<void> {
  await db.run(sql`
    ${everything}
    update record r set scope_id = ${scopeId} from everything e where e.id = r.id and r.scope_id <> ${scopeId}`);
}

function refused(message: string): CatalogueError {
  return new CatalogueError('forbidden', 'data-of-others', message);
}
