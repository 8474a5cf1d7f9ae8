import {
  createGroup,
  deleteGroup,
  type Group,
  type GroupChanges,
  getGroup,
  listGroups,
  listMembers,
  updateGroup,
} from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import { type Call, type Operation, recordOf } from '../operation.ts';
import { attributesOf, idOf, memberIds, parsePatch, parseScimFilter, scimGroup, scimList, textValue } from '../scim.ts';
import { asScim, scimPage } from './scim-users.ts';

const path = '/api/v1/scim/Groups';
const excluded = { excludedAttributes: { type: 'text', description: 'members, to leave them out' } } as const;

/** Groups by SCIM. */
export function scimGroupOperations(): Operation[] {
  const tag = 'SCIM groups';
  const body = { type: 'object' };
  const operations: Operation[] = [
    {
      method: 'GET',
      path,
      tag,
      summary: 'List groups',
      query: { filter: { type: 'text' }, ...excluded, ...scimPage },
      handle: listAll,
    },
    { method: 'POST', path, tag, summary: 'Create a group', body, status: 201, handle: create },
    {
      method: 'GET',
      path: `${path}/{id}`,
      tag,
      summary: 'Get a group',
      query: excluded,
      handle: async (call) =>
        show(call, [await getGroup(call.deps.database, call.principal, call.params.id!)]).then(([group]) => group),
    },
    {
      method: 'PATCH',
      path: `${path}/{id}`,
      tag,
      summary: 'Change the name or members of a group',
      body,
      status: 204,
      handle: patch,
    },
    { method: 'DELETE', path: `${path}/{id}`, tag, summary: 'Delete a group', status: 204, handle: remove },
  ];
  return operations.map((operation) => asScim({ ...operation, answer: { type: 'object' } }));
}

async function show(call: Call, groups: readonly Group[]): Promise<Record<string, unknown>[]> {
  const hidden = (call.query.text('excludedAttributes') ?? '').split(',').map((name) => name.trim().toLowerCase());
  if (hidden.includes('members')) return groups.map((group) => scimGroup(group, undefined, call.deps.publicUrl));
  const members = await listMembers(
    call.deps.database,
    call.principal,
    groups.map((group) => group.id),
  );
  return groups.map((group) =>
    scimGroup(
      group,
      members.filter((member) => member.groupId === group.id),
      call.deps.publicUrl,
    ),
  );
}

async function listAll(call: Call): Promise<unknown> {
  const filter = parseScimFilter(call.query.text('filter') ?? '', ['displayname', 'externalid']);
  const startIndex = call.query.number('startIndex') ?? 1;
  const name = filter.get('displayname');
  const externalId = filter.get('externalid');
  const { groups, total } = await listGroups(call.deps.database, call.principal, {
    ...(name === undefined ? {} : { name }),
    ...(externalId === undefined ? {} : { externalId }),
    offset: startIndex - 1,
    limit: call.query.number('count') ?? 100,
  });
  return scimList(await show(call, groups), total, startIndex);
}

async function create(call: Call): Promise<unknown> {
  const given = recordOf(call.body);
  if (Array.isArray(given.members) && given.members.length > 0)
    throw new CatalogueError('invalid', 'scim-value', 'A new group has no members; add them afterwards.');
  const group = await createGroup(call.deps.database, call.principal, {
    name: textValue('displayName', given.displayName),
    ...(given.externalId === undefined || given.externalId === null
      ? {}
      : { externalId: textValue('externalId', given.externalId) }),
  });
  return (await show(call, [group]))[0];
}

async function patch(call: Call): Promise<unknown> {
  const changes: GroupChanges = {};
  for (const step of parsePatch(call.body)) {
    const one = /^members\[\s*value\s+eq\s+"?(\d+)"?\s*\]$/i.exec(step.path ?? '')?.[1];
    if (step.op === 'remove') removeMembers(changes, step.path, one, step.value);
    else for (const [name, value] of attributesOf(step)) change(changes, step.op, name, value);
  }
  await updateGroup(call.deps.database, call.principal, call.params.id!, changes);
  return undefined;
}

function removeMembers(changes: GroupChanges, path: string | undefined, one: string | undefined, value: unknown): void {
  if (one !== undefined) changes.remove = [...(changes.remove ?? []), idOf(one)];
  else if (path !== 'members') throw new CatalogueError('invalid', 'scim-path', 'Only members can be removed.');
  else if (value === undefined || value === null) changes.removeAll = true;
  else changes.remove = [...(changes.remove ?? []), ...memberIds(value)];
}

function change(changes: GroupChanges, op: 'add' | 'replace', name: string, value: unknown): void {
  if (name === 'displayName') changes.name = textValue(name, value);
  else if (name === 'externalId') changes.externalId = textValue(name, value);
  else if (name === 'members') {
    if (op === 'replace') changes.removeAll = true;
    changes.add = [...(changes.add ?? []), ...memberIds(value).map((user) => ({ user }))];
  } else if (name !== 'id' && name !== 'schemas')
    throw new CatalogueError('invalid', 'scim-path', `The attribute "${name.slice(0, 100)}" cannot be changed.`);
}

async function remove(call: Call): Promise<unknown> {
  await deleteGroup(call.deps.database, call.principal, call.params.id!, { withMembers: true });
  return undefined;
}
