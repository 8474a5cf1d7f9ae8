import type { LoggedDocument, SubmittedEntity } from '@linnaea/catalog';
import { type DataDictionary, isSchemaObject } from '@linnaea/model';
import type { FastifyRequest } from 'fastify';
import { entityFormat } from '../tables/entity-row.ts';
import { readEntities } from '../tables/read-entities.ts';
import { body, Refusal } from './http.ts';

export interface ParsedDocument {
  entities: SubmittedEntity[];
  logged: LoggedDocument;
  /** A table with a header and no rows: the last piece of a table that was cut evenly. */
  headerOnly: boolean;
}

/** Reads the body of a request as entities; a body that cannot be read is refused with the reader's words. */
export async function parseRequest(request: FastifyRequest, dictionary: DataDictionary): Promise<ParsedDocument> {
  const format = entityFormat(request.headers['content-type']);
  const name = request.headers['x-document-name'];
  const bytes = body(request);
  return parseDocument(
    { name: typeof name === 'string' ? name : null, format, bytes: format === 'json' ? unwrapped(bytes) : bytes },
    dictionary,
    0,
  );
}

/** Some clients send the JSON once more as a JSON text: `"{\"type\": …}"`. */
function unwrapped(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x22) return bytes;
  try {
    const inner: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof inner === 'string' && /^\s*[[{]/.test(inner) ? Buffer.from(inner) : bytes;
  } catch {
    return bytes;
  }
}

export interface RawDocument {
  name: string | null;
  format: 'json' | 'tsv' | 'csv';
  bytes: Buffer;
}

export async function parseDocument(
  { name, format, bytes }: RawDocument,
  dictionary: DataDictionary,
  part: number,
): Promise<ParsedDocument> {
  const { entities, findings, error } = await readEntities(mediaTypes[format], bytes, dictionary);
  if (error !== null) throw new Refusal(400, error);
  return {
    entities: entities.map((row) => ({ document: row.document, findings: row.findings, part })),
    logged: { name, format, content: bytes.toString('utf8'), response: null },
    headerOnly:
      format !== 'json' && entities.length === 0 && findings.length === 0 && bytes.toString('utf8').trim() !== '',
  };
}

const mediaTypes = { json: 'application/json', tsv: 'text/tab-separated-values', csv: 'text/csv' } as const;

const bulkForm =
  'Bulk transfers must be an array of JSON objects of format: {\n    "name": string,\n    "doc_format": string,\n    "doc": string,\n}';

/** Reads the body of a bulk request: a list of documents, each of a format of its own. */
export async function parseBulk(
  request: FastifyRequest,
  dictionary: DataDictionary,
): Promise<{ names: string[]; documents: ParsedDocument[] }> {
  const outer = await readEntities('application/json', unwrapped(body(request)), dictionary);
  if (outer.error !== null) throw new Refusal(400, outer.error);
  const isList = body(request).toString('utf8').trimStart().startsWith('[');
  if (!isList || !outer.entities.every(({ document }) => isSchemaObject(document))) throw new Refusal(400, bulkForm);
  const names: string[] = [];
  const documents: ParsedDocument[] = [];
  for (const [part, { document }] of outer.entities.entries()) {
    const raw = isSchemaObject(document) ? document : {};
    const lacking = ['name', 'doc_format', 'doc'].filter((field) => typeof raw[field] !== 'string');
    if (lacking.length > 0) {
      const list = lacking.map((field) => `'${field}'`).join(', ');
      throw new Refusal(400, `Missing required field in document ${part}: [${list}]`);
    }
    const name = String(raw.name);
    names.push(name);
    documents.push(await parsePart(name, String(raw.doc_format), String(raw.doc), dictionary, part));
  }
  return { names, documents };
}

async function parsePart(
  name: string,
  docFormat: string,
  text: string,
  dictionary: DataDictionary,
  part: number,
): Promise<ParsedDocument> {
  const format = docFormat.toLowerCase();
  if (format !== 'json' && format !== 'tsv' && format !== 'csv')
    throw new Refusal(400, `Format ${docFormat} is not supported; supported formats are: csv,tsv,json.`);
  try {
    return await parseDocument({ name, format, bytes: Buffer.from(text) }, dictionary, part);
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(400, `Unable to parse doc ${name}: [400] - ${error.message}`);
    throw error;
  }
}
