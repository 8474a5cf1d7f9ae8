import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiError, messageOf } from '../../api/client.ts';
import { type StudySort, studies, studiesPerPage } from '../../api/portal.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Pager } from '../../ui/pager.tsx';
import { useSearchKey } from '../../ui/search-key.ts';
import { NoStudies } from '../dashboard/dashboard.tsx';
import { StudyRow } from './study-row.tsx';

const typingMs = 250;

/** The study browser. Its state is its address: query, order, page. */
export function StudiesPage() {
  const { query = '', sort = 'changed', page = 1 } = useSearch({ from: '/shell/studies' });
  const navigate = useNavigate({ from: '/studies' });
  const { data, error, isPlaceholderData, refetch } = useQuery({
    ...studies({ query, sort, page }),
    placeholderData: keepPreviousData,
  });
  const search = (next: string) =>
    navigate({
      search: (before) => ({ ...before, query: next || undefined, page: undefined }),
      // a search begun is one step back; each further letter is not
      replace: query !== '' && next !== '',
    });
  return (
    <div className="page">
      <h1 className="visually-hidden">Studies</h1>
      <SearchBox query={query} onSearch={search} />
      <div className="list-head">
        <p role="status">
          {data && (
            <>
              <strong>{data.total.toLocaleString('en')}</strong> {data.total === 1 ? 'study' : 'studies'}
            </>
          )}
        </p>
        <label className="list-sort">
          Sort
          <select
            className="input"
            value={sort}
            onChange={(event) => {
              const next = event.target.value as StudySort;
              void navigate({
                search: (before) => ({ ...before, sort: next === 'changed' ? undefined : next, page: undefined }),
              });
            }}
          >
            <option value="changed">changed last</option>
            <option value="title">title</option>
            <option value="samples">most samples</option>
          </select>
        </label>
      </div>
      {error && !(error instanceof ApiError && error.status === 400) ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : error ? (
        <p className="notice" role="alert">
          {messageOf(error)}
        </p>
      ) : !data ? (
        <Skeleton lines={8} />
      ) : data.total === 0 && query === '' ? (
        <NoStudies />
      ) : data.total === 0 ? (
        <div className="card">
          <Empty title="Nothing matches" action={<Button onClick={() => void search('')}>Clear the search</Button>}>
            No study that you may read holds all of these words, in itself or in its samples. Try fewer words, a
            beginning with a star (<code>melano*</code>), or <code>a || b</code> for either of two.
          </Empty>
        </div>
      ) : (
        <>
          <ul
            className="study-list card"
            aria-busy={isPlaceholderData}
            style={{ opacity: isPlaceholderData ? 0.6 : 1 }}
          >
            {data.studies.map((study) => (
              <StudyRow key={study.accession} study={study} query={query} />
            ))}
          </ul>
          <Pager
            page={page}
            perPage={studiesPerPage}
            total={data.total}
            onChange={(next) =>
              void navigate({ search: (before) => ({ ...before, page: next > 1 ? next : undefined }) })
            }
          />
        </>
      )}
    </div>
  );
}

/** Searches when typing pauses; `/` goes to it from anywhere on the page. */
function SearchBox({ query, onSearch }: { query: string; onSearch: (query: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(query);
  const sent = useRef(query);
  useEffect(() => {
    // Back, or a link: the address has changed without us
    if (query !== sent.current) {
      sent.current = query;
      setText(query);
    }
  }, [query]);
  useEffect(() => {
    if (text.trim() === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text.trim();
      onSearch(sent.current);
    }, typingMs);
    return () => clearTimeout(timer);
  });
  useSearchKey(input);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    sent.current = text.trim();
    onSearch(sent.current);
  };
  return (
    <search>
      <form className="search-box" onSubmit={onSubmit}>
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label="Search studies"
          placeholder="Search studies and everything in them"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <kbd className="only-wide">/</kbd>
      </form>
    </search>
  );
}
