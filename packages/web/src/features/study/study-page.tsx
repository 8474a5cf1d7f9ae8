import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ApiError } from '../../api/client.ts';
import { type StudyPage as Page, study, type TableKind } from '../../api/portal.ts';
import type { StudyTab } from '../../router.tsx';
import { buttonClass } from '../../ui/button.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { StudyAttributes } from './study-attributes.tsx';
import { StudyFiles } from './study-files.tsx';
import { StudyTable } from './study-table.tsx';

const tables: Partial<Record<StudyTab, TableKind>> = {
  samples: 'sample',
  libraries: 'library',
  preparations: 'preparation',
};

/** A study: its attributes, its tables, its data. The chosen tab is in the address. */
export function StudyPage() {
  const { accession } = useParams({ from: '/shell/studies/$accession' });
  const { tab = 'study' } = useSearch({ from: '/shell/studies/$accession' });
  const navigate = useNavigate({ from: '/studies/$accession' });
  const { data, error, refetch } = useQuery(study(accession));
  if (error instanceof ApiError && error.status === 404) return <NoSuchStudy accession={accession} />;
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={8} />;
  const { counts } = data;
  return (
    <div className="study">
      <StudyHead page={data} />
      <Tabs<StudyTab>
        label="Parts of the study"
        value={tab}
        onChange={(next) => void navigate({ search: next === 'study' ? {} : { tab: next } })}
        panelClass="study-panel"
        items={[
          { id: 'study', label: 'Study' },
          { id: 'samples', label: 'Samples', count: counts.sample },
          { id: 'libraries', label: 'Libraries', count: counts.library },
          { id: 'preparations', label: 'Preparations', count: counts.preparation },
          { id: 'data', label: 'Data', count: counts.data + counts.file },
        ]}
      >
        <TabContent tab={tab} page={data} />
      </Tabs>
    </div>
  );
}

function TabContent({ tab, page }: { tab: StudyTab; page: Page }) {
  const { accession } = page.summary;
  const kind = tables[tab];
  if (kind) return <StudyTable key={kind} accession={accession} kind={kind} />;
  return tab === 'data' ? <StudyFiles accession={accession} /> : <StudyAttributes page={page} />;
}

function StudyHead({ page: { summary } }: { page: Page }) {
  return (
    <header className="study-head">
      <nav className="crumbs" aria-label="Where this is">
        <Link to="/studies">Studies</Link> / <span className="mono">{summary.accession}</span>
      </nav>
      <div className="study-name">
        <h1>{summary.title}</h1>
        {summary.isDraft && <span className="badge badge-draft">Draft</span>}
        <span className="muted">{summary.ownerName || summary.ownerEmail}</span>
      </div>
    </header>
  );
}

function NoSuchStudy({ accession }: { accession: string }) {
  return (
    <Empty
      title={`There is no study ${accession} for you`}
      action={
        <Link to="/studies" className={buttonClass('primary')}>
          All studies
        </Link>
      }
    >
      It may have been deleted, or nobody has shared it with you yet. Its owner can share it with a group that you are
      in.
    </Empty>
  );
}
