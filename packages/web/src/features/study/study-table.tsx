import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { fetchRows, type TableKind, type TableRow, tableLayout } from '../../api/portal.ts';
import { BlockStore } from '../../grid/block-store.ts';
import { DataGrid } from '../../grid/data-grid.tsx';
import { buttonClass } from '../../ui/button.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';

const names: Record<TableKind, string> = { sample: 'samples', library: 'libraries', preparation: 'preparations' };

/** One table of a study as a grid. */
export function StudyTable({ accession, kind }: { accession: string; kind: TableKind }) {
  const { data, error, refetch } = useQuery(tableLayout(accession, kind));
  const store = useMemo(
    () => data && new BlockStore<TableRow>(data.total, (range) => fetchRows({ accession, kind }, range)),
    [data, accession, kind],
  );
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data || !store) return <Skeleton lines={10} />;
  if (data.total === 0) {
    return (
      <Empty
        title={`No ${names[kind]} yet`}
        action={
          <a href="/api-docs" className={buttonClass('primary')}>
            How to import {names[kind]}
          </a>
        }
      >
        {kind === 'sample'
          ? 'A table of samples is imported from a tab-separated file and then linked to this study.'
          : `A table of ${names[kind]} is imported from a tab-separated file and then linked to the samples of this study.`}
      </Empty>
    );
  }
  return (
    <DataGrid label={`${names[kind]} of ${accession}`} rowsName={names[kind]} columns={data.columns} store={store} />
  );
}
