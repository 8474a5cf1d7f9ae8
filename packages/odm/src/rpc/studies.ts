import { deleteTemplate, findRecords, findVocabulary, getTemplate, removeRecords } from '@linnaea/catalog';
import { groupsToShare, shareScopes } from '@linnaea/identity';
import { CatalogueError } from '@linnaea/model';
import { callerOf, type Method, type MethodCall, templateManager, textArgument, textsArgument } from './method.ts';

/** Sharing and removing studies, and what else command-line programs ask. */
export const studyMethods: readonly Method[] = [
  {
    path: 'genestack/study-metainfo-editor/wipeStudy',
    params: ['accession'],
    returns: 'nothing',
    docs: 'Moves a study with everything in it to the bin, or deletes a template; one that does not exist is no mistake',
    run: wipe,
  },
  {
    path: 'genestack/shareutils/shareFiles',
    params: ['accessions', 'groups', 'permissions'],
    returns: 'nothing',
    docs: 'Shares studies with groups',
    run: share,
  },
  {
    path: 'genestack/shareutils/linkFiles',
    params: ['accessions', 'folder', 'group'],
    returns: 'nothing',
    docs: 'Does nothing: what is shared is found without folders',
    run: async (call) => {
      callerOf(call);
      return null;
    },
  },
  {
    path: 'genestack/shareutils/getGroupsToShare',
    params: [],
    returns: 'object',
    docs: 'Names of the groups that you may share with, by accession',
    run: async (call) => {
      const groups = await groupsToShare(call.deps.database, callerOf(call));
      return Object.fromEntries(groups.map(({ accession, name }) => [accession, name]));
    },
  },
  {
    path: 'genestack/taskmanager/getRecentTaskCountsByStatus',
    params: ['limit'],
    returns: 'object',
    docs: 'How many jobs are running and waiting',
    run: async (call) => {
      callerOf(call);
      const count = async (states: readonly ('queued' | 'running' | 'stopping')[]) =>
        (await call.deps.queue.list({ states, limit: 1000 })).length;
      return { running: await count(['running', 'stopping']), queued: await count(['queued']) };
    },
  },
];

async function wipe(call: MethodCall): Promise<null> {
  const accession = textArgument(call, 0);
  const { database } = call.deps;
  if ((await getTemplate(database, accession)) !== undefined) {
    templateManager(call);
    await database.transaction((tx) => deleteTemplate(tx, accession));
    return null;
  }
  const principal = callerOf(call);
  const [record] = await findRecords(database, principal, [accession]);
  if (record !== undefined && record.kind !== 'study') {
    throw new CatalogueError('invalid', 'not-a-study', `${accession} is not a study`);
  }
  await database.transaction(async (tx) => {
    // programs repeat this call and expect the second to succeed; who may not remove anything is told so either way
    const removal = removeRecords(tx, principal, [accession], 'odm');
    await removal.catch((error: unknown) => {
      if (!(error instanceof CatalogueError) || error.kind !== 'not-found') throw error;
    });
  });
  return null;
}

async function share(call: MethodCall): Promise<null> {
  const principal = callerOf(call);
  const { database } = call.deps;
  const [accessions, groups] = [textsArgument(call, 0), textsArgument(call, 1)];
  const records = await findRecords(database, principal, accessions);
  const scopeIds: number[] = [];
  for (const accession of accessions) {
    const record = records.find((each) => each.accession === accession && each.kind === 'study');
    if (record !== undefined) scopeIds.push(record.scopeId);
    else if (!(await isForEverybody(call, accession))) {
      throw new CatalogueError('not-found', 'study-not-found', `File ${accession.slice(0, 100)} not found`);
    }
  }
  await database.transaction((tx) => shareScopes(tx, principal, { scopeIds, groups }));
  return null;
}

/** Templates and vocabularies are everybody's already. */
async function isForEverybody({ deps }: MethodCall, accession: string): Promise<boolean> {
  return (
    (await getTemplate(deps.database, accession)) !== undefined ||
    (await findVocabulary(deps.database, accession)) !== undefined
  );
}
