import {
  addMember,
  createApiToken,
  createGroup,
  createUser,
  listGroups,
  listMembers,
  listUsers,
  setPermissions,
} from '@linnaea/identity';
import { CatalogueError, permissions } from '@linnaea/model';
import { callerOf, type Method, type MethodCall, textArgument, textsArgument } from './method.ts';

const pageSize = 1000;

/** Users, groups, permissions and tokens. */
export const peopleMethods: readonly Method[] = [
  {
    path: 'genestack/usersadmin-api/createUser',
    params: ['email', 'password', 'name'],
    returns: 'nothing',
    docs: 'Makes a user; for administrators',
    run: async (call) => {
      const [email, password, name] = [textArgument(call, 0), textArgument(call, 1), textArgument(call, 2)];
      await createUser(call.deps.database, callerOf(call), { email, password, name });
      return null;
    },
  },
  {
    path: 'genestack/usersadmin-api/listUsers',
    params: [],
    returns: 'list',
    docs: 'All users',
    run: async (call) => {
      const found: { email: string; name: string; active: boolean; permissions: string[] }[] = [];
      for (;;) {
        const { users, total } = await listUsers(call.deps.database, callerOf(call), {
          offset: found.length,
          limit: pageSize,
        });
        found.push(
          ...users.map((user) => ({
            email: user.email,
            name: user.name,
            active: user.active,
            permissions: user.permissions,
          })),
        );
        if (users.length === 0 || found.length >= total) return found;
      }
    },
  },
  {
    path: 'genestack/usersadmin-api/getAvailableDomainPermissions',
    params: [],
    returns: 'list',
    docs: 'Permissions that a user may be given',
    run: async (call) => {
      callerOf(call);
      return permissions.map((id) => ({ id, name: id }));
    },
  },
  {
    path: 'genestack/usersadmin-api/setUserDomainPermissions',
    params: ['email', 'permissions'],
    returns: 'nothing',
    docs: 'Replaces the permissions of a user',
    run: async (call) => {
      await setPermissions(call.deps.database, callerOf(call), textArgument(call, 0), textsArgument(call, 1));
      return null;
    },
  },
  {
    path: 'genestack/groupsadmin-api/getData',
    params: [],
    returns: 'object',
    docs: 'Groups with their members',
    run: groupsData,
  },
  {
    path: 'genestack/groupsadmin-api/createGroup',
    params: ['name'],
    returns: 'object',
    docs: 'Makes a group',
    run: async (call) => {
      const { accession } = await createGroup(call.deps.database, callerOf(call), { name: textArgument(call, 0) });
      return { accession };
    },
  },
  {
    path: 'genestack/groupsadmin-api/addMemberToGroup',
    params: ['group', 'email'],
    returns: 'nothing',
    docs: 'Puts a user into a group',
    run: async (call) => {
      const [group, user] = [textArgument(call, 0), textArgument(call, 1)];
      await addMember(call.deps.database, callerOf(call), { group, user });
      return null;
    },
  },
  {
    path: 'genestack/groupsUtil/findGroupByName',
    params: ['name'],
    returns: 'text',
    docs: 'Accession of the group of a name',
    run: async (call) => {
      const name = textArgument(call, 0);
      const { groups } = await listGroups(call.deps.database, callerOf(call), { name, limit: 2 });
      const [group, another] = groups;
      if (group !== undefined && another === undefined) return group.accession;
      const what = group === undefined ? 'There is no group' : 'There are several groups';
      throw new CatalogueError('not-found', 'group-not-found', `${what} of the name "${name.slice(0, 200)}"`);
    },
  },
  {
    path: 'genestack/profile-api/createApiTokenDirectly',
    params: ['name', 'content'],
    returns: 'nothing',
    docs: 'Makes an API token whose text the caller chose',
    run: async (call) => {
      const [name, content] = [textArgument(call, 0), textArgument(call, 1)];
      await createApiToken(call.deps.database, callerOf(call), { name, content });
      return null;
    },
  },
];

async function groupsData(call: MethodCall): Promise<object> {
  const { database } = call.deps;
  const { groups } = await listGroups(database, callerOf(call));
  const members = await listMembers(
    database,
    callerOf(call),
    groups.map((group) => group.id),
  );
  const byGroup = Map.groupBy(members, (member) => member.groupId);
  return {
    groups: groups.map(({ id, name, accession }) => ({
      name,
      accession,
      members: (byGroup.get(id) ?? []).map(({ email }) => ({ email })),
    })),
  };
}
