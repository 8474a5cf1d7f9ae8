import { storeFile } from '@linnaea/imports';
import { CatalogueError } from '@linnaea/model';
import type { Call } from './operation.ts';

export interface Form {
  fields: Readonly<Record<string, string>>;
  files: ReadonlyMap<string, { objectId: number; fileName: string }>;
}

const longestField = 64 * 1024;
const mostFields = 50;

/**
 * Reads a form: each file streams into the object store as it arrives, whatever its size, up to the limit. Parts may come
 * in any order. Throws `invalid` for a file part of another name or a repeated one, `too-large` beyond the limit.
 */
export async function readForm(call: Call, fileParts: readonly string[]): Promise<Form> {
  const { deps, principal, request } = call;
  if (!request.isMultipart())
    throw new CatalogueError('invalid', 'form-expected', 'The body must be multipart/form-data.');
  const fields: [string, string][] = [];
  const files = new Map<string, { objectId: number; fileName: string }>();
  const parts = request.parts({
    limits: {
      fileSize: deps.maxUploadBytes,
      fieldSize: longestField,
      fields: mostFields,
      files: fileParts.length,
      parts: mostFields + fileParts.length,
    },
  });
  for await (const part of parts) {
    if (part.type === 'field') {
      if (part.valueTruncated)
        throw new CatalogueError('too-large', 'field-too-large', `The field "${part.fieldname}" is too long.`);
      fields.push([part.fieldname, typeof part.value === 'string' ? part.value : String(part.value ?? '')]);
      continue;
    }
    if (!fileParts.includes(part.fieldname) || files.has(part.fieldname)) {
      throw new CatalogueError(
        'invalid',
        'part-unknown',
        `The form has a file part "${part.fieldname}" that is not wanted; wanted once each: ${fileParts.join(', ')}.`,
      );
    }
    const stored = await storeFile(deps.imports, part.file, {
      fileName: part.filename === '' ? part.fieldname : part.filename,
      createdBy: principal.userId,
    });
    // what was cut off at the limit is never referred to, so the sweep removes it
    if (part.file.truncated)
      throw new CatalogueError(
        'too-large',
        'file-too-large',
        `The file is larger than the limit of ${deps.maxUploadBytes} bytes.`,
      );
    files.set(part.fieldname, { objectId: stored.objectId, fileName: stored.fileName });
  }
  return { fields: Object.fromEntries(fields), files };
}
