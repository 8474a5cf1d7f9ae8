import type { GraphEdge } from '@linnaea/catalog';
import { FieldError } from '../graphql/conditions.ts';
import type { GraphModel, GraphType } from '../graphql/graph-model.ts';

/**
 * Where a query of the explorer stands: the records of a type, or those that are reached from them over links. What an
 * index of the explorer nests in a document, hangs here on a link or back-reference of that name.
 */
export interface Place {
  model: GraphModel;
  type: GraphType;
  /** Names of the links from the queried type, with dots; empty at the type itself. */
  path: string;
}

/** One step along a name: every edge of that name, and where it leads. */
export function stepsFrom({ model, type, path }: Place, name: string): { edge: GraphEdge; place: Place }[] {
  const edges = type.edges.get(name);
  if (edges === undefined) {
    const known = [...type.edges.keys()].sort().join(', ');
    throw new FieldError(`There is no path "${name}" from ${type.name}; it leads to ${known || 'nothing'}`);
  }
  return edges.flatMap((edge) => {
    const target = model.nodes.get(edge.kind);
    return target ? [{ edge, place: { model, type: target, path: pathOf(path, name) } }] : [];
  });
}

export function pathOf(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** The edge from the other end. */
export function reversed(edge: GraphEdge, from: GraphType): GraphEdge {
  return { direction: edge.direction === 'up' ? 'down' : 'up', name: edge.name, kind: from.kind };
}
