import { loadPrincipal } from '@linnaea/identity';
import type { JobHandler } from '@linnaea/jobs';
import { CatalogueError } from '@linnaea/model';
import type { ImportDeps } from './deps.ts';
import { importMetadata } from './metadata.ts';
import { type ImportKind, type ImportRequest, jobKind } from './request.ts';
import { importSignal } from './signals.ts';

const importKinds: readonly ImportKind[] = ['study', 'sample', 'library', 'preparation', 'expression', 'variant'];

/** The handlers that a worker offers to the queue, by kind of job. */
export function importHandlers(deps: ImportDeps): Record<string, JobHandler> {
  return Object.fromEntries(importKinds.map((kind) => [jobKind(kind), importHandler(deps)]));
}

function importHandler(deps: ImportDeps): JobHandler {
  return async (context, complete) => {
    // The request was checked when it came; the user may have lost the right since.
    const principal = await loadPrincipal(deps.database, context.job.startedBy);
    if (!principal || !(principal.curator || principal.administrator)) {
      throw new CatalogueError(
        'forbidden',
        'not-a-curator',
        'The user who started the import may not import any more.',
      );
    }
    const request = context.job.input as unknown as ImportRequest;
    if (request.kind === 'expression' || request.kind === 'variant') {
      await importSignal(deps, principal, { ...request, kind: request.kind }, context, complete);
    } else {
      await importMetadata(deps, principal, request, context, complete);
    }
  };
}
