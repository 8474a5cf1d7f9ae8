import { type FileSource, type ImportRequest, startImport } from '@linnaea/imports';
import { CatalogueError } from '@linnaea/model';
import { type DataType, dataTypes } from '../data-types.ts';
import { jobInfo } from '../job-info.ts';
import { type Call, type Operation, recordOf } from '../operation.ts';
import type { ParameterRules } from '../parameters.ts';
import { ref } from '../schemas.ts';
import { readForm } from '../upload.ts';

const duplicates = {
  allow_dups: { type: 'flag', fallback: false, description: 'Import although the same link was imported before' },
} as const satisfies ParameterRules;

type ImportType = DataType & { kind: ImportRequest['kind'] };
const importTypes = dataTypes.filter(
  (type): type is ImportType => type.kind !== 'flow-cytometry' && type.kind !== 'file',
);

/** Imports by link and by upload; all answer at once with the job that does the work. */
export function importOperations(): Operation[] {
  return importTypes.flatMap((type) => {
    const path = `/api/v1/jobs/import/${type.importSegment}`;
    const common = { method: 'POST', answer: ref('Info'), curator: true } as const;
    const byLink: Operation = {
      ...common,
      path,
      tag: 'Data import jobs',
      summary: `Import ${type.signal ? `${type.noun} data` : type.plural} from a link`,
      query: duplicates,
      body: ref(bodySchema(type)),
      handle: (call) => importLink(call, type),
    };
    if (type.kind === 'study') return [byLink];
    const upload: Operation = {
      ...common,
      path: `${path}/multipart`,
      tag: 'Direct file upload',
      summary: `Import ${type.signal ? `${type.noun} data` : type.plural} from an uploaded file`,
      query: {},
      multipart: formSchema(type),
      handle: (call) => importUpload(call, type),
    };
    return [byLink, upload];
  });
}

function bodySchema(type: DataType): string {
  if (!type.signal) return 'ImportMetadata';
  return type.kind === 'expression' ? 'ImportExpression' : 'ImportVariant';
}

async function importLink(call: Call, type: ImportType): Promise<unknown> {
  const body = readObject(call.body);
  const link = (name: string): FileSource | undefined => {
    const text = textOf(body, name);
    return text === undefined ? undefined : { link: text };
  };
  const request = importRequest(type, body, {
    metadata: link('metadataLink'),
    data: type.signal ? link('dataLink') : undefined,
  });
  const job = await startImport(call.deps.imports, call.principal, {
    ...request,
    allowDuplicates: call.query.flag('allow_dups'),
  });
  return jobInfo(job);
}

async function importUpload(call: Call, type: ImportType): Promise<unknown> {
  const { fields, files } = await readForm(call, type.signal ? ['file', 'metadataFile'] : ['file']);
  const file = files.get('file');
  if (file === undefined) throw new CatalogueError('invalid', 'source-missing', 'The form has no part "file".');
  const request = importRequest(
    type,
    fields,
    type.signal ? { data: file, metadata: files.get('metadataFile') } : { metadata: file },
  );
  return jobInfo(await startImport(call.deps.imports, call.principal, request));
}

/** The settings of an import, from a JSON body or the fields of a form. */
export function importRequest(
  type: { kind: ImportRequest['kind'] },
  body: Readonly<Record<string, unknown>>,
  sources: { metadata?: FileSource | undefined; data?: FileSource | undefined },
): ImportRequest {
  const template = textOf(body, 'templateId');
  const previousVersion = textOf(body, 'previousVersion');
  const dataClass = textOf(body, 'dataClass');
  const separator = textOf(body, 'measurementSeparator');
  const columns = featureColumns(body.numberOfFeatureAttributes);
  return {
    kind: type.kind,
    ...(sources.metadata ? { metadata: sources.metadata } : {}),
    ...(sources.data ? { data: sources.data } : {}),
    ...(template === undefined ? {} : { template }),
    ...(previousVersion === undefined ? {} : { previousVersion }),
    ...(type.kind === 'expression' && dataClass !== undefined ? { dataClass } : {}),
    ...(type.kind === 'expression' && separator !== undefined ? { measurementSeparator: separator } : {}),
    ...(type.kind === 'expression' && columns !== undefined ? { featureColumns: columns } : {}),
  };
}

/** A number, or (in forms, and from the command-line importer) the text of one. */
function featureColumns(given: unknown): number | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  const number = typeof given === 'string' && /^\d{1,4}$/.test(given.trim()) ? Number(given) : given;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 1000) return number;
  throw new CatalogueError(
    'invalid',
    'feature-columns',
    'numberOfFeatureAttributes must be a whole number from 1 to 1000.',
  );
}

/** A JSON object; an absent body is an empty one. */
export function readObject(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return recordOf(body);
  throw new CatalogueError('invalid', 'body-invalid', 'The body must be a JSON object.');
}

/** A text of a body; null and empty count as absent. */
export function textOf(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new CatalogueError('invalid', 'body-invalid', `"${name}" must be a text.`);
}

function formSchema(type: DataType): Readonly<Record<string, unknown>> {
  const text = { type: 'string' };
  const file = { type: 'string', format: 'binary' };
  const signal = { previousVersion: text, metadataFile: file };
  const expression = { numberOfFeatureAttributes: { type: 'integer' }, dataClass: text, measurementSeparator: text };
  return {
    type: 'object',
    required: ['file'],
    properties: {
      studyId: text,
      templateId: text,
      ...(type.signal ? signal : {}),
      ...(type.kind === 'expression' ? expression : {}),
      file,
    },
  };
}
