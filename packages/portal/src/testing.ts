/** Test support: a catalogue with two people, a few studies and two projects, and what the portal is made of. */

import {
  insertRecords,
  type NewRecord,
  nextAccession,
  nextRecordIds,
  recordChange,
  saveTemplate,
  setDefaultTemplate,
} from '@linnaea/catalog';
import { type Database, sql, type Transaction } from '@linnaea/database';
import { createTestDatabase } from '@linnaea/database/testing';
import {
  createAuthenticator,
  createGen3Credentials,
  createScope,
  createUser,
  ensureAdministrator,
  loadPrincipal,
} from '@linnaea/identity';
import { createQueue } from '@linnaea/jobs';
import {
  type Attributes,
  type AttributeValue,
  buildDataDictionary,
  loadDefaultTemplate,
  type Principal,
} from '@linnaea/model';
import { localStore } from '@linnaea/objects';
import type { PortalDeps } from './deps.ts';

export const testPassword = 'twinflower under pines';
export const testEmail = 'ada@example.org';

export interface TestCatalogue extends PortalDeps {
  admin: Principal;
  /** A user without any grant. */
  stranger: { email: string; password: string };
  /** Makes a study with samples in one transaction; answers its accession. */
  addStudy(study: TestStudy): Promise<string>;
  addProject(program: string, code: string, nodes: Record<string, number>): Promise<void>;
  close(): Promise<void>;
}

export interface TestStudy {
  attributes: Attributes;
  samples?: readonly Attributes[];
  libraries?: readonly Attributes[];
  /** Data classes of data files to make, each without measurements. */
  data?: readonly string[];
}

/** Opens a catalogue on a database of its own. `folder` holds the object store and must exist. */
export async function createTestCatalogue(folder: string, publicUrl = 'http://localhost'): Promise<TestCatalogue> {
  const { database, drop } = await createTestDatabase();
  await ensureAdministrator(database, { email: testEmail, password: testPassword });
  const row = await database.first<{ id: number }>(sql`select id from user_account where email = ${testEmail}`);
  await database.run(sql`update user_account set name = 'Ada Kowal' where id = ${row!.id}`);
  const admin = (await loadPrincipal(database, row!.id))!;
  const stranger = { email: 'bo@example.org', password: testPassword };
  await createUser(database, admin, { ...stranger, name: 'Bo Lind' });
  await database.transaction(async (tx) => {
    const { template } = await saveTemplate(tx, { name: 'Default', rules: loadDefaultTemplate().rules });
    await setDefaultTemplate(tx, template.accession);
  });
  const gen3Credentials = createGen3Credentials({ db: database, issuer: `${publicUrl}/user` });
  const authenticator = await createAuthenticator({ db: database, gen3: gen3Credentials });
  const dictionary = testDictionary();
  return {
    database,
    objects: localStore(folder),
    queue: createQueue({ database }),
    authenticator,
    gen3Credentials,
    dictionary: { current: () => dictionary },
    publicUrl,
    logger: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields, message) => console.error(message, fields),
    },
    admin,
    stranger,
    addStudy: (study) => database.transaction((tx) => addStudy(tx, admin, study)),
    addProject: (program, code, nodes) => addProject(database, admin, { program, code, nodes }),
    close: async () => {
      await authenticator.close();
      await drop();
    },
  };
}

async function addStudy(tx: Transaction, owner: Principal, study: TestStudy): Promise<string> {
  const accession = await nextAccession(tx);
  const scopeId = await createScope(tx, owner, { kind: 'study', name: accession });
  const createdChange = await recordChange(tx, { authorId: owner.userId, origin: 'odm', action: 'import', scopeId });
  const common = { model: 'odm' as const, scopeId, createdBy: owner.userId, createdChange };
  const [id] = await nextRecordIds(tx, 1);
  const attributeOrder = Object.keys(study.attributes);
  await insertRecords(tx, [
    { ...common, id: id!, kind: 'study', accession, attributes: study.attributes, attributeOrder },
  ]);
  await addGroup(tx, common, 'sample', study.samples ?? []);
  await addGroup(tx, common, 'library', study.libraries ?? []);
  for (const dataClass of study.data ?? []) {
    const [groupId] = await nextRecordIds(tx, 1);
    const kind = dataClass === 'Variant calls' ? 'variant' : 'expression';
    await insertRecords(tx, [
      {
        ...common,
        id: groupId!,
        kind: `${kind}-group`,
        accession: await nextAccession(tx),
        attributes: { Name: `${dataClass}.gct` },
      },
    ]);
    await tx.run(sql`
      insert into signal (group_id, layout, prefix, feature_count, run_count, measurements, data_class)
      values (${groupId!}, ${kind === 'variant' ? 'variants' : 'matrix'}, ${`test/${groupId}`}, 120, ${study.samples?.length ?? 0},
        '{value}', ${dataClass})`);
  }
  return accession;
}

