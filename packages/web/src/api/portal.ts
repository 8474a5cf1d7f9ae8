import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ApiError, request } from './client.ts';

const base = '/portal/api';

export interface Person {
  email: string;
  name: string;
  curator: boolean;
  administrator: boolean;
  permissions: string[];
}

/** Who is signed in; null when nobody is. */
export const whoAmI = queryOptions({
  queryKey: ['whoami'],
  queryFn: ({ signal }): Promise<Person | null> =>
    request<Person>(`${base}/whoami`, { signal }).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }),
  staleTime: 60_000,
});

export const signIn = (email: string, password: string) =>
  request<Person>(`${base}/session`, { method: 'POST', json: { email, password } });
export const signInByLink = (secret: string) =>
  request<Person>(`${base}/session/link`, { method: 'POST', json: { secret } });
export const signOut = () => request<void>(`${base}/session`, { method: 'DELETE' });

export const overview = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) =>
    request<{ studies: number; samples: number; projects: number }>(`${base}/overview`, { signal }),
});

export interface Token {
  id: number;
  name: string;
  tokenId: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
}

export const tokens = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => request<{ tokens: Token[] }>(`${base}/tokens`, { signal }),
});
export const createToken = (token: { name: string; expiresInDays?: number }) =>
  request<{ token: string; id: number }>(`${base}/tokens`, { method: 'POST', json: token });
export const revokeToken = (id: number) => request<void>(`${base}/tokens/${id}`, { method: 'DELETE' });

export const apiKeys = queryOptions({
  queryKey: ['api-keys'],
  queryFn: ({ signal }) => request<{ keys: { id: string; expiresAt: string }[] }>(`${base}/api-keys`, { signal }),
});
export const createApiKey = () => request<{ api_key: string; key_id: string }>(`${base}/api-keys`, { method: 'POST' });
export const revokeApiKey = (id: string) =>
  request<void>(`${base}/api-keys/${encodeURIComponent(id)}`, { method: 'DELETE' });

export interface StudySummary {
  accession: string;
  title: string;
  ownerName: string;
  ownerEmail: string;
  sampleCount: number;
  dataClasses: string[];
  isDraft: boolean;
  createdAt: string;
  changedAt: string;
}

export type StudySort = 'changed' | 'title' | 'samples';
export interface StudySearch {
  query: string;
  sort: StudySort;
  page: number;
}
export const studiesPerPage = 25;

export const studies = ({ query, sort, page }: StudySearch) =>
  queryOptions({
    queryKey: ['studies', query, sort, page],
    queryFn: ({ signal }) => {
      const parameters = new URLSearchParams({
        sort,
        limit: String(studiesPerPage),
        offset: String((page - 1) * studiesPerPage),
      });
      if (query !== '') parameters.set('query', query);
      return request<{ studies: StudySummary[]; total: number }>(`${base}/studies?${parameters}`, { signal });
    },
  });

export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };

export interface StudyPage {
  summary: StudySummary;
  template: { accession: string; name: string } | null;
  attributes: { name: string; value: Value; description: string | null; required: boolean }[];
  counts: Record<'sample' | 'library' | 'preparation' | 'data' | 'file', number>;
}

const studyPath = (accession: string) => `${base}/studies/${encodeURIComponent(accession)}`;

export const study = (accession: string) =>
  queryOptions({
    queryKey: ['study', accession],
    queryFn: ({ signal }) => request<StudyPage>(studyPath(accession), { signal }),
  });

export interface DataFile {
  accession: string;
  kind: string;
  name: string;
  dataClass: string;
  runCount: number | null;
  featureCount: number | null;
  measurements: string[];
  version: number;
  active: boolean;
  createdAt: string;
  attributes: Record<string, Value>;
}

export const dataFiles = (accession: string) =>
  queryOptions({
    queryKey: ['study', accession, 'files'],
    queryFn: ({ signal }) => request<{ files: DataFile[] }>(`${studyPath(accession)}/files`, { signal }),
  });

export type TableKind = 'sample' | 'library' | 'preparation';

export interface TableColumn {
  name: string;
  type: 'string' | 'integer' | 'decimal' | 'boolean' | 'date' | 'link';
  vocabulary: string | null;
  description: string | null;
  required: boolean;
  readOnly: boolean;
}

export interface TableRow {
  accession: string;
  attributes: Record<string, Value>;
}

