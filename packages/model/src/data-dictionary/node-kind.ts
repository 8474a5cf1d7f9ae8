import type { Finding } from '../finding.ts';
import type { AttributeValue } from '../kind.ts';
import { readProperty } from './properties.ts';
import { pythonPattern } from './python-pattern.ts';
import {
  isSchemaObject,
  type LinkMember,
  type Multiplicity,
  multiplicities,
  type NodeKind,
  type NodeLink,
  type NodeProperty,
  own,
  ownText,
  type SchemaObject,
} from './types.ts';

/** Texts of a list; anything else in it is left out. */
function texts(value: AttributeValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isMultiplicity(text: string): text is Multiplicity {
  return multiplicities.some((known) => known === text);
}

type Report = (code: string, message: string, attribute: string, severity?: Finding['severity']) => void;

function readLink(declared: SchemaObject, path: string, report: Report): NodeLink | null {
  const name = ownText(declared, 'name');
  const targetType = ownText(declared, 'target_type');
  if (name === '' || targetType === '') {
    report('link-incomplete', 'A link needs a name and a target_type.', path);
    return null;
  }
  const multiplicity = ownText(declared, 'multiplicity');
  if (!isMultiplicity(multiplicity)) {
    report(
      'link-multiplicity',
      `The link ${name} needs a multiplicity: ${multiplicities.join(', ')}. It is read as many_to_many.`,
      path,
      'warning',
    );
  }
  return {
    name,
    targetType,
    backref: ownText(declared, 'backref'),
    label: ownText(declared, 'label'),
    multiplicity: isMultiplicity(multiplicity) ? multiplicity : 'many_to_many',
    required: own(declared, 'required') === true,
  };
}

function readLinks(declared: AttributeValue | undefined, path: string, report: Report, depth = 0): LinkMember[] {
  if (!Array.isArray(declared) || depth > 8) return [];
  return declared.flatMap((member, index): LinkMember[] => {
    const place = `${path}/${index}`;
    if (!isSchemaObject(member)) return [];
    const subgroup = own(member, 'subgroup');
    if (Array.isArray(subgroup)) {
      const members = readLinks(subgroup, `${place}/subgroup`, report, depth + 1);
      return [
        {
          kind: 'group',
          group: { exclusive: own(member, 'exclusive') === true, required: own(member, 'required') === true, members },
        },
      ];
    }
    const link = readLink(member, place, report);
    return link ? [{ kind: 'link', link }] : [];
  });
}

export function flattenLinks(tree: readonly LinkMember[]): NodeLink[] {
  return tree.flatMap((member) => (member.kind === 'link' ? [member.link] : flattenLinks(member.group.members)));
}

function readProperties(schema: SchemaObject, links: readonly NodeLink[], report: Report): Map<string, NodeProperty> {
  const context = {
    required: new Set(texts(own(schema, 'required'))),
    system: new Set(texts(own(schema, 'systemProperties'))),
    linkNames: new Set(links.map((link) => link.name)),
  };
  const declared = own(schema, 'properties');
  const properties = new Map<string, NodeProperty>();
  if (!isSchemaObject(declared)) {
    report('properties-missing', 'A node needs properties.', '/properties');
    return properties;
  }
  for (const [name, property] of Object.entries(declared)) {
    if (!isSchemaObject(property)) {
      report('property-malformed', `The property ${name} is not a schema.`, `/properties/${name}`);
      continue;
    }
    const pattern = own(property, 'pattern');
    if (typeof pattern === 'string' && !pythonPattern(pattern))
      report('pattern-malformed', `The pattern of ${name} is no regular expression: ${pattern}`, `/properties/${name}`);
    properties.set(name, readProperty(name, property, context));
  }
  for (const link of links) {
    if (!properties.has(link.name))
      report('link-property-missing', `The link ${link.name} is not among the properties.`, '/links', 'warning');
  }
  for (const name of context.required) {
    if (!properties.has(name))
      report('required-unknown', `The required property ${name} is not declared.`, '/required', 'warning');
  }
  return properties;
}

function readUniqueKeys(schema: SchemaObject): string[][] {
  const declared = own(schema, 'uniqueKeys');
  return Array.isArray(declared) ? declared.map(texts).filter((key) => key.length > 0) : [];
}

function findKeyProperty(uniqueKeys: readonly (readonly string[])[]): string {
  const key = uniqueKeys.find((names) => !(names.length === 1 && names[0] === 'id'));
  return key?.filter((name) => name !== 'project_id').at(-1) ?? 'submitter_id';
}

/** Reads one resolved node schema; what is wrong with it is reported, the rest stays usable. */
export function readNodeKind(schema: SchemaObject, file: string, findings: Finding[]): NodeKind {
  const report: Report = (code, message, attribute, severity = 'error') => {
    findings.push({ code, severity, message, location: { file, attribute, record: ownText(schema, 'id') } });
  };
  const linkTree = readLinks(own(schema, 'links'), '/links', report);
  const links = flattenLinks(linkTree);
  const properties = readProperties(schema, links, report);
  const uniqueKeys = readUniqueKeys(schema);
  return {
    type: ownText(schema, 'id'),
    title: ownText(schema, 'title'),
    category: ownText(schema, 'category'),
    namespace: ownText(schema, 'namespace'),
    description: ownText(schema, 'description').trim(),
    submittable: own(schema, 'submittable') !== false,
    inProject: properties.has('project_id'),
    required: texts(own(schema, 'required')),
    uniqueKeys,
    keyProperty: findKeyProperty(uniqueKeys),
    systemProperties: texts(own(schema, 'systemProperties')),
    properties,
    links,
    linkTree,
    additionalProperties: own(schema, 'additionalProperties') !== false,
    schema,
  };
}
