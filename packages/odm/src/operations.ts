import { crossReferenceOperations } from './cross-references/operations.ts';
import type { Operation } from './operation.ts';
import { creationOperations } from './routes/creation.ts';
import { genericLinkOperations } from './routes/generic-links.ts';
import { runPairOperations } from './routes/run-pairs.ts';
import { validationOperations } from './routes/validation.ts';
import { taskOperations } from './routes/tasks.ts';
import { manageDataOperations } from './routes/manage-data.ts';
import { searchOperations } from './routes/search.ts';
import { importOperations } from './routes/imports.ts';
import { jobOperations } from './routes/jobs.ts';
import { linkOperations } from './routes/links.ts';
import { metadataOperations } from './routes/metadata.ts';
import { relatedOperations } from './routes/related.ts';
import { signalOperations } from './routes/signals.ts';

/** Every operation that this package declares as data: routes, documentation and the coverage table come from it. */
export function allOperations(): Operation[] {
  return [
    ...importOperations(),
    ...jobOperations(),
    ...metadataOperations(),
    ...signalOperations(),
    ...creationOperations(),
    ...linkOperations(),
    ...relatedOperations(),
    ...searchOperations(),
    ...manageDataOperations(),
    ...taskOperations(),
    ...validationOperations(),
    ...runPairOperations(),
    ...genericLinkOperations(),
    ...crossReferenceOperations(),
  ];
}
