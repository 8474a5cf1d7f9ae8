import type { Group, GroupMember, User } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import { isoSeconds } from './job-info.ts';
import { recordOf } from './operation.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0';

export function scimUser(user: User): Record<string, unknown> {
  return {
    schemas: [`${core}:User`],
    id: String(user.id),
    userName: user.email,
    displayName: user.name,
    active: user.active,
    emails: [{ value: user.email, type: 'work', primary: true }],
    ...(user.externalId === null ? {} : { externalId: user.externalId }),
    meta: { resourceType: 'User', created: isoSeconds(user.createdAt), lastModified: isoSeconds(user.updatedAt) },
  };
}

/** `members` absent when the request excludes them. */
export function scimGroup(
  group: Group,
  members: readonly GroupMember[] | undefined,
  publicUrl: string,
): Record<string, unknown> {
  return {
    schemas: [`${core}:Group`],
    id: group.accession,
    displayName: group.name,
    ...(group.externalId === null ? {} : { externalId: group.externalId }),
    ...(members === undefined
      ? {}
      : {
          members: members.map((member) => ({
            value: String(member.userId),
            display: member.name,
            $ref: `${publicUrl}/api/v1/scim/Users/${member.userId}`,
          })),
        }),
    meta: { resourceType: 'Group', created: isoSeconds(group.createdAt), lastModified: isoSeconds(group.updatedAt) },
  };
}

export function scimList(resources: readonly unknown[], total: number, startIndex: number): Record<string, unknown> {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: total,
    itemsPerPage: resources.length,
    startIndex,
    Resources: resources,
  };
}

export function scimError(status: number, detail: string, code: string): Record<string, unknown> {
  const type = scimTypes[code];
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    detail,
    ...(type === undefined ? {} : { scimType: type }),
  };
}

const scimTypes: Readonly<Record<string, string>> = {
  'scim-filter': 'invalidFilter',
  'scim-path': 'invalidPath',
  'scim-value': 'invalidValue',
  'email-taken': 'uniqueness',
  'email-invalid': 'invalidValue',
  'name-invalid': 'invalidValue',
};

/** `displayName eq "x" and userName eq "y"`: attribute names (in lower case) and the values they must equal. */
export function parseScimFilter(text: string, known: readonly string[]): Map<string, string> {
  const wanted = new Map<string, string>();
  let rest = text.trim();
  while (rest !== '') {
    const match =
      /^([A-Za-z][\w.]*(?:\[\s*type\s+eq\s+"work"\s+and\s+value)?)\s+eq\s+("(?:[^"\\]|\\.)*"|true|false)\s*(\])?\s*(?:and\s+|$)/i.exec(
        rest,
      );
    if (match === null)
      throw invalid('scim-filter', 'The filter is one or more of: attribute eq "value", joined with and.');
    const name = match[1]!
      .toLowerCase()
      .replace(/\[.*$/s, '')
      .replace(/\.value$/, '');
    if (!known.includes(name)) throw invalid('scim-filter', `The filter cannot test ${match[1]}.`);
    wanted.set(name, match[2]!.startsWith('"') ? String(JSON.parse(match[2]!)) : match[2]!.toLowerCase());
    rest = rest.slice(match[0].length);
  }
  return wanted;
}

export interface PatchStep {
  op: 'add' | 'replace' | 'remove';
  path: string | undefined;
  value: unknown;
}

/** The operations of a PATCH, with `op` in any case. Clients send a map of attributes, or a path and a value. */
export function parsePatch(body: unknown): PatchStep[] {
  const operations = recordOf(body).Operations;
  if (!Array.isArray(operations) || operations.length === 0)
    throw invalid('scim-value', 'The body needs "Operations".');
  return operations.map((each: unknown) => {
    const { op, path, value } = recordOf(each);
    const name = String(op).toLowerCase();
    if (name !== 'add' && name !== 'replace' && name !== 'remove')
      throw invalid('scim-value', '"op" must be add, replace or remove.');
    if (path !== undefined && path !== null && typeof path !== 'string')
      throw invalid('scim-path', '"path" must be a text.');
    return { op: name, path: typeof path === 'string' ? path : undefined, value };
  });
}

/** The attributes that a step sets: of its value when it has no path. */
export function attributesOf(step: PatchStep): [string, unknown][] {
  if (step.path !== undefined) return [[step.path, unwrap(step)]];
  if (typeof step.value !== 'object' || step.value === null)
    throw invalid('scim-value', 'An operation without a path needs a map of attributes.');
  return Object.entries(step.value);
}

/** The Python client can send only maps as values: `{"displayName": …}` beside the path of the same name. */
function unwrap({ path, value }: PatchStep): unknown {
  const map = recordOf(value);
  return !Array.isArray(value) && path !== undefined && Object.hasOwn(map, path) ? map[path] : value;
}

export function textValue(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid('scim-value', `"${name}" must be a text.`);
}

export function flagValue(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw invalid('scim-value', `"${name}" must be true or false.`);
}

/** The email of a user: the work one, or the first. */
export function emailOf(value: unknown): string {
  const emails = Array.isArray(value) ? value.map(recordOf) : [recordOf(value)];
  const chosen = emails.find((email) => email.type === 'work') ?? emails[0];
  return textValue('emails', chosen?.value);
}

/** Ids of members from `[{"value":"7"}]`, one such map, or `{"members":[…]}`. */
export function memberIds(value: unknown): number[] {
  const inner = !Array.isArray(value) && Array.isArray(recordOf(value).members) ? recordOf(value).members : value;
  return (Array.isArray(inner) ? inner : [inner]).map((each: unknown) => idOf(recordOf(each).value));
}

export function idOf(value: unknown): number {
  if ((typeof value === 'string' || typeof value === 'number') && /^\d{1,15}$/.test(String(value)))
    return Number(value);
  throw invalid('scim-value', 'A member needs "value", the id of a user.');
}

function invalid(code: string, message: string): CatalogueError {
  return new CatalogueError('invalid', code, message);
}
