/** Test support: a small data dictionary, and nodes and links written straight into a database. */
import { insertRecords, nextRecordIds, programUuid, recordChange } from '@linnaea/catalog';
import { type Database, sql } from '@linnaea/database';
import { type Attributes, buildDataDictionary, type DataDictionary, parseDictionaryYaml } from '@linnaea/model';
import { registerSubmission } from '../submission/register.ts';
import { createTestServer, type TestServer } from '../submission/testing.ts';
import { registerGraphql } from './register.ts';

const common = `
  id: {type: string}
  type: {type: string}
  submitter_id: {type: [string, "null"]}
  project_id: {type: string}
  state: {type: string}
  created_datetime: {type: string, format: date-time}
  updated_datetime: {type: string, format: date-time}
`;

type Link = [name: string, backref: string, target: string];

/** A node file; links are properties too. */
const node = (type: string, category: string, links: readonly Link[], properties: string) => `
id: ${type}
title: The ${type}
type: object
namespace: test
category: ${category}
submittable: true
additionalProperties: false
systemProperties: [id, project_id, state, created_datetime, updated_datetime]
uniqueKeys: [[id], [project_id, submitter_id]]
links: [${links.map(link).join(', ')}]
required: [submitter_id]
properties:
${common}${properties}${links.map(([name]) => `  ${name}: {}\n`).join('')}`;

const link = ([name, backref, target]: Link) =>
  `{name: ${name}, backref: ${backref}, label: of, target_type: ${target}, multiplicity: many_to_many, required: false}`;

const files: Readonly<Record<string, string>> = {
  'program.yaml': `
id: program
title: Program
type: object
category: administrative
additionalProperties: false
uniqueKeys: [[id], [name]]
properties:
  id: {type: string}
  type: {type: string}
  name: {type: string}
  dbgap_accession_number: {type: string}
`,
  'project.yaml': `
id: project
title: Project
type: object
category: administrative
additionalProperties: false
uniqueKeys: [[id], [code]]
links: [${link(['programs', 'projects', 'program'])}]
properties:
  id: {type: string}
  type: {type: string}
  code: {type: string}
  name: {type: string}
  dbgap_accession_number: {type: string}
  state: {type: string}
`,
  'case.yaml': node('case', 'administrative', [['projects', 'cases', 'project']], '  site: {enum: [lung, liver]}\n'),
  'sample.yaml': node(
    'sample',
    'biospecimen',
    [
      ['cases', 'samples', 'case'],
      ['parents', 'children', 'sample'],
    ],
    `  mass: {type: number}
  count: {type: integer}
  frozen: {type: boolean}
  tags: {type: array, items: {type: string}}
  sizes: {type: array, items: {type: number}}
  ratio: {oneOf: [{type: number}, {type: string}]}
`,
  ),
  'reads.yaml': node(
    'reads',
    'data_file',
    [
      ['samples', 'files', 'sample'],
      ['cases', 'case_files', 'case'],
    ],
    '  file_name: {type: string}\n  file_size: {type: integer}\n',
  ),
  'image.yaml': node('image', 'data_file', [['samples', 'files', 'sample']], '  file_name: {type: string}\n'),
};

export function smallDictionary(): DataDictionary {
  const read = buildDataDictionary(
    new Map(Object.entries(files).map(([name, text]) => [name, parseDictionaryYaml(name, text).content])),
  );
  if (!read.dictionary) throw new Error(`The dictionary of the tests is broken: ${JSON.stringify(read)}`);
  return read.dictionary;
}

export interface SeedNode {
  kind: string;
  /** Also the name by which links name it. */
  name: string;
  attributes?: Attributes;
  /** Name of a link to names of its targets. */
  links?: Readonly<Record<string, readonly string[]>>;
  deleted?: boolean;
  model?: 'gen3' | 'odm';
}

