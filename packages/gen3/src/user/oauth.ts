import type { ClientCredentials, IssuedToken } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { fieldsOf, queryValues } from './body.ts';
import { baseUrlOf } from './origins.ts';

export const grantTypes = ['client_credentials', 'refresh_token'] as const;
export const clientAuthentications = ['client_secret_basic', 'client_secret_post', 'none'] as const;

/** The errors that RFC 6749 (5.2) has words for, by our codes; every other fault of a request is an `invalid_request`. */
const errorNames: ReadonlyMap<string, string> = new Map([
  ['client-invalid', 'invalid_client'],
  ['api-key-invalid', 'invalid_grant'],
  ['api-key-expires', 'invalid_grant'],
  ['scope-unsupported', 'invalid_scope'],
  ['grant-type-unsupported', 'unsupported_grant_type'],
]);

/**
 * Access tokens for programs that speak OAuth 2: for an API token, shown as a client (its id, and the token as the
 * secret), and for an API key, shown as a refresh token.
 */
export function registerTokenEndpoint(app: FastifyInstance, deps: Gen3Deps): void {
  app.post('/user/oauth2/token', async (request, reply) => {
    reply.headers({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
    try {
      const { access_token, expires_in, scope } = await grantToken(request, deps);
      return { access_token, token_type: 'Bearer', expires_in, scope: scope.join(' ') };
    } catch (error) {
      const name = error instanceof CatalogueError ? errorName(error) : undefined;
      if (!(error instanceof CatalogueError) || name === undefined) throw error;
      if (name === 'invalid_client') reply.header('WWW-Authenticate', 'Basic realm="Linnaea"');
      return reply.code(name === 'invalid_client' ? 401 : 400).send({
        error: name,
        // the characters that the RFC allows
        error_description: error.message.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?'),
      });
    }
  });
}

function errorName({ code, kind }: CatalogueError): string | undefined {
  return errorNames.get(code) ?? (kind === 'invalid' ? 'invalid_request' : undefined);
}

async function grantToken(request: FastifyRequest, deps: Gen3Deps): Promise<IssuedToken> {
  const parameters = parametersOf(request);
  const grantType = parameters.get('grant_type');
  const options = {
    issuer: `${baseUrlOf(request, deps)}/user`,
    scope: parameters.get('scope')?.split(' ').filter(Boolean) ?? [],
  };
  if (grantType === 'client_credentials') {
    const client = clientOf(request, parameters);
    if (client !== undefined) return deps.gen3Credentials.exchangeClientCredentials(client, options);
    const message = 'Show the id of an API token as the client, and the token itself as its secret';
    throw new CatalogueError('unauthenticated', 'client-invalid', message);
  }
  if (grantType === 'refresh_token') {
    const key = parameters.get('refresh_token');
    if (key === undefined) throw faulty('refresh_token is missing: an API key');
    const client = clientOf(request, parameters);
    return deps.gen3Credentials.exchangeApiKey(key, { ...options, ...(client && { client }) });
  }
  if (grantType === undefined) throw faulty('grant_type is missing');
  const message = `grant_type is one of ${grantTypes.join(', ')}`;
  throw new CatalogueError('invalid', 'grant-type-unsupported', message);
}

const names = ['grant_type', 'scope', 'client_id', 'client_secret', 'refresh_token'] as const;
type Parameters = ReadonlyMap<(typeof names)[number], string>;

/** What the query and the body say, each parameter once; empty ones are left out. Throws `invalid`. */
function parametersOf(request: FastifyRequest): Parameters {
  const fields = fieldsOf(request);
  const found = new Map<(typeof names)[number], string>();
  for (const name of names) {
    const asked = queryValues(request, name);
    // addresses are logged on their way
    if (asked.length > 0 && /secret|token/.test(name)) throw faulty(`${name} belongs into the body, not the address`);
    const told = Object.hasOwn(fields, name) ? [fields[name]].flat() : [];
    const values = [...asked, ...told].filter((value) => value !== '' && value !== null && value !== undefined);
    const [value] = values;
    if (value === undefined) continue;
    if (values.length > 1 || typeof value !== 'string') throw faulty(`${name} is one text`);
    found.set(name, value);
  }
  return found;
}

/** The client that a request shows with its secret, in the header or in the body. Throws `invalid` for both. */
function clientOf(request: FastifyRequest, parameters: Parameters): ClientCredentials | undefined {
  const [named, secret] = [parameters.get('client_id'), parameters.get('client_secret')];
  const basic = /^basic\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) {
    return secret === undefined ? undefined : { clientId: named ?? '', clientSecret: secret };
  }
  if (secret !== undefined) throw faulty('The client shows itself either by Basic authentication or in the body');
  const [, id = '', text = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? [];
  const clientId = formText(id);
  if (named !== undefined && named !== clientId) throw faulty('client_id is another one than in the header');
  return { clientId, clientSecret: formText(text) };
}

/** The RFC has both parts encoded like those of a form; the SDK sends them as they are. */
function formText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function faulty(message: string): CatalogueError {
  return new CatalogueError('invalid', 'oauth-request-invalid', message);
}
