import './styles/tokens.css';
import './styles/base.css';
import './styles/ui.css';
import './styles/shell.css';
import './styles/pages.css';
import './styles/studies.css';
import './styles/grid.css';
import './styles/projects.css';
import './styles/graphql.css';
import './styles/search.css';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/client.ts';
import { whoAmI } from './api/portal.ts';
import { router } from './router.tsx';
import { Toasts } from './ui/toast.tsx';

const client = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      // the session has ended: the shell shows the sign-in page and comes back afterwards
      if (error instanceof ApiError && error.status === 401) client.setQueryData(whoAmI.queryKey, null);
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // what was refused stays refused; a server that cannot be reached may be starting again
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
  },
});

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
