/** What a grant on a scope allows; each level includes those before it. */
export const accessLevels = ['discover', 'aggregate', 'read', 'measure', 'download', 'edit', 'own'] as const;
export type AccessLevel = (typeof accessLevels)[number];

/** The number that the database stores for a level: 1 (discover) to 7 (own). */
export function levelNumber(level: AccessLevel): number {
  return accessLevels.indexOf(level) + 1;
}

export const permissions = [
  'MANAGE_ORGANIZATION',
  'MANAGE_GROUPS',
  'MANAGE_TEMPLATES',
  'ACCESS_ALL_DATA',
  'MANAGE_FACETS',
] as const;
export type Permission = (typeof permissions)[number];

/** Who asks. Made by `identity` from a credential, handed to every use case. */
export interface Principal {
  /** Subject id of the user. */
  userId: number;
  email: string;
  name: string;
  /** The user's own subject id and those of every group the user is in: what grants are matched against. */
  subjects: readonly number[];
  /** Member of the group `Curator`: may import and edit. */
  curator: boolean;
  /** May do everything in both API families. */
  administrator: boolean;
  permissions: ReadonlySet<Permission>;
}
