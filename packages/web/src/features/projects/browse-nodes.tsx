import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { exportAddress, nodes, nodesPerPage } from '../../api/gen3.ts';
import type { Dictionary, NodeSummary, Project, Value } from '../../api/portal.ts';
import { valueText } from '../../grid/values.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Pager } from '../../ui/pager.tsx';
import { Table } from '../../ui/table.tsx';

/** Properties that the table shows; the file has all of them. */
const mostFields = 10;

/** The nodes of one kind, in pages. Kind and page are in the address. */
export function BrowseNodes({ project, dictionary }: { project: Project; dictionary: Dictionary }) {
  const search = useSearch({ from: '/shell/projects/$id' });
  const navigate = useNavigate({ from: '/projects/$id' });
  const kinds = dictionary.nodes.filter((node) => node.inProject);
  const node =
    kinds.find((kind) => kind.type === search.kind) ?? kinds.find((kind) => project.counts[kind.type]) ?? kinds[0];
  if (!node) return <Empty title="No kinds">The data dictionary has no kind of node that belongs to a project.</Empty>;
  return (
    <>
      <div className="browse-head">
        <Combobox
          label="Kind of node"
          value={node.type}
          onChange={(kind) => void navigate({ search: { tab: 'browse', kind } })}
          options={kinds.map((kind) => ({
            value: kind.type,
            label: kind.title,
            note: (project.counts[kind.type] ?? 0).toLocaleString('en'),
          }))}
        />
        {(project.counts[node.type] ?? 0) > 0 && (
          <>
            <a
              href={exportAddress(project, node.type, 'tsv')}
              download={`${project.id}.${node.type}.tsv`}
              className={buttonClass()}
            >
              <Icon name="download" /> TSV
            </a>
            <a
              href={exportAddress(project, node.type, 'json')}
              download={`${project.id}.${node.type}.json`}
              className={buttonClass()}
            >
              <Icon name="download" /> JSON
            </a>
          </>
        )}
      </div>
      <NodeTable key={node.type} project={project} node={node} page={search.page ?? 1} />
    </>
  );
}

function NodeTable({ project, node, page }: { project: Project; node: NodeSummary; page: number }) {
  const navigate = useNavigate({ from: '/projects/$id' });
  const fields = fieldsOf(node);
  const { data, error, refetch } = useQuery({
    ...nodes({ project: project.id, kind: node.type, page, fields }),
    placeholderData: keepPreviousData,
  });
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  if (data.total === 0) {
    return (
      <Empty
        title={`No ${node.title} in this project`}
        action={
          <Button look="primary" onClick={() => void navigate({ search: { tab: 'submit' } })}>
            Submit a file
          </Button>
        }
      >
        {node.description || 'Nodes of this kind are shown here once they are submitted.'}
      </Empty>
    );
  }
  // a column that is empty on this page would only push the others out of sight
  const shown = fields.filter((field) => field === node.keyProperty || data.rows.some((row) => isFilled(row[field])));
  return (
    <>
      <div className="card node-table">
        <Table label={`${node.title}, page ${page}`} head={shown}>
          {data.rows.map((row) => (
            <tr key={String(row.id)}>
              {shown.map((field) => (
                <td key={field} className={field === 'id' ? 'mono' : undefined}>
                  {valueText(row[field] as Value | undefined)}
                </td>
              ))}
            </tr>
          ))}
        </Table>
      </div>
      <Pager
        page={page}
        perPage={nodesPerPage}
        total={data.total}
        onChange={(next) =>
          void navigate({ search: { tab: 'browse', kind: node.type, ...(next > 1 ? { page: next } : {}) } })
        }
      />
    </>
  );
}

function isFilled(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

/** The name, then required properties, then others; never what the server fills in, but for the id at the end. */
function fieldsOf(node: NodeSummary): string[] {
  const plain = node.properties.filter(
    (property) => !property.system && property.name !== 'type' && property.name !== 'id',
  );
  const names = [...plain].sort((a, b) => Number(b.required) - Number(a.required)).map((property) => property.name);
  const others = names.filter((name) => name !== node.keyProperty && /^[A-Za-z][A-Za-z0-9_]*$/.test(name));
  return [...new Set([node.keyProperty, ...others.slice(0, mostFields - 1), 'id'])];
}
