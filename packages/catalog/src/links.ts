import { sql, type Transaction } from '@linnaea/database';
import { requireAccess, requireCurator } from '@linnaea/identity';
import { CatalogueError, linkingAttributes, type OdmKind, odmLinks, type Principal, signalKinds } from '@linnaea/model';
import { type ChangeOrigin, recordChange, recordItems } from './changes.ts';
import { moveToScope, returnToMakers } from './move-records.ts';
import { bulkRows, notFound } from './records.ts';

/** One end of a link as the ODM API names it: a record, or the group that an import made. */
export interface LinkEnd {
  kind: OdmKind;
  accession: string;
  isGroup: boolean;
}

export interface LinkResult {
  /** Children that have a link now. */
  linked: number;
  /** Children of the group that found no parent. */
  unlinked: number;
  /** Children whose key fits several parents where only one is allowed; the first in file order was taken. */
  ambiguous: number;
}

interface End {
  id: number;
  kind: string;
  scope_id: number;
  group_id: number | null;
}

/**
 * Links a child to a parent, or every record of a child group to the records of a parent group whose linking
 * attribute has the value that the child names. Throws `not-found`, `forbidden`, `conflict`, and `nothing-linked`
 * (invalid) when no child found a parent.
 */
export async function linkRecords(
  tx: Transaction,
  principal: Principal,
  child: LinkEnd,
  parent: LinkEnd,
  options: { origin: ChangeOrigin; linkingAttribute?: string },
): Promise<LinkResult> {
  assertAllowed(child.kind, parent.kind);
  const [childEnd, parentEnd] = await lockEnds(tx, principal, child, parent);
  const changeId = await recordChange(tx, {
    authorId: principal.userId,
    origin: options.origin,
    action: 'link',
    scopeId: parentEnd.scope_id,
  });
  const pairs = await findPairs(tx, child, childEnd, parent, parentEnd, options.linkingAttribute);
  if (pairs.linked === 0) {
    throw new CatalogueError(
      'invalid',
      'nothing-linked',
      'Sample group, signal group or samples to the link were not found, or the specified linking attribute was not found.',
    );
  }
  await assertOneStudy(tx, child, childEnd, parent, parentEnd);
  await applyPairs(tx, child.kind, parent.kind, changeId);
  if (child.isGroup) await linkGroups(tx, childEnd.id, parentEnd.id, parent, changeId);
  await dropStaleGroupLinks(tx, child.isGroup ? childEnd.id : childEnd.group_id);
  const moved = sql`select child_id from pending_link union select ${childEnd.id}::bigint`;
  await moveToScope(tx, principal, moved, parentEnd.scope_id);
  await recordItems(tx, changeId, [
    { recordId: childEnd.id, action: 'link', after: { [parent.kind]: parent.accession } },
  ]);
  await tx.run(sql`drop table pending_link`);
  if (pairs.linked >= bulkRows) await tx.run(sql`analyze link`);
  return pairs;
}

/** Removes a link, or all links between two groups. Throws `not-found` when there was none. */
export async function unlinkRecords(
  tx: Transaction,
  principal: Principal,
  child: LinkEnd,
  parent: LinkEnd,
  options: { origin: ChangeOrigin },
): Promise<number> {
  assertAllowed(child.kind, parent.kind);
  const [childEnd, parentEnd] = await lockEnds(tx, principal, child, parent);
  const children = child.isGroup ? sql`c.group_id = ${childEnd.id}` : sql`c.id = ${childEnd.id}`;
  const parents = parent.isGroup ? sql`p.group_id = ${parentEnd.id}` : sql`p.id = ${parentEnd.id}`;
  const removed = await tx.query<{ child_id: number }>(sql`
    delete from link l using record c, record p
    where l.child_id = c.id and l.parent_id = p.id and l.name = ${parent.kind} and ${children} and ${parents}
    returning l.child_id`);
  if (removed.length === 0) throw new CatalogueError('not-found', 'link-not-found', 'The link does not exist.');
  await dropStaleGroupLinks(tx, child.isGroup ? childEnd.id : childEnd.group_id);
  const changeId = await recordChange(tx, {
    authorId: principal.userId,
    origin: options.origin,
    action: 'unlink',
    scopeId: parentEnd.scope_id,
  });
  await recordItems(tx, changeId, [
    { recordId: childEnd.id, action: 'unlink', before: { [parent.kind]: parent.accession } },
  ]);
  const ids = removed.map((row) => row.child_id);
  const detached = sql`
    select child_id from unnest(${[...ids, childEnd.id]}::bigint[]) as removed(child_id)
    where not exists (select from link l where l.child_id = removed.child_id)`;
  await returnToMakers(tx, principal, detached);
  return removed.length;
}

function assertAllowed(child: OdmKind, parent: OdmKind): void {
  if (odmLinks[child].includes(parent)) return;
  throw new CatalogueError('invalid', 'link-not-allowed', `A ${child} cannot be linked to a ${parent}.`, {
    details: { allowed: odmLinks[child] },
  });
}

async function lockEnds(tx: Transaction, principal: Principal, child: LinkEnd, parent: LinkEnd): Promise<[End, End]> {
  requireCurator(principal);
  const wanted = [child, parent].map((end) => ({ ...end, stored: end.isGroup ? `${end.kind}-group` : end.kind }));
  // Locked in order of id, so that two requests that link the same records cannot wait for each other.
  const rows = await tx.query<End & { accession: string }>(sql`
    select id, kind, scope_id, group_id, accession from record
    where accession = any(${wanted.map((end) => end.accession)}) and deleted_change is null and model = 'odm'
    order by id for no key update`);
  const ends: End[] = [];
  for (const end of wanted) {
    const row = rows.find((candidate) => candidate.accession === end.accession && candidate.kind === end.stored);
    if (!row) throw notFound(end.accession);
    await requireAccess(tx, principal, 'edit', row.scope_id);
    ends.push(row);
  }
  return [ends[0]!, ends[1]!];
}

