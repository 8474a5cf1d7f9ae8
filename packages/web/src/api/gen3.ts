import { queryOptions } from '@tanstack/react-query';
import { ApiError, request, requestAnyStatus, toError } from './client.ts';

/** The public submission API, with the session cookie. */
const base = '/api/v0/submission';

export interface EntityResult {
  type: string | null;
  id: string | null;
  valid: boolean;
  action: string | null;
  errors: { message: string; keys: string[]; type?: string }[];
  unique_keys: { submitter_id?: string | null }[];
}

export interface TransactionResult {
  success: boolean;
  message: string;
  transaction_id: number | null;
  entities: EntityResult[];
  created_entity_count: number;
  updated_entity_count: number;
  entity_error_count: number;
  transactional_errors: string[];
}

interface Submission {
  project: { program: string; code: string };
  text: string;
  contentType: string;
  dryRun: boolean;
}

/** Sends a file as one transaction: all of its entities or none. A refused one is an answer too. */
export async function submit({ project, text, contentType, dryRun }: Submission): Promise<TransactionResult> {
  const path = `${base}/${encodeURIComponent(project.program)}/${encodeURIComponent(project.code)}`;
  const { status, body } = await requestAnyStatus(dryRun ? `${path}/_dry_run` : path, {
    method: 'PUT',
    body: text,
    contentType,
  });
  const result = body as Partial<TransactionResult> | undefined;
  if (!Array.isArray(result?.entities)) throw toError(status, body);
  return {
    success: result.success === true,
    message: result.message ?? '',
    transaction_id: result.transaction_id ?? null,
    entities: result.entities,
    created_entity_count: result.created_entity_count ?? 0,
    updated_entity_count: result.updated_entity_count ?? 0,
    entity_error_count: result.entity_error_count ?? 0,
    transactional_errors: (result.transactional_errors ?? []).map((error: unknown) =>
      typeof error === 'string' ? error : String((error as { message?: unknown }).message ?? JSON.stringify(error)),
    ),
  };
}

export interface GraphqlAnswer {
  data?: Record<string, unknown> | null;
  errors?: unknown[];
}

/** Answers whatever GraphQL answered, with its errors. */
export async function graphql(query: string, variables: Record<string, unknown> = {}): Promise<GraphqlAnswer> {
  const { status, body } = await requestAnyStatus(`${base}/graphql`, { method: 'POST', json: { query, variables } });
  const answer = body as GraphqlAnswer | undefined;
  if (answer && ('data' in answer || 'errors' in answer)) return answer;
  throw toError(status, body);
}

export const graphqlSchema = queryOptions({
  queryKey: ['graphql-schema'],
  queryFn: ({ signal }) => request<{ data: unknown }>(`${base}/getschema`, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export interface NodePage {
  total: number;
  rows: Record<string, unknown>[];
}

export const nodesPerPage = 50;

/** A page of the nodes of one kind, the last changed first. Names come from the data dictionary, never from a person. */
export const nodes = (place: { project: string; kind: string; page: number; fields: readonly string[] }) =>
  queryOptions({
    queryKey: ['nodes', place],
    queryFn: async (): Promise<NodePage> => {
      const { kind, fields } = place;
      const answer = await graphql(
        `query Page($project: [String], $first: Int, $offset: Int) {
          total: _${kind}_count(project_id: $project)
          rows: ${kind}(project_id: $project, first: $first, offset: $offset, order_by_desc: "updated_datetime") { ${fields.join(' ')} }
        }`,
        { project: [place.project], first: nodesPerPage, offset: (place.page - 1) * nodesPerPage },
      );
      if (!answer.data) throw new ApiError(400, 'graphql', answer.errors?.map(String).join('; ') ?? 'No answer');
      return answer.data as unknown as NodePage;
    },
  });

/** Address of all nodes of a kind as a file. */
export function exportAddress(
  project: { program: string; code: string },
  kind: string,
  format: 'tsv' | 'json',
): string {
  const place = `${encodeURIComponent(project.program)}/${encodeURIComponent(project.code)}`;
  return `${base}/${place}/export?node_label=${encodeURIComponent(kind)}&format=${format}`;
}

export function templateAddress(kind: string): string {
  return `${base}/template/${encodeURIComponent(kind)}?format=tsv`;
}
