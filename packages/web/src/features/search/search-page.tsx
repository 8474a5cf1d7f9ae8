import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { ApiError, messageOf } from '../../api/client.ts';
import { type Dictionary, dictionary, type SearchCount, search } from '../../api/portal.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Empty, Failure, Skeleton } from '../../ui/empty.tsx';
import { countText, inOrder, kindNames, sumOf } from './kinds.ts';
import { SearchField } from './search-field.tsx';
import { HitRow } from './search-hit.tsx';

/** One search over the records of both models. Words and kind are in the address. */
export function SearchPage() {
  const { q = '', kind = '' } = useSearch({ from: '/shell/search' });
  return (
    <div className="page">
      <SearchField className="search-narrow" />
      <h1 className="search-heading">{q === '' ? 'Search' : `Results for “${q}”`}</h1>
      {q === '' ? <WhatIsSearched /> : <Results query={q} kind={kind} />}
    </div>
  );
}

function Results({ query, kind }: { query: string; kind: string }) {
  const { data, error, isPlaceholderData, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    ...search(query, kind),
    placeholderData: keepPreviousData,
  });
  const model = useQuery(dictionary);
  if (error instanceof ApiError && error.status === 400) {
    return (
      <p className="notice" role="alert">
        {messageOf(error)}
      </p>
    );
  }
  if (error && !data) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={8} />;
  const hits = data.pages.flatMap((page) => page.hits);
  const counts = inOrder(data.pages[0]?.counts ?? []);
  return (
    <>
      <Kinds query={query} counts={counts} dictionary={model.data} />
      {hits.length === 0 ? (
        <NoHit query={query} kind={kind} others={counts.length > 0} />
      ) : (
        <ul className="study-list card" aria-busy={isPlaceholderData} style={{ opacity: isPlaceholderData ? 0.6 : 1 }}>
          {hits.map((hit) => (
            <HitRow key={hit.id} hit={hit} query={query} dictionary={model.data} />
          ))}
        </ul>
      )}
      {error && (
        <p className="notice" role="alert">
          {messageOf(error)}
        </p>
      )}
      {hits.length > 0 && (
        <div className="search-more">
          <span className="muted" role="status">
            {hits.length.toLocaleString('en')} shown
          </span>
          {hasNextPage && (
            <Button size="small" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {isFetchingNextPage ? 'Loading…' : 'Show more'}
            </Button>
          )}
        </div>
      )}
    </>
  );
}

interface KindsProps {
  query: string;
  counts: readonly SearchCount[];
  dictionary: Dictionary | undefined;
}

/** How many there are of each kind; a click lists that kind alone. */
function Kinds({ query, counts, dictionary: model }: KindsProps) {
  if (counts.length === 0) return null;
  const items = [
    { id: '', name: 'All', count: countText(sumOf(counts)) },
    ...counts.map((item) => ({
      id: `${item.model}.${item.kind}`,
      name: kindNames(item, model),
      count: countText(item),
    })),
  ];
  return (
    <nav aria-label="Kinds">
      <ul className="search-kinds">
        {items.map((item) => (
          <li key={item.id}>
            <Link
              to="/search"
              search={item.id === '' ? { q: query } : { q: query, kind: item.id }}
              className="search-kind"
              activeOptions={{ exact: true }}
            >
              {item.name} <span className="count">{item.count}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function NoHit({ query, kind, others }: { query: string; kind: string; others: boolean }) {
  return (
    <div className="card">
      <Empty
        title="Nothing matches"
        action={
          kind !== '' &&
          others && (
            <Link to="/search" search={{ q: query }} className={buttonClass('primary')}>
              Show all kinds
            </Link>
          )
        }
      >
        {kind !== '' && others ? (
          'No record of this kind that you may read holds all of these words; others do.'
        ) : (
          <>
            No record that you may read holds all of these words. Try fewer words, a beginning with a star (
            <code>melano*</code>), or <code>a || b</code> for either of two.
          </>
        )}
      </Empty>
    </div>
  );
}

function WhatIsSearched() {
  return (
    <div className="card">
      <Empty title="What are you looking for?">
        Studies with their samples, libraries, preparations and data files, and the nodes of Gen3 projects: everything
        that you may read is searched, by any words of its values, by accession, or by submitter id. Use quotes for
        words side by side, a star for a beginning (<code>melano*</code>), and <code>a || b</code> for either of two.
      </Empty>
    </div>
  );
}
