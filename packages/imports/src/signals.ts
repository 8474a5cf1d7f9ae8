import { randomUUID } from 'node:crypto';
import {
  getRecord,
  insertRecords,
  nextAccession,
  nextRecordIds,
  nextRunAccessions,
  recordChange,
  recordItems,
  settleIndexes,
  templateFor,
} from '@linnaea/catalog';
import { sql, type Transaction } from '@linnaea/database';
import { readTable } from '@linnaea/formats';
import { personalScope, requireAccess } from '@linnaea/identity';
import type { CompleteJob, JobContext } from '@linnaea/jobs';
import {
  type Attributes,
  type Finding,
  FindingCollector,
  groupKind,
  linkingAttributes,
  type Principal,
} from '@linnaea/model';
import { type NewSignal, nextVersion, registerSignal } from '@linnaea/signals';
import type { ImportDeps } from './deps.ts';
import { attributesOf, failOnErrors, referToSource } from './metadata.ts';
import { type ImportRequest, withoutSecrets } from './request.ts';
import { obtainSource, openStored, type StoredFile } from './source.ts';
import { writeMatrixFile } from './write-matrix-file.ts';
import { writeVariantFile } from './write-variant-file.ts';

/** Measurements that lie in the object store already, though nothing refers to them yet. */
export interface WrittenSignal {
  runNames: readonly string[];
  signal: Omit<NewSignal, 'groupId' | 'runIds' | 'version'>;
  /** What the file itself says of the whole, added to its metadata. */
  attributes: Attributes;
}

export interface SignalFile {
  file: StoredFile;
  /** Folder for the measurements in the object store; a new one for every attempt. */
  prefix: string;
  findings: FindingCollector;
}

/**
 * Imports one data file with the row of metadata that describes it: the file is kept as it came, its measurements are
 * written beside, and both become visible together, by one transaction.
 */
export async function importSignal(
  deps: ImportDeps,
  principal: Principal,
  request: ImportRequest & { kind: 'expression' | 'variant' },
  context: JobContext,
  complete: CompleteJob,
): Promise<void> {
  const findings = new FindingCollector();
  const template = await templateFor(deps.database, request.template ?? null);
  const previous =
    request.previousVersion === undefined
      ? undefined
      : await findPrevious(deps, principal, request.kind, request.previousVersion);
  const metadataFile = request.metadata && (await obtainSource(deps, request.metadata, context));
  const metadata = metadataFile ? await readDescription(deps, metadataFile, findings) : { header: [], attributes: {} };
  const file = await obtainSource(deps, request.data!, context);
  const prefix = `signals/${new Date().toISOString().slice(0, 7)}/${randomUUID()}`;
  context.report({ step: 'writing measurements', bytes: 0, totalBytes: file.size });
  const written = await writeOrDiscard(deps, request, { file, prefix, findings: new FindingCollector() }, context);
  for (const finding of written.findings) findings.add(finding);
  // From here on the measurements are left to the sweep: a commit whose answer was lost may have made them visible.
  await deps.database.transaction(async (tx) => {
    const owner = { principal, template: template?.accession ?? null, previous, metadata, request };
    const { groupId, accession } = await writeRecords(tx, owner, written);
    await referToSource(tx, groupId, 'data', file);
    if (metadataFile) await referToSource(tx, groupId, 'metadata', metadataFile);
    const result = { groupAccession: accession, accession, runs: written.runNames.length };
    await complete(tx, result, findings.findings, withoutSecrets(request));
  });
  await settleIndexes(deps.database, written.runNames.length);
}

/** Writes the measurements; when that fails, or the file has errors, what was written goes at once. */
async function writeOrDiscard(
  deps: ImportDeps,
  request: ImportRequest,
  target: SignalFile,
  context: JobContext,
): Promise<WrittenSignal & { findings: readonly Finding[] }> {
  const write = request.kind === 'variant' ? writeVariantFile : writeMatrixFile;
  try {
    const written = await write(deps, request, target, context);
    failOnErrors(target.findings);
    return { ...written, findings: target.findings.findings };
  } catch (error) {
    await deps.objects.deleteAll(`${target.prefix}/`).catch(() => undefined);
    throw error;
  }
}

