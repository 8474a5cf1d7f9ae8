import {
  type AuthenticatedPrincipal,
  publicOrigins,
  readSessionCookie,
  signOut,
  type UserInfo,
  userInfo,
  writeSessionCookie,
} from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { queryText } from './body.ts';
import { callerOf, isOwnRequest, requireCaller } from './caller.ts';
import { clientAuthentications, grantTypes } from './oauth.ts';
import { baseUrlOf } from './origins.ts';

/** Who somebody is and what they may do, the keys that prove it, and the ways in and out. */
export function registerWho(app: FastifyInstance, deps: Gen3Deps): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/user/user',
    handler: async (request) => describeUser(await userInfo(deps.database, await requireCaller(request, deps))),
  });
  registerKeys(app, deps);
  registerSignIn(app, deps);
  registerAuthorisation(app, deps);
  registerWorkspaceTokens(app, deps);
}

function describeUser(info: UserInfo): object {
  return {
    user_id: info.userId,
    sub: String(info.userId),
    idp: 'linnaea',
    username: info.email,
    name: info.email,
    display_name: info.name,
    preferred_username: info.email,
    email: info.email,
    phone_number: null,
    is_admin: info.administrator,
    active: true,
    role: info.administrator ? 'admin' : 'user',
    project_access: info.projectAccess,
    certificates_uploaded: [],
    resources_granted: [],
    groups: [],
    message: '',
    resources: info.resources,
    authz: info.authz,
    azp: '',
  };
}

function registerKeys(app: FastifyInstance, { gen3Credentials, ...deps }: Gen3Deps): void {
  app.get('/user/jwt/keys', async () => ({
    keys: (await gen3Credentials.publicKeys()).map(({ kid, pem }) => [kid, pem]),
  }));
  app.get('/user/.well-known/jwks', async () => gen3Credentials.jwks());
  app.get('/user/.well-known/openid-configuration', async (request) => {
    const issuer = `${baseUrlOf(request, deps)}/user`;
    return {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      authorization_endpoint: `${issuer}/login/linnaea`,
      token_endpoint: `${issuer}/oauth2/token`,
      userinfo_endpoint: `${issuer}/user`,
      scopes_supported: ['openid', 'user', 'data', 'fence'],
      response_types_supported: ['code'],
      grant_types_supported: grantTypes,
      token_endpoint_auth_methods_supported: clientAuthentications,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: ['aud', 'azp', 'context', 'exp', 'iat', 'iss', 'jti', 'pur', 'scope', 'sub'],
    };
  });
}

function registerSignIn(app: FastifyInstance, deps: Gen3Deps): void {
  app.get('/user/login', async (request) => {
    const url = `${baseUrlOf(request, deps)}/user/login/linnaea`;
    const provider = {
      idp: 'linnaea',
      id: 'linnaea',
      name: 'Linnaea',
      url,
      urls: [{ name: 'Linnaea', url }],
      desc: null,
      secondary: false,
    };
    return { default_provider: provider, providers: [provider] };
  });
  app.get('/user/login/:idp', async (request, reply) => {
    const next = ownPath(queryText(request, 'redirect'), deps);
    return reply.redirect(`/sign-in?next=${encodeURIComponent(next)}`, 302);
  });
  app.route({
    method: ['GET', 'POST'],
    url: '/user/logout',
    handler: async (request, reply) => {
      const session = readSessionCookie(request.headers.cookie);
      // a picture on somebody's page must not sign people out; a click on a link may
      const foreign =
        request.headers['sec-fetch-site'] === 'cross-site' && request.headers['sec-fetch-mode'] !== 'navigate';
      if (session !== undefined && !foreign && isOwnRequest(request, deps)) {
        await signOut(deps.database, session);
        reply.header('Set-Cookie', writeSessionCookie('', 0, deps.publicUrl.startsWith('https:')));
      }
      return reply.redirect(ownPath(queryText(request, 'next'), deps), 302);
    },
  });
}

/** Where to go next on this server; `/` for an address of another one. */
function ownPath(wanted: string | undefined, { publicUrl }: Pick<Gen3Deps, 'publicUrl'>): string {
  if (wanted === undefined || !URL.canParse(wanted, publicUrl)) return '/';
  const url = new URL(wanted, publicUrl);
  if (!publicOrigins(publicUrl).includes(url.origin)) return '/';
  // `//elsewhere` as a path would be read as another server
  return `${url.pathname}${url.search}${url.hash}`.replace(/^\/{2,}/, '/');
}

function registerAuthorisation(app: FastifyInstance, deps: Gen3Deps): void {
  const authzOf = async (principal: AuthenticatedPrincipal | undefined) =>
    principal === undefined ? {} : (await userInfo(deps.database, principal)).authz;
  app.route({
    method: ['GET', 'POST'],
    url: '/authz/mapping',
    handler: async (request) => authzOf(await callerOf(request, deps)),
  });
  app.get('/authz', async (request) => {
    const principal = await requireCaller(request, deps);
    const [resource = '', method = '', service = '*'] = ['resource', 'method', 'service'].map((name) =>
      queryText(request, name),
    );
    const allowed = Object.entries(await authzOf(principal)).some(
      ([path, grants]) =>
        (path === resource || resource.startsWith(`${path}/`)) &&
        grants.some((grant) => fits(grant.method, method) && fits(grant.service, service)),
    );
    if (allowed) return {};
    const message = `${method.slice(0, 50)} on ${resource.slice(0, 200)} is not granted to you`;
    throw new CatalogueError('forbidden', 'authz-denied', message);
  });
}

function fits(granted: string, wanted: string): boolean {
  return granted === '*' || wanted === '*' || granted === wanted;
}

/**
 * The workspace token service, as far as the SDK needs it: it asks there when the address that a program names is not
 * letter by letter the one in its API key, such as `localhost` for `127.0.0.1`.
 */
function registerWorkspaceTokens(app: FastifyInstance, deps: Gen3Deps): void {
  app.get('/wts/external_oidc', async () => ({
    providers: publicOrigins(deps.publicUrl).map((origin, place) => ({
      base_url: origin,
      idp: place === 0 ? 'self' : `self-${place}`,
      name: new URL(origin).host,
      refresh_token_expiration: null,
      urls: [{ name: 'Linnaea', url: `${origin}/user/login/linnaea` }],
    })),
  }));
  app.get('/wts/token', async (request) => {
    const principal = await requireCaller(request, deps);
    if (principal.via === 'access-token') return { token: shownToken(request) };
    const issuer = `${baseUrlOf(request, deps)}/user`;
    return { token: (await deps.gen3Credentials.issueAccessToken(principal, { issuer })).access_token };
  });
}

function shownToken({ headers }: FastifyRequest): string {
  const token = headers.authorization ?? headers['x-auth-token'];
  return String(token ?? '')
    .trim()
    .replace(/^bearer\s+/i, '');
}
