import { type Sql, sql, type Transaction } from '@linnaea/database';
import type { Principal } from '@linnaea/model';
import { insertRecords } from '../records.ts';
import { type Draft, sentId } from './drafts.ts';
import { freeIds } from './projects.ts';

export interface NodeWrites {
  created: readonly Draft[];
  updated: readonly Draft[];
  changeId: number;
  scopeId: number;
  author: Principal;
}

/** COPY for what is new, one statement for all that changes, one for the links that go. */
export async function writeNodes(tx: Transaction, writes: NodeWrites): Promise<void> {
  const { created, updated } = writes;
  if (created.length > 0) {
    await freeIds(
      tx,
      created.flatMap((draft) => sentId(draft) ?? []),
    );
    await insertRecords(tx, newRecords(writes));
  }
  const changed = updated.filter((draft) => Object.keys(draft.after).length > 0);
  if (changed.length > 0) await tx.run(updateAttributes(changed));
  await unlink(tx, updated);
  const links = [...newLinks(writes)];
  if (links.length > 0) await tx.copyIn('link', ['child_id', 'parent_id', 'name', 'change_id'], links);
}

function* newRecords({ created, changeId, scopeId, author }: NodeWrites) {
  for (const { recordId, id, type, attributes, key } of created) {
    yield {
      id: recordId,
      model: 'gen3' as const,
      kind: type ?? '',
      accession: id ?? '',
      uuid: id,
      scopeId,
      attributes,
      naturalKey: key,
      createdBy: author.userId,
      createdChange: changeId,
    };
  }
}

function updateAttributes(drafts: readonly Draft[]): Sql {
  const ids = drafts.map((draft) => draft.recordId);
  const attributes = drafts.map((draft) => JSON.stringify(draft.attributes));
  const keys = drafts.map((draft) => draft.key);
  return sql`
    update record r set attributes = u.attributes::jsonb, natural_key = u.key, updated_at = now()
    from unnest(${ids}::bigint[], ${attributes}::text[], ${keys}::text[]) as u(id, attributes, key)
    where r.id = u.id`;
}

async function unlink(tx: Transaction, updated: readonly Draft[]): Promise<void> {
  const pairs = updated.flatMap((draft) => draft.droppedLinks.map((name) => ({ child: draft.recordId, name })));
  if (pairs.length === 0) return;
  await tx.run(sql`
    delete from link l using unnest(${pairs.map((pair) => pair.child)}::bigint[], ${pairs.map((pair) => pair.name)}::text[])
      as gone(child, name)
    where l.child_id = gone.child and l.name = gone.name`);
}

function* newLinks({ created, updated, changeId }: NodeWrites) {
  for (const drafts of [created, updated]) {
    for (const draft of drafts)
      for (const { name, parent } of draft.newLinks) yield [draft.recordId, parent, name, changeId];
  }
}
