import { type CatalogRecord, getRecord, listRecords } from '@linnaea/catalog';
import { type FileSource, type ImportRequest, startImport } from '@linnaea/imports';
import { hasEnded, type Job } from '@linnaea/jobs';
import { CatalogueError } from '@linnaea/model';
import { type DataType, dataTypes } from '../data-types.ts';
import { StoredRecordJudge } from '../judging.ts';
import type { Call, Operation } from '../operation.ts';
import type { Shown } from '../present.ts';
import { type ReadOptions, showRecords } from '../reading.ts';
import { ref } from '../schemas.ts';
import { importRequest, readObject, textOf } from './imports.ts';

/**
 * Creation that waits, as the API once had it and its guides still show it: the same import job runs, and the answer
 * holds what it made. A file with very many objects answers them all, so large files are better imported as jobs.
 */
export function creationOperations(): Operation[] {
  return dataTypes.flatMap((type) => (type.creation === undefined ? [] : [operationOf(type, type.creation)]));
}

function operationOf(type: DataType, path: string): Operation {
  return {
    method: 'POST',
    path: `/api/v1/as-curator/${type.segment}${path}`,
    tag: `${type.title} SPoT`,
    curator: true,
    status: 201,
    summary: `Create ${type.signal ? `${type.noun} data` : type.plural} from a link and wait (superseded by import jobs)`,
    body: ref('Creation'),
    answer: { type: ['object', 'array'] },
    handle: (call) => create(call, type),
  };
}

async function create(call: Call, type: DataType): Promise<unknown> {
  const job = await runImport(call, creationRequest(type, readObject(call.body)));
  const accession = String(job.result?.accession ?? '');
  const options: ReadOptions = { view: 'draft', detail: 'original' };
  if (type.kind === 'study') {
    const study = await getRecord(call.deps.database, call.principal, accession, ['study'], options);
    return (await withWarnings(call, [study], options))[0];
  }
  const group = await getRecord(call.deps.database, call.principal, accession, [`${type.kind}-group`], options);
  const members = await membersOf(call, type, group);
  if (!type.signal) return withWarnings(call, members, options);
  return signalAnswer(call, group, members, options);
}

function creationRequest(type: DataType, body: Readonly<Record<string, unknown>>): ImportRequest {
  const { kind } = type;
  if (kind === 'flow-cytometry' || kind === 'file')
    throw new CatalogueError('unsupported', 'kind-unsupported', 'This kind cannot be created.');
  const main = textOf(body, 'link') ?? textOf(body, type.signal ? 'dataLink' : 'metadataLink');
  if (main === undefined) throw new CatalogueError('invalid', 'source-missing', 'The body needs a "link".');
  const source: FileSource = { link: main };
  const description = type.signal ? textOf(body, 'metadataLink') : undefined;
  const sources = type.signal
    ? { data: source, metadata: description === undefined ? undefined : { link: description } }
    : { metadata: source };
  // these operations never refused a link that had been loaded before
  return { ...importRequest({ kind }, body, sources), allowDuplicates: true };
}

/** Runs an import to its end. A client that goes away does not stop it. */
async function runImport(call: Call, request: ImportRequest): Promise<Job> {
  const started = await startImport(call.deps.imports, call.principal, request);
  const gone = new AbortController();
  call.reply.raw.once('close', () => gone.abort());
  for await (const job of call.deps.queue.watch(started.id, gone.signal)) {
    if (!hasEnded(job)) continue;
    if (job.state === 'completed') return job;
    const [failure] = job.errors;
    const findings = job.findings.filter((finding) => finding.severity === 'error');
    throw new CatalogueError(
      'invalid',
      failure?.code ?? 'import-failed',
      failure?.message ?? 'The import was stopped.',
      { findings },
    );
  }
  throw new CatalogueError('unavailable', 'import-unfinished', `The import goes on as job ${started.id}.`);
}

async function membersOf(call: Call, type: DataType, group: CatalogRecord): Promise<CatalogRecord[]> {
  const members: CatalogRecord[] = [];
  for (let offset = 0; ; offset += 2000) {
    const page = await listRecords(call.deps.database, call.principal, {
      kind: type.kind,
      view: 'draft',
      groupId: group.id,
      offset,
      limit: 2000,
    });
    members.push(...page.items);
    if (page.items.length < 2000) return members;
  }
}

async function withWarnings(call: Call, records: readonly CatalogRecord[], options: ReadOptions): Promise<Shown[]> {
  const data = await showRecords(call.deps, call.principal, records, options);
  const findings = await new StoredRecordJudge(call.deps).judge(records);
  return data.map((shown, index) => ({ warnings: findings[index]!.map((finding) => finding.message), data: shown }));
}

async function signalAnswer(
  call: Call,
  group: CatalogRecord,
  runs: readonly CatalogRecord[],
  options: ReadOptions,
): Promise<Shown> {
  const [findings] = await new StoredRecordJudge(call.deps).judge([group]);
  const chain = group.attributes.CHAIN_ID;
  return {
    runs: await showRecords(call.deps, call.principal, runs, options),
    experiment: group.accession,
    warnings: findings!.map((finding) => finding.message),
    ...(chain === undefined ? {} : { versionChainId: chain }),
  };
}
