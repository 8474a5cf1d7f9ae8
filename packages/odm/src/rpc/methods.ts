import type { Method } from './method.ts';
import { peopleMethods } from './people.ts';
import { signInMethods } from './sign-in.ts';
import { studyMethods } from './studies.ts';
import { templateMethods } from './templates.ts';

const commands: Method = {
  path: 'genestack/shell/getCommands',
  params: [],
  returns: 'list',
  docs: 'What can be called',
  anonymous: true,
  run: async () =>
    [...methods.values()].map(({ path, params, returns, docs }) => ({ name: path, params, returns, docs })),
};

/** Every method that can be called, by its path. */
export const methods: ReadonlyMap<string, Method> = new Map(
  [...signInMethods, ...templateMethods, ...peopleMethods, ...studyMethods, commands].map((method) => [
    method.path,
    method,
  ]),
);
