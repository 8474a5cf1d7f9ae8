import { useQuery } from '@tanstack/react-query';
import { Link, Navigate, useParams } from '@tanstack/react-router';
import { ApiError } from '../../api/client.ts';
import { nodesPerPage } from '../../api/gen3.ts';
import { nodePlace } from '../../api/portal.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';

/** The address of one node: leads to the page of its project's table that shows it. */
export function NodePage() {
  const { id } = useParams({ from: '/shell/nodes/$id' });
  const { data, error, refetch } = useQuery(nodePlace(id));
  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) {
    return (
      <Empty
        title="There is no such node for you"
        action={
          <Link to="/projects" className={buttonClass('primary')}>
            All projects
          </Link>
        }
      >
        It may have been deleted, or nobody has given you access to its project yet.
      </Empty>
    );
  }
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  const page = Math.floor(data.before / nodesPerPage) + 1;
  const search = { tab: 'browse' as const, kind: data.kind, ...(page > 1 ? { page } : {}) };
  return <Navigate to="/projects/$id" params={{ id: data.project }} search={search} replace />;
}
