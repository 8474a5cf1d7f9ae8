/** The one place that talks to the server: every request of the interface goes through here. */

export class ApiError extends Error {
  readonly status: number;
  /** Stable kebab-case code of the portal; `http-<status>` where an API family answered without one. */
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, with `contentType`. */
  body?: BodyInit;
  contentType?: string;
  signal?: AbortSignal;
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.json !== undefined) headers['Content-Type'] = 'application/json';
  if (options.contentType !== undefined) headers['Content-Type'] = options.contentType;
  try {
    return await fetch(path, {
      method: options.method ?? 'GET',
      headers,
      body: options.json !== undefined ? JSON.stringify(options.json) : (options.body ?? null),
      credentials: 'same-origin',
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'The server cannot be reached.');
  }
}

/** Answers the body as JSON (undefined where there is none); throws `ApiError` for any status but 2xx. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  const body = await readJson(response);
  if (!response.ok) throw toError(response.status, body);
  return body as T;
}

/** Like `request`, for answers that carry their result also with an error status, as transactions and GraphQL do. */
export async function requestAnyStatus(
  path: string,
  options: RequestOptions = {},
): Promise<{ status: number; body: unknown }> {
  const response = await send(path, options);
  return { status: response.status, body: await readJson(response) };
}

async function readJson(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(response.status, `http-${response.status}`, 'The server answered something that is not JSON.');
  }
}

/** The portal says `{error: {code, message}}`, the Gen3 family `{message}`. */
export function toError(status: number, body: unknown): ApiError {
  const { error, message } = (body ?? {}) as { error?: { code?: string; message?: string }; message?: unknown };
  const text = error?.message ?? (typeof message === 'string' ? message : `The server answered ${status}.`);
  return new ApiError(status, error?.code ?? `http-${status}`, text);
}

/** Text for a person; unknown errors say what they are. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
