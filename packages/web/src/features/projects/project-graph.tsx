import '@xyflow/react/dist/style.css';
import { Link } from '@tanstack/react-router';
import { Background, Controls, Handle, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react';
import { useMemo, useState } from 'react';
import type { Dictionary, Project } from '../../api/portal.ts';
import { useTheme } from '../../shell/theme.ts';
import { nodeSize, type PlacedNode, placeKinds } from './graph-layout.ts';

type KindNode = Node<{ kind: PlacedNode; project: string }, 'kind'>;

const nodeTypes = { kind: KindBox };

/** The kinds of the data dictionary with how many nodes the project has of each; a click browses them. */
export function ProjectGraph({ project, dictionary }: { project: Project; dictionary: Dictionary }) {
  const [onlyFilled, setOnlyFilled] = useState(project.total > 0);
  const { dark } = useTheme();
  const { nodes, edges } = useMemo(() => {
    const placed = placeKinds(dictionary, project, onlyFilled);
    return {
      nodes: placed.nodes.map(
        (kind): KindNode => ({
          id: kind.type,
          type: 'kind',
          position: { x: kind.x, y: kind.y },
          data: { kind, project: project.id },
          ...nodeSize,
        }),
      ),
      edges: placed.edges.map(({ child, parent, name }) => ({
        id: `${child} ${name} ${parent}`,
        source: parent,
        target: child,
      })),
    };
  }, [dictionary, project, onlyFilled]);
  return (
    <>
      <label className="check">
        <input type="checkbox" checked={onlyFilled} onChange={(event) => setOnlyFilled(event.target.checked)} />
        Only kinds with nodes ({nodes.length} shown)
      </label>
      <div className="graph card">
        <ReactFlow
          key={String(onlyFilled)}
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          colorMode={dark ? 'dark' : 'light'}
          fitView
          minZoom={0.15}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
        >
          <Background />
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
    </>
  );
}

function KindBox({ data: { kind, project } }: NodeProps<KindNode>) {
  const content = (
    <>
      <strong>{kind.title}</strong>
      <span className="muted">{kind.count.toLocaleString('en')}</span>
    </>
  );
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      {kind.type === 'project' ? (
        <div className="graph-node">{content}</div>
      ) : (
        <Link
          to="/projects/$id"
          params={{ id: project }}
          search={{ tab: 'browse', kind: kind.type }}
          className={kind.count > 0 ? 'graph-node' : 'graph-node graph-node-empty'}
        >
          {content}
        </Link>
      )}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}
