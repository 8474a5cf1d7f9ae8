import type { GraphEdge } from '@linnaea/catalog';
import {
  type DataDictionary,
  type ModelName,
  type NodeKind,
  type NodeProperty,
  type OdmKind,
  odmKinds,
  odmLinks,
} from '@linnaea/model';

/** What a property is in the graph: its values are shown as text, number, truth value or list of texts. */
export type ShownAs = 'text' | 'number' | 'boolean' | 'texts';

export interface GraphProperty {
  name: string;
  as: ShownAs;
  /** Values other than text may be stored, so that conditions compare the text of what is stored. */
  mixed: boolean;
  /** The items of the list are numbers. */
  numericItems: boolean;
}

/** One kind of record as a type of the graph. */
export interface GraphType {
  /** Name of the type and of its root field. */
  name: string;
  model: ModelName;
  kind: string;
  category: string;
  properties: ReadonlyMap<string, GraphProperty>;
  /** Name of a link or back-reference to the kinds that it leads to. */
  edges: ReadonlyMap<string, readonly GraphEdge[]>;
}

export interface GraphModel {
  /** By name. */
  nodes: ReadonlyMap<string, GraphType>;
  records: ReadonlyMap<string, GraphType>;
}

/** Names that GraphQL allows and does not keep for itself. */
export function isName(name: string): boolean {
  return /^(?!__)[_A-Za-z][_0-9A-Za-z]*$/.test(name);
}

/** Roots that are no kind of node; a kind of the same name has no root of its own. */
export const reservedRoots: ReadonlySet<string> = new Set(['node', 'datanode', 'viewer', 'transaction_log']);

export function graphModel(dictionary: DataDictionary): GraphModel {
  const kinds = [...dictionary.nodes.values()].filter((node) => isName(node.type) && !reservedRoots.has(node.type));
  const nodes = new Map(kinds.map((node) => [node.type, nodeType(node, kinds)]));
  return { nodes, records: recordTypes(nodes) };
}

function nodeType(node: NodeKind, all: readonly NodeKind[]): GraphType {
  return {
    name: node.type,
    model: 'gen3',
    kind: node.type,
    category: node.category,
    properties: new Map(shownProperties(node).map((property) => [property.name, property])),
    edges: nodeEdges(node, all),
  };
}

function shownProperties(node: NodeKind): GraphProperty[] {
  const links = new Set(node.links.map((link) => link.name));
  return [...node.properties.values()]
    .filter((property) => isName(property.name) && !links.has(property.name))
    .map(shownProperty)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function shownProperty(property: NodeProperty): GraphProperty {
  return {
    name: property.name,
    as: shownAs(property),
    mixed: property.accepts.some((kind) => kind === 'number' || kind === 'integer' || kind === 'boolean'),
    numericItems:
      property.itemAccepts.length > 0 && property.itemAccepts.every((kind) => kind === 'number' || kind === 'integer'),
  };
}

/** Only a declared type counts: a union without one is shown as text, whatever its branches are. */
function shownAs(property: NodeProperty): ShownAs {
  const declared = [property.schema.type].flat().filter((type) => type !== 'null' && type !== undefined);
  const [type] = declared;
  if (declared.length !== 1) return 'text';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'boolean') return 'boolean';
  return type === 'array' ? 'texts' : 'text';
}

function nodeEdges(node: NodeKind, all: readonly NodeKind[]): Map<string, GraphEdge[]> {
  const known = new Set(all.map((kind) => kind.type));
  const edges = new Map<string, GraphEdge[]>();
  const add = (name: string, edge: GraphEdge) => {
    if (!isName(name) || !known.has(edge.kind)) return;
    edges.set(name, [...(edges.get(name) ?? []), edge]);
  };
  for (const link of node.links) add(link.name, { direction: 'up', name: link.name, kind: link.targetType });
  for (const child of all) {
    for (const link of child.links) {
      if (link.targetType === node.type) add(link.backref, { direction: 'down', name: link.name, kind: child.type });
    }
  }
  return edges;
}

const plurals: Readonly<Record<OdmKind, string>> = {
  study: 'studies',
  sample: 'samples',
  library: 'libraries',
  preparation: 'preparations',
  expression: 'expressions',
  variant: 'variants',
  'flow-cytometry': 'flow_cytometries',
  file: 'files',
};

/** `study` as long as the data dictionary has no such kind. */
function recordTypes(nodes: ReadonlyMap<string, GraphType>): Map<string, GraphType> {
  const types = odmKinds.map((kind): [string, GraphType] => {
    const name = kind === 'study' && !nodes.has('study') ? 'study' : `odm_${kind.replace('-', '_')}`;
    const up = odmLinks[kind].map((parent): [string, GraphEdge[]] => [
      plurals[parent],
      [{ direction: 'up', name: parent, kind: parent }],
    ]);
    const down = odmKinds
      .filter((child) => odmLinks[child].includes(kind))
      .map((child): [string, GraphEdge[]] => [plurals[child], [{ direction: 'down', name: kind, kind: child }]]);
    return [
      name,
      { name, model: 'odm', kind, category: 'odm', properties: new Map(), edges: new Map([...up, ...down]) },
    ];
  });
  return new Map(types);
}

/** The kinds on the ways from one kind up to another, both included; empty when there is no way. */
export function kindsBetween(model: GraphModel, lower: string, upper: string): string[] {
  const above = reach(model, lower, 'up');
  if (!above.has(upper)) return [];
  const below = reach(model, upper, 'down');
  return [...above, lower].filter(
    (kind, place, kinds) => kinds.indexOf(kind) === place && (below.has(kind) || kind === upper),
  );
}

/** Those of the kinds from which a link leads in a direction to one of the kinds, whichever end has a name for it. */
export function kindsWithEdge(model: GraphModel, kinds: ReadonlySet<string>, direction: 'up' | 'down'): string[] {
  const found = new Set<string>();
  for (const kind of kinds) {
    for (const edge of [...(model.nodes.get(kind)?.edges.values() ?? [])].flat()) {
      if (kinds.has(edge.kind)) found.add(edge.direction === direction ? kind : edge.kind);
    }
  }
  return [...found];
}

/** Every kind that is reached from a kind in one direction, in one step or more. */
function reach(model: GraphModel, start: string, direction: 'up' | 'down'): Set<string> {
  const found = new Set<string>();
  const waiting = [start];
  for (let kind = waiting.pop(); kind !== undefined; kind = waiting.pop()) {
    for (const edge of [...(model.nodes.get(kind)?.edges.values() ?? [])].flat()) {
      if (edge.direction !== direction || found.has(edge.kind)) continue;
      found.add(edge.kind);
      waiting.push(edge.kind);
    }
  }
  return found;
}
