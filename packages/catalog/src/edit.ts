import { type Database, json, type Queryable, sql, type Transaction } from '@linnaea/database';
import { requireAccess, requireCurator } from '@linnaea/identity';
import { type Attributes, type AttributeValue, CatalogueError, type Principal } from '@linnaea/model';
import { type ChangeOrigin, recordChange, recordItems } from './changes.ts';
import { type CatalogRecord, getRecord, notFound, type View } from './records.ts';

/** What an edit does to each attribute it names: a value sets, null removes. */
export type AttributePatch = Readonly<Record<string, AttributeValue>>;

export interface EditOptions {
  origin: ChangeOrigin;
  message?: string;
}

interface Editable {
  id: number;
  kind: string;
  scope_id: number;
  attributes: Attributes;
  published: Attributes | null;
  is_published: boolean;
}

/**
 * Edits the draft of one record as one change. What was published stays published until someone publishes again.
 * An edit that alters nothing makes no change. Throws `not-found` and `forbidden`.
 */
export async function editRecord(
  db: Database,
  principal: Principal,
  target: { accession: string; kinds: readonly string[] },
  patch: AttributePatch,
  options: EditOptions,
): Promise<CatalogRecord> {
  requireCurator(principal);
  await db.transaction(async (tx) => {
    const record = await lockForEdit(tx, principal, target);
    const { before, after, attributes } = applyPatch(record.attributes, patch);
    if (Object.keys(after).length === 0) return;
    const changeId = await recordChange(tx, {
      authorId: principal.userId,
      origin: options.origin,
      action: 'edit',
      message: options.message ?? null,
      scopeId: record.scope_id,
    });
    await recordItems(tx, changeId, [{ recordId: record.id, action: 'update', before, after }]);
    await writeDraft(tx, record, attributes);
  });
  return getRecord(db, principal, target.accession, target.kinds, { view: 'draft' });
}

async function lockForEdit(
  tx: Transaction,
  principal: Principal,
  target: { accession: string; kinds: readonly string[] },
): Promise<Editable> {
  const record = await tx.first<Editable>(sql`
    select id, kind, scope_id, attributes, published, is_published from record
    where accession = ${target.accession} and kind = any(${target.kinds}) and deleted_change is null for update`);
  if (!record) throw notFound(target.accession);
  await requireAccess(tx, principal, 'edit', record.scope_id);
  return record;
}

/** Applies a patch to attributes; `before` and `after` hold only what really differs, null meaning absent. Pure. */
export function applyPatch(
  current: Attributes,
  patch: AttributePatch,
): { before: Attributes; after: Attributes; attributes: Attributes } {
  const attributes = new Map(Object.entries(current));
  const before: [string, AttributeValue][] = [];
  const after: [string, AttributeValue][] = [];
  for (const [name, wanted] of Object.entries(patch)) {
    const value = isEmpty(wanted) ? null : wanted;
    const old = attributes.get(name) ?? null;
    if (JSON.stringify(old) === JSON.stringify(value)) continue;
    before.push([name, old]);
    after.push([name, value]);
    if (value === null) attributes.delete(name);
    else attributes.set(name, value);
  }
  // Object.fromEntries defines own properties, so that an attribute named `__proto__` is only a name.
  return {
    before: Object.fromEntries(before),
    after: Object.fromEntries(after),
    attributes: Object.fromEntries(attributes),
  };
}

function isEmpty(value: AttributeValue): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Keeps the published state aside when this is the first edit since it was published. */
async function writeDraft(tx: Transaction, record: Editable, attributes: Attributes): Promise<void> {
  const published = record.is_published ? (record.published ?? record.attributes) : null;
  const back = published !== null && JSON.stringify(sortKeys(published)) === JSON.stringify(sortKeys(attributes));
  await tx.run(sql`
    update record set attributes = ${json(attributes)}::jsonb,
      published = ${published === null || back ? null : json(published)}::jsonb, updated_at = now()
    where id = ${record.id}`);
}

function sortKeys(attributes: Attributes): [string, AttributeValue][] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Publishes every draft of a scope with one message. Answers how many records changed for their readers. */
export async function publishScope(
  tx: Transaction,
  principal: Principal,
  scopeId: number,
  options: EditOptions,
): Promise<number> {
  requireCurator(principal);
  await requireAccess(tx, principal, 'edit', scopeId);
  const changeId = await recordChange(tx, {
    authorId: principal.userId,
    origin: options.origin,
    action: 'publish',
    message: options.message ?? null,
    scopeId,
  });
  return tx.run(sql`
    with published as (
      update record set published = null, is_published = true
      where scope_id = ${scopeId} and deleted_change is null and (published is not null or not is_published) returning id
    ) insert into change_item (change_id, record_id, action) select ${changeId}, id, 'publish' from published`);
}

export interface RecordVersion {
  author: string;
  message: string;
  createdAt: Date;
  /** Opaque; names the state after this change. */
  version: string;
}

/**
 * The versions of a record, newest first. The draft view lists every edit, the published view only what was
 * published. The first is always its creation, "Initial version".
 */
export async function listVersions(
  db: Queryable,
  principal: Principal,
  accession: string,
  kinds: readonly string[],
  view: View,
): Promise<RecordVersion[]> {
  const record = await getRecord(db, principal, accession, kinds, { view });
  const action = view === 'draft' ? 'update' : 'publish';
  return db.query<RecordVersion>(sql`
    select coalesce(u.email, '') as author, coalesce(v.message, '') as message, v.created_at as "createdAt", v.id::text as version
    from (
      select c.id, c.author_id, c.message, c.created_at from change_item i join change c on c.id = i.change_id
      where i.record_id = ${record.id} and i.action = ${action}
      union all
      select r.created_change, r.created_by, 'Initial version', r.created_at from record r where r.id = ${record.id}
    ) v left join user_account u on u.id = v.author_id
    order by v.id desc`);
}

/** A record's attributes as they were after a version (see `listVersions`). Throws `not-found` for an unknown version. */
export async function getVersion(
  db: Queryable,
  principal: Principal,
  accession: string,
  kinds: readonly string[],
  version: string,
  view: View,
): Promise<CatalogRecord> {
  const record = await getRecord(db, principal, accession, kinds, { view: 'draft' });
  const versions = await listVersions(db, principal, accession, kinds, view);
  if (!versions.some((entry) => entry.version === version)) {
    throw new CatalogueError('not-found', 'version-not-found', 'No object exists with the given ID.', {
      details: { version },
    });
  }
  const later = await db.query<{ before: Attributes }>(sql`
    select i.before from change_item i where i.record_id = ${record.id} and i.action = 'update' and i.change_id > ${Number(version)}
    order by i.change_id desc`);
  let attributes = record.attributes;
  for (const item of later) attributes = applyPatch(attributes, item.before).attributes;
  return { ...record, attributes };
}
