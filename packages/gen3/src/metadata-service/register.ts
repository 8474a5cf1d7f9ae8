import type { FastifyInstance } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { answerErrors } from '../user/answers.ts';
import { acceptText } from '../user/body.ts';
import { answerBothSlashForms } from '../user/slashes.ts';
import { registerDocumentReads } from './read.ts';
import { registerDocumentWrites } from './write.ts';

/**
 * Adds the metadata service: free JSON documents by guid. Reads are below `/mds`, writes below `/mds-admin`; clients that
 * find the server at `http://localhost` use neither prefix.
 */
export async function registerMetadataService(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  await app.register(async (scope) => {
    answerErrors(scope, deps, (message) => ({ detail: message }));
    acceptText(scope);
    answerBothSlashForms(scope);
    for (const prefix of ['/mds', '/mds-admin', '']) {
      registerDocumentReads(scope, deps, prefix);
      registerDocumentWrites(scope, deps, prefix);
    }
  });
}
