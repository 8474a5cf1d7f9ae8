import { Graph, layout } from '@dagrejs/dagre';
import type { Dictionary, Project } from '../../api/portal.ts';

export const nodeSize = { width: 168, height: 52 };

export interface PlacedNode {
  type: string;
  title: string;
  category: string;
  count: number;
  x: number;
  y: number;
}

/** Kinds of nodes with their places, parents above children. With `onlyFilled` kinds without a node are left out. */
export function placeKinds(
  dictionary: Dictionary,
  project: Project,
  onlyFilled: boolean,
): { nodes: PlacedNode[]; edges: { child: string; parent: string; name: string }[] } {
  const count = (type: string) => (type === 'project' ? 1 : (project.counts[type] ?? 0));
  const kinds = dictionary.nodes.filter((node) => node.type !== 'program' && (!onlyFilled || count(node.type) > 0));
  const known = new Set(kinds.map((node) => node.type));
  const edges = dictionary.links.filter((link) => known.has(link.child) && known.has(link.parent));
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 20, ranksep: 48 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { type } of kinds) graph.setNode(type, { ...nodeSize });
  for (const { child, parent } of edges) graph.setEdge(parent, child);
  layout(graph);
  const nodes = kinds.map(({ type, title, category }) => {
    const { x = 0, y = 0 } = graph.node(type) as { x?: number; y?: number };
    return { type, title, category, count: count(type), x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 };
  });
  return { nodes, edges };
}