/** Fills the temporary table `pending_link` with the pairs to link and counts them. */
async function findPairs(
  tx: Transaction,
  child: LinkEnd,
  childEnd: End,
  parent: LinkEnd,
  parentEnd: End,
  linkingAttribute?: string,
): Promise<LinkResult> {
  await tx.run(
    sql`create temporary table pending_link (child_id bigint, parent_id bigint, position integer) on commit drop`,
  );
  const children = child.isGroup ? sql`c.group_id = ${childEnd.id}` : sql`c.id = ${childEnd.id}`;
  const live = sql`c.deleted_change is null`;
  if (!parent.isGroup) {
    await tx.run(sql`
      insert into pending_link select c.id, ${parentEnd.id}, 0 from record c where ${children} and ${live} and c.kind = ${child.kind}`);
  } else {
    const parentKey = linkingAttribute ?? linkingAttributes[parent.kind] ?? 'Sample Source ID';
    await tx.run(sql`
      insert into pending_link
      select distinct k.id, p.id, p.position
      from (select c.id, v.value from record c, lateral (${values(sql`c.attributes -> 'Sample Source ID'`)}) v
            where ${children} and ${live}) k
      join (select p.id, p.position, v.value from record p, lateral (${values(sql`p.attributes -> ${parentKey}::text`)}) v
            where p.group_id = ${parentEnd.id} and p.deleted_change is null) p on p.value = k.value`);
  }
  const ambiguous = isSignal(child.kind) ? await keepFirstParent(tx) : 0;
  const count = await tx.first<{ linked: number; children: number }>(sql`
    select (select count(distinct child_id)::int from pending_link) as linked,
      (select count(*)::int from record c where ${children} and ${live} and c.kind = ${child.kind}) as children`);
  return { linked: count!.linked, unlinked: count!.children - count!.linked, ambiguous };
}

function isSignal(kind: OdmKind): boolean {
  return (signalKinds as readonly string[]).includes(kind);
}

/** A run has one parent: of several that fit, the first in file order stays. Answers for how many runs that was so. */
async function keepFirstParent(tx: Transaction): Promise<number> {
  const rows = await tx.query(sql`
    with ranked as (
      select ctid, child_id, row_number() over (partition by child_id order by position, parent_id) as place from pending_link
    ), removed as (
      delete from pending_link p using ranked where p.ctid = ranked.ctid and ranked.place > 1 returning p.child_id
    ) select distinct child_id from removed`);
  return rows.length;
}

/** The texts of an attribute: one row for a single value, one for each of several. */
function values(attribute: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`select jsonb_array_elements_text(case jsonb_typeof(${attribute}) when 'array' then ${attribute}
    when 'null' then '[]'::jsonb else jsonb_build_array(${attribute}) end) as value where ${attribute} is not null`;
}

/** Samples of one group, and everything below one group of data, stay within one study. */
async function assertOneStudy(
  tx: Transaction,
  child: LinkEnd,
  childEnd: End,
  parent: LinkEnd,
  parentEnd: End,
): Promise<void> {
  const groupId = child.isGroup ? childEnd.id : childEnd.group_id;
  if (groupId === null) return;
  const other = await tx.first<{ accession: string }>(sql`
    select s.name as accession from record r join scope s on s.id = r.scope_id
    where r.group_id = ${groupId} and s.kind = 'study' and s.id <> ${parentEnd.scope_id}
      and exists (select from scope target where target.id = ${parentEnd.scope_id} and target.kind = 'study')
      and r.id not in (select child_id from pending_link)
    limit 1`);
  const moved =
    parent.kind === 'study'
      ? await tx.first<{ accession: string }>(sql`
        select p.accession from link l join record c on c.id = l.child_id join record p on p.id = l.parent_id
        where c.group_id = ${groupId} and l.name = 'study' and l.parent_id <> ${parentEnd.id} limit 1`)
      : undefined;
  const conflict = other ?? moved;
  if (conflict) {
    throw new CatalogueError(
      'conflict',
      'linked-to-other-study',
      `Link cannot be created due to conflict with existing link: the group already belongs to study ${conflict.accession}.`,
    );
  }
}

async function applyPairs(tx: Transaction, child: OdmKind, parent: OdmKind, changeId: number): Promise<void> {
  if (isSignal(child)) {
    await tx.run(sql`delete from link l using pending_link n where l.child_id = n.child_id`);
  }
  await tx.run(sql`
    insert into link (child_id, parent_id, name, change_id)
    select child_id, parent_id, ${parent}, ${changeId} from pending_link on conflict do nothing`);
}

/** A link between groups stands only while a link of its members does: runs that were linked elsewhere have left it. */
async function dropStaleGroupLinks(tx: Transaction, groupId: number | null): Promise<void> {
  if (groupId === null) return;
  await tx.run(sql`
    delete from link l where l.child_id = ${groupId} and not exists (
      select from record c join link m on m.child_id = c.id join record p on p.id = m.parent_id
      where c.group_id = ${groupId} and l.parent_id in (p.id, p.group_id))`);
}

async function linkGroups(
  tx: Transaction,
  childGroup: number,
  parentGroup: number,
  parent: LinkEnd,
  changeId: number,
): Promise<void> {
  await tx.run(sql`
    insert into link (child_id, parent_id, name, change_id)
    values (${childGroup}, ${parentGroup}, ${parent.isGroup ? `${parent.kind}-group` : parent.kind}, ${changeId})
    on conflict do nothing`);
}
