import { useQuery } from '@tanstack/react-query';
import { Outlet, useMatches, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { whoAmI } from '../api/portal.ts';
import { Failure, Skeleton } from '../ui/empty.tsx';
import { Header } from './header.tsx';

/** Header and main region of everything that needs a signed-in person; others are sent to the sign-in page and back. */
export function Shell() {
  const { data: person, error, refetch } = useQuery(whoAmI);
  const navigate = useNavigate();
  // grids and editors fill the window and scroll inside; other pages scroll as a whole
  const fixed = useMatches().some((match) => match.staticData.fillsWindow);
  const isStranger = person === null;
  useEffect(() => {
    if (!isStranger) return;
    const here = `${window.location.pathname}${window.location.search}`;
    void navigate({ to: '/sign-in', search: here === '/' ? {} : { back: here }, replace: true });
  }, [isStranger, navigate]);
  if (error && person === undefined) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!person) return <Skeleton />;
  return (
    <div className={fixed ? 'shell shell-fixed' : 'shell'}>
      <a href="#main" className="skip button">
        Skip to the content
      </a>
      <Header person={person} />
      <main id="main" className="main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