type Common = Pick<NewRecord, 'model' | 'scopeId' | 'createdBy' | 'createdChange'>;

async function addGroup(
  tx: Transaction,
  common: Common,
  kind: 'sample' | 'library',
  rows: readonly Attributes[],
): Promise<void> {
  if (rows.length === 0) return;
  const [groupId, ...ids] = await nextRecordIds(tx, rows.length + 1);
  const accession = await nextAccession(tx);
  const attributeOrder = Object.keys(rows[0]!);
  await insertRecords(tx, [
    { ...common, id: groupId!, kind: `${kind}-group`, accession, attributes: {}, attributeOrder },
  ]);
  await insertRecords(
    tx,
    rows.map((attributes, position) => ({
      ...common,
      id: ids[position]!,
      kind,
      accession: `${accession}-${position + 1}`,
      groupId: groupId!,
      position,
      attributes,
    })),
  );
}

async function addProject(
  database: Database,
  owner: Principal,
  { program, code, nodes }: { program: string; code: string; nodes: Record<string, number> },
): Promise<void> {
  await database.transaction(async (tx) => {
    const known = await tx.first<{ id: number }>(
      sql`select id from scope where kind = 'program' and name = ${program}`,
    );
    const parentId = known?.id ?? (await createScope(tx, owner, { kind: 'program', name: program }));
    const scopeId = await createScope(tx, owner, { kind: 'project', name: `${program}-${code}`, parentId });
    const createdChange = await recordChange(tx, { authorId: owner.userId, origin: 'gen3', action: 'submit', scopeId });
    for (const [kind, count] of Object.entries(nodes)) {
      const ids = await nextRecordIds(tx, count);
      await insertRecords(
        tx,
        ids.map((id, i) => ({
          id,
          model: 'gen3' as const,
          kind,
          accession: `${program}-${code}-${kind}-${i}`,
          scopeId,
          naturalKey: `${kind}-${i}`,
          attributes: { submitter_id: `${kind}-${i}` },
          createdBy: owner.userId,
          createdChange,
        })),
      );
    }
  });
}

/** Three kinds, enough for a graph. */
function testDictionary() {
  const node = (id: string, category: string, parent: string, backref: string): AttributeValue => ({
    id,
    title: id[0]!.toUpperCase() + id.slice(1),
    type: 'object',
    category,
    namespace: 'https://example.org',
    description: `A ${id}.`,
    submittable: true,
    program: '*',
    project: '*',
    additionalProperties: false,
    systemProperties: ['id', 'project_id'],
    uniqueKeys: [['id'], ['project_id', 'submitter_id']],
    required: ['submitter_id', 'type'],
    links: [
      {
        name: `${parent}s`,
        backref,
        label: 'part_of',
        target_type: parent,
        multiplicity: 'many_to_one',
        required: true,
      },
    ],
    properties: {
      type: { enum: [id] },
      id: { type: 'string' },
      project_id: { type: 'string' },
      submitter_id: { type: 'string' },
      [`${parent}s`]: { type: 'object' },
    },
  });
  const files = new Map<string, AttributeValue>([
    ['case.yaml', node('case', 'administrative', 'project', 'cases')],
    ['sample.yaml', node('sample', 'biospecimen', 'case', 'samples')],
    ['aliquot.yaml', node('aliquot', 'biospecimen', 'sample', 'aliquots')],
    [
      'project.yaml',
      {
        id: 'project',
        title: 'Project',
        type: 'object',
        category: 'administrative',
        description: 'A project.',
        links: [],
        program: '*',
        namespace: 'https://example.org',
        additionalProperties: true,
        systemProperties: ['id'],
        uniqueKeys: [['id'], ['code']],
        required: ['code'],
        properties: { type: { enum: ['project'] }, id: { type: 'string' }, code: { type: 'string' } },
      },
    ],
  ]);
  return buildDataDictionary(files).dictionary;
}
