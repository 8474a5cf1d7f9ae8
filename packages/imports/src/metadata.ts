import {
  insertRecords,
  type NewRecord,
  nextAccession,
  nextAccessions,
  nextRecordIds,
  recordChange,
  resolveLabels,
  settleIndexes,
  templateFor,
} from '@linnaea/catalog';
import { sql, type Transaction } from '@linnaea/database';
import { readTable, type TableRow } from '@linnaea/formats';
import { createScope, personalScope } from '@linnaea/identity';
import type { CompleteJob, JobContext } from '@linnaea/jobs';
import {
  type Attributes,
  CatalogueError,
  compileRules,
  FindingCollector,
  type GroupedKind,
  groupKind,
  PrefetchedVocabularies,
  type Principal,
  type RecordJudge,
  type Template,
  type TemplateTarget,
} from '@linnaea/model';
import type { ImportDeps } from './deps.ts';
import { keyRules } from './key-rules.ts';
import { type ImportRequest, withoutSecrets } from './request.ts';
import { obtainSource, openStored, type StoredFile } from './source.ts';

/** Reads a table whose faults end the import; a template's rules only warn. */
export async function importMetadata(
  deps: ImportDeps,
  principal: Principal,
  request: ImportRequest,
  context: JobContext,
  complete: CompleteJob,
): Promise<void> {
  const file = await obtainSource(deps, request.metadata!, context);
  const template = await templateFor(deps.database, request.template ?? null);
  if (!template) throw new CatalogueError('invalid', 'template-not-found', 'There is no default template.');
  const findings = new FindingCollector();
  const bytes = await openStored(deps, file, context);
  const table = await readTable(bytes, { file: file.fileName, report: (finding) => findings.add(finding) });
  // Of an empty file nothing more can be said.
  if (table.header.length === 0) failOnErrors(findings);
  const judge = batchJudge(deps, template, request.kind);
  const reader = { deps, principal, template, judge, file, context, findings, header: table.header, rows: table.rows };
  let records = 1;
  await deps.database.transaction(async (tx) => {
    const result =
      request.kind === 'study'
        ? await writeStudy(tx, reader)
        : await writeGroup(tx, reader, request.kind as GroupedKind);
    failOnErrors(findings);
    records = Number(result.records ?? 1);
    await complete(tx, result, findings.findings, withoutSecrets(request));
  });
  await settleIndexes(deps.database, records);
}

interface TableImport {
  deps: ImportDeps;
  principal: Principal;
  template: Template;
  judge: BatchJudge;
  file: StoredFile;
  context: JobContext;
  findings: FindingCollector;
  header: readonly string[];
  rows: AsyncIterable<TableRow[]>;
}

async function writeStudy(tx: Transaction, table: TableImport): Promise<Record<string, unknown>> {
  const rows: TableRow[] = [];
  for await (const batch of table.rows) {
    rows.push(...batch);
    if (rows.length > 1) break;
  }
  if (rows.length !== 1) {
    table.findings.add({
      code: 'study-row-count',
      severity: 'error',
      message: `A study file has one row below its header; this one has ${rows.length === 0 ? 'none' : 'more'}.`,
      location: { file: table.file.fileName, line: rows[1]?.line ?? 1 },
    });
    failOnErrors(table.findings);
  }
  const accession = await nextAccession(tx);
  const scopeId = await createScope(tx, table.principal, { kind: 'study', name: accession });
  const changeId = await recordChange(tx, {
    authorId: table.principal.userId,
    origin: 'odm',
    action: 'import',
    message: 'Initial version',
    scopeId,
  });
  const attributes = attributesOf(table.header, rows[0]!);
  if (attributes['Study Title'] === undefined) attributes['Study Title'] = 'New Study';
  await judgeBatch(table, [{ line: rows[0]!.line, attributes }]);
  const [id] = await nextRecordIds(tx, 1);
  await insertRecords(tx, [
    {
      id: id!,
      model: 'odm',
      kind: 'study',
      accession,
      scopeId,
      attributes,
      attributeOrder: [...table.header],
      template: table.template.accession,
      createdBy: table.principal.userId,
      createdChange: changeId,
    },
  ]);
  await referToSource(tx, id!, 'metadata', table.file);
  return { accession, groupAccession: accession };
}

