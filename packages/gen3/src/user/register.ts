import type { FastifyInstance } from 'fastify';
import type { Gen3Deps } from '../deps.ts';
import { answerErrors } from './answers.ts';
import { acceptText } from './body.ts';
import { registerCredentials } from './credentials.ts';
import { registerFileBytes } from './file-bytes.ts';
import { registerFiles } from './files.ts';
import { registerMultipart } from './multipart.ts';
import { registerTokenEndpoint } from './oauth.ts';
import { answerBothSlashForms } from './slashes.ts';
import { registerWho } from './who.ts';

/** Adds what clients know as the user service: credentials, who is who, and files by signed links. */
export async function registerUser(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  await app.register(async (scope) => {
    answerErrors(scope, deps, (message) => ({ message, error: message }));
    acceptText(scope);
    answerBothSlashForms(scope);
    registerCredentials(scope, deps);
    registerTokenEndpoint(scope, deps);
    registerWho(scope, deps);
    registerFiles(scope, deps);
    registerMultipart(scope, deps);
  });
  await app.register(async (scope) => {
    answerErrors(scope, deps, (message) => ({ message, error: message }));
    registerFileBytes(scope, deps);
  });
}
