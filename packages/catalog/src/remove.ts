import { type Sql, sql, type Transaction } from '@linnaea/database';
import { CatalogueError, type Principal } from '@linnaea/model';
import { type ChangeOrigin, recordChange } from './changes.ts';

/** What a removal took along, for the answer and the journal. */
export interface RemovedRecord {
  accession: string;
  kind: string;
  ownerEmail: string;
  createdAt: Date;
}

/**
 * Moves records and everything that hangs on them to the bin as one change: a study takes its samples, libraries,
 * preparations, data and files; a group its records and what is linked to them. Nothing is erased: `restoreChange`
 * brings it back. Throws `not-found` naming the first unknown accession, and then nothing is removed.
 */
export async function removeRecords(
  tx: Transaction,
  principal: Principal,
  accessions: readonly string[],
  origin: ChangeOrigin,
): Promise<RemovedRecord[]> {
  if (!principal.administrator) {
    throw new CatalogueError(
      'forbidden',
      'remove-not-allowed',
      'Not enough permissions to call method or the file is not meant to be deleted.',
    );
  }
  const roots = await tx.query<{ id: number; accession: string }>(sql`
    select id, accession from record where accession = any(${accessions}) and deleted_change is null and model = 'odm' for update`);
  const missing = accessions.filter((accession) => !roots.some((root) => root.accession === accession));
  if (missing.length > 0) {
    throw new CatalogueError(
      'not-found',
      'record-not-found',
      'Some of the provided accessions could not be found in ODM. Deletion will not be preformed. Please review your list and repeat the attempt.',
      { details: { missing } },
    );
  }
  const changeId = await recordChange(tx, { authorId: principal.userId, origin, action: 'delete' });
  return tx.query<RemovedRecord>(sql`
    with recursive ${below(roots.map((root) => root.id))}
    , removed as (
      update record r set deleted_change = ${changeId} from below b where b.id = r.id and r.deleted_change is null
      returning r.id, r.accession, r.kind, r.created_by, r.created_at
    ), items as (
      insert into change_item (change_id, record_id, action) select ${changeId}, id, 'delete' from removed
    )
    select removed.accession, removed.kind, coalesce(u.email, '') as "ownerEmail", removed.created_at as "createdAt"
    from removed left join user_account u on u.id = removed.created_by order by removed.id`);
}

/** The records themselves, the members of groups, and what is linked below any of them. */
function below(ids: readonly number[]): Sql {
  return sql`below(id) as (
    select unnest(${ids}::bigint[])
    union
    select step.id from below b, lateral (
      select r.id from record r where r.group_id = b.id
      union all select l.child_id from link l where l.parent_id = b.id
    ) step
  )`;
}

/** Takes everything that one removal moved to the bin out again, as a change of its own. Answers how many records. */
export async function restoreChange(
  tx: Transaction,
  principal: Principal,
  changeId: number,
  origin: ChangeOrigin,
): Promise<number> {
  if (!principal.administrator)
    throw new CatalogueError('forbidden', 'restore-not-allowed', 'You may not restore this.');
  const restored = await recordChange(tx, { authorId: principal.userId, origin, action: 'restore' });
  const count = await tx.run(sql`
    with back as (update record set deleted_change = null where deleted_change = ${changeId} returning id)
    insert into change_item (change_id, record_id, action) select ${restored}, id, 'restore' from back`);
  await tx.run(sql`update change set state = 'reverted' where id = ${changeId}`);
  return count;
}