interface Description {
  header: readonly string[];
  attributes: Attributes;
}

async function readDescription(deps: ImportDeps, file: StoredFile, findings: FindingCollector): Promise<Description> {
  const table = await readTable(await openStored(deps, file), {
    file: file.fileName,
    report: (finding) => findings.add(finding),
  });
  const rows = [];
  for await (const batch of table.rows) {
    rows.push(...batch);
    if (rows.length > 1) break;
  }
  if (rows.length !== 1) {
    findings.add({
      code: 'description-row-count',
      severity: 'error',
      message: 'The metadata of a data file has one row below its header.',
      location: { file: file.fileName, line: rows[1]?.line ?? 1 },
    });
  }
  failOnErrors(findings);
  return { header: table.header, attributes: attributesOf(table.header, rows[0]!) };
}

async function findPrevious(deps: ImportDeps, principal: Principal, kind: 'expression' | 'variant', accession: string) {
  const group = await getRecord(deps.database, principal, accession, [groupKind(kind)]);
  await requireAccess(deps.database, principal, 'edit', group.scopeId);
  return { id: group.id, scopeId: group.scopeId };
}

interface RecordOwner {
  principal: Principal;
  template: string | null;
  previous: { id: number; scopeId: number } | undefined;
  metadata: Description;
  request: ImportRequest & { kind: 'expression' | 'variant' };
}

async function writeRecords(
  tx: Transaction,
  owner: RecordOwner,
  written: WrittenSignal,
): Promise<{ groupId: number; accession: string }> {
  const { kind } = owner.request;
  // Whoever saw the file before sees its new version, which is the active one from now on, whether linked yet or not.
  const scopeId = owner.previous?.scopeId ?? (await personalScope(tx, owner.principal));
  const changeId = await recordChange(tx, {
    authorId: owner.principal.userId,
    origin: 'odm',
    action: 'import',
    message: 'Initial version',
    scopeId,
  });
  const accession = await nextAccession(tx);
  const [groupId, ...runIds] = await nextRecordIds(tx, written.runNames.length + 1);
  const runAccessions = await nextRunAccessions(tx, written.runNames.length);
  const version = owner.previous === undefined ? undefined : await nextVersion(tx, owner.previous.id);
  const attributes: Attributes = { ...written.attributes, ...owner.metadata.attributes };
  if (version) attributes.CHAIN_ID = version.chain;
  const common = { model: 'odm' as const, scopeId, createdBy: owner.principal.userId, createdChange: changeId };
  await insertRecords(tx, [
    {
      ...common,
      id: groupId!,
      kind: groupKind(kind),
      accession,
      attributes,
      template: owner.template,
      attributeOrder: [
        ...owner.metadata.header,
        ...Object.keys(attributes).filter((name) => !owner.metadata.header.includes(name)),
      ],
    },
  ]);
  await insertRecords(
    tx,
    written.runNames.map((name, position) => ({
      ...common,
      id: runIds[position]!,
      kind,
      accession: runAccessions[position]!,
      groupId: groupId!,
      position,
      attributes: { [linkingAttributes.sample!]: name },
    })),
  );
  await registerSignal(tx, { ...written.signal, groupId: groupId!, runIds, ...(version ? { version } : {}) });
  if (version) await nameChain(tx, changeId, owner.previous!.id, version.chain);
  return { groupId: groupId!, accession };
}

/** The superseded file shows the chain too, also when this import has begun it. */
async function nameChain(tx: Transaction, changeId: number, groupId: number, chain: string): Promise<void> {
  const changed = await tx.run(sql`
    update record set attributes = attributes || jsonb_build_object('CHAIN_ID', ${chain}::text),
      published = published || jsonb_build_object('CHAIN_ID', ${chain}::text)
    where id = ${groupId} and attributes ->> 'CHAIN_ID' is distinct from ${chain}`);
  if (changed > 0) {
    await recordItems(tx, changeId, [
      { recordId: groupId, action: 'update', before: { CHAIN_ID: null }, after: { CHAIN_ID: chain } },
    ]);
  }
}
