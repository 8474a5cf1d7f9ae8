import { getRecord, listRecords } from '@linnaea/catalog';
import { CatalogueError, type OdmKind } from '@linnaea/model';
import { roles } from '../data-types.ts';
import {
  arrayAnswer,
  conditionOf,
  formatParameters,
  listAnswer,
  pageOf,
  pageParameters,
  readOptions,
} from '../lists.ts';
import { type Call, type Operation, roleOf } from '../operation.ts';
import { readRecord, showRecord, showRecords } from '../reading.ts';
import { listOf, ref } from '../schemas.ts';

const text = { filter: { type: 'text' }, query: { type: 'text' } } as const;
/** Looking into archives is not done; the parameter is accepted because clients send it. */
const contents = { includeContents: { type: 'flag' } } as const;

/** Metadata of files attached to studies. */
export function fileOperations(): Operation[] {
  return roles.flatMap((role): Operation[] => {
    const base = { method: 'GET', tag: 'Files', ...roleOf(role) } as const;
    const path = `/api/v1/${role}`;
    const link = `${path}/integration/link`;
    return [
      {
        ...base,
        path: `${path}/files`,
        summary: 'List attached files',
        answer: ref('ListResponse'),
        query: { ...text, ...contents, ...pageParameters },
        handle: (call) => list(call, 'file'),
      },
      {
        ...base,
        path: `${path}/files/{id}`,
        summary: 'Get the metadata of an attached file',
        answer: ref('Metadata'),
        query: contents,
        handle: (call) => readRecord(call.deps, call.principal, call.params.id!, ['file'], readOptions(call)),
      },
      {
        ...base,
        path: `${link}/files/by/study/{id}`,
        summary: 'List the files of a study',
        answer: listOf(ref('Metadata')),
        query: contents,
        handle: filesOfStudy,
      },
      {
        ...base,
        path: `${link}/study/by/file/{id}`,
        summary: 'Get the study of a file',
        answer: ref('Metadata'),
        query: formatParameters,
        handle: studyOfFile,
      },
      {
        ...base,
        path: `${link}/studies/by/files`,
        summary: 'List the studies whose files match',
        answer: ref('ListResponse'),
        query: { ...formatParameters, ...text, ...pageParameters },
        handle: (call) => list(call, 'study', 'file'),
      },
    ];
  });
}

async function list(call: Call, kind: OdmKind, other?: OdmKind): Promise<unknown> {
  const where = conditionOf(call.query);
  const condition = other === undefined ? { where } : { related: [{ kind: other, where }] };
  const page = await listRecords(call.deps.database, call.principal, {
    kind,
    view: call.view,
    ...condition,
    ...pageOf(call.query),
  });
  return listAnswer(call, page, await showRecords(call.deps, call.principal, page.items, readOptions(call)));
}

async function filesOfStudy(call: Call): Promise<unknown> {
  const { deps, principal, view } = call;
  const study = await getRecord(deps.database, principal, call.params.id!, ['study'], { view });
  const page = await listRecords(deps.database, principal, {
    kind: 'file',
    view,
    related: [{ kind: 'study', where: { ids: [study.id] } }],
    limit: 2000,
  });
  return arrayAnswer(call, await showRecords(deps, principal, page.items, readOptions(call)));
}

async function studyOfFile(call: Call): Promise<unknown> {
  const { deps, principal, view } = call;
  const file = await getRecord(deps.database, principal, call.params.id!, ['file'], { view });
  const page = await listRecords(deps.database, principal, {
    kind: 'study',
    view,
    related: [{ kind: 'file', where: { ids: [file.id] } }],
    limit: 1,
  });
  const [study] = page.items;
  if (study === undefined)
    throw new CatalogueError('not-found', 'study-not-found', 'The file is not attached to a study.');
  return showRecord(deps, principal, study, readOptions(call));
}
