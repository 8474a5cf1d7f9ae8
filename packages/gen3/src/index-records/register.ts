import type { FastifyInstance } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { answerErrors } from '../user/answers.ts';
import { acceptText } from '../user/body.ts';
import { answerBothSlashForms } from '../user/slashes.ts';
import { registerDocuments } from './documents.ts';
import { registerQueries } from './queries.ts';

/**
 * Adds the index of files. Clients write its paths below `/index`, so that a document is at `/index/index/{did}`; those
 * that find the server at `http://localhost` leave this prefix out.
 */
export async function registerIndexRecords(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  await app.register(async (scope) => {
    answerErrors(scope, deps, (message) => ({ error: message }));
    acceptText(scope);
    answerBothSlashForms(scope);
    for (const base of ['/index/index', '/index']) registerDocuments(scope, deps, base);
    for (const prefix of ['/index', '']) registerQueries(scope, deps, prefix);
  });
}
