import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { insertRecords, type NewRecord, nextRecordIds } from '@linnaea/catalog';
import { type Database, sql } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import { readMatrix, readVcf } from '@linnaea/formats';
import {
  type AccessLevel,
  type Attributes,
  groupKind,
  levelNumber,
  type OdmKind,
  type Principal,
} from '@linnaea/model';
import { localStore, type ObjectStore } from '@linnaea/objects';
import { featuresOf, nextVersion, openMatrix, registerSignal, writeMatrix, writeVariants } from '@linnaea/signals';
import type { OmicsKind } from './select-runs.ts';

export interface AddedFile {
  signalId: number;
  groupId: number;
  group: string;
  runIds: number[];
  runs: string[];
}

export interface FileOptions {
  scope: number;
  attributes?: Attributes;
  /** Text before the first `.` of `<run>.<measurement>` headers and so on; see the formats. */
  separator?: string;
  featureColumns?: number;
  /** Group id of the file that this one supersedes. */
  previous?: number;
  /** For each run the id of the record that it is linked to. */
  parents?: { kind: OdmKind; ids: readonly (number | undefined)[] };
}

/** A catalogue with real parts and what the tests of this package need to fill it. */
export interface OmicsBench {
  database: Database;
  objects: ObjectStore;
  /** Sees everything. */
  administrator: Principal;
  addScope(name: string): Promise<number>;
  addReader(scope: number, level: AccessLevel): Promise<Principal>;
  addRecord(kind: string, scope: number, attributes: Attributes, more?: Partial<NewRecord>): Promise<number>;
  link(child: number, parent: number, parentKind: string): Promise<void>;
  addMatrix(text: string, options: FileOptions): Promise<AddedFile>;
  addVariants(text: string, options: FileOptions): Promise<AddedFile>;
  close(): Promise<void>;
}

export async function createOmicsBench(): Promise<OmicsBench> {
  const { database, drop } = await createTestDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'linnaea-omics-'));
  const objects = localStore(folder);
  let numbers = 0;
  const nextNumber = () => {
    numbers += 1;
    return numbers;
  };
  const principal = (userId: number, administrator: boolean): Principal => ({
    userId,
    email: 'a@example.org',
    name: 'A',
    subjects: [userId],
    curator: administrator,
    administrator,
    permissions: new Set(),
  });
  const change = (await database.first<{ id: number }>(
    sql`insert into change (origin, action) values ('test', 'import') returning id`,
  ))!.id;

  const newRecord = (id: number, kind: string, scopeId: number, attributes: Attributes): NewRecord => ({
    id,
    model: 'odm',
    kind,
    accession: `T${nextNumber()}`,
    scopeId,
    attributes,
    createdBy: null,
    createdChange: change,
  });
  const addRecord: OmicsBench['addRecord'] = (kind, scope, attributes, more = {}) =>
    database.transaction(async (tx) => {
      const [id] = await nextRecordIds(tx, 1);
      await insertRecords(tx, [{ ...newRecord(id!, kind, scope, attributes), ...more }]);
      return id!;
    });
  const link: OmicsBench['link'] = async (child, parent, parentKind) => {
    await database.run(sql`insert into link (child_id, parent_id, name) values (${child}, ${parent}, ${parentKind})`);
  };

  async function addFile(
    kind: OmicsKind,
    runNames: readonly string[],
    options: FileOptions,
    signal: Omit<Parameters<typeof registerSignal>[1], 'groupId' | 'runIds'>,
  ): Promise<AddedFile> {
    const added = await database.transaction(async (tx) => {
      const version = options.previous === undefined ? undefined : await nextVersion(tx, options.previous);
      const [groupId, ...runIds] = await nextRecordIds(tx, runNames.length + 1);
      const group = newRecord(groupId!, groupKind(kind), options.scope, options.attributes ?? {});
      const runs = runNames.map((name, position) => ({
        ...newRecord(runIds[position]!, kind, options.scope, { 'Sample Source ID': name }),
        groupId: groupId!,
        position,
      }));
      await insertRecords(tx, [group]);
      await insertRecords(tx, runs);
      const signalId = await registerSignal(tx, {
        ...signal,
        groupId: groupId!,
        runIds,
        ...(version ? { version } : {}),
      });
      return {
        signalId,
        groupId: groupId!,
        group: group.accession,
        runIds,
        runs: runs.map(({ accession }) => accession),
      };
    });
    const { parents } = options;
    for (const [i, parent] of (parents?.ids ?? []).entries()) {
      if (parent !== undefined) await link(added.runIds[i]!, parent, parents!.kind);
    }
    return added;
  }

  return {
    database,
    objects,
    administrator: principal(0, true),
    addRecord,
    link,
    async addScope(name) {
      return (await database.first<{ id: number }>(
        sql`insert into scope (kind, name) values ('study', ${name}) returning id`,
      ))!.id;
    },
    async addReader(scope, level) {
      const { id } = (await database.first<{ id: number }>(
        sql`insert into subject (kind) values ('user') returning id`,
      ))!;
      await database.run(
        sql`insert into scope_grant (scope_id, subject_id, level) values (${scope}, ${id}, ${levelNumber(level)})`,
      );
      return principal(id, false);
    },
    async addMatrix(text, options) {
      const prefix = `signals/${nextNumber()}`;
      const { separator, featureColumns } = options;
      let runNames: readonly string[] = [];
      await writeMatrix({
        store: objects,
        prefix,
        open: async () => {
          const matrix = await readMatrix(bytesOf(text), {
            format: 'auto',
            report: () => undefined,
            ...(separator === undefined ? {} : { measurementSeparator: separator }),
            ...(featureColumns === undefined ? {} : { featureColumns }),
          });
          runNames = matrix.header.runs;
          return matrix;
        },
      });
      const reader = await openMatrix({ store: objects, prefix });
      const { featureCount, measurements } = reader.describe();
      return addFile('expression', runNames, options, {
        layout: 'matrix',
        prefix,
        features: featuresOf(reader),
        featureCount,
        measurements: measurements.map(({ name }) => name),
      });
    },
    async addVariants(text, options) {
      const prefix = `signals/${nextNumber()}`;
      let runNames: readonly string[] = [];
      const { variants } = await writeVariants({
        store: objects,
        prefix,
        open: async () => {
          const vcf = await readVcf(bytesOf(text), { report: () => undefined });
          runNames = vcf.header.samples;
          return vcf;
        },
      });
      return addFile('variant', runNames, options, { layout: 'variants', prefix, featureCount: variants });
    },
    async close() {
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** A table of features (with one attribute) and runs as the text of a file; NaN is missing. */
export function matrixText(
  runs: readonly string[],
  rows: readonly { name: string; attribute: string; values: readonly number[] }[],
): string {
  const lines = rows.map(({ name, attribute, values }) =>
    [name, attribute, ...values.map((value) => (Number.isNaN(value) ? '' : String(value)))].join('\t'),
  );
  return `${[['Feature', 'Class', ...runs].join('\t'), ...lines].join('\n')}\n`;
}
