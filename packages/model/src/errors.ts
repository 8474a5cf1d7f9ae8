import type { Finding } from './finding.ts';

/** What can go wrong with a request. Facades map a kind to a status and a body of their family; the domain knows no HTTP. */
export type ErrorKind =
  | 'invalid' // the request itself is wrong
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found' // also: exists, but the caller may not know
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'unsupported'
  | 'limited' // rate or quota
  | 'unavailable';

/** An expected failure of a request. Failures of data are findings, carried along here when they end the request. */
export class CatalogueError extends Error {
  readonly kind: ErrorKind;
  /** Stable kebab-case code, e.g. `group-not-found`. */
  readonly code: string;
  readonly findings: readonly Finding[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    kind: ErrorKind,
    code: string,
    message: string,
    more: { findings?: readonly Finding[]; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'CatalogueError';
    this.kind = kind;
    this.code = code;
    this.findings = more.findings ?? [];
    this.details = more.details ?? {};
  }
}
