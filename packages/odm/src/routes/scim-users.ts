import { createUser, getUser, listUsers, requirePermission, setActive, type User, updateUser } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import { describeError } from '../errors.ts';
import { type Call, type Operation, recordOf } from '../operation.ts';
import {
  attributesOf,
  emailOf,
  flagValue,
  parsePatch,
  parseScimFilter,
  scimError,
  scimList,
  scimUser,
  textValue,
} from '../scim.ts';

const path = '/api/v1/scim/Users';
export const scimPage = {
  startIndex: { type: 'integer', minimum: 1, fallback: 1 },
  count: { type: 'integer', minimum: 0, maximum: 1000, fallback: 100 },
} as const;

/** Users by SCIM, for the identity provider of an organisation. */
export function scimUserOperations(): Operation[] {
  const tag = 'SCIM users';
  const body = { type: 'object' };
  const operations: Operation[] = [
    {
      method: 'GET',
      path,
      tag,
      summary: 'List users',
      query: { filter: { type: 'text' }, ...scimPage },
      handle: listAll,
    },
    {
      method: 'POST',
      path,
      tag,
      summary: 'Create a user, or update the one with that login',
      body,
      status: 201,
      handle: create,
    },
    {
      method: 'GET',
      path: `${path}/{id}`,
      tag,
      summary: 'Get a user',
      handle: async (call) => scimUser(await find(call)),
    },
    { method: 'PATCH', path: `${path}/{id}`, tag, summary: 'Change a user', body, handle: patch },
    { method: 'DELETE', path: `${path}/{id}`, tag, summary: 'Deactivate a user', status: 204, handle: deactivate },
  ];
  return operations.map((operation) => asScim({ ...operation, answer: { type: 'object' } }));
}

/** Gives an operation the media type and the error bodies of SCIM. */
export function asScim(operation: Operation): Operation {
  return {
    ...operation,
    contentType: 'application/scim+json',
    handle: async (call) => {
      try {
        return await operation.handle(call);
      } catch (error) {
        if (!(error instanceof CatalogueError) || error.kind === 'unauthenticated') throw error;
        const { status, message } = describeError(error);
        call.reply.code(status);
        return scimError(status, message, error.code);
      }
    },
  };
}

async function listAll(call: Call): Promise<unknown> {
  requirePermission(call.principal, 'MANAGE_ORGANIZATION');
  const filter = parseScimFilter(call.query.text('filter') ?? '', ['username', 'emails', 'externalid', 'active']);
  const startIndex = call.query.number('startIndex') ?? 1;
  const email = filter.get('username') ?? filter.get('emails');
  const externalId = filter.get('externalid');
  const active = filter.get('active');
  const { users, total } = await listUsers(call.deps.database, call.principal, {
    ...(email === undefined ? {} : { email }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(active === undefined ? {} : { active: active === 'true' }),
    offset: startIndex - 1,
    limit: call.query.number('count') ?? 100,
  });
  return scimList(users.map(scimUser), total, startIndex);
}

async function find(call: Call): Promise<User> {
  const id = call.params.id!;
  if (!/^\d{1,15}$/.test(id)) throw new CatalogueError('not-found', 'user-not-found', 'There is no such user');
  return getUser(call.deps.database, call.principal, Number(id));
}

async function create(call: Call): Promise<unknown> {
  const { deps, principal } = call;
  requirePermission(principal, 'MANAGE_ORGANIZATION');
  const given = recordOf(call.body);
  const email = given.emails === undefined ? textValue('userName', given.userName) : emailOf(given.emails);
  const name = given.displayName === undefined ? email : textValue('displayName', given.displayName);
  const externalId =
    given.externalId === undefined || given.externalId === null
      ? {}
      : { externalId: textValue('externalId', given.externalId) };
  const active = given.active === undefined ? true : flagValue('active', given.active);
  const [known] = (await listUsers(deps.database, principal, { email, limit: 1 })).users;
  if (known !== undefined)
    return scimUser(await updateUser(deps.database, principal, known.id, { name, active, ...externalId }));
  const user = await createUser(deps.database, principal, { email, name, ...externalId });
  return scimUser(active ? user : await setActive(deps.database, principal, user.id, false));
}

async function patch(call: Call): Promise<unknown> {
  const user = await find(call);
  const fields: Parameters<typeof updateUser>[3] = {};
  for (const step of parsePatch(call.body)) {
    if (step.op === 'remove') {
      if (step.path !== 'externalId')
        throw new CatalogueError('invalid', 'scim-path', 'Only externalId can be removed.');
      fields.externalId = null;
      continue;
    }
    for (const [name, value] of attributesOf(step)) setField(fields, name, value);
  }
  return scimUser(await updateUser(call.deps.database, call.principal, user.id, fields));
}

function setField(fields: Parameters<typeof updateUser>[3], name: string, value: unknown): void {
  const plain = name.replace(/\[.*$/s, '').replace(/\.value$/, '');
  if (plain === 'displayName' || plain === 'name.formatted') fields.name = textValue(name, value);
  else if (plain === 'active') fields.active = flagValue(name, value);
  else if (plain === 'externalId') fields.externalId = textValue(name, value);
  else if (plain === 'userName') fields.email = textValue(name, value);
  else if (plain === 'emails') fields.email = typeof value === 'string' ? value : emailOf(value);
  else throw new CatalogueError('invalid', 'scim-path', `The attribute "${name.slice(0, 100)}" cannot be changed.`);
}

async function deactivate(call: Call): Promise<unknown> {
  const user = await find(call);
  await setActive(call.deps.database, call.principal, user.id, false);
  return undefined;
}
