/** Test support: a dictionary of four kinds that uses both dialects of references. For tests only. */
import { buildDataDictionary, type DictionaryReading, parseDictionaryYaml } from './data-dictionary.ts';

const definitions = `
uuid:
  type: string
  pattern: "^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$"
target:
  type: object
  additionalProperties: true
  properties:
    id:
      $ref: "#/uuid"
    submitter_id:
      type: string
to_one:
  anyOf:
    - type: array
      items:
        $ref: "#/target"
    - $ref: "#/target"
ubiquitous:
  id:
    $ref: "#/uuid"
    systemAlias: node_id
  submitter_id:
    type: [string, "null"]
  project_id:
    type: string
  state:
    default: validated
    enum: [validated, submitted]
`;

const terms = `
mass:
  description: Mass in grams.
cold:
  description: Overridden.
  minimum: 5
`;

const head = (type: string, category: string) => `
id: ${type}
title: ${type}
type: object
category: ${category}
additionalProperties: false
systemProperties: [id, project_id, state]
uniqueKeys: [[id], [project_id, submitter_id]]
`;

const files: Record<string, string> = {
  '_definitions.yaml': definitions,
  '_terms.yaml': terms,
  '_settings.yaml': 'enable_case_cache: false',
  'project.yaml': `
id: project
type: object
category: administrative
additionalProperties: false
uniqueKeys: [[id], [code]]
required: [code]
properties:
  code: {type: string}
`,
  'case.yaml': `${head('case', 'administrative')}
links:
  - {name: projects, backref: cases, label: in, target_type: project, multiplicity: many_to_one, required: true}
required: [submitter_id, projects]
properties:
  $ref: "_definitions.yaml#/ubiquitous"
  type: {enum: [case]}
  codes: {type: array, items: {type: string}, uniqueItems: true}
  seen: {type: string, format: date-time}
  projects: {type: object, properties: {code: {type: string}}}
`,
  'sample.yaml': `${head('sample', 'biospecimen')}
links:
  - {name: cases, backref: samples, label: from, target_type: case, multiplicity: many_to_one, required: true}
required: [submitter_id, type, tissue]
properties:
  $ref: ["_definitions.yaml#/ubiquitous"]
  type: {enum: [sample]}
  tissue: {enum: [Blood, Bone, "it's"]}
  mass: {$ref: ["_terms.yaml#/cold", "_terms.yaml#/mass"], type: number, minimum: 0}
  frozen: {type: boolean}
  count: {type: integer}
  ratio: {oneOf: [{type: number}, {type: "null"}]}
  cases: {$ref: "_definitions.yaml#/to_one"}
`,
  'piece.yaml': `${head('piece', 'biospecimen')}
links:
  - exclusive: true
    required: true
    subgroup:
      - {name: cases, backref: pieces, label: from, target_type: case, multiplicity: many_to_one, required: false}
      - {name: samples, backref: pieces, label: from, target_type: sample, multiplicity: one_to_one, required: false}
required: [submitter_id]
properties:
  $ref: "_definitions.yaml#/ubiquitous"
  type: {enum: [piece]}
  kind: {enum: [Wet, Dry]}
  cases: {$ref: "_definitions.yaml#/to_one"}
  samples: {$ref: "_definitions.yaml#/to_one"}
`,
};

/** Builds the example with some of its files replaced or added. */
export function exampleDictionary(changes: Record<string, string> = {}): DictionaryReading {
  const texts = { ...files, ...changes };
  return buildDataDictionary(
    new Map(Object.entries(texts).map(([name, text]) => [name, parseDictionaryYaml(name, text).content])),
  );
}
