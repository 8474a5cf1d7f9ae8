import { createHash } from 'node:crypto';
import { getTemplate } from '@linnaea/catalog';
import type { Job } from '@linnaea/jobs';
import { CatalogueError, type OdmKind, type Principal } from '@linnaea/model';
import type { ImportDeps } from './deps.ts';
import { withoutCredentials } from './source.ts';

/** Where a file comes from: a link that the worker fetches, or an upload that lies in the object store already. */
export type FileSource = { link: string } | { objectId: number; fileName: string };

export type ImportKind = Exclude<OdmKind, 'flow-cytometry' | 'file'>;

export interface ImportRequest {
  kind: ImportKind;
  /** The table of metadata; for signals, the one row that describes the data file (optional). */
  metadata?: FileSource;
  /** Signals only: the measurements. */
  data?: FileSource;
  /** Accession of the template; absent = the default template. */
  template?: string;
  /** Accession of the data file that this one is a new version of. */
  previousVersion?: string;
  /** Tabular data: how many columns, from the left, describe the feature. */
  featureColumns?: number;
  measurementSeparator?: string;
  dataClass?: string;
  /** Import although the same link was imported before. */
  allowDuplicates?: boolean;
}

/** The name of an import's job, e.g. `import-samples`. */
export function jobKind(kind: ImportKind): string {
  return `import-${kind}`;
}

/**
 * Starts an import as a job. Throws `forbidden` for who may not import, `invalid` for a request that cannot work, and
 * `conflict` (details: `jobId`) when the same link was imported or is being imported by a job that did not fail.
 */
export async function startImport(deps: ImportDeps, principal: Principal, request: ImportRequest): Promise<Job> {
  if (!principal.curator && !principal.administrator) {
    throw new CatalogueError('forbidden', 'not-a-curator', 'Only curators can import data.');
  }
  checkSources(request);
  if (request.template !== undefined && !(await getTemplate(deps.database, request.template))) {
    throw new CatalogueError('invalid', 'template-not-found', `There is no template ${request.template}.`);
  }
  const key = duplicateKey(request);
  return deps.queue.enqueue(deps.database, {
    kind: jobKind(request.kind),
    input: { ...request },
    startedBy: principal.userId,
    startedByEmail: principal.email,
    ...(key === undefined ? {} : { key, allowDuplicate: request.allowDuplicates ?? false }),
  });
}

/** The request as it stays with a job that is done: the links without their passwords and signatures. */
export function withoutSecrets(request: ImportRequest): Record<string, unknown> {
  const clean = (source: FileSource | undefined) =>
    source && 'link' in source ? { link: withoutCredentials(source.link) } : source;
  const { metadata, data, ...rest } = request;
  return { ...rest, ...(metadata && { metadata: clean(metadata) }), ...(data && { data: clean(data) }) };
}

const isSignal = (kind: ImportKind) => kind === 'expression' || kind === 'variant';

function checkSources(request: ImportRequest): void {
  const main = isSignal(request.kind) ? request.data : request.metadata;
  const name = isSignal(request.kind) ? 'dataLink' : 'metadataLink';
  if (!main) throw new CatalogueError('invalid', 'source-missing', `The import needs a ${name}.`);
  for (const source of [request.metadata, request.data]) {
    if (source && 'link' in source && !URL.canParse(source.link)) {
      throw new CatalogueError('invalid', 'link-invalid', 'The link is not a URL.', { details: { link: source.link } });
    }
  }
}

function duplicateKey(request: ImportRequest): string | undefined {
  const source = isSignal(request.kind) ? request.data : request.metadata;
  // A digest, because a link may carry a password, and keys are kept as long as jobs.
  return source && 'link' in source ? createHash('sha256').update(source.link).digest('hex') : undefined;
}
