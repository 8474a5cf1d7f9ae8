import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { messageOf } from '../../api/client.ts';
import { type Job, jobEvents, jobs, restartJob, stopJob } from '../../api/portal.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { formatWhen } from '../../ui/dates.ts';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { keyed } from '../../ui/keys.ts';
import { sayError } from '../../ui/toast.tsx';

const followed = 50;

/** Long work: what it is doing, what it found, and the ways to stop it or begin again. */
export function JobsPage() {
  const { data, error, refetch } = useQuery(jobs);
  useJobEvents(data?.jobs);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Jobs</h1>
        {data && <span className="muted">the last {data.jobs.length.toLocaleString('en')}</span>}
      </div>
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton />
      ) : data.jobs.length === 0 ? (
        <div className="card">
          <Empty
            title="No jobs yet"
            action={
              <a href="/api-docs" className={buttonClass('primary')}>
                How to import
              </a>
            }
          >
            Imports and other long work that you start are shown here with their progress, also when you have left the
            page.
          </Empty>
        </div>
      ) : (
        <ul className="job-list card">
          {data.jobs.map((job) => (
            <JobRow key={job.id} job={job} />
          ))}
        </ul>
      )}
    </div>
  );
}

/** Follows the jobs that are at work by one stream of events, and puts what it says into the list. */
function useJobEvents(list: readonly Job[] | undefined): void {
  const client = useQueryClient();
  const ids = (list ?? [])
    .filter((job) => !job.ended)
    .slice(0, followed)
    .map((job) => job.id)
    .join(',');
  useEffect(() => {
    if (ids === '') return;
    const events = jobEvents(ids.split(',').map(Number));
    events.addEventListener('job', (event) => {
      const job = JSON.parse(event.data) as Job;
      client.setQueryData(
        jobs.queryKey,
        (before) => before && { jobs: before.jobs.map((other) => (other.id === job.id ? job : other)) },
      );
    });
    events.addEventListener('done', () => events.close());
    return () => events.close();
  }, [client, ids]);
}

const looks: Record<Job['state'], string> = {
  queued: 'badge',
  running: 'badge badge-work',
  stopping: 'badge badge-draft',
  stopped: 'badge badge-draft',
  completed: 'badge badge-good',
  failed: 'badge badge-bad',
};

function JobRow({ job }: { job: Job }) {
  const accession = job.result?.accession;
  return (
    <li className="job">
      <div className="job-head">
        <span className="mono muted">{job.id}</span>
        <strong>{job.kind.replaceAll('-', ' ')}</strong>
        <span className={looks[job.state]}>{job.state}</span>
        {typeof accession === 'string' && <AccessionLink kind={job.kind} accession={accession} />}
        <span className="muted job-when">
          {job.startedByEmail} · {formatWhen(job.createdAt)}
        </span>
        <JobActions job={job} />
      </div>
      {(job.state === 'running' || job.state === 'stopping') && <JobProgress job={job} />}
      {job.errors.map((error) => (
        <p key={`${error.stage} ${error.code} ${error.message}`} className="notice">
          {error.message}
        </p>
      ))}
      {job.findingCount > 0 && <Findings job={job} />}
    </li>
  );
}

function AccessionLink({ kind, accession }: { kind: string; accession: string }) {
  if (!kind.includes('study')) return <span className="mono">{accession}</span>;
  return (
    <Link to="/studies/$accession" params={{ accession }} className="mono">
      {accession}
    </Link>
  );
}

function JobActions({ job }: { job: Job }) {
  const client = useQueryClient();
  const options = {
    onSuccess: () => client.invalidateQueries(jobs),
    onError: (error: Error) => sayError('That did not work', messageOf(error)),
  };
  const stop = useMutation({ mutationFn: stopJob, ...options });
  const restart = useMutation({ mutationFn: restartJob, ...options });
  if (job.state === 'queued' || job.state === 'running') {
    return (
      <Button size="small" aria-label={`Stop job ${job.id}`} onClick={() => stop.mutate(job.id)}>
        Stop
      </Button>
    );
  }
  if (job.state !== 'failed' && job.state !== 'stopped') return null;
  return (
    <Button size="small" aria-label={`Start again: job ${job.id}`} onClick={() => restart.mutate(job.id)}>
      Start again
    </Button>
  );
}

function JobProgress({ job }: { job: Job }) {
  const { step, bytes, totalBytes, rows } = job.progress;
  const facts = [
    step || job.state,
    formatBytes(bytes, totalBytes),
    rows > 0 ? `${rows.toLocaleString('en')} rows` : '',
  ];
  return (
    <div className="job-progress">
      <progress aria-label={`Progress of job ${job.id}`} {...(totalBytes ? { value: bytes, max: totalBytes } : {})} />
      <span className="muted">{facts.filter(Boolean).join(' · ')}</span>
    </div>
  );
}

function formatBytes(bytes: number, total: number | null): string {
  if (bytes === 0 && !total) return '';
  const mega = (value: number) => (value / 1e6).toLocaleString('en', { maximumFractionDigits: 1 });
  return total ? `${mega(bytes)} of ${mega(total)} MB` : `${mega(bytes)} MB`;
}

function Findings({ job }: { job: Job }) {
  return (
    <details>
      <summary>
        {job.findingCount.toLocaleString('en')} {job.findingCount === 1 ? 'finding' : 'findings'}
      </summary>
      <ul className="findings">
        {keyed(job.findings, (finding) => `${finding.location?.line} ${finding.message}`).map(
          ({ key, item: finding }) => (
            <li key={key}>
              <span className={finding.severity === 'error' ? 'badge badge-bad' : 'badge badge-draft'}>
                {finding.severity}
              </span>
              {finding.location?.line !== undefined && <span className="mono muted">line {finding.location.line}</span>}
              <span>{finding.message}</span>
            </li>
          ),
        )}
      </ul>
      {job.findingCount > job.findings.length && <p className="muted">The first {job.findings.length} are shown.</p>}
    </details>
  );
}