export const tableLayout = (accession: string, kind: TableKind) =>
  queryOptions({
    queryKey: ['study', accession, 'table', kind],
    queryFn: ({ signal }) =>
      request<{ key: string; columns: TableColumn[]; total: number }>(`${studyPath(accession)}/tables/${kind}`, {
        signal,
      }),
  });

export async function fetchRows(
  place: { accession: string; kind: TableKind },
  { offset, limit }: { offset: number; limit: number },
): Promise<TableRow[]> {
  const path = `${studyPath(place.accession)}/tables/${place.kind}/rows?offset=${offset}&limit=${limit}`;
  return (await request<{ rows: TableRow[] }>(path)).rows;
}

export interface Job {
  id: number;
  kind: string;
  state: 'queued' | 'running' | 'stopping' | 'stopped' | 'completed' | 'failed';
  startedByEmail: string;
  result: Record<string, unknown> | null;
  errors: { stage: string; code: string; message: string }[];
  progress: { step: string; bytes: number; totalBytes: number | null; rows: number };
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  findings: {
    code: string;
    severity: 'error' | 'warning';
    message: string;
    location?: { file?: string; line?: number; column?: number };
  }[];
  findingCount: number;
  ended: boolean;
}

export const jobs = queryOptions({
  queryKey: ['jobs'],
  queryFn: ({ signal }) => request<{ jobs: Job[] }>(`${base}/jobs`, { signal }),
  refetchInterval: 15_000,
});
export const stopJob = (id: number) => request<Job>(`${base}/jobs/${id}/stop`, { method: 'POST' });
export const restartJob = (id: number) => request<Job>(`${base}/jobs/${id}/restart`, { method: 'POST' });
export const jobEvents = (ids: readonly number[]) => new EventSource(`${base}/jobs/events?ids=${ids.join(',')}`);

export interface Project {
  id: string;
  program: string;
  code: string;
  counts: Record<string, number>;
  total: number;
}

export const projects = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) => request<{ projects: Project[] }>(`${base}/projects`, { signal }),
});

export const project = (id: string) =>
  queryOptions({
    queryKey: ['projects', id],
    queryFn: ({ signal }) => request<Project>(`${base}/projects/${encodeURIComponent(id)}`, { signal }),
  });

export interface NodeSummary {
  type: string;
  title: string;
  category: string;
  description: string;
  submittable: boolean;
  inProject: boolean;
  keyProperty: string;
  properties: { name: string; type: string; required: boolean; system: boolean }[];
}

export interface Dictionary {
  version: string;
  nodes: NodeSummary[];
  links: { child: string; parent: string; name: string; required: boolean; multiplicity: string }[];
}

export const dictionary = queryOptions({
  queryKey: ['dictionary'],
  queryFn: ({ signal }) => request<Dictionary>(`${base}/dictionary`, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** `odm.sample` and `gen3.sample` are two kinds. */
export interface SearchCount {
  model: 'odm' | 'gen3';
  kind: string;
  count: number;
  /** There may be more than were counted. */
  more: boolean;
}

export interface SearchHit {
  id: string;
  model: 'odm' | 'gen3';
  kind: string;
  title: string;
  place: { kind: 'study' | 'project' | 'program' | 'personal'; name: string; title: string | null };
  matches: { name: string; text: string; start: number; end: number }[];
}

export interface SearchResult {
  hits: SearchHit[];
  next: string | null;
  /** On the first page only. */
  counts: SearchCount[] | null;
}

/** The catalogue of both models, page after page; `kind` as `odm.sample`, empty for all. */
export const search = (query: string, kind: string) =>
  infiniteQueryOptions({
    queryKey: ['search', query, kind],
    queryFn: ({ pageParam, signal }) => {
      const parameters = new URLSearchParams({ q: query });
      if (kind !== '') parameters.set('kind', kind);
      if (pageParam !== null) parameters.set('after', pageParam);
      return request<SearchResult>(`${base}/search?${parameters}`, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });

/** Where the table of a project's nodes shows a node; `before` is the number of rows above it. */
export const nodePlace = (id: string) =>
  queryOptions({
    queryKey: ['node-place', id],
    queryFn: ({ signal }) =>
      request<{ project: string; kind: string; before: number }>(`${base}/nodes/${encodeURIComponent(id)}/place`, {
        signal,
      }),
    // it moves with every change of the project
    gcTime: 0,
  });
