import { crossReferenceOperations } from './cross-references/operations.ts';
import { omicsOperations } from './omics/operations.ts';
import type { Operation } from './operation.ts';
import { creationOperations } from './routes/creation.ts';
import { fileOperations } from './routes/files.ts';
import { genericLinkOperations } from './routes/generic-links.ts';
import { importOperations } from './routes/imports.ts';
import { jobOperations } from './routes/jobs.ts';
import { linkOperations } from './routes/links.ts';
import { manageDataOperations } from './routes/manage-data.ts';
import { metadataOperations } from './routes/metadata.ts';
import { relatedOperations } from './routes/related.ts';
import { runPairOperations } from './routes/run-pairs.ts';
import { scimGroupOperations } from './routes/scim-groups.ts';
import { scimUserOperations } from './routes/scim-users.ts';
import { searchOperations } from './routes/search.ts';
import { signalOperations } from './routes/signals.ts';
import { taskOperations } from './routes/tasks.ts';
import { validationOperations } from './routes/validation.ts';
import { signalListOperations } from './signals-lists/operations.ts';

/** Every operation that this package declares as data: routes, documentation and the coverage table come from it. */
export function allOperations(): Operation[] {
  return [
    ...importOperations(),
    ...jobOperations(),
    ...metadataOperations(),
    ...signalOperations(),
    ...signalListOperations(),
    ...omicsOperations(),
    ...creationOperations(),
    ...linkOperations(),
    ...relatedOperations(),
    ...scimGroupOperations(),
    ...scimUserOperations(),
    ...searchOperations(),
    ...manageDataOperations(),
    ...taskOperations(),
    ...validationOperations(),
    ...runPairOperations(),
    ...genericLinkOperations(),
    ...fileOperations(),
    ...crossReferenceOperations(),
  ];
}
