import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { dictionary, projects } from '../../api/portal.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { Table } from '../../ui/table.tsx';

/** Kinds that have a column of their own: those with most nodes over all projects. */
const mostColumns = 6;

/** The Gen3 projects that the person may read, with how many nodes of each kind they hold. */
export function ProjectsPage() {
  const { data, error, refetch } = useQuery(projects);
  const { data: dictionaryData } = useQuery(dictionary);
  const kinds = mainKinds(data?.projects ?? []);
  const title = (kind: string) => dictionaryData?.nodes.find((node) => node.type === kind)?.title ?? kind;
  return (
    <div className="page">
      <div className="page-head">
        <h1>Projects</h1>
        <Link to="/graphql" className={buttonClass()}>
          Query with GraphQL
        </Link>
      </div>
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : data.projects.length === 0 ? (
        <div className="card">
          <Empty
            title="No projects yet"
            action={
              <a href="/api-docs" className={buttonClass('primary')}>
                How to make a project
              </a>
            }
          >
            Programs and projects of the Gen3 submission API are listed here. An administrator makes a program and its
            projects by the API and gives you access.
          </Empty>
        </div>
      ) : (
        <div className="card">
          <Table
            label="Projects"
            head={[
              'Project',
              ...kinds.map((kind) => ({ text: title(kind), className: 'number' })),
              { text: 'All nodes', className: 'number' },
              '',
            ]}
          >
            {data.projects.map((project) => (
              <tr key={project.id}>
                <td>
                  <Link to="/projects/$id" params={{ id: project.id }}>
                    {project.id}
                  </Link>
                </td>
                {kinds.map((kind) => (
                  <td key={kind} className="number">
                    {(project.counts[kind] ?? 0).toLocaleString('en')}
                  </td>
                ))}
                <td className="number">{project.total.toLocaleString('en')}</td>
                <td className="table-actions">
                  <Link
                    to="/projects/$id"
                    params={{ id: project.id }}
                    search={{ tab: 'submit' }}
                    className={buttonClass('plain', 'small')}
                  >
                    Submit
                  </Link>
                </td>
              </tr>
            ))}
          </Table>
        </div>
      )}
    </div>
  );
}

function mainKinds(list: readonly { counts: Record<string, number> }[]): string[] {
  const sums = new Map<string, number>();
  for (const { counts } of list) {
    for (const [kind, count] of Object.entries(counts)) sums.set(kind, (sums.get(kind) ?? 0) + count);
  }
  return [...sums]
    .sort((a, b) => b[1] - a[1])
    .slice(0, mostColumns)
    .map(([kind]) => kind);
}
