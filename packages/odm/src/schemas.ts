type Schema = Readonly<Record<string, unknown>>;

/** JSON Schemas of bodies and answers, for the documentation. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

export function listOf(item: Schema): Schema {
  return { type: 'array', items: item };
}

const text: Schema = { type: 'string' };
const whole: Schema = { type: 'integer' };
const moment: Schema = { type: 'string', format: 'date-time' };
const object: Schema = { type: 'object' };

function record(properties: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

const template: Schema = { ...text, description: 'Accession of the template; absent = the default template' };
const link: Schema = {
  ...text,
  format: 'uri',
  description: 'Where the server finds the file: https, http, ftp, s3 or file',
};
const source: Schema = { ...text, enum: ['HTTP', 'S3', 'LOCAL'], description: 'Not needed; the link tells' };

export const schemas: Readonly<Record<string, Schema>> = {
  Error: record({ error: record({ message: text }, ['message']) }, ['error']),
  Metadata: {
    type: 'object',
    additionalProperties: true,
    description: 'A flat map: attribute name to value; several values are an array',
  },
  MetadataWithId: record({ itemId: text, metadata: ref('Metadata') }),
  ListResponse: record({
    meta: record({ pagination: record({ count: whole, total: whole, offset: whole, limit: whole }) }),
    data: listOf(object),
  }),
  RunsResponse: record({ data: listOf(ref('Metadata')), cursor: text }),
  CommitInfo: record({
    author: text,
    message: text,
    timestamp: { ...whole, description: 'Milliseconds since 1970' },
    version: text,
  }),
  Info: record({
    jobExecId: whole,
    startedBy: text,
    jobName: text,
    status: text,
    createTime: moment,
    endTime: { type: ['string', 'null'], format: 'date-time' },
  }),
  Output: record({
    status: text,
    result: object,
    errors: listOf(record({ stage: text, stack: listOf(record({ type: text, message: text })) })),
  }),
  ImportMetadata: record({ metadataLink: link, templateId: template, source }, ['metadataLink']),
  ImportExpression: record(
    {
      dataLink: link,
      metadataLink: link,
      templateId: template,
      previousVersion: text,
      numberOfFeatureAttributes: {
        ...whole,
        description: 'Columns, from the left, that describe the feature; needed for TSV',
      },
      dataClass: text,
      measurementSeparator: text,
      source,
    },
    ['dataLink'],
  ),
  ImportVariant: record({ dataLink: link, metadataLink: link, templateId: template, previousVersion: text, source }, [
    'dataLink',
  ]),
  Creation: record({ link, metadataLink: link, templateId: template, previousVersion: text }, ['link']),
  Link: record({ firstId: text, firstType: text, secondId: text, secondType: text }),
  BatchOfIds: record({ firstType: text, firstIds: listOf(text), offset: whole, limit: whole }, [
    'firstType',
    'firstIds',
  ]),
  SourceTypePair: record({ firstType: text, secondType: text }),
  TaskInfo: record({
    id: text,
    name: text,
    status: text,
    application: text,
    startedAt: whole,
    endedAt: whole,
    createdBy: text,
  }),
  ValidationSummary: record({ samples: listOf(record({ groupAccession: text, attributes: listOf(object) })) }),
  ManagedObject: record({ 'genestack:accession': text, objectType: text, ownerEmail: text, createdAt: moment }),
  SearchStudies: record({ filters: listOf(object), page: record({ offset: whole, limit: whole }) }),
};
