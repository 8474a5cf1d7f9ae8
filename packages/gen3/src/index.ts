import type { FastifyInstance } from 'fastify';
import { registerCoreMetadata } from './core-metadata/register.ts';
import type { Gen3Deps } from './deps.ts';
import { registerDrs } from './drs/register.ts';
import { registerGraphql } from './graphql/register.ts';
import { registerIndexRecords } from './index-records/register.ts';
import { registerMetadataService } from './metadata-service/register.ts';
import { registerSubmission } from './submission/register.ts';
import { registerUser } from './user/register.ts';

export type { DictionaryHolder, Gen3Deps } from './deps.ts';
export { defaultDictionaryFolder, loadDataDictionary } from './dictionary-source.ts';
export { principalOf } from './principal.ts';
export { asyncJobKind, gen3JobHandlers } from './submission/async-runner.ts';
export { mergeSlashes } from './user/slashes.ts';

/** Adds every route of the Gen3 family to the app. Each group is a line, with its own error answers. */
export async function registerGen3(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  await registerSubmission(app, deps);
  await registerGraphql(app, deps);
  await registerCoreMetadata(app, deps);
  await registerUser(app, deps);
  await registerIndexRecords(app, deps);
  await registerDrs(app, deps);
  await registerMetadataService(app, deps);
}
