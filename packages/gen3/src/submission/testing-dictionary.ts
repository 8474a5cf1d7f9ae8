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

/** `nodes`: YAML by file name. */
export function smallDictionary(nodes: Readonly<Record<string, string>>): DataDictionary {
  const files = Object.entries({ ...above, ...nodes });
  return buildDataDictionary(new Map(files.map(([name, text]) => [name, parseDictionaryYaml(name, text).content])))
    .dictionary;
}
