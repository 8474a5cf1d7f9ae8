/** Test support: a data dictionary of a program, a project, and what a test needs below them. */
import { buildDataDictionary, type DataDictionary, parseDictionaryYaml } from '@linnaea/model';

const above: Readonly<Record<string, string>> = {
  'program.yaml': `
id: program
category: administrative
uniqueKeys: [[id], [name]]
properties: {type: {type: string}, name: {type: string}, dbgap_accession_number: {type: string}}`,
  'project.yaml': `
id: project
category: administrative
uniqueKeys: [[id], [code]]
links: [{name: programs, backref: projects, label: in, target_type: program, multiplicity: many_to_one, required: true}]
properties:
  {type: {type: string}, code: {type: string}, dbgap_accession_number: {type: string}, state: {type: string}, programs: {type: object}}`,
};

/** A data file that is called a reading, with or without a `file_state`. */
export function readingNode({ hasState }: { hasState: boolean }): string {
  const state = `
  state: {type: string, default: validated}
  file_state: {type: string, default: registered}`;
  return `
id: reading
category: data_file
uniqueKeys: [[id], [project_id, submitter_id]]
systemProperties: [id, project_id${hasState ? ', state, file_state' : ''}]
required: [type, submitter_id]
additionalProperties: false
links: [{name: projects, backref: readings, label: in, target_type: project, multiplicity: many_to_one, required: true}]
properties:
  type: {type: string}
  id: {type: string}
  project_id: {type: string}
  submitter_id: {type: string}
  file_name: {type: string}
  file_size: {type: integer}
  md5sum: {type: string}
  object_id: {type: string}${hasState ? state : ''}
  projects: {type: object}`;
}

/** `nodes`: YAML by file name. */
export function smallDictionary(nodes: Readonly<Record<string, string>>): DataDictionary {
  const files = Object.entries({ ...above, ...nodes });
  return buildDataDictionary(new Map(files.map(([name, text]) => [name, parseDictionaryYaml(name, text).content])))
    .dictionary;
}
