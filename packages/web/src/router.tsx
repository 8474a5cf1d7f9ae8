import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import type { StudySort } from './api/portal.ts';
import { Dashboard } from './features/dashboard/dashboard.tsx';
import { JobsPage } from './features/jobs/jobs-page.tsx';
import { Profile } from './features/profile/profile.tsx';
import { ProjectsPage } from './features/projects/projects-page.tsx';
import { SignIn, SignInByLink } from './features/sign-in/sign-in.tsx';
import { StudiesPage } from './features/studies/studies-page.tsx';
import { Shell } from './shell/shell.tsx';
import { buttonClass } from './ui/button.tsx';
import { Empty, Failure, Skeleton } from './ui/empty.tsx';

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** The page is as high as the window and scrolls inside. */
    fillsWindow?: boolean;
  }
}

export const studyTabs = ['study', 'samples', 'libraries', 'preparations', 'data'] as const;
export type StudyTab = (typeof studyTabs)[number];
export const projectTabs = ['overview', 'browse', 'submit', 'graph'] as const;
export type ProjectTab = (typeof projectTabs)[number];
const sorts: readonly StudySort[] = ['changed', 'title', 'samples'];

type Search = Record<string, unknown>;
const oneOf = <T extends string>(value: unknown, allowed: readonly T[]) => allowed.find((item) => item === value);
const pageOf = (value: unknown) => (Number.isInteger(value) && Number(value) > 1 ? Number(value) : undefined);
const textOf = (value: unknown) => (value === undefined || value === '' ? undefined : String(value));
/** Leaves out what is not set, so that a plain page has a plain address. */
function defined<T extends Record<string, unknown>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NothingHere });
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: SignIn,
  validateSearch: (search: Search) => defined({ back: textOf(search.back) }),
});
const signInByLink = createRoute({ getParentRoute: () => root, path: '/sign-in/$secret', component: SignInByLink });
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
const dashboard = createRoute({ getParentRoute: () => shell, path: '/', component: Dashboard });
const profile = createRoute({ getParentRoute: () => shell, path: '/profile', component: Profile });
const jobs = createRoute({ getParentRoute: () => shell, path: '/jobs', component: JobsPage });
const studies = createRoute({
  getParentRoute: () => shell,
  path: '/studies',
  component: StudiesPage,
  validateSearch: (search: Search) =>
    defined({ query: textOf(search.query), sort: oneOf(search.sort, sorts), page: pageOf(search.page) }),
});
const study = createRoute({
  getParentRoute: () => shell,
  path: '/studies/$accession',
  component: lazyRouteComponent(() => import('./features/study/study-page.tsx'), 'StudyPage'),
  validateSearch: (search: Search) => defined({ tab: oneOf(search.tab, studyTabs) }),
  staticData: { fillsWindow: true },
});
const projects = createRoute({ getParentRoute: () => shell, path: '/projects', component: ProjectsPage });
const project = createRoute({
  getParentRoute: () => shell,
  path: '/projects/$id',
  component: lazyRouteComponent(() => import('./features/projects/project-page.tsx'), 'ProjectPage'),
  validateSearch: (search: Search) =>
    defined({ tab: oneOf(search.tab, projectTabs), kind: textOf(search.kind), page: pageOf(search.page) }),
});
const graphql = createRoute({
  getParentRoute: () => shell,
  path: '/graphql',
  component: lazyRouteComponent(() => import('./features/graphql/graphql-page.tsx'), 'GraphqlPage'),
  validateSearch: (search: Search) => defined({ query: textOf(search.query) }),
  staticData: { fillsWindow: true },
});

const search = createRoute({
  getParentRoute: () => shell,
  path: '/search',
  component: lazyRouteComponent(() => import('./features/search/search-page.tsx'), 'SearchPage'),
  validateSearch: (search: Search) => defined({ q: textOf(search.q), kind: textOf(search.kind) }),
});
const node = createRoute({
  getParentRoute: () => shell,
  path: '/nodes/$id',
  component: lazyRouteComponent(() => import('./features/search/node-page.tsx'), 'NodePage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    signInByLink,
    shell.addChildren([dashboard, profile, jobs, studies, study, projects, project, graphql, search, node]),
  ]),
  defaultErrorComponent: ({ error }) => <Failure error={error} onRetry={() => location.reload()} />,
  defaultPendingComponent: () => <Skeleton />,
  scrollRestoration: true,
});

function NothingHere() {
  return (
    <Empty
      title="There is nothing at this address"
      action={
        <Link to="/" className={buttonClass('primary')}>
          Go to the first page
        </Link>
      }
    >
      The link may be old, or it may have lost a part of itself on its way.
    </Empty>
  );
}
