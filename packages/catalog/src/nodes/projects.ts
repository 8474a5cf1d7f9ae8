import { type Queryable, sql, type Transaction } from '@linnaea/database';
import { createScope, renewScope, visible } from '@linnaea/identity';
import { type Attributes, CatalogueError, type Principal } from '@linnaea/model';
import { recordChange, recordItems } from '../changes.ts';
import { insertRecords } from '../records.ts';
import { naturalKey, programUuid, projectUuid } from './node-ids.ts';

export interface ProgramRef {
  recordId: number;
  id: string;
  scopeId: number;
  name: string;
  attributes: Attributes;
}

export interface ProjectRef {
  recordId: number;
  id: string;
  scopeId: number;
  program: string;
  code: string;
  /** `program-code` */
  projectId: string;
  attributes: Attributes;
  createdAt: Date;
  updatedAt: Date;
}

export async function findProgram(db: Queryable, name: string): Promise<ProgramRef | undefined> {
  return db.first<ProgramRef>(sql`
    select r.id as "recordId", r.uuid as id, r.scope_id as "scopeId", s.name, r.attributes
    from scope s join record r on r.scope_id = s.id and r.kind = 'program'
    where s.kind = 'program' and s.name = ${name} and r.model = 'gen3' and r.deleted_change is null`);
}

/** A project by its program's name and its code. `lock` keeps other writers of the project out until the end. */
export async function findProject(
  db: Queryable,
  program: string,
  code: string,
  { lock = false }: { lock?: boolean } = {},
): Promise<ProjectRef | undefined> {
  const row = await db.first<Omit<ProjectRef, 'program' | 'code' | 'projectId'>>(sql`
    select r.id as "recordId", r.uuid as id, r.scope_id as "scopeId", r.attributes,
      r.created_at as "createdAt", r.updated_at as "updatedAt"
    from scope s join record r on r.scope_id = s.id and r.kind = 'project'
    where s.kind = 'project' and s.name = ${`${program}-${code}`} and r.model = 'gen3' and r.deleted_change is null
    ${lock ? sql`for no key update of r` : sql``}`);
  // a program's name holds no dash, so the scope's name alone tells the two apart
  return row && !program.includes('-') ? { ...row, program, code, projectId: `${program}-${code}` } : undefined;
}

/** Names of the programs that the principal knows of. */
export async function listProgramNames(db: Queryable, principal: Principal): Promise<string[]> {
  const rows = await db.query<{ name: string }>(sql`
    select s.name from scope s join record r on r.scope_id = s.id and r.kind = 'program' and r.deleted_change is null
    where s.kind = 'program' and (${visible(principal, 'discover', sql`s.id`)} or exists (
      select from scope p where p.parent_id = s.id and ${visible(principal, 'discover', sql`p.id`)}))
    order by s.name`);
  return rows.map((row) => row.name);
}

/** Codes of a program's projects that the principal knows of. */
export async function listProjectCodes(db: Queryable, principal: Principal, program: ProgramRef): Promise<string[]> {
  const rows = await db.query<{ name: string }>(sql`
    select s.name from scope s join record r on r.scope_id = s.id and r.kind = 'project' and r.deleted_change is null
    where s.kind = 'project' and s.parent_id = ${program.scopeId} and ${visible(principal, 'discover', sql`s.id`)}
    order by s.name`);
  return rows.map((row) => row.name.slice(program.name.length + 1));
}

interface SavedNode {
  id: string;
  scopeId: number;
  created: boolean;
  changeId: number | null;
}

/** Registers a program, or updates its properties when it is there. For administrators. */
export async function saveProgram(tx: Transaction, principal: Principal, properties: Attributes): Promise<SavedNode> {
  const name = String(properties.name);
  const known = await findProgram(tx, name);
  if (known) return update(tx, principal, known, properties);
  const scopeId = await scopeOf(tx, principal, { kind: 'program', name });
  const id = programUuid(name);
  await create(tx, principal, { kind: 'program', id, key: name, scopeId, attributes: properties, parent: null });
  return { id, scopeId, created: true, changeId: null };
}

/** Registers a project of a program, or updates its properties. For whoever owns the program. */
export async function saveProject(
  tx: Transaction,
  principal: Principal,
  program: ProgramRef,
  properties: Attributes,
): Promise<SavedNode> {
  const code = String(properties.code);
  const known = await findProject(tx, program.name, code, { lock: true });
  if (known) return update(tx, principal, known, properties);
  const id = projectUuid(code);
  const elsewhere = await tx.first(sql`select 1 from record where uuid = ${id} and deleted_change is null`);
  if (elsewhere) {
    throw new CatalogueError('conflict', 'project-exists', `ERROR: Project ${code} already exists in DB`);
  }
  const name = `${program.name}-${code}`;
  const scopeId = await scopeOf(tx, principal, { kind: 'project', name, parentId: program.scopeId });
  const attributes = { ...properties, state: 'open' };
  const changeId = await create(tx, principal, {
    kind: 'project',
    id,
    key: code,
    scopeId,
    attributes,
    parent: program.recordId,
  });
  return { id, scopeId, created: true, changeId };
}

