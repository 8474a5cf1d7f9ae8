import type { IndexFilter } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import type { FastifyRequest } from 'fastify';
import { queryNumber, queryText, queryValues } from '../user/body.ts';
import { formOf } from './wire.ts';

/** What a query of the index asks for. Throws `invalid` for a value that is none. */
export function filterOf(request: FastifyRequest): IndexFilter {
  if (queryText(request, 'negate_params') !== undefined || queryText(request, 'urls_metadata') !== undefined) {
    throw new CatalogueError('invalid', 'index-filter', 'negate_params and urls_metadata are not supported here');
  }
  const size = queryNumber(request, 'size', { least: 0, most: Number.MAX_SAFE_INTEGER });
  const form = queryText(request, 'form');
  const filter: IndexFilter = {
    ...(size === undefined ? {} : { size }),
    ...(form === undefined || form === 'all' ? {} : { form: formOf(form) }),
    ...pairs(request, 'hash', 'hashes'),
    ...pairs(request, 'metadata', 'metadata'),
    ...text(request, 'file_name', 'fileName'),
    ...text(request, 'version', 'version'),
    ...list(request, 'authz'),
    ...list(request, 'acl'),
  };
  const uploader = queryText(request, 'uploader');
  if (uploader !== undefined) filter.uploader = uploader === 'null' ? null : uploader;
  const ids = queryText(request, 'ids');
  if (ids !== undefined) filter.dids = split(ids);
  const urls = queryValues(request, 'urls').filter((url) => url !== '');
  if (urls.length > 0) filter.urls = urls;
  return filter;
}

function text(request: FastifyRequest, name: string, field: 'fileName' | 'version'): IndexFilter {
  const value = queryText(request, name);
  return value === undefined ? {} : { [field]: value };
}

/** Names with commas between them; `null` for records that have none. */
function list(request: FastifyRequest, name: 'authz' | 'acl'): IndexFilter {
  const value = queryText(request, name);
  if (value === undefined) return {};
  return { [name]: value === 'null' ? null : split(value) };
}

/** Repeated `key:value`. */
function pairs(request: FastifyRequest, name: string, field: 'hashes' | 'metadata'): IndexFilter {
  const given = queryValues(request, name).filter((pair) => pair !== '');
  if (given.length === 0) return {};
  const entries = given.map((pair): [string, string] => {
    const colon = pair.indexOf(':');
    if (colon > 0) return [pair.slice(0, colon), pair.slice(colon + 1)];
    throw new CatalogueError('invalid', 'index-filter', `${name} is written as key:value`);
  });
  return { [field]: Object.fromEntries(entries) };
}

function split(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
