import type { DataDictionary, NodeKind, NodeLink, NodeProperty } from '@linnaea/model';

/** A column of a template or an export. */
export type Column =
  | { kind: 'property'; name: string; required: boolean; property: NodeProperty | undefined }
  | { kind: 'link'; name: string; required: boolean; link: NodeLink; part: string };

/** The property by which a link's targets are named: `submitter_id`, `code` of projects, `name` of programs. */
export function linkKey(link: NodeLink, dictionary: DataDictionary): string {
  return dictionary.nodes.get(link.targetType)?.keyProperty ?? 'submitter_id';
}

/** The properties of a kind in the order of templates: keys, links, required, optional; each group by name. */
function orderedNames(node: NodeKind): string[] {
  const links = new Set(node.links.map((link) => link.name));
  const keys = [...new Set(node.uniqueKeys.flat())]
    .filter((name) => name !== 'id' && name !== 'type' && node.properties.has(name))
    .sort();
  const first = ['type', 'id', ...keys];
  const rest = [...node.properties.keys()].filter((name) => !first.includes(name)).sort();
  const required = (name: string) => node.required.includes(name);
  return [
    ...first,
    ...rest.filter((name) => links.has(name)),
    ...rest.filter((name) => !links.has(name) && required(name)),
    ...rest.filter((name) => !links.has(name) && !required(name)),
  ];
}

/** System properties are the server's own; but the project and the id name an entity. */
function isShown(name: string, node: NodeKind): boolean {
  return name === 'id' || name === 'project_id' || !node.systemProperties.includes(name);
}

function propertyColumn(name: string, node: NodeKind): Column {
  return {
    kind: 'property',
    name,
    required: name === 'type' || node.required.includes(name),
    property: node.properties.get(name),
  };
}

function linkColumns(name: string, node: NodeKind, dictionary: DataDictionary, withId: boolean): Column[] {
  const link = node.links.find((candidate) => candidate.name === name);
  if (!link) return [];
  const parts = withId ? ['id', linkKey(link, dictionary)] : [linkKey(link, dictionary)];
  const required = link.required || node.required.includes(name);
  return parts.map((part) => ({ kind: 'link', name: `${name}.${part}`, required, link, part }));
}

export function isFileKind(node: NodeKind): boolean {
  return node.category.endsWith('_file');
}

/** Columns of the empty form that people fill in. Files take the addresses of their content as well. */
export function templateColumns(node: NodeKind, dictionary: DataDictionary): Column[] {
  const columns = orderedNames(node)
    .filter((name) => name !== 'id' && isShown(name, node))
    .flatMap((name) =>
      node.links.some((link) => link.name === name)
        ? linkColumns(name, node, dictionary, false)
        : [propertyColumn(name, node)],
    );
  const urls: Column = { kind: 'property', name: 'urls', required: false, property: undefined };
  return isFileKind(node) && !node.properties.has('urls') ? [...columns, urls] : columns;
}

/** Columns of an export: the properties, then the links. */
export function exportColumns(node: NodeKind, dictionary: DataDictionary, withoutId: boolean): Column[] {
  const names = orderedNames(node).filter((name) => isShown(name, node) && !(withoutId && name === 'id'));
  const isLink = (name: string) => node.links.some((link) => link.name === name);
  return [
    ...names.filter((name) => !isLink(name)).map((name) => propertyColumn(name, node)),
    ...names.filter(isLink).flatMap((name) => linkColumns(name, node, dictionary, !withoutId)),
  ];
}
