import { json, type Queryable, sql, type Transaction } from '@linnaea/database';
import type { Attributes } from '@linnaea/model';

/** Through which door a change came. */
export type ChangeOrigin = 'odm' | 'gen3' | 'portal' | 'command-line';

export interface NewChange {
  authorId: number | null;
  origin: ChangeOrigin;
  /** What was done, e.g. `import`, `edit`, `link`, `publish`, `delete`. */
  action: string;
  message?: string | null;
  scopeId?: number | null;
}

/** Opens a change; everything done in the same transaction refers to the id that is answered. */
export async function recordChange(db: Queryable, change: NewChange): Promise<number> {
  const row = await db.first<{ id: number }>(sql`
    insert into change (author_id, origin, action, message, scope_id)
    values (${change.authorId}, ${change.origin}, ${change.action}, ${change.message ?? null}, ${change.scopeId ?? null})
    returning id`);
  return row!.id;
}

/** What a change did to a record that it did not make; that it made one, the record itself tells (`created_change`). */
export interface ChangeItem {
  recordId: number;
  action: 'update' | 'delete' | 'restore' | 'link' | 'unlink' | 'publish';
  /** Only the attributes that the change touched; null = absent. */
  before?: Attributes | null;
  after?: Attributes | null;
}

export async function recordItems(tx: Transaction, changeId: number, items: Iterable<ChangeItem>): Promise<void> {
  await tx.copyIn('change_item', ['change_id', 'record_id', 'action', 'before', 'after'], mapItems(items, changeId));
}

function* mapItems(items: Iterable<ChangeItem>, changeId: number) {
  for (const item of items) {
    yield [changeId, item.recordId, item.action, item.before ?? null, item.after ?? null] as const;
  }
}

/** Tells the world of a change, in its own transaction, so that neither can exist without the other. */
export async function announce(db: Queryable, topic: string, payload: Record<string, unknown>): Promise<void> {
  await db.run(sql`insert into outbox (topic, payload) values (${topic}, ${json(payload)}::jsonb)`);
}
