export { can, levelOf, requireAccess, visible } from './access.ts';
export {
  type ApiToken,
  type ClientCredentials,
  createApiToken,
  listApiTokens,
  type NewApiToken,
  renameApiToken,
  revokeApiToken,
} from './api-tokens.ts';
export {
  type AuthenticatedPrincipal,
  type Authenticator,
  type AuthenticatorOptions,
  type Credential,
  createAuthenticator,
} from './authenticate.ts';
export { defaultAdministratorEmail, ensureAdministrator, type FirstStart } from './first-start.ts';
export {
  createGen3Credentials,
  type ExchangeOptions,
  type Gen3Credentials,
  type Gen3CredentialsOptions,
  type IssuedToken,
} from './gen3-credentials.ts';
export {
  type Grant,
  type GrantRequest,
  grant,
  listGrants,
  revokeGrant,
  sharedStudyLevel,
  shareScopes,
} from './grants.ts';
export {
  addMember,
  createGroup,
  deleteGroup,
  findGroupByName,
  type Group,
  type GroupChanges,
  type GroupMember,
  type GroupRef,
  type GroupRole,
  getGroup,
  groupsToShare,
  listGroups,
  listMembers,
  removeMember,
  updateGroup,
} from './groups.ts';
export { createOidcVerifier, type OidcIssuer, type OidcOptions, type OidcUser, type OidcVerifier } from './oidc.ts';
export {
  type CredentialKind,
  loadPrincipal,
  requireAdministrator,
  requireCurator,
  requirePermission,
} from './principal.ts';
export { purgeExpired } from './purge.ts';
export { publicOrigins, type RequestSource, requestSource, type SentRequest } from './request-source.ts';
export { createScope, type NewScope, personalScope, renewScope, setScopeOwner } from './scopes.ts';
export { sameSecret } from './secrets.ts';
export { readSessionCookie, sessionCookie, writeSessionCookie } from './session-cookie.ts';
export { type Session, sessionIdleHours, signOut, signOutEverywhere, startSession } from './sessions.ts';
export { changePassword, createSignInLink, type SignedIn, signIn, signInByLink } from './sign-in.ts';
export { rotateSigningKey } from './signing-keys.ts';
export { accessTokenSeconds, apiKeySeconds, type TokenOptions } from './token-options.ts';
export { type Authorisation, type UserInfo, userInfo } from './user-info.ts';
export {
  createUser,
  getUser,
  listUsers,
  type NewUser,
  setActive,
  setPassword,
  setPermissions,
  type User,
  type UserFilter,
  type UserRef,
  updateUser,
} from './users.ts';
