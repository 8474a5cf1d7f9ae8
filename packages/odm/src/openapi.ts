import type { Operation } from './operation.ts';
import type { ParameterRule } from './parameters.ts';
import { ref, schemas } from './schemas.ts';

/** A route of the application, with its description where it was declared as an operation. */
export interface DescribedRoute {
  method: string;
  /** With parameters as `:name`. */
  url: string;
  operation?: Operation;
}

type Json = Readonly<Record<string, unknown>>;

const security = [{ 'Genestack-API-Token': [] }, { 'Access-token': [] }];

/** The OpenAPI 3.1 document of the routes below `/api/v1`. */
export function openApiDocument(routes: readonly DescribedRoute[], publicUrl: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    if (!path.startsWith('/api/v1/') || route.method === 'HEAD') continue;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route, path) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Linnaea: ODM API',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Studies, samples, libraries, preparations and their measurements. Paths with as-curator read drafts and write; paths with as-user read what is published.',
    },
    servers: [{ url: publicUrl }],
    security,
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas,
      securitySchemes: {
        'Genestack-API-Token': {
          type: 'apiKey',
          in: 'header',
          name: 'Genestack-API-Token',
          description: 'A token made on the profile page',
        },
        'Access-token': {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token of the identity provider, or an API token',
        },
      },
    },
  };
}

function describe({ method, operation }: DescribedRoute, path: string): Json {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  if (operation === undefined) {
    return {
      tags: ['Other'],
      operationId: idOf(method, path),
      parameters,
      responses: { 200: { description: 'Success' }, ...failures({}) },
    };
  }
  return {
    tags: [operation.tag],
    summary: operation.summary,
    operationId: idOf(method, path),
    parameters: [
      ...parameters,
      ...Object.entries(operation.query ?? {}).map(([name, rule]) => queryParameter(name, rule)),
    ],
    ...bodyOf(operation),
    responses: {
      [operation.status ?? 200]: success(operation),
      ...failures(operation.otherStatuses ?? {}),
      ...(operation.curator ? { 403: failure('For curators only') } : {}),
    },
  };
}

function bodyOf(operation: Operation): Json {
  if (operation.body)
    return { requestBody: { required: true, content: { 'application/json': { schema: operation.body } } } };
  if (operation.multipart)
    return { requestBody: { required: true, content: { 'multipart/form-data': { schema: operation.multipart } } } };
  return {};
}

function success({ answer, contentType }: Operation): Json {
  return {
    description: 'Success',
    ...(answer ? { content: { [contentType ?? 'application/json']: { schema: answer } } } : {}),
  };
}

function failures(others: Readonly<Record<number, string>>): Json {
  const described = { 400: 'The request is wrong', 401: 'No valid credential', ...others };
  return Object.fromEntries(Object.entries(described).map(([status, text]) => [status, failure(text)]));
}

function failure(description: string): Json {
  return { description, content: { 'application/json': { schema: ref('Error') } } };
}

function queryParameter(name: string, rule: ParameterRule): Json {
  return {
    name,
    in: 'query',
    required: rule.required ?? false,
    schema: schemaOf(rule),
    ...(rule.description === undefined ? {} : { description: rule.description }),
    ...(rule.type === 'joined' ? { explode: false } : {}),
  };
}

function schemaOf(rule: ParameterRule): Json {
  const allowed = 'allowed' in rule && rule.allowed ? { enum: rule.allowed } : {};
  const fallback = 'fallback' in rule && rule.fallback !== undefined ? { default: rule.fallback } : {};
  switch (rule.type) {
    case 'text':
      return { type: 'string', ...allowed };
    case 'integer':
      return {
        type: 'integer',
        minimum: rule.minimum ?? 0,
        ...(rule.maximum === undefined ? {} : { maximum: rule.maximum }),
        ...fallback,
      };
    case 'decimal':
      return { type: 'number' };
    case 'flag':
      return { type: 'boolean', ...fallback };
    case 'list':
    case 'joined':
      return { type: 'array', items: { type: 'string', ...allowed } };
  }
}

function idOf(method: string, path: string): string {
  return `${method.toLowerCase()}_${path
    .replace('/api/v1/', '')
    .replace(/[{}]/g, '')
    .replace(/[^\w]+/g, '_')}`;
}
