import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { overview, studies, whoAmI } from '../../api/portal.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { StudyRow } from '../studies/study-row.tsx';

/** The first page: how much there is, what changed last, and the ways in. */
export function Dashboard() {
  const { data: person } = useQuery(whoAmI);
  const counts = useQuery(overview);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{person ? `Welcome, ${person.name}` : 'Welcome'}</h1>
      </div>
      <div className="figures">
        <Figure to="/studies" label="Studies" value={counts.data?.studies} />
        <Figure to="/studies" label="Samples" value={counts.data?.samples} />
        <Figure to="/projects" label="Projects" value={counts.data?.projects} />
      </div>
      <div className="dashboard">
        <section aria-labelledby="recent">
          <h2 id="recent">Changed last</h2>
          <Recent />
        </section>
        <section aria-labelledby="ways">
          <h2 id="ways">For your programs</h2>
          <ul className="ways card">
            <li>
              <Link to="/profile">Tokens and API keys</Link>
              <span className="muted">
                Let scripts and the command-line clients of both API families sign in as you.
              </span>
            </li>
            <li>
              <a href="/api-docs">API documentation</a>
              <span className="muted">Every operation, to read and to try with your own rights.</span>
            </li>
            <li>
              <Link to="/graphql">GraphQL</Link>
              <span className="muted">Ask over all projects, with completion from the data dictionary.</span>
            </li>
          </ul>
        </section>
      </div>
    </div>
  );
}

function Figure({ to, label, value }: { to: '/studies' | '/projects'; label: string; value: number | undefined }) {
  return (
    <Link to={to} className="figure card">
      <strong>{value === undefined ? '–' : value.toLocaleString('en')}</strong>
      <span>{label}</span>
    </Link>
  );
}

function Recent() {
  const { data, error, refetch } = useQuery(studies({ query: '', sort: 'changed', page: 1 }));
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  if (data.total === 0) return <NoStudies />;
  return (
    <>
      <ul className="study-list card">
        {data.studies.slice(0, 6).map((study) => (
          <StudyRow key={study.accession} study={study} query="" />
        ))}
      </ul>
      <p style={{ paddingTop: 8 }}>
        <Link to="/studies">All studies</Link>
      </p>
    </>
  );
}

export function NoStudies() {
  return (
    <div className="card">
      <Empty
        title="No studies yet"
        action={
          <Link to="/profile" className={buttonClass('primary')}>
            Make a token for the import
          </Link>
        }
      >
        Studies that you import, or that somebody shares with a group of yours, are listed here. They come in by the
        import program of the API, which signs in with a token of yours.
      </Empty>
    </div>
  );
}
