import { type Queryable, type Sql, sql } from '@linnaea/database';
import { requireAccess, requireCurator } from '@linnaea/identity';
import { CatalogueError, type Principal } from '@linnaea/model';
import { notFound, visibleRecords } from '../records.ts';
import { getCrossReferenceSet } from './sets.ts';

/** A set and a measurement file whose ids it explains. */
export interface CrossReferenceLink {
  /** Accession of the set. */
  set: string;
  /** Accession of the expression group. */
  group: string;
}

/**
 * Links a set to an expression group. Answers false when they were linked. For curators who may edit the group; throws
 * `not-found` for an unknown set or group.
 */
export async function linkCrossReferences(
  tx: Queryable,
  principal: Principal,
  setAccession: string,
  groupAccession: string,
): Promise<boolean> {
  const groupId = await editableGroup(tx, principal, setAccession, groupAccession);
  const linked = await tx.run(sql`
    insert into cross_reference_link (set_accession, group_id, created_by)
    values (${setAccession}, ${groupId}, ${principal.userId}) on conflict do nothing`);
  return linked > 0;
}

/** Throws `not-found` when they are not linked. */
export async function unlinkCrossReferences(
  tx: Queryable,
  principal: Principal,
  setAccession: string,
  groupAccession: string,
): Promise<void> {
  const groupId = await editableGroup(tx, principal, setAccession, groupAccession);
  const gone = await tx.run(sql`
    delete from cross_reference_link where set_accession = ${setAccession} and group_id = ${groupId}`);
  if (gone === 0) throw new CatalogueError('not-found', 'link-not-found', 'The link does not exist.');
}

async function editableGroup(
  tx: Queryable,
  principal: Principal,
  setAccession: string,
  groupAccession: string,
): Promise<number> {
  requireCurator(principal);
  await getCrossReferenceSet(tx, setAccession);
  const group = await tx.first<{ id: number; scopeId: number }>(sql`
    select id, scope_id as "scopeId" from record
    where accession = ${groupAccession} and kind = 'expression-group' and deleted_change is null`);
  if (group === undefined) throw notFound(groupAccession);
  await requireAccess(tx, principal, 'edit', group.scopeId);
  return group.id;
}

/**
 * Links of sets or of groups (by their accessions; without either, all) to and from files that the principal may read,
 * in order.
 */
export function linksOfCrossReferences(
  db: Queryable,
  principal: Principal,
  of: { sets?: readonly string[]; groups?: readonly string[]; offset?: number; limit?: number },
): Promise<CrossReferenceLink[]> {
  return db.query<CrossReferenceLink>(sql`
    select l.set_accession as "set", r.accession as "group"
    from cross_reference_link l join record r on r.id = l.group_id
    where ${among(sql`l.set_accession`, of.sets)} and ${among(sql`r.accession`, of.groups)}
      and ${visibleRecords(principal, 'read', 'draft')}
    order by l.set_accession, r.id offset ${of.offset ?? 0}::bigint limit ${of.limit ?? null}::bigint`);
}

function among(column: Sql, accessions: readonly string[] | undefined): Sql {
  return accessions === undefined ? sql`true` : sql`${column} = any(${[...accessions]}::text[])`;
}
