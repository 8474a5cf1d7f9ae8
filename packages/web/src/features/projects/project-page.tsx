import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { ApiError } from '../../api/client.ts';
import { type Dictionary, dictionary, type Project, project } from '../../api/portal.ts';
import type { ProjectTab } from '../../router.tsx';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { Table } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { BrowseNodes } from './browse-nodes.tsx';
import { SubmitFile } from './submit-file.tsx';

const ProjectGraph = lazy(() => import('./project-graph.tsx').then((module) => ({ default: module.ProjectGraph })));

/** A project: what it holds, its nodes, a place to submit, its graph. */
export function ProjectPage() {
  const { id } = useParams({ from: '/shell/projects/$id' });
  const { tab = 'overview' } = useSearch({ from: '/shell/projects/$id' });
  const navigate = useNavigate({ from: '/projects/$id' });
  const { data, error, refetch } = useQuery(project(id));
  const model = useQuery(dictionary);
  if (error instanceof ApiError && error.status === 404) {
    return (
      <Empty
        title={`There is no project ${id} for you`}
        action={
          <Link to="/projects" className={buttonClass('primary')}>
            All projects
          </Link>
        }
      >
        It may have been deleted, or nobody has given you access yet. Its owner or an administrator can.
      </Empty>
    );
  }
  const failure = error ?? model.error;
  if (failure) return <Failure error={failure} onRetry={() => void Promise.all([refetch(), model.refetch()])} />;
  if (!data || !model.data) return <Skeleton lines={8} />;
  return (
    <div className="page">
      <nav className="crumbs" aria-label="Where this is">
        <Link to="/projects">Projects</Link> / <span className="mono">{data.id}</span>
      </nav>
      <div className="page-head">
        <h1>{data.id}</h1>
        <span className="muted">{data.total.toLocaleString('en')} nodes</span>
      </div>
      <Tabs<ProjectTab>
        label="Parts of the project"
        value={tab}
        onChange={(next) => void navigate({ search: next === 'overview' ? {} : { tab: next } })}
        panelClass="project-panel"
        items={[
          { id: 'overview', label: 'Overview' },
          { id: 'browse', label: 'Browse' },
          { id: 'submit', label: 'Submit' },
          { id: 'graph', label: 'Graph' },
        ]}
      >
        {tab === 'overview' && <Overview project={data} dictionary={model.data} />}
        {tab === 'browse' && <BrowseNodes project={data} dictionary={model.data} />}
        {tab === 'submit' && <SubmitFile project={data} dictionary={model.data} />}
        {tab === 'graph' && (
          <Suspense fallback={<Skeleton />}>
            <ProjectGraph project={data} dictionary={model.data} />
          </Suspense>
        )}
      </Tabs>
    </div>
  );
}

function Overview({ project, dictionary }: { project: Project; dictionary: Dictionary }) {
  const navigate = useNavigate({ from: '/projects/$id' });
  const nodes = dictionary.nodes.filter((node) => (project.counts[node.type] ?? 0) > 0);
  if (nodes.length === 0) {
    return (
      <Empty
        title="This project is empty"
        action={
          <Button look="primary" onClick={() => void navigate({ search: { tab: 'submit' } })}>
            Submit a file
          </Button>
        }
      >
        What is submitted, kind by kind, is counted here. Begin with the kinds at the top of the graph; the others link
        to them.
      </Empty>
    );
  }
  return (
    <div className="card">
      <Table label="Nodes by kind" head={['Kind', 'Category', { text: 'Nodes', className: 'number' }]}>
        {nodes.map((node) => (
          <tr key={node.type}>
            <td>
              <Link to="/projects/$id" params={{ id: project.id }} search={{ tab: 'browse', kind: node.type }}>
                {node.title}
              </Link>{' '}
              <span className="mono muted">{node.type}</span>
            </td>
            <td>{node.category.replaceAll('_', ' ')}</td>
            <td className="number">{(project.counts[node.type] ?? 0).toLocaleString('en')}</td>
          </tr>
        ))}
      </Table>
    </div>
  );
}
