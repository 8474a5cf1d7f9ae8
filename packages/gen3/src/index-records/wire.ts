import { type IndexFields, type IndexForm, type IndexRecord, indexForms } from '@linnaea/catalog';
import { CatalogueError } from '@linnaea/model';
import { isObject } from '../user/body.ts';

/** A record as clients of the index read it. `base` makes the link of a file that is kept here. */
export function documentOf(record: IndexRecord, base: string): Record<string, unknown> {
  return {
    did: record.did,
    baseid: record.baseid,
    rev: record.rev,
    form: record.form,
    size: record.size,
    file_name: record.fileName,
    version: record.version,
    uploader: record.uploader,
    description: record.description,
    hashes: record.hashes,
    urls: urlsOf(record, base),
    acl: record.acl,
    authz: record.authz,
    metadata: record.metadata,
    urls_metadata: record.urlsMetadata,
    content_created_date: dateText(record.contentCreatedDate),
    content_updated_date: dateText(record.contentUpdatedDate),
    created_date: dateText(record.createdAt),
    updated_date: dateText(record.updatedAt),
  };
}

/** Where a file is; one that is kept here has our address, which asks who wants it. */
export function urlsOf(record: IndexRecord, base: string): string[] {
  if (record.objectId === null) return record.urls;
  return [...new Set([...record.urls, `${base}${ownPath(record.did)}`])];
}

function ownPath(did: string): string {
  return `/user/data/download/${did.split('/').map(encodeURIComponent).join('/')}?redirect=true`;
}

/** Without a zone, as the index has always written its dates. */
function dateText(date: Date | null): string | null {
  return date === null ? null : date.toISOString().replace('Z', '');
}

const readers: Readonly<Record<string, (value: unknown, name: string) => IndexFields>> = {
  form: (value) => ({ form: formOf(value) }),
  size: (value) => ({ size: value === null ? null : numberOf(value) }),
  file_name: (value, name) => ({ fileName: textOf(value, name) }),
  version: (value, name) => ({ version: textOf(value, name) }),
  uploader: (value, name) => ({ uploader: textOf(value, name) }),
  description: (value, name) => ({ description: textOf(value, name) }),
  hashes: (value, name) => ({ hashes: textsByName(value, name) }),
  urls: (value, name) => ({ urls: textList(value, name) }),
  acl: (value, name) => ({ acl: textList(value, name) }),
  authz: (value, name) => ({ authz: textList(value, name) }),
  metadata: (value, name) => ({ metadata: objectOf(value, name) }),
  urls_metadata: (value, name) => ({ urlsMetadata: objectOf(value, name) }),
  content_created_date: (value, name) => ({ contentCreatedDate: dateOf(value, name) }),
  content_updated_date: (value, name) => ({ contentUpdatedDate: dateOf(value, name) }),
};

/** The fields of a document that a client wrote. Throws `invalid` for a wrong or unknown one; `others` are read elsewhere. */
export function fieldsOfDocument(body: Record<string, unknown>, others: readonly string[] = []): IndexFields {
  let fields: IndexFields = {};
  for (const [name, value] of Object.entries(body)) {
    if (others.includes(name)) continue;
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined)
      throw invalid(`Additional properties are not allowed (${JSON.stringify(name.slice(0, 100))})`);
    fields = { ...fields, ...read(value, name) };
  }
  return fields;
}

export function formOf(value: unknown): IndexForm {
  const form = indexForms.find((known) => known === value);
  if (form === undefined) throw invalid(`form must be one of ${indexForms.join(', ')}`);
  return form;
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw invalid('size is a number of bytes');
}

function textOf(value: unknown, name: string): string | null {
  if (value === null || typeof value === 'string') return value;
  throw invalid(`${name} is a text`);
}

function textList(value: unknown, name: string): string[] {
  if (value === null) return [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw invalid(`${name} is a list of texts`);
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (value === null) return {};
  if (isObject(value)) return value;
  throw invalid(`${name} is an object`);
}

function textsByName(value: unknown, name: string): Record<string, string> {
  const entries = Object.entries(objectOf(value, name));
  return Object.fromEntries(
    entries.map(([key, text]): [string, string] => {
      if (typeof text !== 'string') throw invalid(`${name} is an object of texts`);
      return [key, text];
    }),
  );
}

function dateOf(value: unknown, name: string): Date | null {
  if (value === null) return null;
  // a date without a zone is in UTC
  const text = typeof value === 'string' ? value.replace(/([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/, '$1Z') : '';
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw invalid(`${name} is a date and time`);
  return date;
}

function invalid(message: string): CatalogueError {
  return new CatalogueError('invalid', 'index-document', message);
}