/** A scope outlives its deleted program or project; registering the same name again takes it up, without its grants. */
async function scopeOf(
  tx: Transaction,
  principal: Principal,
  scope: { kind: 'program' | 'project'; name: string; parentId?: number },
): Promise<number> {
  return (await renewScope(tx, principal, scope)) ?? createScope(tx, principal, scope);
}

interface NewScopeNode {
  kind: 'program' | 'project';
  id: string;
  key: string;
  scopeId: number;
  attributes: Attributes;
  parent: number | null;
}

async function create(tx: Transaction, principal: Principal, node: NewScopeNode): Promise<number> {
  await freeIds(tx, [node.id]);
  const changeId = await recordChange(tx, {
    authorId: principal.userId,
    origin: 'gen3',
    action: 'create',
    scopeId: node.scopeId,
  });
  const next = await tx.first<{ id: number }>(sql`select nextval('record_id_seq') as id`);
  const recordId = next?.id ?? 0;
  await insertRecords(tx, [
    {
      id: recordId,
      model: 'gen3',
      kind: node.kind,
      accession: node.id,
      uuid: node.id,
      scopeId: node.scopeId,
      attributes: withoutNulls(node.attributes),
      naturalKey: naturalKey(node.kind, node.key),
      createdBy: principal.userId,
      createdChange: changeId,
    },
  ]);
  if (node.parent !== null) {
    await tx.run(sql`
      insert into link (child_id, parent_id, name, change_id) values (${recordId}, ${node.parent}, 'programs', ${changeId})`);
  }
  return changeId;
}

async function update(
  tx: Transaction,
  principal: Principal,
  node: { recordId: number; id: string; scopeId: number; attributes: Attributes },
  properties: Attributes,
): Promise<SavedNode> {
  const changed = Object.entries(properties).filter(
    ([name, value]) => JSON.stringify(node.attributes[name] ?? null) !== JSON.stringify(value),
  );
  if (changed.length === 0) return { id: node.id, scopeId: node.scopeId, created: false, changeId: null };
  const changeId = await changeAttributes(tx, principal, node, Object.fromEntries(changed), 'update');
  return { id: node.id, scopeId: node.scopeId, created: false, changeId };
}

/** Sets properties of one program or project as a change of its own; null clears. */
export async function changeAttributes(
  tx: Transaction,
  principal: Principal,
  node: { recordId: number; scopeId: number; attributes: Attributes },
  properties: Attributes,
  action: string,
): Promise<number> {
  const changeId = await recordChange(tx, {
    authorId: principal.userId,
    origin: 'gen3',
    action,
    scopeId: node.scopeId,
  });
  const before = Object.fromEntries(Object.keys(properties).map((name) => [name, node.attributes[name] ?? null]));
  await tx.run(sql`
    update record set attributes = ${withoutNulls({ ...node.attributes, ...properties })}, updated_at = now()
    where id = ${node.recordId}`);
  await recordItems(tx, changeId, [{ recordId: node.recordId, action: 'update', before, after: properties }]);
  return changeId;
}

/** Removes a program or project that nothing belongs to. Throws `conflict` otherwise. */
export async function deleteScopeNode(
  tx: Transaction,
  principal: Principal,
  node: { recordId: number; scopeId: number },
  kind: 'program' | 'project',
  name: string,
): Promise<void> {
  await tx.first(sql`select 1 from record where id = ${node.recordId} for update`);
  const inside = await tx.first(sql`
    select 1 from record r left join scope s on s.id = r.scope_id
    where (r.scope_id = ${node.scopeId} or s.parent_id = ${node.scopeId}) and r.id <> ${node.recordId}
      and r.deleted_change is null limit 1`);
  if (inside) {
    // the spaces are the peers' own; scripts compare the text
    const spaces = ' '.repeat(29);
    throw new CatalogueError(
      'conflict',
      `${kind}-not-empty`,
      `ERROR: Can not delete the ${kind}.${spaces}${kind === 'project' ? 'Project' : 'Program'} ${name} is not empty`,
    );
  }
  const changeId = await recordChange(tx, {
    authorId: principal.userId,
    origin: 'gen3',
    action: 'delete',
    scopeId: node.scopeId,
  });
  await tx.run(sql`update record set deleted_change = ${changeId} where id = ${node.recordId}`);
  await recordItems(tx, changeId, [{ recordId: node.recordId, action: 'delete' }]);
}

/** Ids of nodes in the bin may be used again: the binned record gives its id up. */
export async function freeIds(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.run(sql`
    update record set uuid = null, accession = accession || '~' || id
    where uuid = any(${ids}::uuid[]) and deleted_change is not null`);
}

export function withoutNulls(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}
