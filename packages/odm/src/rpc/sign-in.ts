import { type Session, signIn, signOut, startSession, writeSessionCookie } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import { credentialOf } from '../principal.ts';
import { callerOf, type Method, type MethodCall, textArgument } from './method.ts';

const refused = { authenticated: false };

/** Signing in and out. What follows shows the cookie that these set; an access token is shown again with every call. */
export const signInMethods: readonly Method[] = [
  {
    path: 'genestack/signin/authenticate',
    params: ['email', 'password'],
    returns: 'object',
    anonymous: true,
    docs: 'Starts a session by email and password',
    run: async (call) => {
      const [email, password] = [textArgument(call, 0), textArgument(call, 1)];
      const { database } = call.deps;
      try {
        const { session } = await signIn(database, { email, password, address: call.request.ip });
        return begin(call, session);
      } catch (error) {
        if (error instanceof CatalogueError && error.kind === 'unauthenticated') return refused;
        throw error;
      }
    },
  },
  {
    path: 'genestack/signin/authenticateByApiToken',
    params: ['token'],
    returns: 'object',
    anonymous: true,
    docs: 'Starts a session by an API token',
    run: async (call) => {
      const value = textArgument(call, 0);
      const principal = await call.deps.authenticator.authenticate({ kind: 'api-token', value });
      return principal === undefined
        ? refused
        : begin(call, await startSession(call.deps.database, principal, { apiToken: value }));
    },
  },
  {
    path: 'genestack/signin/authenticateOAuthAccessToken',
    params: ['token'],
    returns: 'object',
    anonymous: true,
    docs: 'Checks an access token. It starts no session, which would outlive it',
    run: async (call) => {
      const value = textArgument(call, 0);
      const principal = await call.deps.authenticator.authenticate({ kind: 'authorization', value });
      return { authenticated: principal !== undefined };
    },
  },
  {
    path: 'genestack/signin/whoami',
    params: [],
    returns: 'text',
    docs: 'Email of who is signed in',
    run: async (call) => callerOf(call).email,
  },
  {
    path: 'genestack/signin/signOut',
    params: [],
    returns: 'nothing',
    anonymous: true,
    docs: 'Ends the session',
    run: async ({ deps, request, reply }) => {
      const credential = credentialOf(request);
      if (credential?.kind === 'session') await signOut(deps.database, credential.value);
      reply.header('Set-Cookie', writeSessionCookie('', 0, deps.publicUrl.startsWith('https:')));
      return null;
    },
  },
];

function begin({ deps, reply }: MethodCall, session: Session): { authenticated: true } {
  reply.header('Set-Cookie', writeSessionCookie(session.value, 14 * 24 * 3600, deps.publicUrl.startsWith('https:')));
  return { authenticated: true };
}