export interface Seeded {
  scopeId: number;
  /** Internal ids by name. */
  records: Map<string, number>;
  /** Ids on the wire by name. */
  ids: Map<string, string>;
}

/** Writes a program, a project of it and nodes in the project. Names of nodes are their submitter ids. */
export async function seedProject(db: Database, projectId: string, nodes: readonly SeedNode[]): Promise<Seeded> {
  const [program = '', code = ''] = projectId.split('-');
  const programScope = await scope(db, 'program', program, null);
  const scopeId = await scope(db, 'project', projectId, programScope);
  const known = await db.first<{ id: number }>(sql`select id from record where scope_id = ${programScope}`);
  const administrative: SeedNode[] = [
    ...(known ? [] : [{ kind: 'program', name: program, attributes: { name: program } }]),
    { kind: 'project', name: code, attributes: { code, state: 'open' }, links: { programs: [program] } },
  ];
  const above = { programScope, program: known?.id };
  return seedNodes(db, scopeId, [...administrative, ...nodes], projectId, above);
}

async function scope(db: Database, kind: string, name: string, parent: number | null): Promise<number> {
  const row = await db.first<{ id: number }>(sql`
    insert into scope (kind, name, parent_id) values (${kind}, ${name}, ${parent})
    on conflict (kind, name) do update set name = excluded.name returning id`);
  return row?.id ?? 0;
}

/** Writes records of a study of the other model; links are named by the parent's kind. */
export async function seedStudy(db: Database, name: string, records: readonly SeedNode[]): Promise<Seeded> {
  const scopeId = await scope(db, 'study', name, null);
  return seedNodes(
    db,
    scopeId,
    records.map((record) => ({ ...record, model: 'odm' as const })),
    name,
  );
}

async function seedNodes(
  db: Database,
  scopeId: number,
  nodes: readonly SeedNode[],
  prefix: string,
  above: { programScope: number; program: number | undefined } = { programScope: scopeId, program: undefined },
): Promise<Seeded> {
  return db.transaction(async (tx) => {
    const changeId = await recordChange(tx, { authorId: null, origin: 'command-line', action: 'create', scopeId });
    const numbers = await nextRecordIds(tx, nodes.length);
    const records = new Map(nodes.map((entry, place) => [entry.name, numbers[place] ?? 0]));
    const ids = new Map(nodes.map((entry) => [entry.name, programUuid(`${prefix}/${entry.name}`)]));
    await insertRecords(
      tx,
      nodes.map((entry) => {
        const isNode = entry.model !== 'odm';
        const named: Attributes =
          isNode && !['program', 'project'].includes(entry.kind) ? { submitter_id: entry.name } : {};
        return {
          id: records.get(entry.name) ?? 0,
          model: entry.model ?? 'gen3',
          kind: entry.kind,
          accession: isNode ? (ids.get(entry.name) ?? '') : entry.name,
          uuid: isNode ? (ids.get(entry.name) ?? null) : null,
          scopeId: entry.kind === 'program' ? above.programScope : scopeId,
          attributes: { ...named, ...entry.attributes },
          createdBy: null,
          createdChange: changeId,
        };
      }),
    );
    for (const entry of nodes) {
      for (const [name, targets] of Object.entries(entry.links ?? {})) {
        for (const target of targets) {
          await tx.run(sql`insert into link (child_id, parent_id, name)
            values (${records.get(entry.name)}, ${records.get(target) ?? above.program}, ${name})`);
        }
      }
      if (entry.deleted) {
        await tx.run(sql`update record set deleted_change = ${changeId} where id = ${records.get(entry.name)}`);
      }
    }
    return { scopeId, records, ids };
  });
}

/** The submission API and this one, with an administrator, a reader and a stranger. */
export function createGraphServer(): Promise<TestServer> {
  return createTestServer(smallDictionary(), async (app, deps) => {
    await registerSubmission(app, deps);
    await registerGraphql(app, deps);
  });
}