async function writeGroup(tx: Transaction, table: TableImport, kind: GroupedKind): Promise<Record<string, unknown>> {
  const rules = keyRules(kind, table.header, table.file.fileName, (finding) => table.findings.add(finding));
  failOnErrors(table.findings);
  const scopeId = await personalScope(tx, table.principal);
  const changeId = await recordChange(tx, {
    authorId: table.principal.userId,
    origin: 'odm',
    action: 'import',
    message: 'Initial version',
    scopeId,
  });
  const accession = await nextAccession(tx);
  const [groupId] = await nextRecordIds(tx, 1);
  await insertRecords(tx, [
    {
      id: groupId!,
      model: 'odm',
      kind: groupKind(kind),
      accession,
      scopeId,
      attributes: {},
      attributeOrder: [...table.header],
      template: table.template.accession,
      createdBy: table.principal.userId,
      createdChange: changeId,
    },
  ]);
  await referToSource(tx, groupId!, 'metadata', table.file);
  const count = await insertRecords(tx, readRecords(table, kind, rules, { scopeId, groupId: groupId!, changeId }));
  rules.finish(count);
  return { groupAccession: accession, accession, records: count };
}

/**
 * Yields the records of a table for COPY. Ids and labels are asked for on other connections meanwhile: sequences do
 * not take part in transactions, and vocabularies do not change within one.
 */
async function* readRecords(
  table: TableImport,
  kind: GroupedKind,
  rules: ReturnType<typeof keyRules>,
  owner: { scopeId: number; groupId: number; changeId: number },
): AsyncGenerator<NewRecord> {
  let position = 0;
  for await (const batch of table.rows) {
    table.context.signal.throwIfAborted();
    const rows = batch.map((row) => ({ line: row.line, attributes: attributesOf(table.header, row) }));
    const [accessions, ids] = await Promise.all([
      nextAccessions(table.deps.database, rows.length),
      nextRecordIds(table.deps.database, rows.length),
      judgeBatch(table, rows),
    ]);
    for (const [index, row] of rows.entries()) {
      rules.check(row.attributes, row.line);
      yield {
        id: ids[index]!,
        model: 'odm',
        kind,
        accession: accessions[index]!,
        scopeId: owner.scopeId,
        groupId: owner.groupId,
        position,
        attributes: row.attributes,
        createdBy: table.principal.userId,
        createdChange: owner.changeId,
      };
      position += 1;
    }
    table.context.report({ step: 'writing', rows: position });
  }
}

/** A row as attributes: what has no value is absent. Own properties only, so `__proto__` is a name like any other. */
export function attributesOf(header: readonly string[], row: TableRow): Attributes {
  const attributes: Attributes = Object.create(null) as Attributes;
  for (let column = 0; column < header.length; column += 1) {
    const value = row.values[column];
    if (value !== null && value !== undefined) attributes[header[column]!] = value;
  }
  return attributes;
}

interface BatchJudge {
  vocabularies: PrefetchedVocabularies;
  judge: RecordJudge;
}

/** The rules of a template for one kind, compiled once for a whole table. */
function batchJudge(deps: ImportDeps, template: Template, target: TemplateTarget): BatchJudge {
  const rules = template.rules.filter((rule) => rule.target === target);
  const vocabularies = new PrefetchedVocabularies(rules, (vocabulary, values) =>
    resolveLabels(deps.database, vocabulary, values),
  );
  return { vocabularies, judge: compileRules(rules, vocabularies) };
}

async function judgeBatch(
  table: TableImport,
  rows: readonly { line: number; attributes: Attributes }[],
): Promise<void> {
  await table.judge.vocabularies.prefetch(rows.map((row) => row.attributes));
  for (const row of rows) {
    for (const finding of table.judge.judge(row.attributes)) {
      const column = table.header.indexOf(finding.location?.attribute ?? '') + 1;
      table.findings.add({
        ...finding,
        location: { ...finding.location, file: table.file.fileName, line: row.line, ...(column > 0 ? { column } : {}) },
      });
    }
  }
}

export async function referToSource(
  tx: Transaction,
  recordId: number,
  role: 'data' | 'metadata',
  file: StoredFile,
): Promise<void> {
  await tx.run(
    sql`insert into record_source (record_id, role, object_id) values (${recordId}, ${role}, ${file.objectId})`,
  );
}

export function failOnErrors(findings: FindingCollector): void {
  if (findings.errors === 0) return;
  const first = findings.findings.find((finding) => finding.severity === 'error');
  const place = first?.location?.line === undefined ? '' : ` (line ${first.location.line})`;
  const more = findings.errors > 1 ? ` and ${findings.errors - 1} more` : '';
  throw new CatalogueError(
    'invalid',
    first?.code ?? 'invalid-file',
    `${first?.message ?? 'The file is not valid.'}${place}${more}`,
    { findings: findings.findings },
  );
}
